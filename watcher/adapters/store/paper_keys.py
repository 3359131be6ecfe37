"""Database access for the keys by which two announced papers are recognized as one work: a DOI, which is certain, or
title and first author.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database
from watcher.domain.papers.paper import Paper, likeness, own_doi

_DOI, _LIKENESS = "doi:", "like:"
_mine, _other = t.paper_keys.alias("mine"), t.paper_keys.alias("other")


def add_keys(database: Database, connection: sa.Connection, papers: Iterable[Paper]) -> None:
    """Store the keys (DOI; title with first author) by which each of these papers is recognized when another source
    announces it.
    """
    found = {(str(paper.id), key) for paper in papers for key in _keys(paper)}
    database.insert_new(connection, t.paper_keys, [{"paper": paper, "key": key} for paper, key in sorted(found)])


def _keys(paper: Paper) -> list[str]:
    doi, like = own_doi(paper), likeness(paper)
    return [*([_DOI + doi] if doi else []), *([_LIKENESS + like] if like else [])]


def same_work(connection: sa.Connection, papers: Sequence[str]) -> dict[str, set[str]]:
    """For each of the given papers that shares its DOI with other stored papers: the ids of those."""
    return _sharing(connection, papers, _DOI)


def perhaps_same(connection: sa.Connection, papers: Sequence[str]) -> dict[str, list[str]]:
    """For each of the given papers, the ids of stored papers with the same title and first author but not the same DOI,
    if there are any. Pairs of arXiv papers are left out, because arXiv's moderators watch for duplicates.
    """
    certain, found = same_work(connection, papers), dict[str, list[str]]()
    for paper, others in _sharing(connection, papers, _LIKENESS).items():
        asked = sorted(others - certain.get(paper, set()))
        asked = [o for o in asked if not (paper.startswith("arxiv:") and o.startswith("arxiv:"))]
        if asked:
            found[paper] = asked
    return found


def _sharing(connection: sa.Connection, papers: Sequence[str], kind: str) -> dict[str, set[str]]:
    query = (
        sa.select(_mine.c.paper, _other.c.paper.label("other"))
        .join(_other, sa.and_(_other.c.key == _mine.c.key, _other.c.paper != _mine.c.paper))
        .where(_mine.c.paper.in_(papers), _mine.c.key.startswith(kind))
    )
    found: dict[str, set[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.paper, set()).add(row.other)
    return found


def topics_of_same_work(connection: sa.Connection, papers: Sequence[str]) -> Mapping[str, set[str]]:
    """For each of the given papers that shares its DOI with other stored papers: the topics in which one of those is a
    candidate already.

    For an arXiv paper, candidates that screening rejected do not count: the feed of a journal may have held no more of
    the paper than its title.
    """
    same = same_work(connection, papers)
    if not same:
        return {}
    out = sa.and_(t.screenings.c.passed.is_(sa.false()), t.relevances.c.candidate.is_(None))
    query = (
        sa.select(t.candidates.c.paper, t.candidates.c.topic, sa.func.coalesce(out, sa.false()).label("out"))
        .outerjoin(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
        .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
        .where(t.candidates.c.paper.in_(sorted(set().union(*same.values()))))
    )
    stands = [(row.paper, row.topic, bool(row.out)) for row in connection.execute(query)]
    return {
        paper: {topic for o, topic, out in stands if o in others and not (out and paper.startswith("arxiv:"))}
        for paper, others in same.items()
    }
