"""Database access by which the processes of a deployment coordinate: results of jobs, and pauses (backoff) after
failures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store.database import Part
from watcher.adapters.store.tables import backoffs, job_results
from watcher.domain.budget import Cap, Usage
from watcher.ports import JobResult
from watcher.ports.store import BackoffStore, ResultStore

_UNREAD = timedelta(days=2)  # whoever wanted to know has died, and its run was taken up by others long ago


class JobResults(Part, ResultStore):
    def put(self, job: str, result: JobResult, at: datetime) -> None:
        with self._database.write_apart() as connection:
            connection.execute(sa.delete(job_results).where(job_results.c.at < at - _UNREAD))
            self._database.replace(
                connection, job_results, {"job": job, "result": dataclasses.asdict(result), "at": at}
            )

    def has(self, job: str) -> bool:
        with self._database.read() as connection:
            return connection.scalar(sa.select(job_results.c.job).where(job_results.c.job == job)) is not None

    def pop(self, jobs: Sequence[str]) -> Mapping[str, JobResult]:
        return self._take(job_results.c.job.in_(jobs))

    def pop_run(self, run: str) -> Sequence[JobResult]:
        return list(self._take(job_results.c.job.startswith(f"{run}/", autoescape=True)).values())

    def _take(self, meant: sa.ColumnElement[bool]) -> Mapping[str, JobResult]:
        taken = sa.delete(job_results).where(meant).returning(job_results.c.job, job_results.c.result)
        with self._database.write_apart() as connection:
            return {row.job: _result(row.result) for row in connection.execute(taken)}


def _result(content: Mapping[str, Any]) -> JobResult:
    cap = Cap(content["cap"]) if content["cap"] else None
    return JobResult(dict(content["counts"]), Usage(**content["usage"]), tuple(content["failures"]), cap)


class Backoff(Part, BackoffStore):
    def is_paused(self, name: str, now: datetime) -> bool:
        query = sa.select(sa.exists().where(backoffs.c.name == name, backoffs.c.until > now))
        with self._database.read() as connection:
            return bool(connection.scalar(query))

    def pause(self, name: str, now: datetime, pauses: Sequence[timedelta]) -> None:
        count = sa.select(backoffs.c.failures).where(backoffs.c.name == name)
        with self._database.write() as connection:
            failures = connection.scalar(count) or 0
            pause = pauses[min(failures, len(pauses) - 1)]
            self._database.replace(connection, backoffs, {"name": name, "until": now + pause, "failures": failures + 1})

    def clear_all(self) -> None:
        with self._database.write() as connection:
            connection.execute(sa.delete(backoffs))

    def clear(self, name: str) -> None:
        with self._database.write() as connection:
            connection.execute(sa.delete(backoffs).where(backoffs.c.name == name))
