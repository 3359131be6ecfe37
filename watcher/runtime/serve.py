"""Everything in one process: the scheduler, the desks, and threads that do what decisions and nominations ask for."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType

from watcher.bootstrap import Watcher, build
from watcher.domain.errors import WatcherError
from watcher.logs import get_logger
from watcher.runtime.desks import Desks
from watcher.runtime.jobs import make_jobs
from watcher.runtime.monitor import make_monitor
from watcher.runtime.scheduler import Scheduler
from watcher.settings import Settings

_log = get_logger(__name__)
SWEEP_SECONDS = 5.0
SWITCH_SECONDS = 0.0005  # a click's every statement waits this long for a thread that computes; Python's own is 5 ms
LOOK_SECONDS = 300.0
PUSH_SECONDS = 15.0  # apart from decisions: a slow remote keeps none of them waiting


class PollingThread:
    """A thread that does a job every few seconds, and at once when woken. Each failure that the job gives is logged once."""

    def __init__(self, name: str, job: Callable[[], Sequence[str]], seconds: float = SWEEP_SECONDS) -> None:
        self.name, self._job, self._seconds = name, job, seconds
        self._awake, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    def wake(self) -> None:
        """Something may wait."""
        self._awake.set()

    def start(self) -> None:
        """Begin; the first time finishes what a crash left half done."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Finish what is being done, then end."""
        self._ending.set()
        self._awake.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _loop(self) -> None:
        told: list[str] = []
        while not self._ending.is_set():
            try:
                failures = self._failures()
                for failure in failures:
                    if failure not in told:  # the job is done every few seconds
                        _log.error("work failed", job=self.name, failure=failure)
                told = failures
            except Exception:  # noqa: BLE001 - the next time tries again, and the log says what it was
                _log.exception("work failed unexpectedly", job=self.name)
            self._awake.wait(self._seconds)
            self._awake.clear()

    def _failures(self) -> list[str]:
        try:
            return list(self._job())
        except WatcherError as error:
            return [str(error)]


def tune_interpreter() -> None:
    """Keep what computes from holding up what answers, as far as one interpreter can.

    Threads change places often, and the garbage collector no longer looks through all that was loaded to begin with:
    a full round of it stops every thread for a tenth of a second.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()


class EmbeddedServer:
    """The embedded deployment: web desk always, Slack when its tokens are set, the scheduler, and a thread for each job
    that nobody shall wait for.
    """

    def __init__(self, settings: Settings, host: str | None = None, port: int | None = None) -> None:
        self.watcher: Watcher = build(settings)
        jobs = make_jobs(self.watcher)
        self._scheduler = Scheduler(settings.values.schedule, jobs.slot)
        self._desks = Desks(self.watcher, host, port, self._dead)
        self.web = self._desks.web
        monitor = make_monitor(self.watcher, self._desks.disconnected)
        decisions = PollingThread("decisions", jobs.apply_decisions)
        nominations = PollingThread("nominations", jobs.process_nominations)
        pushes = [PollingThread("pushes", jobs.push, PUSH_SECONDS)] if jobs.publishes else []
        self._threads = [nominations, *pushes, PollingThread("monitor", monitor.check, LOOK_SECONDS), decisions]
        self.watcher.events.decided.subscribe(decisions.wake)
        self.watcher.events.nominated.subscribe(nominations.wake)

    def start(self) -> None:
        """Open the desks, then let time begin. Raises DeskError when Slack does not let us in."""
        tune_interpreter()
        self.watcher.store.backoff.clear_all()
        for thread in self._threads:
            thread.start()
        self._desks.start()
        self._scheduler.start()

    def stop(self) -> None:
        """Take nothing new, finish what is being done."""
        self._scheduler.stop()
        self._desks.stop()
        for thread in self._threads:
            thread.stop()
        self.watcher.close()

    def _dead(self) -> list[str]:
        """What should run in this process and does not."""
        dead = [thread.name for thread in self._threads if not thread.alive]
        return [f"{name} is dead" for name in [*dead, *(["scheduler"] if not self._scheduler.alive else [])]]


def asked_to_end() -> threading.Event:
    """Set once the process is asked to end (SIGINT or SIGTERM); called before there is anything to end cleanly."""
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        del number, frame
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return asked
