"""Database access for cards (the messages by which curators decide about papers), for curators' decisions and edits, and
for audit samples (papers drawn at random from those that screening rejected) with curators' answers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.catalog import newest, want_back, want_out
from watcher.adapters.store.database import Database, Part
from watcher.adapters.store.rows import EVER_HANDED_OVER, PICKED, begun, carded, rows_cited
from watcher.adapters.store.summaries import settle_retry
from watcher.adapters.store.tables import (
    audit_answers,
    audit_cards,
    audit_lines,
    audit_samples,
    enrichments,
    handovers,
    retries,
)
from watcher.domain.curation.card import Card, Overdue, Swept, decision_to_record, endorsers
from watcher.domain.curation.recall import AuditCard, ScreenedOut
from watcher.domain.curation.related import Known
from watcher.domain.errors import EditConflict, UsageError
from watcher.domain.facts import (
    EMPTY_CELL,
    HANDOVER_RUNS,
    AuditAnswer,
    AuditLine,
    AuditSample,
    CardPosted,
    CatalogRow,
    Decision,
    Handover,
    Relevance,
    Revision,
    RowChange,
    Screening,
    Summary,
    Verdict,
    Violation,
)
from watcher.domain.papers.citations import CitedRow
from watcher.domain.summaries.cells import cells_of, with_own
from watcher.domain.summaries.style import JAPANESE, CellWords
from watcher.ports.store import AuditStore, CardStore, Store

_SHOWN_FAILURES = ("catalog",)
_DONE = t.catalog_rows.c.change != RowChange.INTENDED
_A_REPLY = 1000  # in an etag, so that one that was deleted and an event beside it do not add up to nothing
_WITHDRAWS = {Verdict.REJECT, Verdict.UNDO}
_SETTLES = {Verdict.APPROVE, Verdict.ENDORSE, Verdict.REJECT}


def _events() -> sa.ColumnElement[int]:
    """The number of events of a candidate's card since it was first shown; the card's etag."""
    number = t.candidates.c.number
    counted: sa.ColumnElement[int] = sa.literal(0)
    for table in (t.decisions, t.revisions, t.rewrites, t.rewritten_summaries, t.failed_rewrites, t.catalog_rows):
        count = sa.select(sa.func.count()).where(table.c.candidate == number).correlate(t.candidates)
        count = count.where(_DONE) if table is t.catalog_rows else count
        counted = counted + count.scalar_subquery()
    for table in (handovers, retries, t.relevances, t.summaries):
        count = sa.select(sa.func.count()).where(table.c.candidate == number)
        count = count.where(EVER_HANDED_OVER) if table in (t.relevances, t.summaries) else count
        counted = counted + count.correlate(t.candidates).scalar_subquery()
    replies = sa.select(sa.func.coalesce(sa.func.sum(t.discussions.c.replies), 0))
    replies = replies.where(t.discussions.c.candidate == number).correlate(t.candidates)
    counted = counted + _A_REPLY * replies.scalar_subquery()
    failed = sa.select(sa.func.count()).where(t.failures.c.candidate == number, t.failures.c.stage.in_(_SHOWN_FAILURES))
    return counted + failed.correlate(t.candidates).scalar_subquery()


def stale_cards(desk: str) -> sa.Select[Any]:
    """Query for the cards at a desk (Slack, web …) whose messages do not show all that was recorded about their papers:
    candidate number and message ref.
    """
    return (
        sa.select(t.cards.c.candidate, t.cards.c.ref)
        .join(t.candidates, t.candidates.c.number == t.cards.c.candidate)
        .join(
            t.shown_etags,
            sa.and_(t.shown_etags.c.candidate == t.cards.c.candidate, t.shown_etags.c.desk == t.cards.c.desk),
        )
        .where(t.cards.c.desk == desk, t.shown_etags.c.etag != sa.cast(_events(), sa.String))
    )


@cache
def unposted() -> sa.Select[Any]:
    """Query for the numbers of candidates (papers under consideration) that are ready for curators and not yet posted
    at a desk, best score first. Its bind parameters are `topics` and `desk`.
    """
    decided, desk = rows.latest(t.decisions, "verdict"), sa.bindparam("desk", type_=sa.String)
    return (
        sa.select(t.candidates.c.number)
        .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
        .outerjoin(t.cards, sa.and_(t.cards.c.candidate == t.candidates.c.number, t.cards.c.desk == desk))
        .outerjoin(decided, decided.c.candidate == t.candidates.c.number)
        .where(
            rows.of_topics(),
            t.candidates.c.number.in_(carded()),
            t.cards.c.candidate.is_(None),
            sa.or_(
                rows.undecided(decided),
                begun("card", desk, t.candidates.c.topic + "/" + t.candidates.c.paper),
            ),
        )
        .outerjoin(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
        .order_by(
            sa.func.coalesce(t.relevances.c.score, -1).desc(),
            sa.func.coalesce(t.screenings.c.probability, 0).desc(),
            t.candidates.c.number,
        )
    )


class Cards(Part, CardStore):
    def __init__(
        self,
        database: Database,
        store: Store,
        cell_words: Mapping[str, CellWords],
        zones: Mapping[str, str],
    ) -> None:
        super().__init__(database, store)
        self._cell_words = cell_words
        self._zones = zones

    def known(self, topic: str) -> Sequence[Known]:
        decided, written = rows.latest(t.decisions, "verdict"), rows.latest(t.catalog_rows, "change", "row_number")
        stands = written.c.change.in_([RowChange.ADDED, RowChange.PRESENT])
        query = (
            rows.CANDIDATE.add_columns(
                sa.func.coalesce(t.summaries.c.summary_ja, "").label("summary_ja"),
                decided.c.verdict,
                sa.case((stands, written.c.row_number), else_=0).label("row_number"),
            )
            .outerjoin(t.summaries, t.summaries.c.candidate == t.candidates.c.number)
            .outerjoin(decided, decided.c.candidate == t.candidates.c.number)
            .outerjoin(written, written.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic, t.candidates.c.number.in_(carded()))
            .order_by(t.candidates.c.number.desc())
        )
        found = self._rows(query)
        return [
            Known(rows.candidate(row), row.summary_ja, Verdict(row.verdict) if row.verdict else None, row.row_number)
            for row in found
        ]

    def to_post(self, topic: str, desk: str) -> Sequence[int]:
        return self._scalars(unposted(), {"topics": [topic], "desk": desk})

    def add(self, number: int, posted: CardPosted, etag: str, run: str) -> None:
        where = {"candidate": number, "desk": posted.desk}
        with self._database.write() as connection:
            self._database.insert_new(connection, t.cards, [rows.encode(posted, candidate=number, run=run)])
            self._database.replace(connection, t.shown_etags, {**where, "etag": etag})

    def stale(self, desk: str, topic: str | None = None) -> Sequence[tuple[int, str]]:
        latest = sa.select(sa.func.max(t.decisions.c.id)).where(t.decisions.c.candidate == t.cards.c.candidate)
        decided = sa.func.coalesce(latest.correlate(t.cards).scalar_subquery(), 0)
        query = stale_cards(desk).order_by(decided.desc(), t.cards.c.candidate)
        query = query.where(t.candidates.c.topic == topic) if topic else query
        return [(row.candidate, row.ref) for row in self._rows(query)]

    def is_stale(self, number: int, desk: str) -> bool:
        return self._row(stale_cards(desk).where(t.cards.c.candidate == number)) is not None

    def mark_shown(self, number: int, desk: str, etag: str) -> None:
        self._replace(t.shown_etags, {"candidate": number, "desk": desk, "etag": etag})

    def get(self, number: int) -> Card:
        found = self._cards(t.candidates.c.number == number)
        if not found:
            raise UsageError("there is no card with this number", about=str(number), remedy="see `watcher status`")
        return found[0]

    def all(self, topic: str | None = None) -> Sequence[Card]:
        return self._cards(t.candidates.c.topic == topic if topic else sa.true())

    def handed_over(self) -> Sequence[Card]:
        return self._cards(EVER_HANDED_OVER)

    def _cards(self, condition: sa.ColumnElement[bool]) -> list[Card]:
        wanted = [t.relevances, t.summaries, t.screenings]
        columns = [
            c for table in wanted for c in table.c if c.name not in {"candidate", "run", "at", "prompt", "model"}
        ]
        query = (
            rows.CANDIDATE.add_columns(enrichments.c.enriched_venue, enrichments.c.enriched_attention)
            .add_columns(*columns, t.relevances.c.prompt, t.relevances.c.model, _events().label("events"))
            .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .outerjoin(t.summaries, t.summaries.c.candidate == t.candidates.c.number)
            .outerjoin(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
            .outerjoin(enrichments, enrichments.c.candidate == t.candidates.c.number)
            .where(condition, t.candidates.c.number.in_(carded()))
            .order_by(
                t.candidates.c.at.desc(), sa.func.coalesce(t.relevances.c.score, -1).desc(), t.candidates.c.number
            )
        )
        with self._database.read() as connection:
            found = connection.execute(query).all()
            if not found:
                return []
            numbers = sa.select(t.candidates.c.number).where(condition)
            said = {table.name: _of_each(connection, table, numbers, *only) for table, only in _SAID.items()}
            d = t.discussions.c
            cited = rows_cited(connection, numbers)
            replies = sa.select(d.candidate, sa.func.sum(d.replies)).where(d.candidate.in_(numbers))
            discussed = {number: int(count) for number, count in connection.execute(replies.group_by(d.candidate))}
        cards = list[Card]()
        for row in found:
            about = _Said(**{name: lines.get(row.number, []) for name, lines in said.items()})
            words = self._cell_words.get(row.topic, JAPANESE)
            card = _card(row, about, discussed.get(row.number, 0), cited.get(row.number, ()), words)
            cards.append(dataclasses.replace(card, zone=self._zones.get(row.topic, card.zone)))
        return cards

    def decide(self, number: int, decision: Decision) -> bool:
        with self._database.write() as connection:
            rows.hold(connection, number)
            return add_decision(self._database, connection, number, decision) is not None

    def reject_open(self, numbers: Sequence[int], decision: Decision) -> Sequence[int]:
        with self._database.write() as connection:
            return [number for number in sorted(numbers) if self._rejected(connection, number, decision)]

    def _rejected(self, connection: sa.Connection, number: int, decision: Decision) -> bool:
        rows.hold(connection, number)
        before = [one for _, one in decisions_on(connection, number)]
        is_open = not before or (before[-1].verdict is Verdict.UNDO and not endorsers(before))
        if not is_open or newest(connection, number) == RowChange.RETURNED:  # which is a question of its own
            return False
        return add_decision(self._database, connection, number, decision) is not None

    def undo_sweep(self, sweep: str, decision: Decision) -> Sequence[int]:
        with self._database.write() as connection:
            mine = connection.scalars(_standing(sweep).with_only_columns(t.decisions.c.candidate)).all()
            for number in mine:
                rows.hold(connection, number)
                add_decision(self._database, connection, number, decision)
            return list(mine)

    def swept(self, numbers: Sequence[int]) -> Swept | None:
        c = t.decisions.c
        latest = sa.select(c.sweep).where(c.candidate.in_(numbers), c.sweep != "").order_by(c.id.desc()).limit(1)
        with self._database.read() as connection:
            sweep = connection.scalar(latest)
            standing = connection.execute(_standing(sweep)).all() if sweep else []
        if not standing:
            return None
        return Swept(standing[0].sweep, standing[0].curator, standing[0].at.isoformat(), len(standing))

    def revise(self, number: int, revisions: Sequence[Revision], based_on: int | None) -> None:
        with self._database.write() as connection:
            rows.hold(connection, number)
            counts = [
                connection.execute(sa.select(sa.func.count()).where(table.c.candidate == number)).scalar_one()
                for table in (t.revisions, t.rewritten_summaries)
            ]
            if based_on is not None and sum(counts) != based_on:
                raise EditConflict(
                    "someone else edited this card meanwhile", about=str(number), remedy="look at it again, then edit"
                )
            values = [rows.encode(revision, candidate=number) for revision in revisions]
            self._database.insert_new(connection, t.revisions, values)

    def places(self, desk: str) -> Mapping[int, tuple[str, str]]:
        query = sa.select(t.cards.c.candidate, t.cards.c.ref, t.cards.c.below).where(t.cards.c.desk == desk)
        return {row.candidate: (row.ref, row.below) for row in self._rows(query)}

    def add_discussions(self, desk: str, replies: Mapping[int, int], at: datetime) -> Sequence[int]:
        d = t.discussions.c
        with self._database.write() as connection:
            query = sa.select(d.candidate, d.replies).where(d.desk == desk, d.candidate.in_(replies))
            known = {row.candidate: row.replies for row in connection.execute(query)}
            changed = [number for number in sorted(replies) if replies[number] != known.get(number, 0)]
            for number in changed:
                values = {"candidate": number, "desk": desk, "replies": replies[number], "at": at}
                self._database.replace(connection, t.discussions, values)
            return changed

    def at(self, desk: str, ref: str) -> int | None:
        query = sa.select(t.cards.c.candidate).where(t.cards.c.desk == desk, t.cards.c.ref == ref)
        return self._scalar(query)

    def count_posted(self, topic: str, desk: str, since: datetime) -> int:
        query = (
            sa.select(sa.func.count())
            .select_from(t.cards)
            .join(t.candidates, t.candidates.c.number == t.cards.c.candidate)
            .where(t.candidates.c.topic == topic, t.cards.c.desk == desk, t.cards.c.at >= since)
        )
        return self._scalar(query) or 0

    def overdue(self, topic: str, desk: str, before: datetime, today: date) -> Sequence[Overdue]:
        decided = rows.latest(t.decisions, "verdict", "until")
        # one that was put off until a day waits until then, however old it is
        is_due = sa.or_(
            sa.and_(decided.c.until.is_(None), t.cards.c.at < before),
            sa.and_(decided.c.until.is_not(None), decided.c.until <= today),
        )
        query = (
            rows.CANDIDATE.add_columns(
                t.relevances.c.score,
                t.cards.c.at.label("posted_at"),
                sa.func.coalesce(decided.c.verdict, "").label("v"),
                decided.c.until,
            )
            .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .join(t.cards, sa.and_(t.cards.c.candidate == t.candidates.c.number, t.cards.c.desk == desk))
            .outerjoin(decided, decided.c.candidate == t.candidates.c.number)
            .where(
                t.candidates.c.topic == topic,
                is_due,
                rows.undecided(decided),
            )
            .order_by(t.cards.c.at, t.candidates.c.number)
        )
        found = self._rows(query)
        return [
            Overdue(row.title, row.url, row.score, row.posted_at, row.v == Verdict.LATER, row.number, "", row.until)
            for row in found
        ]


def _standing(sweep: str) -> sa.Select[Any]:
    """The decisions of a sweep that are the latest ones on their candidates."""
    newer = t.decisions.alias()
    overtaken = sa.exists().where(newer.c.candidate == t.decisions.c.candidate, newer.c.id > t.decisions.c.id)
    query = sa.select(t.decisions).where(t.decisions.c.sweep == sweep, t.decisions.c.verdict == Verdict.REJECT)
    return query.where(~overtaken).order_by(t.decisions.c.id)


def decisions_on(connection: sa.Connection, number: int) -> list[tuple[int, Decision]]:
    """Fetch all decisions that curators made about a candidate (by its number), oldest first, each with its row id."""
    c = t.decisions.c
    found = connection.execute(sa.select(t.decisions).where(c.candidate == number).order_by(c.id))
    return [(row.id, rows.decode(Decision, row)) for row in found]


def add_decision(database: Database, connection: sa.Connection, number: int, decision: Decision) -> int | None:
    """Insert a curator's decision about a candidate, whose row the transaction has locked, and what follows from it (a
    catalog row to restore or remove, a retry request to close). Return the decision's row id, or None if it changes
    nothing.
    """
    standing = [one for _, one in decisions_on(connection, number)]
    taken = decision_to_record(standing, decision)
    approved = (taken or standing[-1]).verdict is Verdict.APPROVE if taken or standing else False
    if decision.verdict is Verdict.APPROVE and approved and want_back(connection, number, decision.at):
        taken = taken or decision
    if decision.verdict in _WITHDRAWS and not approved and want_out(connection, number, decision.at):
        taken = taken or decision
    if taken is None:
        return None
    values = rows.encode(taken, candidate=number)
    made = connection.execute(sa.insert(t.decisions).values(values)).inserted_primary_key
    if taken.verdict in _SETTLES:
        settle_retry(database, connection, number, taken.at)
    return int(made[0]) if made else None


_SAID: Mapping[sa.Table, Sequence[sa.ColumnElement[bool]]] = {
    t.decisions: [],
    t.revisions: [],
    t.rewrites: [],
    t.rewritten_summaries: [],
    t.failed_rewrites: [],
    handovers: [],
    retries: [],
    t.catalog_rows: [_DONE],
    t.failures: [t.failures.c.stage.in_(_SHOWN_FAILURES)],
}


def _of_each(
    connection: sa.Connection, table: sa.Table, numbers: sa.Select[Any], *only: sa.ColumnElement[bool]
) -> dict[int, list[Any]]:
    """The rows about each of these candidates, oldest first."""
    found: dict[int, list[Any]] = {}
    for row in connection.execute(sa.select(table).where(table.c.candidate.in_(numbers), *only).order_by(table.c.id)):
        found.setdefault(row.candidate, []).append(row)
    return found


@dataclasses.dataclass(frozen=True, slots=True)
class _Said:
    """What was recorded about a card, by the tables of `_SAID`, oldest first."""

    decisions: Sequence[Any]
    revisions: Sequence[Any]
    rewrites: Sequence[Any]
    rewritten_summaries: Sequence[Any]
    failed_rewrites: Sequence[Any]
    handovers: Sequence[Any]
    retries: Sequence[Any]
    catalog_rows: Sequence[Any]
    failures: Sequence[Any]

    @property
    def retrying(self) -> bool:
        """Whether a curator requested that the model is asked once more about the paper, and it has not been yet."""
        return bool(self.retries) and self.retries[-1].round == self.handovers[-1].round

    @property
    def trouble(self) -> str:
        """The error because of which the catalog row could not be written; "" if there is none or it was overcome."""
        if not self.failures or (self.catalog_rows and self.catalog_rows[-1].at >= self.failures[-1].at):
            return ""
        return str(self.failures[-1].error)

    @property
    def failed_rewrite(self) -> Handover | None:
        """Why the last requested rewrite gave no summary and was given up; None if it was not."""
        found = [one for one in self.failed_rewrites if self.rewrites and one.rewrite == self.rewrites[-1].id]
        return rows.decode(Handover, found[-1], stage="summarize") if len(found) >= HANDOVER_RUNS else None

    @property
    def rewriting(self) -> bool:
        """Whether a rewrite of the summary is requested and open; a card has one open request at a time."""
        written = {one.rewrite for one in self.rewritten_summaries}
        return bool(self.rewrites) and self.rewrites[-1].id not in written and self.failed_rewrite is None


def _summary(row: Any) -> Summary | None:
    """The summary in a row with the columns of `summaries`; None if the outer join found none."""
    if row.summary_ja is None:
        return None
    return rows.decode(Summary, row, violations=tuple(Violation(*one) for one in row.violations))


def _screening(row: sa.Row[Any]) -> Screening | None:
    """Convert a row with the columns of `screenings` to a Screening; None if the outer join found no screening."""
    if row.passed is None:
        return None
    return Screening(row.passed, tuple(row.groups), tuple(row.keywords), row.priority, row.probability, row.rule)


def _card(row: Any, said: _Said, replies: int, cites: tuple[CitedRow, ...], words: CellWords) -> Card:
    candidate, summary = rows.candidate(row), _summary([row, *said.rewritten_summaries][-1])
    cells = cells_of(candidate.paper, summary, words)
    looked_up = words.told(row.enriched_attention or "")
    cells = dataclasses.replace(cells, venue=row.enriched_venue or cells.venue, attention=looked_up or cells.attention)
    # that there is no summary is overtaken by one
    typed = {c.cell: c.after for c in said.revisions if not (summary and summary.summary_ja and c.after == EMPTY_CELL)}
    # own fields are filled from the seven cells as they stand, and may be typed over themselves
    cells = with_own(cells.with_texts(typed), candidate.paper, summary, words).with_texts(typed)
    decisions = [rows.decode(Decision, one) for one in said.decisions]
    written = said.catalog_rows[-1] if said.catalog_rows else None
    return Card(
        candidate=candidate,
        relevance=None if row.score is None else rows.decode(Relevance, row),
        summary=summary,
        cells=cells,
        decision=decisions[-1] if decisions else None,
        row=written and rows.decode(CatalogRow, written, number=written.row_number, commit=written.commit_id),
        revision=len(said.revisions) + len(said.rewritten_summaries),
        trouble=said.trouble,
        events=row.events,
        endorsers=endorsers(decisions),
        rewriting=said.rewriting,
        failed_rewrite=said.failed_rewrite,
        screening=_screening(row),
        handover=rows.decode(Handover, said.handovers[-1]) if said.handovers and summary is None else None,
        retrying=said.retrying and summary is None,
        replies=replies,
        cites=cites,
    )


_A = audit_answers.alias("a")
_NEWEST = sa.select(sa.func.max(_A.c.id)).group_by(_A.c.candidate)
_COUNT = (
    sa.select(sa.func.count())
    .select_from(audit_answers)
    .where(audit_answers.c.candidate == audit_samples.c.candidate)
    .correlate(audit_samples)
    .scalar_subquery()
)


class Audits(Part, AuditStore):
    def screened_out(self, topic: str, since: datetime, until: datetime) -> Sequence[ScreenedOut]:
        s, c = t.screenings.c, t.candidates.c
        query = (
            sa.select(c.number, c.paper, s.probability)
            .join(t.screenings, s.candidate == c.number)
            .where(c.topic == topic, sa.not_(s.passed), sa.not_(PICKED), s.at >= since, s.at < until)
            .order_by(c.number)
        )
        return [ScreenedOut(row.number, row.paper, row.probability) for row in self._rows(query)]

    def add_samples(self, topic: str, drawn: Sequence[tuple[int, AuditSample]], run: str, at: datetime) -> None:
        if not drawn:
            return
        week = drawn[0][1].week
        with self._database.write() as connection:
            self._database.one_at_a_time(connection, audit_samples)
            if connection.execute(_drawn(topic, week).limit(1)).first() is not None:
                return
            values = [rows.encode(sample, candidate=number, run=run, at=at) for number, sample in drawn]
            connection.execute(sa.insert(audit_samples), values)

    def cards(self, topic: str | None = None, weeks: Sequence[str] | None = None) -> Sequence[AuditCard]:
        query = _CARDS.where(t.candidates.c.topic == topic) if topic else _CARDS
        return self._audit_cards(query if weeks is None else query.where(audit_samples.c.week.in_(weeks)))

    def card(self, number: int) -> AuditCard:
        found = self._audit_cards(_CARDS.where(t.candidates.c.number == number))
        if not found:
            raise UsageError(
                "this is no paper of the audit sample", about=str(number), remedy="see `watcher audit list`"
            )
        return found[0]

    def _audit_cards(self, query: sa.Select[Any]) -> list[AuditCard]:
        with self._database.read() as connection:
            found = connection.execute(query).all()
            numbers = [row.number for row in found]
            newest = connection.execute(
                sa.select(audit_answers).where(audit_answers.c.id.in_(_NEWEST), audit_answers.c.candidate.in_(numbers))
            )
            answers = {row.candidate: rows.decode(AuditAnswer, row) for row in newest}
        return [
            AuditCard(
                rows.candidate(row),
                rows.decode(Screening, row),
                rows.decode(AuditSample, row),
                answers.get(row.number),
                row.answers,
                row.line_ja,
            )
            for row in found
        ]

    def add_lines(self, lines: Sequence[tuple[int, AuditLine]], run: str, at: datetime) -> None:
        values = [rows.encode(line, candidate=number, run=run, at=at) for number, line in lines]
        self._insert_new(audit_lines, values)

    def add_answer(self, number: int, answer: AuditAnswer) -> bool:
        c = audit_answers.c
        with self._database.write() as connection:
            self._database.one_at_a_time(connection, audit_answers)
            standing = connection.scalar(
                sa.select(c.belongs).where(c.candidate == number).order_by(c.id.desc()).limit(1)
            )
            if standing is answer.belongs:
                return False
            connection.execute(sa.insert(audit_answers).values(rows.encode(answer, candidate=number)))
            return True

    def to_audit(self, topic: str, desk: str) -> Sequence[int]:
        query = (
            sa.select(audit_samples.c.candidate)
            .join(t.candidates, t.candidates.c.number == audit_samples.c.candidate)
            .outerjoin(
                audit_cards, sa.and_(audit_cards.c.candidate == t.candidates.c.number, audit_cards.c.desk == desk)
            )
            .where(
                t.candidates.c.topic == topic,
                audit_cards.c.candidate.is_(None),
                sa.or_(_COUNT == 0, begun("audit", desk, t.candidates.c.topic + "/" + audit_samples.c.week)),
            )
            .order_by(audit_samples.c.week, audit_samples.c.candidate)
        )
        return self._scalars(query)

    def stale(self, desk: str, topic: str | None = None) -> Sequence[tuple[int, str]]:
        query = stale_audit_cards(desk).order_by(audit_cards.c.candidate)
        query = query.where(t.candidates.c.topic == topic) if topic else query
        return [(row.candidate, row.ref) for row in self._rows(query)]

    def mark_shown(self, number: int, desk: str, ref: str, answers: int) -> None:
        values = {"candidate": number, "desk": desk, "ref": ref, "answers": answers}
        self._replace(audit_cards, values)


def stale_audit_cards(desk: str) -> sa.Select[Any]:
    """Query for the audited papers whose messages at a desk (Slack, web …) lack answers that curators have given since:
    candidate number and message ref.
    """
    return (
        sa.select(audit_cards.c.candidate, audit_cards.c.ref)
        .join(audit_samples, audit_samples.c.candidate == audit_cards.c.candidate)
        .join(t.candidates, t.candidates.c.number == audit_cards.c.candidate)
        .where(audit_cards.c.desk == desk, audit_cards.c.answers != _COUNT)
    )


_CARDS = (
    rows.CANDIDATE.add_columns(
        *[c for c in t.screenings.c if c.name not in {"candidate", "run", "at"}],
        *[c for c in audit_samples.c if c.name not in {"candidate", "run", "at"}],
        _COUNT.label("answers"),
        audit_lines.c.line_ja,
    )
    .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
    .join(audit_samples, audit_samples.c.candidate == t.candidates.c.number)
    .outerjoin(audit_lines, audit_lines.c.candidate == t.candidates.c.number)
    .order_by(audit_samples.c.week.desc(), t.candidates.c.number)
)


def _drawn(topic: str, week: str) -> sa.Select[Any]:
    return (
        sa.select(audit_samples.c.candidate)
        .join(t.candidates, t.candidates.c.number == audit_samples.c.candidate)
        .where(t.candidates.c.topic == topic, audit_samples.c.week == week)
    )
