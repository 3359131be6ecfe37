"""Database access for proposals to change cells of the catalog, curators' decisions on them, and their outcome."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.adapters.store.outbox import begun
from watcher.domain.catalog.check import Evidence, FindingKind
from watcher.domain.catalog.proposals import (
    Ending,
    Proposal,
    ProposalDecision,
    ProposalOutcome,
    ProposalVerdict,
    Suggestion,
)
from watcher.domain.errors import UsageError
from watcher.domain.facts import Cells
from watcher.domain.papers.paper import PaperId
from watcher.ports.store import ProposalStore

p = t.proposals.c


def _latest(table: sa.Table, *names: str) -> sa.Subquery:
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
                values = {**_values(proposal), "card": cards.get(proposal.row, 0), "run": run, "at": at}
                number = connection.execute(sa.insert(t.proposals).values(values).returning(p.number)).scalar_one()
                if proposal.row not in cards:
                    cards[proposal.row] = number
                    connection.execute(sa.update(t.proposals).where(p.number == number).values(card=number))
                added += 1
        return added

    def _is_known(self, connection: sa.Connection, proposal: Proposal, at: datetime) -> bool:
        decided = _latest(t.proposal_decisions, "verdict")
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
            values = {**dataclasses.asdict(decision), "proposal": number}
            connection.execute(sa.insert(t.proposal_decisions).values(values))
            return True

    def to_change(self) -> Sequence[int]:
        decided = _latest(t.proposal_decisions, "verdict")
        query = (
            sa.select(p.number)
            .join(decided, decided.c.proposal == p.number)
            .where(decided.c.verdict == ProposalVerdict.ACCEPT, p.after.is_not(None), _without_outcome())
            .order_by(p.number)
        )
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def add_outcome(self, number: int, outcome: ProposalOutcome) -> None:
        with self._database.write() as connection:
            self._database.insert_new(connection, t.proposal_outcomes, [_outcome_values(number, outcome)])

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
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def to_show(self, desk: str) -> Sequence[int]:
        c = t.proposal_cards.c
        shown = sa.exists().where(c.card == p.card, c.desk == desk).correlate(t.proposals)
        decided = sa.exists().where(t.proposal_decisions.c.proposal == p.number).correlate(t.proposals)
        waiting = sa.or_(sa.and_(_without_outcome(), ~decided), begun("proposals", desk, sa.cast(p.card, sa.String)))
        query = sa.select(p.card).where(waiting, ~shown).distinct().order_by(p.card)
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def stale(self, desk: str) -> Sequence[tuple[int, str]]:
        c = t.proposal_cards.c
        etag = sa.select(sa.func.sum(_events())).where(p.card == c.card).correlate(t.proposal_cards).scalar_subquery()
        query = sa.select(c.card, c.ref).where(c.desk == desk, c.etag != sa.cast(etag, sa.String)).order_by(c.card)
        with self._database.read() as connection:
            return [(row.card, row.ref) for row in connection.execute(query)]

    def mark_shown(self, card: int, desk: str, ref: str, etag: str, at: datetime) -> None:
        values = {"card": card, "desk": desk, "ref": ref, "etag": etag, "at": at}
        with self._database.write() as connection:
            self._database.replace(connection, t.proposal_cards, values)

    def _suggestions(self, condition: sa.ColumnElement[bool]) -> list[Suggestion]:
        decided = _latest(t.proposal_decisions, "verdict", "curator", "desk", "at")
        failed = _latest(t.proposal_failures, "error")
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
                _events().label("events"),
            )
            .outerjoin(decided, decided.c.proposal == p.number)
            .outerjoin(t.proposal_outcomes, o.proposal == p.number)
            .outerjoin(failed, failed.c.proposal == p.number)
            .where(condition)
            .order_by(p.number)
        )
        with self._database.read() as connection:
            return [_suggestion(row) for row in connection.execute(query)]


def _events() -> sa.ColumnElement[int]:
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


def _values(proposal: Proposal) -> dict[str, Any]:
    return {
        "row": proposal.row,
        "paper": str(proposal.paper) if proposal.paper else None,
        "title": proposal.title,
        "true_title": proposal.true_title,
        "kind": proposal.kind,
        "cell": proposal.cell,
        "before": proposal.before,
        "after": proposal.after,
        "cells": dataclasses.asdict(proposal.cells) if proposal.cells else None,
        **dataclasses.asdict(proposal.evidence),
        "url": proposal.url,
        "confidence": proposal.confidence,
    }


def _outcome_values(number: int, outcome: ProposalOutcome) -> dict[str, Any]:
    return {"proposal": number, "change": outcome.change, "commit_id": outcome.commit, "at": outcome.at}


def _proposal(row: sa.Row[Any]) -> Proposal:
    return Proposal(
        kind=FindingKind(row.kind),
        cell=row.cell,
        before=row.before,
        after=row.after,
        title=row.title,
        evidence=Evidence(row.source, row.field, row.value),
        confidence=row.confidence,
        paper=PaperId.from_key(row.paper) if row.paper else None,
        true_title=row.true_title,
        url=row.url,
        cells=Cells(**row.cells) if row.cells else None,
    )


def _suggestion(row: sa.Row[Any]) -> Suggestion:
    verdict = row.verdict and ProposalDecision(ProposalVerdict(row.verdict), row.curator, row.desk, row.decided_at)
    outcome = row.change and ProposalOutcome(Ending(row.change), row.commit_id, row.ended_at)
    trouble = row.error if row.error and not outcome else ""
    return Suggestion(
        row.number, row.card, _proposal(row), row.at, verdict or None, outcome or None, trouble, row.events
    )
