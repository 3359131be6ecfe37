"""Everything in one process: the clock, the desks, and a follower that does what decisions ask for."""

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
from watcher.runtime.jobs import Chores
from watcher.runtime.monitor import make_alarming
from watcher.runtime.scheduler import Clockwork
from watcher.settings import Settings

_log = get_logger(__name__)
SWEEP_SECONDS = 5.0
SWITCH_SECONDS = 0.0005  # a click's every statement waits this long for a thread that computes; Python's own is 5 ms
LOOK_SECONDS = 300.0
PUSH_SECONDS = 15.0  # apart from the follower: a slow remote keeps no decision waiting


class Follower:
    """A thread that follows decisions: at once when nudged, and every few seconds for those made elsewhere."""

    def __init__(self, sweep_seconds: float = SWEEP_SECONDS) -> None:
        self._sweep_seconds = sweep_seconds
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def nudge(self) -> None:
        """Something may wait."""
        self._wake.set()

    def start(self, follow: Callable[[], Sequence[str]]) -> None:
        """Begin to follow; the first look heals what a crash left half done."""
        self._thread = threading.Thread(target=self._loop, args=(follow,), name="follower", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread still follows."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """Finish what is being done, then end."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _loop(self, follow: Callable[[], Sequence[str]]) -> None:
        told: list[str] = []
        while not self._stop.is_set():
            try:
                failures = self._failures(follow)
                for failure in failures:
                    if failure not in told:  # the sweep comes by every few seconds
                        _log.error("work failed", failure=failure)
                told = failures
            except Exception:  # noqa: BLE001 - the next sweep tries again, and the log says what it was
                _log.exception("following decisions failed unexpectedly")
            self._wake.wait(self._sweep_seconds)
            self._wake.clear()

    @staticmethod
    def _failures(follow: Callable[[], Sequence[str]]) -> list[str]:
        try:
            return list(follow())
        except WatcherError as error:
            return [f"following decisions failed: {error}"]


def let_clicks_pass() -> None:
    """Keep what computes from holding up what answers, as far as one interpreter can.

    Threads change places often, and the garbage collector no longer looks through all that was loaded to begin with:
    a full round of it stops every thread for a tenth of a second.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()


class Serving:
    """The embedded deployment: web desk always, Slack when its tokens are set, the clock unless told not to."""

    def __init__(self, settings: Settings, host: str | None = None, port: int | None = None) -> None:
        self._follower = Follower()
        self._hastener = Follower()
        self._pusher = Follower(PUSH_SECONDS)
        self._watchman = Follower(LOOK_SECONDS)
        self._desks: Desks | None = None
        self.watcher: Watcher = build(settings, nudge=self._decided, hasten=self._hastener.nudge)
        self._chores = Chores(self.watcher)
        self._desks = Desks(self.watcher, host, port, self._dead)
        self.web = self._desks.web
        self._clock = Clockwork(settings.values.schedule, self._chores.slot)

    def start(self) -> None:
        """Open the desks, then let time begin. Raises DeskError when Slack does not let us in."""
        let_clicks_pass()
        self.watcher.store.backoff.clear_all()
        self._follower.start(self._chores.follow)
        self._hastener.start(self._chores.hasten)
        if self._chores.publishes:
            self._pusher.start(self._chores.push)
        self._watchman.start(make_alarming(self.watcher, self._desks.disconnected if self._desks else None).look)
        if self._desks is not None:
            self._desks.start()
        self._clock.start()

    def stop(self) -> None:
        """Take nothing new, finish what is being done."""
        self._clock.stop()
        if self._desks is not None:
            self._desks.stop()
        self._hastener.stop()
        self._pusher.stop()
        self._watchman.stop()
        self._follower.stop()
        self.watcher.close()

    def _dead(self) -> list[str]:
        """What should run in this process and does not."""
        threads = {"follower": self._follower.alive, "hastener": self._hastener.alive, "clock": self._clock.alive}
        threads["watchman"] = self._watchman.alive
        if self._chores.publishes:
            threads["pusher"] = self._pusher.alive
        return [f"{name} is dead" for name, alive in threads.items() if not alive]

    def _decided(self) -> None:
        self._follower.nudge()
        if self._desks is not None:
            self._desks.decided()


def asked_to_end() -> threading.Event:
    """Set once the process is asked to end (SIGINT or SIGTERM); called before there is anything to end cleanly."""
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        del number, frame
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return asked
