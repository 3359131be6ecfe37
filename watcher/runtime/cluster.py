"""Runs one process of a deployment that consists of several. Its role is web, worker or clock, or several of these.

The web and clock processes put jobs into a queue, and workers do them. A lost queue loses nothing: every clock puts
back the jobs for open decisions and unfinished runs, and scheduled work that was done is not done again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from watcher.adapters.queue.queue import MODEL_CALLS, Job, Queue, RemoteWorkers
from watcher.adapters.store import migrations
from watcher.bootstrap import Watcher, wall_clock
from watcher.bootstrap.catalogs import must_be_here
from watcher.bootstrap.check import queue_contradictions
from watcher.domain.errors import ConfigError, Unavailable
from watcher.logs import get_logger
from watcher.ports import ModelJob
from watcher.runtime.desks import Desks
from watcher.runtime.jobs import Scheduler, make_jobs
from watcher.runtime.monitor import make_monitor
from watcher.runtime.serve import (
    LOOK_SECONDS,
    PUSH_SECONDS,
    REACTION_SECONDS,
    SWEEP_SECONDS,
    PollingThread,
    running,
    telling,
    tune_interpreter,
)
from watcher.settings import Settings

RUNS = "runs"
DECISIONS = Job("decisions", "decisions", lock="decisions", urgent=True)
NOMINATIONS = Job("nominations", "nominations", lock="nominations", urgent=True)
PUSH = Job("push", "push", lock="push")
TASKS = (RUNS, MODEL_CALLS, DECISIONS.task, NOMINATIONS.task, PUSH.task)
"""The names of the jobs that workers do: scheduled runs, their model calls, carrying out decisions, nominations,
pushes.
"""
OLD_TASKS = {"slot": RUNS, "piece": MODEL_CALLS, "follow": DECISIONS.task, "hasten": NOMINATIONS.task}
"""The names of these jobs before 0.1.0."""

_OTHERS = 3  # besides model calls, a worker may run the line, follow decisions and push at the same time
_RECENT = timedelta(days=2)  # later slots have done what an older one left
_RESUME_SECONDS = 15.0
_CHECK_SECONDS = 2.0  # the schema is looked at before a job, but not before each of many short ones

_log = get_logger(__name__)


class Role(StrEnum):
    """The role of a process in a deployment of several: `web` serves the web pages and Slack, `worker` does jobs,
    `clock` starts scheduled jobs.
    """

    WEB = "web"
    WORKER = "worker"
    CLOCK = "clock"


class Process:
    """One process of a deployment that shares its work through a job queue, in one role or more (web, worker, clock).
    `only` limits a worker to some of the job types in TASKS.

    Raises ConfigError if the deployment is not configured for several processes.
    """

    def __init__(
        self,
        settings: Settings,
        roles: Collection[Role],
        *,
        host: str | None = None,
        port: int | None = None,
        concurrency: int | None = None,
        only: Collection[str] = (),
    ) -> None:
        if not settings.is_distributed:
            remedy = 'set WATCHER_QUEUE=postgresql and DATABASE_URL, or run "watcher serve"'
            raise ConfigError("this deployment is one process", about="[workers] queue", remedy=remedy)
        if problems := queue_contradictions(settings):
            raise ConfigError("\n".join(problems))
        self._queue = Queue(settings.env.DATABASE_URL)
        self.watcher = Watcher(
            settings,
            worker_pool=lambda store: RemoteWorkers(
                self._queue, store.coordination, settings.values.workers.concurrency
            ),
        )
        if Role.WORKER in roles and set(only or TASKS) != {MODEL_CALLS}:
            must_be_here(settings, self.watcher.store)
        self._jobs = make_jobs(self.watcher)
        self._desks = Desks(self.watcher, host, port, self._dead) if Role.WEB in roles else None
        self._scheduler = Scheduler(settings.values.schedule, self._due) if Role.CLOCK in roles else None
        self._threads = self._make_threads() if Role.CLOCK in roles else []
        self.watcher.events.decided.subscribe(lambda: self._enqueue(DECISIONS))
        self.watcher.events.nominated.subscribe(lambda: self._enqueue(NOMINATIONS))
        self._works = Role.WORKER in roles
        self._only = only or TASKS
        self._concurrency = concurrency or settings.values.workers.concurrency
        # model calls may take the places of the line, of decisions and of pushes
        self._turns = threading.BoundedSemaphore(self._concurrency)
        self._stop = threading.Event()
        self._asked = threading.Event()
        self._overtaken = ""
        self._checked = -_CHECK_SECONDS

    @property
    def url(self) -> str:
        """The URL of the web pages that this process serves; "" if it serves none."""
        return self._desks.web.url if self._desks else ""

    @contextmanager
    def running(self, asked: threading.Event) -> Iterator[None]:
        """Context manager that starts the desks, threads and scheduler of the process's roles, and stops them at the
        end. Raises DeskError if Slack refuses the connection, and ConfigError if a newer release has changed the
        database schema in the meantime.
        """
        self._asked = asked
        with running(self._start):
            yield
        if self._overtaken:
            raise ConfigError(self._overtaken)

    def work(self) -> None:
        """Do jobs if the process is a worker, and wait until it is asked to end."""
        if self._works:
            self._work(self._asked)
        self._asked.wait()

    def _start(self, started: ExitStack) -> None:
        if not self._works:  # a worker's threads may be in a call of a model for minutes
            started.callback(self.watcher.close)
            started.callback(self._queue.close)
        if self._desks is not None:
            tune_interpreter()
            started.callback(self._desks.stop)
            self._desks.start()
        for thread in self._threads:
            thread.start()
            started.callback(thread.stop)
        if self._scheduler is not None:
            self._scheduler.start()
            started.callback(self._scheduler.stop)
        started.callback(self._stop.set)

    def prepare(self) -> None:
        """Create the tables of the job queue if they are missing or of another version. Raises ConfigError."""
        self._queue.prepare()

    def _make_threads(self) -> list[PollingThread]:
        disconnected = self._desks.disconnected if self._desks else None
        return [
            PollingThread("decisions", self._look_for_decisions, SWEEP_SECONDS),
            PollingThread("pushes", self._look_for_pushes, PUSH_SECONDS),
            PollingThread("unfinished runs", self._resume_unfinished, _RESUME_SECONDS),
            PollingThread("reactions", self.watcher.pipeline.read_reactions, REACTION_SECONDS),
            PollingThread("monitor", make_monitor(self.watcher, disconnected).check, LOOK_SECONDS),
        ]

    def _work(self, asked: threading.Event) -> None:
        tasks: dict[str, Callable[..., None]] = {
            RUNS: self._jobs.slot,
            DECISIONS.task: telling(self._jobs.apply_decisions),
            NOMINATIONS.task: telling(self._jobs.process_nominations),
            PUSH.task: telling(self._jobs.push),
            MODEL_CALLS: self._model_job,
        }
        tasks = {name: self._schema_checked(task) for name, task in tasks.items()}
        concurrency = self._concurrency + (_OTHERS if {*self._only} != {MODEL_CALLS} else 0)
        try:
            self._queue.work(tasks, concurrency, asked, self._only)
        except Exception:
            _log.exception("the worker ends")
            raise  # whatever it was, a supervisor starts another
        asked.set()

    def _schema_checked(self, task: Callable[..., None]) -> Callable[..., None]:
        def do(**arguments: Any) -> None:
            self._check_schema()
            task(**arguments)

        return do

    def _check_schema(self) -> None:
        """Raises ConfigError, and ends this process, once a newer release has changed the schema: what this process
        would write may be wrong there.
        """
        if time.monotonic() - self._checked < _CHECK_SECONDS:
            return
        self._checked = time.monotonic()
        if mismatch := migrations.mismatch(self.watcher.store.database):
            self._overtaken = f"{mismatch}: this process ends, another version's go on"
            _log.error("this process ends, another version's go on", schema=mismatch)
            self._asked.set()
            raise ConfigError(self._overtaken)

    def _dead(self) -> list[str]:
        """The names of the threads that should run in this process and do not. If a worker's thread dies, the process
        ends.
        """
        dead = [f"{thread.name} is dead" for thread in self._threads if not thread.alive]
        return [*dead, *(["scheduler is dead"] if self._scheduler and not self._scheduler.alive else [])]

    def _model_job(self, run: str, stage: str, topic: str, numbers: list[int], now: str | None) -> None:
        moment = datetime.fromisoformat(now) if now else None
        self.watcher.pipeline.run_model_job(ModelJob(run, stage, topic, tuple(numbers), moment), self._turns)

    def _due(self, kind: str, run_id: str) -> None:
        lock = "run" if kind != "refresh" else kind  # which may take its time beside a run
        job = Job(RUNS, run_id, {"kind": kind, "run_id": run_id}, lock, urgent=True)
        # APScheduler fires a slot once, so the queue's outage is waited for here.
        while not self._enqueue(job):
            if self._stop.wait(SWEEP_SECONDS):
                return

    def _look_for_decisions(self) -> Sequence[str]:
        """Enqueue jobs for decisions and nominations in the database whose notification was lost."""
        self._enqueue(DECISIONS)
        self._enqueue(NOMINATIONS)
        return ()

    def _look_for_pushes(self) -> Sequence[str]:
        if self._jobs.publishes:
            self._enqueue(PUSH)
        return ()

    def _resume_unfinished(self) -> Sequence[str]:
        """Enqueue slots whose run began, has not ended and is in no worker's hands."""
        self._check_schema()
        begun = self.watcher.store.runs.unfinished(wall_clock() - _RECENT)
        slots = {run: run.partition("-")[0] for run in begun}
        left = {run: kind for run, kind in slots.items() if kind in self._jobs.slots}
        for run in left.keys() - self._queue.waiting(left):
            _log.warning("an unfinished run is started again", run=run)
            self._due(left[run], run)
        return ()

    def _enqueue(self, job: Job) -> bool:
        """Enqueue a job; return whether that worked. An unreachable queue must not keep a decision from being
        recorded.
        """
        try:
            self._queue.put(job)
        except Unavailable as error:
            _log.error("a job could not be queued", job=job.task, error=error)
            return False
        return True
