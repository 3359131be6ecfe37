"""What the classes for single subjects share: the query for a candidate, SQL conditions that say what was decided or
failed about it, and conversions of database rows to domain values and back.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache, partial
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.tables import audit_answers, handovers, lone_failures, retries, triages
from watcher.domain.facts import (
    Candidate,
    Nomination,
    Verdict,
)
from watcher.domain.papers.citations import FEED, CitedRow
from watcher.domain.papers.feeds import FeedReport
from watcher.domain.papers.paper import Paper, PaperId

Kind = TypeVar("Kind")


def decode(kind: Callable[..., Kind], row: sa.Row[*tuple[Any, ...]] | Mapping[str, Any], /, **given: Any) -> Kind:
    """Convert a database row, or an object of a JSON column, to a dataclass: each field from the column or key with its
    name, converted by the field's type; fields in `given` take that value, and those not found their default.
    """
    content = row._asdict() if isinstance(row, sa.Row) else row
    for name, convert, collect in _converters(kind):
        if name in given or name not in content:
            continue
        value = content[name]
        if value is not None and collect is not None:
            value = collect(map(convert, value) if convert else value)
        elif value is not None and convert is not None:
            value = convert(value)
        given[name] = value
    return kind(**given)


def encode(value: Any, /, *left_out: str, **more: Any) -> dict[str, Any]:
    """Convert a dataclass to the values of the columns with its fields' names, except the fields `left_out`, and add the
    values of `more`.
    """
    names = [field.name for field in dataclasses.fields(value) if field.name not in left_out]
    return {name: _plain(getattr(value, name)) for name in names} | more


def _plain(value: Any) -> Any:
    if isinstance(value, PaperId):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value


def as_json(value: Any) -> Any:
    """Convert a dataclass to values for a JSON column, with dates and times as text."""
    return json.loads(json.dumps(value, default=_in_json, ensure_ascii=False))


def _in_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else dataclasses.asdict(value)


Convert = Callable[[Any], Any]


@cache
def _converters(kind: Any) -> Sequence[tuple[str, Convert | None, Convert | None]]:
    """The fields of a dataclass with the conversion of what a database or JSON gives (None: as it is), for a tuple or set
    the conversion of each item, and the type by which items are collected, else None.
    """
    hints, found = get_type_hints(kind), list[tuple[str, Convert | None, Convert | None]]()
    for field in dataclasses.fields(kind):
        hint = _of_optional(hints[field.name])
        collect = get_origin(hint) if get_origin(hint) in {tuple, frozenset} else None
        found.append((field.name, _converter(_of_optional(get_args(hint)[0]) if collect else hint), collect))
    return found


def _of_optional(hint: Any) -> Any:
    """The type T of a type hint `T | None`, or the hint itself."""
    return get_args(hint)[get_args(hint)[0] is type(None)] if get_origin(hint) is UnionType else hint


def _converter(hint: Any) -> Convert | None:
    if hint is PaperId:
        return lambda value: PaperId.from_key(value) if isinstance(value, str) else PaperId(**value)
    if hint in {date, datetime}:
        return lambda value: hint.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return partial(decode, hint)
    return hint if isinstance(hint, type) and issubclass(hint, Enum) else None


CANDIDATE = (
    sa.select(
        t.candidates.c.number,
        t.candidates.c.topic,
        t.candidates.c.at.label("announced_at"),
        t.announcements.c.announce_type,
        t.announcements.c.anomalies,
        t.nominations.c.curator.label("nominated_by"),
        t.nominations.c.desk.label("nominated_at_desk"),
        t.nominations.c.at.label("nominated_at"),
        *[column for column in t.paper_versions.c if column.name != "id"],
    )
    .join(t.announcements, t.announcements.c.id == t.candidates.c.announcement)
    .join(t.paper_versions, t.paper_versions.c.id == t.announcements.c.paper_version)
    .outerjoin(t.nominations, t.nominations.c.candidate == t.candidates.c.number)
)
"""Everything a Candidate is made of; queries add what else they need and their conditions."""


def of_topics() -> sa.ColumnElement[bool]:
    """SQL condition that a candidate belongs to one of the topics in the bind parameter `topics`, for statements that
    are built once and run often.
    """
    return t.candidates.c.topic.in_(sa.bindparam("topics", expanding=True))


def candidate(row: sa.Row[Any]) -> Candidate:
    """Convert a row of the query CANDIDATE (candidate, announcement, paper version and nomination joined) to a
    Candidate.
    """
    by, content = row.nominated_by, row._asdict()
    nomination = Nomination(by, row.nominated_at, row.nominated_at_desk) if by else None
    return decode(Candidate, content, paper=paper(content), nomination=nomination)


def paper(content: Mapping[str, Any]) -> Paper:
    """Convert the columns of a `paper_versions` row, by name, to a paper version."""
    return decode(Paper, content, id=PaperId.from_key(content["paper"]))


def feed_report(row: sa.Row[Any]) -> FeedReport:
    """Convert a row of the `feed_readings` table to a FeedReport (the result of reading one feed)."""
    return decode(FeedReport, row, name=row.feed)


def undecided(decided: sa.Subquery) -> sa.ColumnElement[bool]:
    """SQL condition that a candidate is neither approved nor rejected by its latest decision. `decided` is the subquery
    of latest decisions (`latest`), with the column `verdict`. The caller must join it by an outer join, so that
    candidates without any decision are kept; they are undecided.
    """
    return sa.func.coalesce(decided.c.verdict, "").not_in([Verdict.APPROVE, Verdict.REJECT])


def of_same_version(table: sa.FromClause) -> sa.Select[Any]:
    """Query for what can be reused between topics: the rows of `table` about the same version of the same paper,
    whichever topic's candidate they belong to.

    The result has a row for each pair of a candidate and such a row: the column `number` is the candidate for which it
    can be reused, the others are those of `table`, whose column `candidate` is the candidate that the row belongs to. A
    candidate's own rows are included. Callers add conditions on `candidates`, which is the candidate `number`.
    """
    mine, theirs, other = t.announcements.alias(), t.announcements.alias(), t.candidates.alias()
    return (
        sa.select(t.candidates.c.number, table)
        .join(mine, mine.c.id == t.candidates.c.announcement)
        .join(theirs, theirs.c.paper_version == mine.c.paper_version)
        .join(other, other.c.announcement == theirs.c.id)
        .join(table, table.c.candidate == other.c.number)
    )


def hold(connection: sa.Connection, number: int) -> None:
    """Lock a candidate, by its number, against other writers until the transaction ends (SELECT … FOR UPDATE); on
    SQLite the write transaction has that effect itself.
    """
    connection.execute(sa.select(t.candidates.c.number).where(t.candidates.c.number == number).with_for_update())


def latest(table: sa.Table, *names: str) -> sa.Subquery:
    """Subquery for each candidate's newest row in an append-only table, with the columns `names`. It is written so that
    the database uses the index on candidates instead of scanning the table.
    """
    newer = table.alias()
    overtaken = sa.exists().where(newer.c.candidate == table.c.candidate, newer.c.id > table.c.id)
    return sa.select(table.c.candidate, *[table.c[name] for name in names]).where(~overtaken).subquery()


_BELONGS = (
    sa.select(audit_answers.c.belongs)
    .where(audit_answers.c.candidate == t.nominations.c.candidate)
    .order_by(audit_answers.c.id.desc())
    .limit(1)
    .correlate(t.nominations)
    .scalar_subquery()
)

BY_AUDIT = t.nominations.c.run.startswith("audit-")

NOMINATION_STANDS = sa.or_(sa.not_(BY_AUDIT), sa.func.coalesce(_BELONGS, sa.true()))
"""SQL condition that a nomination is in force; one made by an audit answer is so as long as that answer."""

NOMINATED = (
    sa.exists().where(t.nominations.c.candidate == t.candidates.c.number, NOMINATION_STANDS).correlate(t.candidates)
)
"""SQL condition that a candidate is nominated, so that screening and score do not stop it; for queries with
`candidates`.
"""

PICKED = sa.exists().where(triages.c.candidate == t.candidates.c.number, triages.c.goes_on).correlate(t.candidates)
"""SQL condition that triage sent a candidate to scoring; for queries with `candidates`."""

TO_SCORE = sa.or_(t.screenings.c.passed, NOMINATED, PICKED)
"""SQL condition that a candidate is to be scored, by screening, triage or nomination; for queries with `screenings`
too.
"""

UNTRIAGED = sa.and_(
    t.candidates.c.is_active,
    sa.not_(t.screenings.c.passed),
    t.screenings.c.triage,
    sa.not_(NOMINATED),
    sa.not_(sa.exists().where(triages.c.candidate == t.candidates.c.number).correlate(t.candidates)),
)
"""SQL condition that a screened candidate waits for triage; for queries with `candidates` and `screenings`."""

_AGAIN = sa.exists().where(retries.c.candidate == handovers.c.candidate, retries.c.round == handovers.c.round)

HANDED_OVER = (
    sa.exists()
    .where(handovers.c.candidate == t.candidates.c.number, sa.not_(_AGAIN.correlate(handovers)))
    .correlate(t.candidates)
)
"""SQL condition that a candidate was handed over to curators and nobody requested a retry; for queries with
`candidates`.
"""

EVER_HANDED_OVER = sa.exists().where(handovers.c.candidate == t.candidates.c.number).correlate(t.candidates)
"""SQL condition that a candidate was ever handed over, whatever happened since."""

FAILED_ALONE = sa.exists().where(lone_failures.c.candidate == t.candidates.c.number).correlate(t.candidates)
"""SQL condition that a model failed before on a request about this candidate alone."""


def carded() -> sa.CompoundSelect[Any]:
    """Query for the numbers of all candidates that are to be shown to curators: those with a summary, and those handed
    over without one because the model failed.
    """
    return sa.union(sa.select(t.summaries.c.candidate), sa.select(handovers.c.candidate))


BY_CITATIONS = (
    sa.exists().where(t.announcements.c.id == t.candidates.c.announcement, t.announcements.c.feed == FEED)
).correlate(t.candidates)
"""That a candidate was found by citations before any feed announced it; for queries that hold `candidates`."""

CITES = (
    sa.exists()
    .where(t.citations.c.topic == t.candidates.c.topic, t.citations.c.paper == t.candidates.c.paper)
    .correlate(t.candidates)
)
"""That the paper of a candidate cites a row of its topic's catalog; for queries that hold `candidates`."""


def rows_cited(connection: sa.Connection, numbers: sa.Select[tuple[int]]) -> Mapping[int, tuple[CitedRow, ...]]:
    """For each of the given candidates that was found because it cites papers of the catalog: the catalog rows that it
    cites, by candidate number. Citations that became known later are left out, so that a posted card stays correct.
    """
    query = (
        sa.select(t.candidates.c.number, t.citations.c.row_number, t.citations.c.row_title)
        .join(
            t.candidates,
            sa.and_(t.candidates.c.topic == t.citations.c.topic, t.candidates.c.paper == t.citations.c.paper),
        )
        .where(t.candidates.c.number.in_(numbers.correlate(None)), BY_CITATIONS, t.citations.c.at <= t.candidates.c.at)
        .order_by(t.citations.c.row_number, t.citations.c.row_title)
    )
    found: dict[int, list[CitedRow]] = {}
    for row in connection.execute(query):
        found.setdefault(row.number, []).append(CitedRow(row.row_number, row.row_title))
    return {number: tuple(cited) for number, cited in found.items()}


def missed(stage: str) -> sa.ScalarSelect[int]:
    """Correlated subquery: the number of failures of a pipeline stage on a candidate; for queries over `candidates`."""
    c = t.failures.c
    counted = sa.select(sa.func.count()).where(c.stage == stage, c.candidate == t.candidates.c.number)
    return counted.correlate(t.candidates).scalar_subquery()


def begun(kind: str, desk: str | sa.ColumnElement[str], rest: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """SQL condition that the outbox holds a message with the key `kind/desk/rest`, so that the message may have been
    sent.
    """
    key = sa.literal(f"{kind}/").concat(desk).concat("/").concat(rest)
    return sa.exists().where(t.outbox.c.key == key).correlate_except(t.outbox)
