"""Database access for the catalog: the log of each approved paper's row in the file (added, removed, missing …), pushes
of its repository, and proposals to change its cells, with curators' decisions on them and their outcome.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.adapters.store.rows import begun
from watcher.adapters.store.tables import catalog_owners
from watcher.domain.catalog.check import Evidence
from watcher.domain.catalog.proposals import (
    Ending,
    Proposal,
    ProposalDecision,
    ProposalOutcome,
    ProposalVerdict,
    Suggestion,
)
from watcher.domain.errors import UsageError
from watcher.domain.facts import MISSING, ApprovedRow, CatalogRow, Push, RowChange, Verdict
from watcher.domain.papers.paper import PaperId
from watcher.logs import redact
from watcher.ports import Failure
from watcher.ports.store import CatalogStore, ProposalStore

_OUT = RowChange.REMOVED
_FOLLOWED = (RowChange.ADDED, RowChange.PRESENT, *MISSING)
"""States of an approved paper's row in which nothing is to be done; people are asked about a missing one."""
_GONE = (RowChange.REMOVED, RowChange.PRESENT, RowChange.RETURNED)
"""States of an unwanted row in which nothing is to be done; people are asked about one that is back."""


class Catalog(Part, CatalogStore):
    def to_write(self, topic: str) -> Sequence[tuple[int, bool]]:
        query = uncataloged().where(t.candidates.c.topic == topic).order_by(t.candidates.c.number)
        return [(row.number, bool(row.wanted)) for row in self._rows(query)]

    def intend(self, number: int, at: datetime) -> bool:
        with self._database.write() as connection:
            rows.hold(connection, number)
            if newest(connection, number) == RowChange.INTENDED:
                return False
            _add_fact(connection, number, CatalogRow(RowChange.INTENDED, _kept_number(connection, number), "", at))
            return True

    def wanted_elsewhere(self, number: int, topics: Sequence[str] | None = None) -> bool:
        decided, written = rows.latest(t.decisions, "verdict"), rows.latest(t.catalog_rows, "change")
        paper = sa.select(t.candidates.c.paper).where(t.candidates.c.number == number).scalar_subquery()
        others = (
            sa.select(sa.func.count())
            .select_from(t.candidates)
            .join(decided, decided.c.candidate == t.candidates.c.number)
            .join(written, written.c.candidate == t.candidates.c.number)
            .where(
                t.candidates.c.paper == paper,
                t.candidates.c.number != number,
                decided.c.verdict == Verdict.APPROVE,
                written.c.change.in_([RowChange.ADDED, RowChange.PRESENT]),
            )
        )
        if topics is not None:
            others = others.where(t.candidates.c.topic.in_(topics))
        return bool(self._scalar(others))

    def add_row(self, number: int, row: CatalogRow) -> None:
        with self._database.write() as connection:
            _add_fact(connection, number, row)

    def approved(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        return self._log(topics, wanted=True)

    def withdrawn(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        return self._log(topics, wanted=False)

    def _log(self, topics: Sequence[str] | None, *, wanted: bool) -> Sequence[ApprovedRow]:
        query, of = (
            _rows_query(wanted=wanted, of_topics=topics is not None),
            {} if topics is None else {"topics": topics},
        )
        revised = sa.select(t.revisions.c.candidate, t.revisions.c.after).where(t.revisions.c.cell == "title")
        with self._database.read() as connection:
            found = connection.execute(query, of).all()
            revised = revised.order_by(t.revisions.c.id)
            titles = {row.candidate: row.after for row in connection.execute(revised)} if found else {}
            return [_approved(row, titles.get(row.number)) for row in found]

    def missing(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        return [row for row in self.approved(topics) if row.change in MISSING]

    def returned(self, topics: Sequence[str] | None = None) -> Sequence[ApprovedRow]:
        return [row for row in self.withdrawn(topics) if row.change is RowChange.RETURNED]

    def update_row(self, row: ApprovedRow, now: CatalogRow) -> bool:
        with self._database.write() as connection:
            rows.hold(connection, row.candidate)
            if newest(connection, row.candidate) != row.change:
                return False
            _add_fact(connection, row.candidate, now)
            return True

    def additions(self) -> Mapping[PaperId, datetime]:
        written = rows.latest(t.catalog_rows, "change", "at")
        query = (
            sa.select(t.candidates.c.paper, written.c.at)
            .join(written, written.c.candidate == t.candidates.c.number)
            .where(written.c.change == RowChange.ADDED)
        )
        return {PaperId.from_key(row.paper): row.at for row in self._rows(query)}

    def owner(self, catalog: str) -> str:
        return self._scalar(sa.select(catalog_owners.c.mark).where(catalog_owners.c.catalog == catalog)) or ""

    def claim(self, catalog: str, mark: str, at: datetime) -> str:
        self._insert_new(catalog_owners, [{"catalog": catalog, "mark": mark, "at": at}])
        return self.owner(catalog)

    def set_owner(self, catalog: str, mark: str, at: datetime) -> None:
        self._replace(catalog_owners, {"catalog": catalog, "mark": mark, "at": at})

    def add_push(self, push: Push, run: str) -> None:
        values = rows.encode(push, "commit", commit_id=push.commit, trouble=redact(push.trouble), run=run)
        self._write(sa.insert(t.pushes).values(values))

    def last_push(self, catalog: str | None = None) -> Push | None:
        query = (
            sa.select(t.pushes).where(t.pushes.c.trouble == "", _of(catalog)).order_by(t.pushes.c.id.desc()).limit(1)
        )
        row = self._row(query)
        return rows.decode(Push, row, commit=row.commit_id) if row else None

    def push_failures(self, catalog: str | None = None) -> list[Failure]:
        newest = sa.select(sa.func.max(t.pushes.c.id)).where(_of(catalog)).group_by(t.pushes.c.catalog)
        query = (
            sa.select(t.pushes.c.trouble)
            .where(t.pushes.c.id.in_(newest), t.pushes.c.trouble != "")
            .order_by(t.pushes.c.id)
        )
        return [Failure("push", None, trouble) for trouble in self._scalars(query)]


@cache
def _rows_query(*, wanted: bool, of_topics: bool) -> sa.Select[Any]:
    """Query for rows that were in the catalog at some time and that the latest verdict wants, or does not want, there;
    of the parameter `topics` or of all. Built once, because building takes longer than running.
    """
    origins, later = t.catalog_rows.alias(), t.catalog_rows.alias()
    came = [RowChange.ADDED, RowChange.PRESENT]
    overtaken = sa.exists().where(
        later.c.candidate == origins.c.candidate, later.c.id > origins.c.id, later.c.change.in_(came)
    )
    decided, written = rows.latest(t.decisions, "verdict"), rows.latest(t.catalog_rows, "change", "row_number")
    if wanted:
        condition = sa.and_(decided.c.verdict == Verdict.APPROVE, written.c.change != _OUT)
    else:
        condition = sa.and_(decided.c.verdict != Verdict.APPROVE, written.c.change.in_([_OUT, RowChange.RETURNED]))
    query = (
        sa.select(t.candidates.c.number, t.candidates.c.paper, t.paper_versions.c.title)
        .add_columns(written.c.change, written.c.row_number)
        .add_columns(origins.c.change.label("origin"), origins.c.commit_id)
        .join(decided, decided.c.candidate == t.candidates.c.number)
        .join(written, written.c.candidate == t.candidates.c.number)
        .join(origins, sa.and_(origins.c.candidate == t.candidates.c.number, origins.c.change.in_(came), ~overtaken))
        .join(t.announcements, t.announcements.c.id == t.candidates.c.announcement)
        .join(t.paper_versions, t.paper_versions.c.id == t.announcements.c.paper_version)
        .where(condition)
        .order_by(t.candidates.c.number)
    )
    return query.where(rows.of_topics()) if of_topics else query


def _approved(row: sa.Row[Any], revised: str | None) -> ApprovedRow:
    titles = tuple(dict.fromkeys(filter(None, (revised, row.title))))
    number = {"candidate": row.number, "number": row.row_number, "commit": row.commit_id}
    return rows.decode(ApprovedRow, row, titles=titles, **number)


def uncataloged() -> sa.Select[Any]:
    """Query for candidates whose latest decision has not been carried out in the catalog file: candidate number, and
    `wanted`, whether the paper is to have a row there.
    """
    decided, written = rows.latest(t.decisions, "verdict"), rows.latest(t.catalog_rows, "change")
    wanted = decided.c.verdict == Verdict.APPROVE
    change = sa.func.coalesce(written.c.change, RowChange.REMOVED)
    return (
        sa.select(t.candidates.c.number, wanted.label("wanted"))
        .join(decided, decided.c.candidate == t.candidates.c.number)
        .outerjoin(written, written.c.candidate == t.candidates.c.number)
        .where(
            sa.or_(
                sa.and_(wanted, change.not_in(_FOLLOWED)),
                sa.and_(sa.not_(wanted), change.not_in(_GONE)),
            )
        )
    )


def _of(catalog: str | None) -> sa.ColumnElement[bool]:
    return sa.true() if catalog is None else t.pushes.c.catalog == catalog


def newest(connection: sa.Connection, number: int) -> str | None:
    """The latest logged event (a RowChange value) of a candidate's row in the catalog file; None if it never had one."""
    c = t.catalog_rows.c
    return connection.scalar(sa.select(c.change).where(c.candidate == number).order_by(c.id.desc()).limit(1))


def _kept_number(connection: sa.Connection, number: int) -> int:
    """The number reserved for a candidate's row while the row is missing from the catalog file; 0 if it is not
    missing.
    """
    c = t.catalog_rows.c
    query = sa.select(c.change, c.row_number).where(c.candidate == number).order_by(c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return row.row_number if row and row.change in {*MISSING, RowChange.WANTED_BACK} else 0


def want_back(connection: sa.Connection, number: int, at: datetime) -> bool:
    """If a candidate's row is missing from the catalog file, log that it is to be put back; return whether it is
    missing.
    """
    if newest(connection, number) not in MISSING:
        return False
    _add_fact(connection, number, CatalogRow(RowChange.WANTED_BACK, _kept_number(connection, number), "", at))
    return True


def want_out(connection: sa.Connection, number: int, at: datetime) -> bool:
    """If a candidate's row has reappeared in the catalog file although its approval was withdrawn, log that it is to be
    removed; return whether it has reappeared.
    """
    if newest(connection, number) != RowChange.RETURNED:
        return False
    _add_fact(connection, number, CatalogRow(RowChange.UNWANTED, 0, "", at))
    return True


def _add_fact(connection: sa.Connection, number: int, row: CatalogRow) -> None:
    """Log an event (added, removed, missing …) of a candidate's row in the catalog file."""
    values = {"candidate": number, "row_number": row.number, "commit_id": row.commit}
    connection.execute(sa.insert(t.catalog_rows).values(rows.encode(row, "number", "commit", **values)))


p = t.proposals.c


def _latest_of(table: sa.Table, *names: str) -> sa.Subquery:
    newest = sa.select(sa.func.max(table.c.id)).group_by(table.c.proposal)
    return sa.select(table.c.proposal, *(table.c[name] for name in names)).where(table.c.id.in_(newest)).subquery()


class Proposals(Part, ProposalStore):
    def add(self, proposals: Sequence[Proposal], run: str, at: datetime) -> int:
        added = 0
        cards: dict[str, int] = {}
        with self._database.write() as connection:
            # Two checks at the same time would both find the same proposal new.
            self._database.one_at_a_time(connection, t.proposals)
            for proposal in proposals:
                if self._is_known(connection, proposal, at):
                    continue
                more = {"row": proposal.row, "card": cards.get(proposal.row, 0), "run": run, "at": at}
                values = rows.encode(proposal, "evidence", **dataclasses.asdict(proposal.evidence), **more)
                number = connection.execute(sa.insert(t.proposals).values(values).returning(p.number)).scalar_one()
                if proposal.row not in cards:
                    cards[proposal.row] = number
                    connection.execute(sa.update(t.proposals).where(p.number == number).values(card=number))
                added += 1
        return added

    def _is_known(self, connection: sa.Connection, proposal: Proposal, at: datetime) -> bool:
        decided = _latest_of(t.proposal_decisions, "verdict")
        query = (
            sa.select(t.proposals, decided.c.verdict, t.proposal_outcomes.c.change)
            .outerjoin(decided, decided.c.proposal == p.number)
            .outerjoin(t.proposal_outcomes, t.proposal_outcomes.c.proposal == p.number)
            .where(p.row == proposal.row, p.cell == proposal.cell, p.kind == proposal.kind)
        )
        overtaken = list[int]()
        for row in connection.execute(query).all():
            same, gist = row.before == proposal.before, _proposal(row).gist
            if row.verdict == ProposalVerdict.REJECT:
                if gist == proposal.gist and (gist is not None or same):
                    return True
            elif row.change is None and same and gist == proposal.gist:
                return True  # open, on its way, or a question that was answered
            elif row.change is None and row.verdict is None and row.after is not None and proposal.after is not None:
                overtaken.append(row.number)
        ended = [_outcome_values(number, ProposalOutcome(Ending.OVERTAKEN, "", at)) for number in overtaken]
        self._database.insert_new(connection, t.proposal_outcomes, ended)
        return False

    def get(self, number: int) -> Suggestion:
        found = self._suggestions(p.number == number)
        if not found:
            raise UsageError("there is no such proposal", about=str(number), remedy="see `watcher catalog proposals`")
        return found[0]

    def all(self, *, settled: bool = False) -> Sequence[Suggestion]:
        return self._suggestions(sa.true() if settled else _waiting())

    def card(self, card: int) -> Sequence[Suggestion]:
        return self._suggestions(p.card == card)

    def decide(self, number: int, decision: ProposalDecision) -> bool:
        d = t.proposal_decisions.c
        with self._database.write() as connection:
            # Locked: of two curators who decide at once, the second must see the first one's verdict.
            held = sa.select(p.number).where(p.number == number).with_for_update()
            if connection.scalar(held) is None:
                raise UsageError(
                    "there is no such proposal", about=str(number), remedy="see `watcher catalog proposals`"
                )
            standing = connection.scalar(
                sa.select(d.verdict).where(d.proposal == number).order_by(d.id.desc()).limit(1)
            )
            if standing == decision.verdict:
                return False
            ended = sa.select(t.proposal_outcomes.c.change).where(t.proposal_outcomes.c.proposal == number)
            if connection.scalar(ended) is not None:
                raise UsageError("this proposal is settled already", about=str(number), remedy="edit the catalog")
            values = rows.encode(decision, proposal=number)
            connection.execute(sa.insert(t.proposal_decisions).values(values))
            return True

    def to_change(self) -> Sequence[int]:
        decided = _latest_of(t.proposal_decisions, "verdict")
        query = (
            sa.select(p.number)
            .join(decided, decided.c.proposal == p.number)
            .where(decided.c.verdict == ProposalVerdict.ACCEPT, p.after.is_not(None), _without_outcome())
            .order_by(p.number)
        )
        return self._scalars(query)

    def add_outcome(self, number: int, outcome: ProposalOutcome) -> None:
        self._insert_new(t.proposal_outcomes, [_outcome_values(number, outcome)])

    def add_failure(self, number: int, error: str, run: str, at: datetime) -> None:
        f = t.proposal_failures.c
        with self._database.write() as connection:
            last = connection.scalar(sa.select(f.error).where(f.proposal == number).order_by(f.id.desc()).limit(1))
            if last != error:
                values = {"proposal": number, "error": error, "run": run, "at": at}
                connection.execute(sa.insert(t.proposal_failures).values(values))

    def count_open(self) -> int:
        decided = sa.exists().where(t.proposal_decisions.c.proposal == p.number).correlate(t.proposals)
        query = sa.select(sa.func.count()).select_from(t.proposals).where(_without_outcome(), ~decided)
        return self._scalar(query) or 0

    def to_show(self, desk: str) -> Sequence[int]:
        c = t.proposal_cards.c
        shown = sa.exists().where(c.card == p.card, c.desk == desk).correlate(t.proposals)
        decided = sa.exists().where(t.proposal_decisions.c.proposal == p.number).correlate(t.proposals)
        waiting = sa.or_(sa.and_(_without_outcome(), ~decided), begun("proposals", desk, sa.cast(p.card, sa.String)))
        query = sa.select(p.card).where(waiting, ~shown).distinct().order_by(p.card)
        return self._scalars(query)

    def stale(self, desk: str) -> Sequence[tuple[int, str]]:
        c = t.proposal_cards.c
        etag = (
            sa.select(sa.func.sum(_proposal_events()))
            .where(p.card == c.card)
            .correlate(t.proposal_cards)
            .scalar_subquery()
        )
        query = sa.select(c.card, c.ref).where(c.desk == desk, c.etag != sa.cast(etag, sa.String)).order_by(c.card)
        return [(row.card, row.ref) for row in self._rows(query)]

    def mark_shown(self, card: int, desk: str, ref: str, etag: str, at: datetime) -> None:
        values = {"card": card, "desk": desk, "ref": ref, "etag": etag, "at": at}
        self._replace(t.proposal_cards, values)

    def _suggestions(self, condition: sa.ColumnElement[bool]) -> list[Suggestion]:
        decided = _latest_of(t.proposal_decisions, "verdict", "curator", "desk", "at")
        failed = _latest_of(t.proposal_failures, "error")
        o = t.proposal_outcomes.c
        query = (
            sa.select(
                t.proposals,
                decided.c.verdict,
                decided.c.curator,
                decided.c.desk,
                decided.c.at.label("decided_at"),
                o.change,
                o.commit_id,
                o.at.label("ended_at"),
                failed.c.error,
                _proposal_events().label("events"),
            )
            .outerjoin(decided, decided.c.proposal == p.number)
            .outerjoin(t.proposal_outcomes, o.proposal == p.number)
            .outerjoin(failed, failed.c.proposal == p.number)
            .where(condition)
            .order_by(p.number)
        )
        return [_suggestion(row) for row in self._rows(query)]


def _proposal_events() -> sa.ColumnElement[int]:
    """The number of events of a proposal; the etag of its message is made from it."""
    counted: sa.ColumnElement[int] = sa.literal(0)
    for table in (t.proposal_decisions, t.proposal_outcomes, t.proposal_failures):
        count = sa.select(sa.func.count()).where(table.c.proposal == p.number).correlate(t.proposals)
        counted = counted + count.scalar_subquery()
    return counted


def _without_outcome() -> sa.ColumnElement[bool]:
    return ~sa.exists().where(t.proposal_outcomes.c.proposal == p.number).correlate(t.proposals)


def _waiting() -> sa.ColumnElement[bool]:
    """SQL condition that a proposal is open, or accepted and not carried out; a question that was taken care of is
    neither.
    """
    d = t.proposal_decisions.c
    newest = (
        sa.select(d.verdict).where(d.proposal == p.number).order_by(d.id.desc()).limit(1).correlate(t.proposals)
    ).scalar_subquery()
    on_its_way = sa.and_(newest == ProposalVerdict.ACCEPT, p.after.is_not(None))
    return sa.and_(_without_outcome(), sa.or_(newest.is_(None), on_its_way))


def _outcome_values(number: int, outcome: ProposalOutcome) -> dict[str, Any]:
    return rows.encode(outcome, "commit", proposal=number, commit_id=outcome.commit)


def _proposal(row: sa.Row[Any]) -> Proposal:
    return rows.decode(Proposal, row, evidence=rows.decode(Evidence, row))


def _suggestion(row: sa.Row[Any]) -> Suggestion:
    verdict = row.verdict and ProposalDecision(ProposalVerdict(row.verdict), row.curator, row.desk, row.decided_at)
    outcome = row.change and ProposalOutcome(Ending(row.change), row.commit_id, row.ended_at)
    trouble = row.error if row.error and not outcome else ""
    return Suggestion(
        row.number, row.card, _proposal(row), row.at, verdict or None, outcome or None, trouble, row.events
    )
