"""Job queue for worker processes, on tables of the library procrastinate in PostgreSQL, and the worker pool that
distributes model calls over it. Jobs of a dead worker go to another one.

No job needs to survive: the work to be done is known from other tables, so every version of the library begins with
empty tables of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import procrastinate
import psycopg
from procrastinate import exceptions, schema
from procrastinate.jobs import JobDeferrer, Status
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from watcher.domain.errors import ConfigError, Unavailable
from watcher.logs import get_logger
from watcher.ports import CoordinationStore, JobResult, ModelJob

_HEARTBEAT, _DEAD_AFTER, _RESCUE_EVERY = 2.0, 8.0, 2.0  # seconds
_POLL_SECONDS = 1.0  # PostgreSQL tells of new jobs at once, but not that a lock became free
_GRACE_SECONDS = 8  # to finish what is being done; platforms kill after ten to thirty
_AT_A_TIME = 50  # jobs of one journey: whoever is free begins with the first meanwhile
_TRIES, _TRY_AGAIN_SECONDS = 5, 5  # a job that fails more often is queued anew by the clock, from the facts
_NAME = "watcher_queue"
_LOCK = 0x6572726E6473  # "errnds": of processes that start together, one makes the tables
_UNUSED = timedelta(hours=1)
"""The time without a worker's heartbeat after which another version's schema counts as abandoned."""
MODEL_CALLS = "model-calls"
_LOOK_SECONDS, _COUNT_SECONDS = 0.05, 1.0  # between looks for results, and for jobs that the queue has lost
_OUTAGE = 3  # as in pipeline/run.py: so many jobs in a row that failed whole are the server's fault, not the papers'
_LOST = 3
"""The number of times that a job may be lost before it is left to another run."""

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A job for any worker: the name and arguments of a task. While a job waits, another one with the same `key` is not
    queued; of jobs with the same `lock` only one runs at a time. `urgent` jobs come first.
    """

    task: str
    key: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    lock: str | None = None
    urgent: bool = False


class Queue:
    """Job queue for all processes on one PostgreSQL database. `url` is the database's URL; `version` is the version of
    the library procrastinate whose tables are used, by default the installed one.
    """

    def __init__(self, url: str, version: str = "") -> None:
        self.schema = f"{_NAME}_{re.sub(r'[^0-9a-z]', '_', (version or procrastinate.__version__).lower())}"
        plain = "postgresql://" + url.partition("://")[2]
        options = str(conninfo_to_dict(plain).get("options") or "")
        self.conninfo = make_conninfo(plain, options=f"{options} -csearch_path={self.schema}".strip())
        self._app = procrastinate.App(
            connector=procrastinate.SyncPsycopgConnector(conninfo=self.conninfo, min_size=1, max_size=4)
        )
        self._open = False
        self._opening = threading.Lock()

    def prepare(self) -> None:
        """Create the queue's tables for this version of the library procrastinate if they are missing; tables of other
        versions that have not been used for an hour are dropped.

        Raises ConfigError if the database cannot be reached.
        """
        name = self.schema
        try:
            with psycopg.connect(self.conninfo) as connection:
                connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
                if not _one(connection, "select to_regnamespace(%s)::text", name):
                    connection.execute(sql.SQL("create schema {}").format(sql.Identifier(name)))
                    connection.execute(schema.SchemaManager.get_schema())
                now = _one(connection, "select now()")
                ready = sql.SQL("comment on schema {} is {}").format(sql.Identifier(name), sql.Literal(now.isoformat()))
                connection.execute(ready)
                for other in _others(connection, name):
                    if not _used(connection, other, now - _UNUSED):
                        connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(other)))
        except psycopg.Error as error:
            reason = " ".join(str(error).split())
            raise ConfigError(f"the queue cannot be made: {reason}", about="DATABASE_URL") from None

    def put(self, *jobs: Job) -> None:
        """Queue jobs, except those with the key of a job that is queued already. Raises Unavailable."""
        app = self._opened()
        new = [_configured(app, job).make_new_job(**job.arguments) for job in jobs]
        with _connected():
            for start in range(0, len(new), _AT_A_TIME):
                some = new[start : start + _AT_A_TIME]
                try:
                    app.job_manager.batch_defer_jobs(some)
                except exceptions.AlreadyEnqueued:  # one of them, and then none was put
                    for one in some if len(some) > 1 else ():
                        with contextlib.suppress(exceptions.AlreadyEnqueued):
                            app.job_manager.batch_defer_jobs([one])

    def waiting(self, keys: Collection[str]) -> frozenset[str]:
        """Those of the given job keys whose jobs are queued or running. Raises Unavailable."""
        query = (
            "select queueing_lock from procrastinate_jobs "
            "where queueing_lock = any(%(keys)s) and status in ('todo', 'doing')"
        )
        with _connected():
            found = self._opened().connector.execute_query_all(query=query, keys=list(keys))
        return frozenset(row["queueing_lock"] for row in found)

    def workers(self) -> int:
        """The number of workers that have sent a heartbeat lately. Raises Unavailable."""
        query = (
            "select count(*) as workers from procrastinate_workers "
            "where last_heartbeat > now() - make_interval(secs => %(seconds)s)"
        )
        with _connected():
            found = self._opened().connector.execute_query_one(query=query, seconds=_DEAD_AFTER)
        return int(found["workers"])

    def withdraw(self, keys: Collection[str]) -> None:
        """Remove the jobs with these keys from the queue, unless a worker has begun them. Raises Unavailable."""
        query = "delete from procrastinate_jobs where queueing_lock = any(%(keys)s) and status = 'todo'"
        with _connected():
            self._opened().connector.execute_query(query=query, keys=list(keys))

    def work(
        self,
        tasks: Mapping[str, Callable[..., None]],
        concurrency: int,
        stop: threading.Event,
        only: Collection[str] | None = None,
        grace: float = _GRACE_SECONDS,
    ) -> None:
        """Run jobs in `concurrency` threads, by the functions in `tasks`, until `stop` is set; `only` restricts it to
        some task names. A job that is not finished `grace` seconds after the stop is given back to other workers, and
        its thread abandoned.
        """
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(self._work(tasks, concurrency, stop, only, grace))
        finally:
            loop.close()  # asyncio.run() would wait for the threads, however long a model takes

    def close(self) -> None:
        """Close all connections to the queue's database."""
        with self._opening:
            if self._open:
                self._app.close()
                self._open = False

    def _opened(self) -> procrastinate.App:
        with self._opening:
            if not self._open:
                self._app.open()
                self._open = True
        return self._app

    async def _work(
        self,
        tasks: Mapping[str, Callable[..., None]],
        concurrency: int,
        stop: threading.Event,
        only: Collection[str] | None,
        grace: float,
    ) -> None:
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        connector = procrastinate.PsycopgConnector(conninfo=self.conninfo, min_size=2, max_size=6)
        app = procrastinate.App(connector=connector)
        again = procrastinate.RetryStrategy(max_attempts=_TRIES, wait=_TRY_AGAIN_SECONDS)
        for name, task in tasks.items():
            app.task(name=name, retry=again)(_aside(task))
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(concurrency, "job"))
        async with app.open_async():
            rescuing = asyncio.create_task(_rescue(app))
            working = asyncio.create_task(
                app.run_worker_async(
                    queues=sorted(tasks if only is None else only),
                    concurrency=concurrency,
                    fetch_job_polling_interval=_POLL_SECONDS,
                    shutdown_graceful_timeout=grace,
                    delete_jobs="always",  # the facts are the record; done jobs would only fill the table
                    install_signal_handlers=False,  # the process has its own, which end desks and scheduler too
                    update_heartbeat_interval=_HEARTBEAT,
                    stalled_worker_timeout=_DEAD_AFTER,
                )
            )
            while not (stop.is_set() or working.done()):  # noqa: ASYNC110 - a signal sets no asyncio.Event
                await asyncio.sleep(0.1)
            rescuing.cancel()
            working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working


def _configured(app: procrastinate.App, job: Job) -> JobDeferrer:
    return app.configure_task(job.task, lock=job.lock, queueing_lock=job.key, queue=job.task, priority=int(job.urgent))


def _aside(task: Callable[..., None]) -> Callable[..., Awaitable[None]]:
    """Run a task in a thread for which the library need not wait at the end: it gives the job back to the queue
    instead.
    """

    async def do(**arguments: Any) -> None:
        await asyncio.to_thread(task, **arguments)

    return do


async def _rescue(app: procrastinate.App) -> None:
    """Give the jobs of workers without a heartbeat to others, as long as this worker runs."""
    manager = app.job_manager
    while True:
        await asyncio.sleep(_RESCUE_EVERY)
        try:
            for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD_AFTER):
                _log.warning("a dead worker's job goes to another", job=stalled.task_name, key=stalled.queueing_lock)
                try:
                    await manager.retry_job(stalled)
                except exceptions.UniqueViolation:  # the same waits already
                    await manager.finish_job(stalled, Status.FAILED, delete_job=True)
            await manager.prune_stalled_workers(_DEAD_AFTER)
        except exceptions.ConnectorException as error:  # another was quicker, or the database is away for now
            _log.info("dead workers' jobs could not be looked for", error=error)


@contextlib.contextmanager
def _connected() -> Any:
    try:
        yield
    except (exceptions.ConnectorException, psycopg.Error) as error:
        raise Unavailable(
            f"the queue does not answer: {type(error).__name__}", about="DATABASE_URL", remedy="it is tried again"
        ) from error


def _others(connection: psycopg.Connection, name: str) -> list[str]:
    query = r"select nspname from pg_namespace where nspname like 'watcher\_queue%%' and nspname <> %s"
    return [row[0] for row in connection.execute(query, [name]).fetchall()]


def _used(connection: psycopg.Connection, name: str, since: datetime) -> bool:
    said = _one(connection, "select obj_description(to_regnamespace(%s), 'pg_namespace')", name)
    with contextlib.suppress(ValueError, TypeError):  # made by hand, or before this was noted
        if datetime.fromisoformat(said) > since:
            return True
    workers = sql.Identifier(name, "procrastinate_workers")
    if not _one(connection, "select to_regclass(%s)::text", f"{name}.procrastinate_workers"):
        return False
    beats = sql.SQL("select exists (select from {} where last_heartbeat > %s)").format(workers)
    found = connection.execute(beats, [since]).fetchone()
    return bool(found and found[0])


def _one(connection: psycopg.Connection, query: str, *values: str) -> Any:
    row = connection.execute(query.encode(), values).fetchone()
    return row[0] if row else None


class RemoteWorkers:
    """Worker pool whose workers are other processes (implements ports.WorkerPool). Jobs go through the queue, results
    come back through the database. Each worker runs `each` jobs at a time.
    """

    def __init__(self, queue: Queue, results: CoordinationStore, each: int = 1) -> None:
        self._queue = queue
        self._results = results
        self._each = each
        self._sharing: set[int] = set()  # the threads that wait for jobs of theirs

    def capacity(self) -> int:
        return max(1, self._queue.workers() * self._each)

    def map(self, jobs: Sequence[ModelJob], told: Callable[[JobResult], None]) -> Sequence[ModelJob]:
        """Queue the jobs, and wait for the results that workers store in the database, calling `told` with each; return
        the jobs that were lost. After several failures in a row the jobs not begun are withdrawn.
        """
        self._sharing.add(threading.get_ident())
        try:
            left = {job.key: job for job in jobs}
            failed_on_end, given_up, put = 0, False, dict.fromkeys(left, 0)
            for result in self._taken(left):  # by those who began under a coordinator that died
                told(result)
            self._put(left.values(), put)
            counted = time.monotonic()
            while left:
                for result in self._taken(left):
                    told(result)
                    failed_on_end = failed_on_end + 1 if result.failed else 0
                if failed_on_end >= _OUTAGE and not given_up:
                    given_up = True
                    self._queue.withdraw(left)
                if left and time.monotonic() - counted >= _COUNT_SECONDS:
                    counted = time.monotonic()
                    gone = left.keys() - self._queue.waiting(left)
                    for result in self._taken(left):  # done between the two looks
                        told(result)
                    gone &= left.keys()
                    lost = [key for key in gone if given_up or put[key] >= _LOST]
                    if gone and len(lost) == len(left):
                        break
                    self._put([left[key] for key in gone if key not in lost], put)
                if left:
                    time.sleep(_LOOK_SECONDS * len(self._sharing))  # together no more often than one alone
            return [] if given_up else list(left.values())
        finally:
            self._sharing.discard(threading.get_ident())

    def _taken(self, left: dict[str, ModelJob]) -> list[JobResult]:
        found = self._results.pop_results(list(left))
        for key in found:
            del left[key]
        return list(found.values())

    def _put(self, jobs: Iterable[ModelJob], put: dict[str, int]) -> None:
        jobs = list(jobs)
        for job in jobs:
            if put[job.key]:
                _log.warning("a lost job is queued again", job=job.key)
            put[job.key] += 1
        self._queue.put(*map(_queued, jobs))


def _queued(job: ModelJob) -> Job:
    """Convert a ModelJob (papers to ask a language model about) to the job that the queue stores."""
    now = job.now.isoformat() if job.now else None
    arguments = {"run": job.run, "stage": job.stage, "topic": job.topic, "numbers": list(job.numbers)}
    return Job(MODEL_CALLS, job.key, {**arguments, "now": now})
