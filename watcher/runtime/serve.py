"""Runs a whole deployment in one process: the scheduler, web pages and Slack, and threads for decisions, nominations,
pushes and alarms.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import NoReturn

from watcher.bootstrap import Watcher
from watcher.domain.errors import WatcherError
from watcher.logs import get_logger
from watcher.runtime.desks import Desks
from watcher.runtime.jobs import Scheduler, make_jobs
from watcher.runtime.monitor import make_monitor
from watcher.settings import Settings
from watcher.words_ja.failures import line_of

_log = get_logger(__name__)
SWEEP_SECONDS = 5.0  # how late a decision is seen that another process recorded, which sends no event here
SWITCH_SECONDS = 0.0005  # a click's every statement waits this long for a thread that computes; Python's own is 5 ms
LOOK_SECONDS = 300.0  # alarms are about things that last for an hour, so minutes are soon enough
REACTION_SECONDS = 600.0  # events tell of reactions at once; the channel is read for those that were lost
END_SECONDS = 9.0  # after SIGTERM; platforms kill after ten (Docker) to thirty (Heroku, Kubernetes), some in mid-write
PUSH_SECONDS = 15.0  # apart from decisions: a slow remote keeps none of them waiting


class PollingThread:
    """A thread that runs a job every few seconds, and at once when woken.

    It first runs at the start, or one interval later if it `waits_first`. A failure that the job returns is logged once
    until it changes.
    """

    def __init__(
        self, name: str, job: Callable[[], Sequence[str]], seconds: float = SWEEP_SECONDS, *, waits_first: bool = False
    ) -> None:
        self.name, self._job, self._seconds, self._waits_first = name, job, seconds, waits_first
        self._awake, self._ending = threading.Event(), threading.Event()
        self._run = telling(self._failures, job=name)
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    def wake(self) -> None:
        """Have the thread run its job at once, because there may be new work."""
        self._awake.set()

    def start(self) -> None:
        """Start the thread; its first call of the job finishes work that a crash interrupted."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the polling thread is running."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop the polling thread, after its job has ended if it is running."""
        self._ending.set()
        self._awake.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _loop(self) -> None:
        if self._waits_first:
            self._awake.wait(self._seconds)
            self._awake.clear()
        while not self._ending.is_set():
            try:
                self._run()
            except Exception:  # noqa: BLE001 - the next time tries again, and the log says what it was
                _log.exception("work failed unexpectedly", job=self.name)
            self._awake.wait(self._seconds)
            self._awake.clear()

    def _failures(self) -> list[str]:
        try:
            return list(self._job())
        except WatcherError as error:
            return [str(error)]


def telling(work: Callable[[], Sequence[str]], **fields: str) -> Callable[[], None]:
    """A function that does the work and logs the failures that it returns, each once until it changes, because the work is
    done every few seconds. `fields` are added to the log events.
    """
    told: list[str] = []

    def do() -> None:
        failures = work()
        for failure in failures:
            if failure not in told:
                _log.error("work failed", failure=failure, **fields)
        told[:] = failures

    return do


def tune_interpreter() -> None:
    """Tune the Python interpreter so that computing threads delay threads that answer requests as little as possible.

    Threads switch more often, and the garbage collector no longer examines the objects loaded at the start, because a
    full collection stops every thread for a tenth of a second.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)  # a command that ends soon collects less often (see __main__)


class EmbeddedServer:
    """A whole deployment in one process: the web server, Slack if its tokens are configured, the scheduler, and one
    thread for each job that must not wait for others.
    """

    def __init__(self, settings: Settings, host: str | None = None, port: int | None = None) -> None:
        self.watcher = Watcher(settings)
        jobs = make_jobs(self.watcher)
        self._scheduler = Scheduler(settings.values.schedule, jobs.slot)
        self._desks = Desks(self.watcher, host, port, self._dead)
        self.web = self._desks.web
        monitor = make_monitor(self.watcher, self._desks.disconnected)
        decisions = PollingThread("decisions", jobs.apply_decisions)
        nominations = PollingThread("nominations", jobs.process_nominations)
        pushes = [PollingThread("pushes", jobs.push, PUSH_SECONDS)] if jobs.publishes else []
        self._threads = [nominations, *pushes, PollingThread("monitor", monitor.check, LOOK_SECONDS), decisions]
        # The desks read them first when they start.
        self._threads.append(
            PollingThread("reactions", self.watcher.pipeline.read_reactions, REACTION_SECONDS, waits_first=True)
        )
        self.watcher.events.decided.subscribe(decisions.wake)
        self.watcher.events.nominated.subscribe(nominations.wake)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Context manager that starts the threads, the web server, the Slack connection and the scheduler, and at the
        end stops them, after they have finished current work, and closes the deployment. Raises DeskError if Slack
        refuses the connection.
        """
        with running(self._start):
            yield

    def _start(self, started: ExitStack) -> None:
        started.callback(self.watcher.close)
        tune_interpreter()
        self.watcher.store.coordination.resume_all()  # the operator may have mended what failed, and wants it tried now
        for thread in self._threads:
            thread.start()
            started.callback(thread.stop)
        started.callback(self._desks.stop)
        self._desks.start()
        self._scheduler.start()
        started.callback(self._scheduler.stop)

    def _dead(self) -> list[str]:
        """The names of the threads that should run in this process and do not."""
        dead = [thread.name for thread in self._threads if not thread.alive]
        return [f"{name} is dead" for name in [*dead, *(["scheduler"] if not self._scheduler.alive else [])]]


@contextmanager
def running(start: Callable[[ExitStack], None]) -> Iterator[None]:
    """Context manager for parts of a process that run in threads. `start` starts them and registers how each is stopped.
    At the end they are stopped, after an error also those of a half-finished start, but then within END_SECONDS.
    """
    started = ExitStack()
    try:
        start(started)
        yield
    except BaseException:
        stopping = threading.Thread(target=started.close, name="stopping", daemon=True)
        stopping.start()
        stopping.join(END_SECONDS)
        raise
    started.close()


@contextmanager
def staying() -> Iterator[threading.Event]:
    """Context manager for what a command does in threads until SIGINT or SIGTERM; yields the event that these signals set.
    It ends the process: with exit code 1 and one line on stderr after an error, and in any case END_SECONDS after the
    signal, whatever the process waits for.
    """
    asked = threading.Event()
    threading.Thread(target=_end_in_time, args=(asked,), name="end-in-time", daemon=True).start()

    def ask(number: int, frame: FrameType | None) -> None:
        del number, frame
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    try:
        yield asked
    except Exception as error:  # noqa: BLE001 - whatever it was, it ends as one line
        sys.stderr.write(line_of(error))
        leave(1)
    leave(0)


def _end_in_time(asked: threading.Event) -> None:
    asked.wait()
    time.sleep(END_SECONDS)
    _log.warning("the process ends before its work; the next start takes it up", seconds=END_SECONDS)
    leave(0)


def leave(code: int) -> NoReturn:
    """End the process at once with this exit code, without Python's finalization, which waits for threads, some of them
    for minutes, and crashes if one is in SQLite's code. The next start finishes interrupted work, as after a kill.
    """
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)
