"""Summaries written anew, how cells came to be what they are, and everything that people did."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.cards import latest
from watcher.adapters.store.database import Database
from watcher.adapters.store.handover_tables import retries
from watcher.adapters.store.handovers import carded
from watcher.domain.curation.related import Known
from watcher.domain.errors import UsageError
from watcher.domain.facts import Candidate, Relevance, Revision, Rewrite, RowChange, Summary, Verdict
from watcher.domain.papers.paper import PaperId
from watcher.ports import Act


class Rewriting:
    """The part of the store that remembers who wanted what changed."""

    database: Database

    def add_rewrite(self, number: int, rewrite: Rewrite) -> bool:
        """Add a wish for another summary; False while an earlier one is still open. Raises UsageError."""
        with self.database.write() as connection:
            rows.hold(connection, number)
            has_summary = sa.select(t.summaries.c.candidate).where(t.summaries.c.candidate == number)
            if connection.scalar(has_summary) is None:
                raise UsageError("there is no card with this number", about=str(number), remedy="see `watcher status`")
            if connection.scalar(
                open_rewrites().where(t.rewrites.c.candidate == number).with_only_columns(t.rewrites.c.id)
            ):
                return False
            values = {"candidate": number, **dataclasses.asdict(rewrite)}
            connection.execute(sa.insert(t.rewrites).values(values))
            return True

    def to_rewrite(self, topic: str) -> Sequence[tuple[int, Candidate, Relevance, int]]:
        """(wish, candidate, relevance, attempt) of open wishes for another summary, oldest first.

        `attempt` grows with every wish and failure, so that each is a new question.
        """
        tried = sa.select(sa.func.count()).where(
            t.failures.c.candidate == t.candidates.c.number, t.failures.c.stage == "summarize"
        )
        wished = sa.select(sa.func.count()).where(t.rewrites.c.candidate == t.candidates.c.number)
        attempts = tried.correlate(t.candidates).scalar_subquery() + wished.correlate(t.candidates).scalar_subquery()
        wishes = open_rewrites().subquery()
        query = (
            rows.CANDIDATE.add_columns(
                *[c for c in t.relevances.c if c.name not in {"candidate", "run", "at"}],
                wishes.c.id.label("wish"),
                attempts.label("attempt"),
            )
            .join(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .join(wishes, wishes.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic)
            .order_by(wishes.c.id)
        )
        with self.database.read() as connection:
            found = connection.execute(query).all()
        return [(row.wish, rows.candidate(row), rows.relevance(row), row.attempt) for row in found]

    def add_rewritten(self, wish: int, number: int, summary: Summary, run: str, at: datetime) -> None:
        """Add the summary that a wish brought; one that exists stays as it is."""
        values = {
            **dataclasses.asdict(summary),
            "candidate": number,
            "rewrite": wish,
            "violations": [[v.code, v.detail] for v in summary.violations],
            "run": run,
            "at": at,
        }
        with self.database.write() as connection:
            rows.hold(connection, number)
            self.database.insert_new(connection, t.rewritten_summaries, [values])

    def changes(self, number: int) -> Sequence[Revision]:
        """Everything that changed a card's cells, oldest first; a rewritten summary counts as one change by whoever
        asked for it, so that there are as many as the card's `revision` says.
        """
        c = t.rewritten_summaries.c
        anew = (
            sa.select(t.rewritten_summaries, t.rewrites.c.curator)
            .join(t.rewrites, t.rewrites.c.id == c.rewrite)
            .where(c.candidate == number)
            .order_by(c.id)
        )
        first = sa.select(t.summaries.c.summary_ja).where(t.summaries.c.candidate == number)
        revised = sa.select(t.revisions).where(t.revisions.c.candidate == number).order_by(t.revisions.c.id)
        with self.database.read() as connection:
            found = [rows.revision(row) for row in connection.execute(revised)]
            before = connection.scalar(first) or ""
            for row in connection.execute(anew):
                found.append(Revision("summary", before, row.summary_ja, row.curator, row.at))
                before = row.summary_ja
        return sorted(found, key=lambda change: change.at)

    def with_cards(self, topic: str) -> Sequence[Known]:
        """Every paper of a topic that has a card, with what became of it, newest first."""
        decided, written = latest(t.decisions, "verdict"), latest(t.catalog_rows, "change", "row_number")
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
        with self.database.read() as connection:
            found = connection.execute(query).all()
        return [
            Known(rows.candidate(row), row.summary_ja, Verdict(row.verdict) if row.verdict else None, row.row_number)
            for row in found
        ]

    def acts(self, count: int, skip: int = 0) -> Sequence[Act]:
        """Every decision, revision and wish of a curator, newest first."""
        c, r, w, a = t.decisions.c, t.revisions.c, t.rewrites.c, retries.c
        name = sa.literal_column
        every = sa.union_all(
            sa.select(c.at, c.candidate, c.verdict.label("what"), c.curator, c.desk, c.reason.label("detail"), c.id),
            sa.select(
                r.at,
                r.candidate,
                name("'revise'"),
                r.curator,
                name("''"),
                r.cell + ": " + r.before + " -> " + r.after,
                r.id,
            ),
            sa.select(w.at, w.candidate, name("'rewrite'"), w.curator, w.desk, name("''"), w.id),
            sa.select(a.at, a.candidate, name("'retry'"), a.curator, a.desk, name("''"), a.id),
        ).subquery()
        query = (
            rows.CANDIDATE.add_columns(
                *[every.c[x].label(f"act_{x}") for x in ("at", "what", "curator", "desk", "detail")]
            )
            .join(every, every.c.candidate == t.candidates.c.number)
            .order_by(every.c.at.desc(), every.c.id.desc())
            .limit(count)
            .offset(skip)
        )
        with self.database.read() as connection:
            found = connection.execute(query).all()
        return [
            Act(
                row.act_at,
                row.number,
                PaperId.from_key(row.paper),
                row.title,
                row.act_what,
                row.act_curator,
                row.act_desk,
                row.act_detail,
            )
            for row in found
        ]


def open_rewrites() -> sa.Select[Any]:
    """Wishes without their summary."""
    return (
        sa.select(t.rewrites.c.id, t.rewrites.c.candidate)
        .outerjoin(t.rewritten_summaries, t.rewritten_summaries.c.rewrite == t.rewrites.c.id)
        .where(t.rewritten_summaries.c.id.is_(None))
    )
