"""Database access for announcements of papers, the candidates made from them (one for each topic), the results of
screening, and nominations by people.

Two announced papers are recognized as one work by keys: a DOI, which is certain, or title and first author.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database, Part, chunks
from watcher.adapters.store.rows import BY_AUDIT, BY_CITATIONS, NOMINATION_STANDS, carded
from watcher.domain.facts import Candidate, Nomination, Notice, Screening
from watcher.domain.papers.paper import (
    WITHDRAWN,
    Announcement,
    AnnounceType,
    Paper,
    PaperId,
    alike_code,
    likeness,
    own_doi,
)
from watcher.domain.papers.topic import Topic
from watcher.ports import Replacement
from watcher.ports.store import PaperStore

# What comes by the thousand is written in small transactions with lulls, so that a click's decision need not wait.
_BULK, _LULL = 40, 0.001


_announce_type = t.announcements.c.announce_type
_version_id = t.paper_versions.c.id


class Papers(Part, PaperStore):
    def announce(self, announcements: Sequence[Announcement], topics: Sequence[Topic], run: str, at: datetime) -> int:
        announced = 0
        for chunk in chunks(announcements, _BULK):
            with self._database.write() as connection:
                announced += self._announce(connection, chunk, topics, run, at)
            time.sleep(_LULL)
        return announced

    def _announce(
        self,
        connection: sa.Connection,
        announcements: Sequence[Announcement],
        topics: Sequence[Topic],
        run: str,
        at: datetime,
    ) -> int:
        stamp = {"run": run, "at": at}
        self._database.insert_new(
            connection, t.paper_versions, [rows.encode(a.paper, "id", paper=str(a.paper.id)) for a in announcements]
        )
        _add_keys(self._database, connection, [a.paper for a in announcements])
        papers = sorted({str(a.paper.id) for a in announcements})
        alike, held = _perhaps_same(connection, papers), _topics_of_same_work(connection, papers)
        ids = _version_ids(connection, [a.paper for a in announcements])
        keys = [(ids[str(a.paper.id), a.paper.version], str(a.announce_type)) for a in announcements]
        before = _announcement_ids(connection, list(ids.values()))
        self._database.insert_new(
            connection,
            t.announcements,
            [
                {
                    "paper_version": key[0],
                    "announce_type": key[1],
                    "feed": a.feed,
                    "announced_on": a.announced_on,
                    "anomalies": [*a.anomalies, *map(alike_code, alike.get(str(a.paper.id), []))],
                    **stamp,
                }
                for a, key in zip(announcements, keys, strict=True)
                if key not in before
            ],
        )
        after = _announcement_ids(connection, list(ids.values()))
        for topic in topics:
            taken = [
                (a.paper, after[key])
                for a, key in zip(announcements, keys, strict=True)
                if topic.takes(a.announce_type, a.paper) and topic.slug not in held.get(str(a.paper.id), ())
            ]
            self._database.insert_new(
                connection,
                t.candidates,
                [
                    {"topic": topic.slug, "paper": str(paper.id), "announcement": announcement, **stamp}
                    for paper, announcement in _one_of_each_work(taken)
                ],
            )
        return len(after) - len(before)

    def count_known(self, papers: Sequence[Paper]) -> int:
        distinct = list({(paper.id, paper.version): paper for paper in papers}.values())
        with self._database.read() as connection:
            return sum(len(_version_ids(connection, chunk)) for chunk in chunks(distinct))

    def known_ids(self, papers: Sequence[Paper], topics: Sequence[Topic]) -> frozenset[PaperId]:
        news = [kind.value for kind in AnnounceType if kind.is_news]
        paper = t.paper_versions.c.paper
        announced = sa.select(paper).join(t.announcements, t.announcements.c.paper_version == _version_id)
        with self._database.read() as connection:
            found: set[PaperId] = set()
            for chunk in chunks(papers):
                ids = [str(one.id) for one in chunk]
                seen = set(connection.scalars(announced.where(paper.in_(ids), _announce_type.in_(news)).distinct()))
                taken = _taken_in(connection, ids)
                found |= {one.id for one in chunk if str(one.id) in seen and taken[str(one.id)] >= _takers(one, topics)}
            return frozenset(found)

    def cross_listed(self, papers: Sequence[Paper], topics: Sequence[Topic]) -> frozenset[PaperId]:
        c = t.paper_versions.c
        with self._database.read() as connection:
            found: set[PaperId] = set()
            for chunk in chunks(papers):
                ids = [str(one.id) for one in chunk]
                before: dict[str, set[str]] = {}
                for row in connection.execute(sa.select(c.paper, c.categories).where(c.paper.in_(ids))):
                    before.setdefault(row.paper, set()).update(row.categories)
                taken = _taken_in(connection, ids)
                for one in chunk:
                    had, lack = before.get(str(one.id)), _takers(one, topics) - taken[str(one.id)]
                    if had and any(topic.slug in lack and had.isdisjoint(topic.categories) for topic in topics):
                        found.add(one.id)
            return frozenset(found)

    def authors(self, papers: Collection[PaperId]) -> Mapping[PaperId, Sequence[str]]:
        c = t.paper_versions.c
        found: dict[PaperId, Sequence[str]] = {}
        for chunk in chunks(sorted({str(paper) for paper in papers})):
            query = sa.select(c.paper, c.authors).where(c.paper.in_(chunk)).order_by(c.version)
            found |= {PaperId.from_key(row.paper): tuple(row.authors) for row in self._rows(query)}
        return found

    def to_screen(self, topic: str, limit: int, after: int = 0) -> Sequence[Candidate]:
        query = (
            rows.CANDIDATE.outerjoin(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic, t.candidates.c.number > after, t.candidates.c.is_active)
            .where(t.screenings.c.candidate.is_(None))
            .order_by(t.candidates.c.number)
            .limit(limit)
        )
        return [rows.candidate(row) for row in self._rows(query)]

    def add_screenings(self, found: Sequence[tuple[int, Screening]], run: str, at: datetime) -> None:
        values = [rows.encode(screening, candidate=number, run=run, at=at) for number, screening in found]
        for chunk in chunks(values, _BULK):
            self._insert_new(t.screenings, chunk)
            time.sleep(_LULL)

    def with_card(self, topic: str | None = None) -> frozenset[PaperId]:
        query = sa.select(t.candidates.c.paper).where(t.candidates.c.number.in_(carded()))
        query = query.where(t.candidates.c.topic == topic) if topic else query
        return frozenset(map(PaperId.from_key, self._scalars(query.distinct())))

    def replacements(self, papers: AbstractSet[PaperId]) -> Sequence[Replacement]:
        keys = sorted(map(str, papers))
        found = [row for chunk in chunks(keys) for row in self._rows(_REPLACED.where(_NEW.c.paper.in_(chunk)))]
        return [_replacement(row) for row in sorted(found, key=lambda row: row.id)]

    def add_notices(self, notices: Sequence[Notice], run: str, at: datetime) -> None:
        self._insert_new(t.notices, [rows.encode(notice, run=run, at=at) for notice in notices])

    def notices(self, since: datetime | None) -> Sequence[Notice]:
        new = sa.true() if since is None else t.notices.c.at > since
        query = sa.select(t.notices).where(new).order_by(t.notices.c.id)
        return [rows.decode(Notice, row) for row in self._rows(query)]

    def number_of(self, paper: PaperId, topic: str) -> int | None:
        c = t.candidates.c
        with self._database.read() as connection:
            same = _same_work(connection, [str(paper)]).get(str(paper), set())
            query = sa.select(c.number).where(c.paper.in_([str(paper), *same]), c.topic == topic)
            return connection.scalar(query.order_by(c.paper != str(paper), c.number).limit(1))

    def numbers_of(self, paper: PaperId) -> Sequence[int]:
        c = t.candidates.c
        with self._database.read() as connection:
            same = _same_work(connection, [str(paper)]).get(str(paper), set())
            query = sa.select(c.number, c.topic).where(c.paper.in_([str(paper), *same]))
            found = connection.execute(query.order_by(c.paper != str(paper), c.number)).all()
        return sorted({row.topic: row.number for row in reversed(found)}.values())

    def nominate(self, numbers: Sequence[int], nomination: Nomination, run: str) -> None:
        n = t.nominations.c
        with self._database.write() as connection:
            over = sa.select(n.candidate).where(n.candidate.in_(numbers), sa.not_(NOMINATION_STANDS))
            gone = connection.scalars(over).all()
            connection.execute(sa.delete(t.nominations).where(n.candidate.in_(gone)))
            self._database.insert_new(
                connection, t.nominations, [rows.encode(nomination, candidate=number, run=run) for number in numbers]
            )
            connection.execute(sa.update(t.candidates).where(t.candidates.c.number.in_(numbers)).values(is_active=True))

    def is_nominated_by_audit(self, number: int) -> bool:
        query = sa.select(t.nominations.c.candidate).where(t.nominations.c.candidate == number, BY_AUDIT)
        return self._scalar(query) is not None

    def nominated_without_card(self, topic: str, desk: str) -> frozenset[int]:
        query = (
            sa.select(t.nominations.c.candidate)
            .join(t.candidates, t.candidates.c.number == t.nominations.c.candidate)
            .outerjoin(t.cards, sa.and_(t.cards.c.candidate == t.candidates.c.number, t.cards.c.desk == desk))
            .where(t.candidates.c.topic == topic, t.cards.c.candidate.is_(None), NOMINATION_STANDS)
        )
        return frozenset(self._scalars(query))

    def recent_probabilities(self, topic: str, trained: str, limit: int) -> Sequence[float]:
        s = t.screenings.c
        query = (
            sa.select(sa.case((s.priority == 0, 1.0), else_=s.probability))
            .join(t.candidates, t.candidates.c.number == s.candidate)
            .where(t.candidates.c.topic == topic, s.prefilter == trained, s.probability.is_not(None))
            .where(~BY_CITATIONS)  # which are likelier to belong than what is announced
            .order_by(s.candidate.desc())
            .limit(limit)
        )
        return self._scalars(query)

    def taken_in(self, topic: str, limit: int | None = None) -> Sequence[tuple[Paper, date | None, bool | None]]:
        query = (
            rows.CANDIDATE.add_columns(t.announcements.c.announced_on, t.relevances.c.relevant)
            .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic, ~BY_CITATIONS)
            .order_by(t.candidates.c.number.desc())
            .limit(limit)
        )
        return [
            (rows.paper(row._asdict()), row.announced_on or row.announced_at.date(), row.relevant)
            for row in self._rows(query)
        ]

    def known_before(self, papers: Sequence[PaperId], batch: datetime, now: datetime) -> frozenset[PaperId]:
        c, at = t.paper_versions.c, t.announcements.c.at
        query = sa.select(c.paper).join(t.announcements, t.announcements.c.paper_version == c.id)
        keys = sorted({str(paper) for paper in papers})
        found: set[PaperId] = set()
        for chunk in chunks(keys):
            asked = query.where(c.paper.in_(chunk), sa.or_(at < batch, at > now))
            found |= {PaperId.from_key(key) for key in self._scalars(asked.distinct())}
        return frozenset(found)


def _one_of_each_work(taken: Sequence[tuple[Paper, int]]) -> Iterator[tuple[Paper, int]]:
    """Papers with their announcements, without those whose DOI another paper has; one of arXiv's is preferred."""
    chosen: dict[str, PaperId] = {}
    for paper, _ in sorted(taken, key=lambda pair: pair[0].id.source != "arxiv"):
        if doi := own_doi(paper):
            chosen.setdefault(doi, paper.id)
    yield from ((paper, number) for paper, number in taken if chosen.get(own_doi(paper), paper.id) == paper.id)


def _taken_in(connection: sa.Connection, papers: Sequence[str]) -> dict[str, set[str]]:
    """The topics in which each paper is a candidate, or another with the same DOI in its place."""
    c, same = t.candidates.c, _topics_of_same_work(connection, papers)
    found: dict[str, set[str]] = {paper: set(same.get(paper, ())) for paper in papers}
    for row in connection.execute(sa.select(c.paper, c.topic).where(c.paper.in_(papers))):
        found[row.paper].add(row.topic)
    return found


def _takers(paper: Paper, topics: Sequence[Topic]) -> set[str]:
    """The topics that would take a paper announced now, by its present categories."""
    watched = any(paper.categories[0] in topic.categories for topic in topics)
    kind = AnnounceType.NEW if watched else AnnounceType.CROSS
    return {topic.slug for topic in topics if topic.takes(kind, paper)}


def _version_ids(connection: sa.Connection, papers: Sequence[Paper]) -> dict[tuple[str, int], int]:
    wanted = {(str(paper.id), paper.version) for paper in papers}
    query = sa.select(_version_id, t.paper_versions.c.paper, t.paper_versions.c.version).where(
        t.paper_versions.c.paper.in_(sorted({paper for paper, _ in wanted}))
    )
    found = {(row.paper, row.version): row.id for row in connection.execute(query)}
    return {key: number for key, number in found.items() if key in wanted}


def _announcement_ids(connection: sa.Connection, versions: Sequence[int]) -> dict[tuple[int, str], int]:
    query = sa.select(t.announcements.c.id, t.announcements.c.paper_version, _announce_type).where(
        t.announcements.c.paper_version.in_(versions)
    )
    return {(row.paper_version, row.announce_type): row.id for row in connection.execute(query)}


_NEW = t.paper_versions.alias("new")
_MET = t.paper_versions.alias("met")
_EARLIER = t.paper_versions.alias("earlier")


def _replaced() -> sa.Select[Any]:
    """Query for replacements that are newer than the version from which a candidate was made."""
    replaced = [kind.value for kind in AnnounceType if not kind.is_news]
    before = (
        sa.select(_EARLIER.c.title)
        .where(_EARLIER.c.paper == _NEW.c.paper, _EARLIER.c.version < _NEW.c.version)
        .order_by(_EARLIER.c.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    met = (
        sa.select(sa.func.max(_MET.c.version))
        .join(t.announcements, t.announcements.c.paper_version == _MET.c.id)
        .join(t.candidates, t.candidates.c.announcement == t.announcements.c.id)
        .where(t.candidates.c.paper == _NEW.c.paper)
        .scalar_subquery()
    )
    told = sa.exists().where(t.notices.c.paper == _NEW.c.paper, t.notices.c.version == _NEW.c.version)
    announced = t.announcements.alias("announced")
    return (
        sa.select(announced.c.id, announced.c.anomalies, _NEW.c.paper, _NEW.c.version, _NEW.c.title, _NEW.c.url)
        .add_columns(before.label("before"))
        .join(_NEW, _NEW.c.id == announced.c.paper_version)
        .where(announced.c.announce_type.in_(replaced), _NEW.c.version > sa.func.coalesce(met, 0), ~told)
    )


_REPLACED = _replaced()


def _replacement(row: sa.Row[Any]) -> Replacement:
    paper = PaperId.from_key(row.paper)
    return Replacement(paper, row.version, row.title, row.url, row.before, WITHDRAWN in row.anomalies)


_DOI, _LIKENESS = "doi:", "like:"
_mine, _other = t.paper_keys.alias("mine"), t.paper_keys.alias("other")


def _add_keys(database: Database, connection: sa.Connection, papers: Iterable[Paper]) -> None:
    """Store the keys (DOI; title with first author) by which each of these papers is recognized when another source
    announces it.
    """
    found = {(str(paper.id), key) for paper in papers for key in _keys(paper)}
    database.insert_new(connection, t.paper_keys, [{"paper": paper, "key": key} for paper, key in sorted(found)])


def _keys(paper: Paper) -> list[str]:
    doi, like = own_doi(paper), likeness(paper)
    return [*([_DOI + doi] if doi else []), *([_LIKENESS + like] if like else [])]


def _same_work(connection: sa.Connection, papers: Sequence[str]) -> dict[str, set[str]]:
    """For each of the given papers that shares its DOI with other stored papers: the ids of those."""
    return _sharing(connection, papers, _DOI)


def _perhaps_same(connection: sa.Connection, papers: Sequence[str]) -> dict[str, list[str]]:
    """For each of the given papers, the ids of stored papers with the same title and first author but not the same DOI,
    if there are any. Pairs of arXiv papers are left out, because arXiv's moderators watch for duplicates.
    """
    certain, found = _same_work(connection, papers), dict[str, list[str]]()
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


def _topics_of_same_work(connection: sa.Connection, papers: Sequence[str]) -> Mapping[str, set[str]]:
    """For each of the given papers that shares its DOI with other stored papers: the topics in which one of those is a
    candidate already.

    For an arXiv paper, candidates that screening rejected do not count: the feed of a journal may have held no more of
    the paper than its title.
    """
    same = _same_work(connection, papers)
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
