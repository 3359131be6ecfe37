"""Everything in one process: the clock, the desks, and a follower that does what decisions ask for."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from types import FrameType

from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.http import SlackHttp
from watcher.adapters.desks.slack.socket_mode import SlackSocket
from watcher.adapters.desks.web import Probes, StatusView, WebServer, build_site
from watcher.adapters.desks.web import serve as serve_site
from watcher.app import Watcher, build, new_run_id
from watcher.app.publishing import make_publishers
from watcher.app.readers import make_shelf
from watcher.app.readiness import unready
from watcher.app.slack import make_transport
from watcher.domain.errors import WatcherError
from watcher.ports import RunReport
from watcher.rounds import Rounds
from watcher.schedule import Clockwork
from watcher.settings import Settings
from watcher.words_ja import push as words

_log = logging.getLogger(__name__)
_SWEEP_SECONDS = 5.0
_SWITCH_SECONDS = 0.0005  # a click's every statement waits this long for a thread that computes; Python's own is 5 ms
_PUSH_SECONDS = 15.0  # apart from the follower: a slow remote keeps no decision waiting


class Follower:
    """A thread that follows decisions: at once when nudged, and every few seconds for those made elsewhere."""

    def __init__(self, sweep_seconds: float = _SWEEP_SECONDS) -> None:
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
                failures = list(follow())
                for failure in failures:
                    if failure not in told:  # the sweep comes by every few seconds
                        _log.error("%s", failure)
                told = failures
            except WatcherError as error:
                _log.error("following decisions failed: %s", error)
            except Exception:  # noqa: BLE001 - the next sweep tries again, and the log says what it was
                _log.exception("following decisions failed unexpectedly")
            self._wake.wait(self._sweep_seconds)
            self._wake.clear()


class Serving:
    """The embedded deployment: web desk always, Slack when its tokens are set, the clock unless told not to."""

    def __init__(self, settings: Settings, host: str | None = None, port: int | None = None) -> None:
        self._follower = Follower()
        self._hastener = Follower()
        self._pusher = Follower(_PUSH_SECONDS)
        self._slack: SlackSocket | SlackHttp | None = None
        self.watcher: Watcher = build(settings, nudge=self._decided, hasten=self._hastener.nudge)
        web, env = settings.values.web, settings.env
        self._publishers = make_publishers(settings, self.watcher.store, self.watcher.pipeline.parts.clock)
        self._slack = _transport(self.watcher)
        site = build_site(
            self.watcher.decide,
            secret=env.WATCHER_WEB_SECRET or None,
            status=lambda: status_of(self.watcher),
            proposing=self.watcher.proposing,
            hosts=settings.web_hosts,
            copies=make_shelf(settings, self.watcher.store).copy,
            audits=self.watcher.audit,
            doors=self._slack.doors if self._slack else [],
            probes=Probes(self._dead, partial(unready, self.watcher), self.watcher.vitals, env.WATCHER_METRICS_TOKEN),
        )
        chosen = next(p for p in (port, env.PORT, web.port) if p is not None)
        self.web: WebServer = serve_site(site, host or web.host, chosen)
        schedule = settings.values.schedule
        self._rounds = Rounds(self.watcher.pipeline, timedelta(hours=schedule.settled_hours))
        self._clock = Clockwork(schedule, self._poll, self._reconcile, self._digest, self._weekly, self._refresh)

    def start(self) -> None:
        """Open the desks, then let time begin. Raises DeskError when Slack does not let us in."""
        sys.setswitchinterval(_SWITCH_SECONDS)
        self.web.start()
        self._follower.start(self.watcher.pipeline.follow)
        self._hastener.start(self._hasten)
        if self._publishers:
            self._pusher.start(self._push)
        if self._slack is not None:
            self._slack.start()
        self._clock.start()

    def stop(self) -> None:
        """Take nothing new, finish what is being done."""
        self._clock.stop()
        self.web.stop()
        if self._slack is not None:
            self._slack.stop()
        self._hastener.stop()
        self._pusher.stop()
        self._follower.stop()
        self.watcher.close()

    def _dead(self) -> list[str]:
        """What should run in this process and does not."""
        threads = {"follower": self._follower.alive, "hastener": self._hastener.alive, "clock": self._clock.alive}
        if self._publishers:
            threads["pusher"] = self._pusher.alive
        return [f"{name} is dead" for name, alive in threads.items() if not alive]

    def _decided(self) -> None:
        self._follower.nudge()
        if self._slack is not None:
            self._slack.app.decided()

    def _hasten(self) -> Sequence[str]:
        return self.watcher.pipeline.hasten(new_run_id("by-hand"))

    def _push(self) -> Sequence[str]:
        return [failure for publisher in self._publishers for failure in publisher.publish()]

    def _poll(self, run_id: str) -> None:
        self._tell(self._rounds.poll(run_id))

    def _reconcile(self, run_id: str) -> None:
        self._tell(self._rounds.reconcile(run_id))

    def _digest(self, run_id: str) -> None:
        self._tell(self._rounds.digest(run_id))

    def _weekly(self, run_id: str) -> None:
        self._tell(self._rounds.weekly(run_id))

    def _refresh(self, run_id: str) -> None:
        self._tell(self._rounds.refresh(run_id))

    @staticmethod
    def _tell(report: RunReport | None) -> None:
        if report is None:
            return
        for failure in report.failures:
            _log.error("run %s: %s", report.run_id, failure)
        _log.info("run %s finished: %s", report.run_id, dict(report.counts))


def _transport(watcher: Watcher) -> SlackSocket | SlackHttp | None:
    """How Slack's clicks come in; None when Slack is no desk."""
    parts = watcher.pipeline.parts
    if not isinstance(parts.desk, SlackDesk):
        return None
    return make_transport(
        watcher.settings, parts.desk, watcher.people_of, watcher.proposing, watcher.store, parts.clock
    )


def status_of(watcher: Watcher) -> StatusView:
    """What the foot of the page says of a deployment."""
    parts = watcher.pipeline.parts
    catalog, proposals = str(watcher.settings.catalog), parts.store.open_proposals()
    troubles = [words.trouble(failure.error) for failure in parts.store.push_trouble()]
    last = parts.store.last_push()
    pushed = (troubles or [words.pushed(last) if last else ""])[0]
    return StatusView(parts.store.last_run(), parts.waiting(), catalog, proposals, pushed)


def asked_to_end() -> threading.Event:
    """Set once the process is asked to end (SIGINT or SIGTERM); called before there is anything to end cleanly."""
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        del number, frame
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return asked
