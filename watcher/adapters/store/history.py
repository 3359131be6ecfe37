"""Queries for the log of a paper, the changes of a card's texts, and the actions of curators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.adapters.store.tables import audit_answers, audit_lines, audit_samples, handovers, lone_failures, retries
from watcher.domain.facts import Revision
from watcher.domain.papers.paper import PaperId
from watcher.ports import Act, HistoryEntry
from watcher.ports.store import HistoryStore


class History(Part, HistoryStore):
    def changes(self, number: int) -> Sequence[Revision]:
        c = t.rewritten_summaries.c
        anew = (
            sa.select(t.rewritten_summaries, t.rewrites.c.curator)
            .join(t.rewrites, t.rewrites.c.id == c.rewrite)
            .where(c.candidate == number)
            .order_by(c.id)
        )
        first = sa.select(t.summaries.c.summary_ja).where(t.summaries.c.candidate == number)
        revised = sa.select(t.revisions).where(t.revisions.c.candidate == number).order_by(t.revisions.c.id)
        with self._database.read() as connection:
            found = [rows.decode(Revision, row) for row in connection.execute(revised)]
            before = connection.scalar(first) or ""
            for row in connection.execute(anew):
                found.append(Revision("summary", before, row.summary_ja, row.curator, row.at))
                before = row.summary_ja
        return sorted(found, key=lambda change: change.at)

    def acts(self, count: int, skip: int = 0) -> Sequence[Act]:
        c, r, w, a = t.decisions.c, t.revisions.c, t.rewrites.c, retries.c
        text, columns = sa.literal_column, ("at", "what", "curator", "desk", "detail", "until")
        every = sa.union_all(
            sa.select(
                c.at, c.candidate, c.verdict.label("what"), c.curator, c.desk, c.reason.label("detail"), c.until, c.id
            ),
            sa.select(
                r.at,
                r.candidate,
                text("'revise'"),
                r.curator,
                text("''"),
                r.cell + ": " + r.before + " -> " + r.after,
                sa.null(),
                r.id,
            ),
            sa.select(w.at, w.candidate, text("'rewrite'"), w.curator, w.desk, text("''"), sa.null(), w.id),
            sa.select(a.at, a.candidate, text("'retry'"), a.curator, a.desk, text("''"), sa.null(), a.id),
        ).subquery()
        query = (
            rows.CANDIDATE.add_columns(*[every.c[name].label(f"act_{name}") for name in columns])
            .join(every, every.c.candidate == t.candidates.c.number)
            .order_by(every.c.at.desc(), every.c.id.desc())
            .limit(count)
            .offset(skip)
        )
        found = self._rows(query)
        return [rows.decode(Act, row, **{name: getattr(row, f"act_{name}") for name in columns}) for row in found]

    def of(self, paper: PaperId) -> Sequence[HistoryEntry]:
        numbers = sa.select(t.candidates.c.number).where(t.candidates.c.paper == str(paper))
        entries: list[HistoryEntry] = []
        with self._database.read() as connection:
            announced = (
                sa.select(t.announcements, t.paper_versions.c.version)
                .join(t.paper_versions, t.paper_versions.c.id == t.announcements.c.paper_version)
                .where(t.paper_versions.c.paper == str(paper))
            )
            cites = sa.select(t.citations).where(t.citations.c.paper == str(paper))
            told = sa.select(t.notices).where(t.notices.c.paper == str(paper))
            kept: list[tuple[sa.Select[Any], str, str]] = [
                (announced, "announced", "v{r.version} {r.announce_type} {r.feed}"),
                (cites, "cites", "row {r.row_number} {r.row_title} of {r.topic}, says {r.service}"),
                (told, "noticed", "v{r.version} {r.kind} {r.title}"),
                *(
                    (sa.select(table).where(table.c.candidate.in_(numbers)), what, gist)
                    for table, what, gist in _HISTORY
                ),
            ]
            for query, what, gist in kept:
                entries.extend(
                    HistoryEntry(row.at, what, " ".join(gist.format(r=row).split()), row._asdict())
                    for row in connection.execute(query)
                )
        return sorted(entries, key=lambda entry: entry.at)


_HISTORY: Sequence[tuple[sa.Table, str, str]] = (
    (t.nominations, "nominated", "by {r.curator} at {r.desk}"),
    (t.screenings, "screened", "passed={r.passed} {r.groups}"),
    (t.triages, "triaged", "{r.outcome} [{r.model} {r.prompt}]"),
    (t.triage_unread, "left unread", "by triage batch {r.batch}"),
    (audit_samples, "drawn", "for the audit of {r.week}, 1 of {r.size} {r.stratum}"),
    (audit_lines, "translated", "{r.line_ja} [{r.model} {r.prompt}]"),
    (audit_answers, "answered", "belongs={r.belongs} by {r.curator} at {r.desk}"),
    (t.relevances, "scored", "{r.score} {r.criterion} {r.reason_ja} [{r.model} {r.prompt}]"),
    (t.summaries, "summarized", "{r.summary_ja} violations={r.violations}"),
    (t.cards, "posted", "{r.desk} {r.ref}"),
    (t.decisions, "decided", "{r.verdict} by {r.curator} at {r.desk} {r.reason}"),
    (t.reactions, "reacted", "{r.emoji} present={r.present} {r.outcome} by {r.curator} at {r.desk}"),
    (t.revisions, "revised", "{r.cell}: {r.before} -> {r.after} by {r.curator}"),
    (t.rewrites, "rewrite asked for", "by {r.curator} at {r.desk}"),
    (t.rewritten_summaries, "rewritten", "{r.summary_ja} violations={r.violations}"),
    (t.failed_rewrites, "rewrite failed", "{r.cause}: {r.error}"),
    (t.catalog_rows, "cataloged", "{r.change} row {r.row_number} {r.commit_id}"),
    (lone_failures, "failed alone", "{r.stage} {r.cause}: {r.error}"),
    (handovers, "handed over", "{r.stage} {r.cause}: {r.error}"),
    (retries, "retry asked for", "by {r.curator} at {r.desk}"),
    (t.failures, "failed", "{r.stage}: {r.error}"),
)
