"""Database access for runs of the pipeline, and for the failures in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database, Part
from watcher.adapters.store.handovers import HANDED_OVER
from watcher.domain.facts import RowChange
from watcher.logs import redact
from watcher.ports import Failure, RunReport
from watcher.ports.store import PushStore, RunStore

_DONE_IN = {"score": t.relevances, "summarize": t.summaries, "post": t.cards}


class Runs(Part, RunStore):
    def __init__(self, database: Database, pushes: PushStore) -> None:
        super().__init__(database)
        self._pushes = pushes

    def add_failure(self, failure: Failure, run: str, at: datetime) -> None:
        values = {
            "stage": failure.stage,
            "candidate": failure.number,
            "topic": failure.topic or None,
            "error": redact(failure.error),
            "run": run,
            "at": at,
        }
        with self._database.write() as connection:
            connection.execute(sa.insert(t.failures).values(values))

    def failures(self, stage: str | None = None, topic: str | None = None) -> Sequence[Failure]:
        stages = [stage] if stage else [*_DONE_IN, "catalog", "push"]
        return [f for name in stages for f in (self._pushes.failures() if name == "push" else self._of(name, topic))]

    def _of(self, stage: str, topic: str | None) -> list[Failure]:
        f = t.failures.c
        newer = t.failures.alias()
        overtaken = sa.exists().where(newer.c.candidate == f.candidate, newer.c.stage == stage, newer.c.id > f.id)
        query = (
            sa.select(f.stage, f.candidate, f.error, t.candidates.c.topic)
            .join(t.candidates, t.candidates.c.number == f.candidate)
            .where(f.stage == stage, ~overtaken)
        )
        query = query.where(t.candidates.c.topic == topic) if topic else query
        if stage == "catalog":
            done = t.catalog_rows
            query = query.where(
                ~sa.exists()
                .where(done.c.candidate == f.candidate, done.c.at >= f.at, done.c.change != RowChange.INTENDED)
                .correlate(t.failures)
            )
        else:
            done = _DONE_IN[stage]
            query = query.where(~sa.exists().where(done.c.candidate == f.candidate).correlate(t.failures))
            query = query if stage == "post" else query.where(sa.not_(HANDED_OVER))
        with self._database.read() as connection:
            return [Failure(*row) for row in connection.execute(query.order_by(f.id))]

    def start(self, run: str, at: datetime) -> None:
        with self._database.write() as connection:
            connection.execute(sa.insert(t.runs).values(run=run, started=at))

    def finish(self, report: RunReport) -> None:
        newest = sa.select(sa.func.max(t.runs.c.id)).where(t.runs.c.run == report.run_id).scalar_subquery()
        with self._database.write() as connection:
            connection.execute(
                sa.update(t.runs)
                .where(t.runs.c.id == newest)
                .values(finished=report.finished, report=rows.report_values(report))
            )

    def report(self, run: str) -> RunReport | None:
        return self._report(t.runs.c.run == run)

    def last(self) -> RunReport | None:
        return self._report(sa.true())

    def _report(self, condition: sa.ColumnElement[bool]) -> RunReport | None:
        query = sa.select(t.runs.c.report).where(t.runs.c.finished.is_not(None), condition)
        with self._database.read() as connection:
            content = connection.scalar(query.order_by(t.runs.c.id.desc()).limit(1))
        return rows.report(content) if content else None

    def unfinished(self, since: datetime) -> Sequence[str]:
        c = t.runs.c
        ended = sa.select(c.run).where(c.finished.is_not(None))
        begun = sa.select(c.run).where(c.started > since, c.run.not_in(ended)).distinct()
        with self._database.read() as connection:
            return list(connection.scalars(begun))
