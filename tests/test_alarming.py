"""Alarms are found from the facts, told once, and kept while they cannot be told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.adapters.store.steps import TOPIC, decide, passed, with_card
from tests.block_kit import message_faults
from tests.factories import NOW, RUN, a_relevance, an_announcement
from watcher.adapters.desks.slack.messages.digest import alarm_message
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.errors import DeskError
from watcher.domain.facts import CardPosted, Push, Verdict
from watcher.domain.health import Alarm, AlarmChange, AlarmKind
from watcher.domain.papers.feeds import FeedReport, FeedRole, SourceState, Span
from watcher.ports import Answers, Failure, Message
from watcher.runtime.monitor import Monitor, MonitorConfig, make_ping
from watcher.settings import load_settings
from watcher.words_ja import failures as words
from watcher.words_ja.failures import told as shown

HOUR = timedelta(hours=1)
CONFIG = str(Path(__file__).parents[1] / "config")


class Told:
    """An alarm desk that keeps what it is told; while `broken`, it takes nothing."""

    name = "slack"

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.keys: list[str] = []
        self.broken = False

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        del since, below
        return f"C/{key}" if key in self.keys else None

    def send(self, key: str, message: Message, below: str = "") -> str:
        del below
        assert isinstance(message, Alarm)
        if self.broken:
            raise DeskError("Slack failed: internal_error")
        self.said.append((str(message.kind), str(message.change)))
        self.keys.append(key)
        return f"C/{key}"

    def link(self, ref: str, below: str = "") -> str:
        del ref, below
        return ""

    def answers(self, refs: Collection[str]) -> Answers:
        del refs
        return Answers()

    def update(self, ref: str, look: Callable[[], Message | None]) -> None:
        del ref, look
        raise AssertionError("an alarm is never updated")


class Scene:
    """A store, a desk, and a clock that is set by hand."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.desk, self.now, self.pings = store, Told(), NOW + HOUR, 0
        self.watch = MonitorConfig([TOPIC.slug], watched=False, settle=timedelta(), ping=self._ping)
        self.monitor = Monitor(store, "web", self.desk, lambda: self.now, self.watch)

    def _ping(self) -> None:
        self.pings += 1

    def look(self, hours: float = 0) -> list[tuple[str, str]]:
        """What is said after some hours."""
        self.now += timedelta(hours=hours)
        before = len(self.desk.said)
        self.monitor.check()
        return self.desk.said[before:]


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[SqlStore]:
    database = open_database(tmp_path / "x.db")
    upgrade(database)
    yield SqlStore(database)
    database.close()


def test_scoring_that_keeps_failing_alarms_until_it_succeeds(store: SqlStore) -> None:
    scene = Scene(store)
    (number,) = passed(store, "2606.00001")
    assert scene.look() == []
    store.runs.add_failure(Failure("score", None, "HTTP 500"), RUN, scene.now)
    assert scene.look(0.5) == []
    assert scene.look(0.5) == [("score", "opened")]
    assert scene.look(1) == []
    assert [alarm.detail for alarm in store.monitoring.standing_alarms()] == ["HTTP 500"]

    store.scoring.add_relevances([(number, a_relevance(1))], [], RUN, scene.now)
    assert scene.look() == [("score", "closed")]
    assert scene.look(30) == []
    assert store.monitoring.standing_alarms() == []
    assert scene.pings == 6


def test_slack_catalog_push_and_reconciliation_are_watched(store: SqlStore) -> None:
    scene = Scene(store)
    number = with_card(store)
    decide(store, number, Verdict.APPROVE)
    store.runs.add_failure(Failure("post", number, "Slack refuses: not_in_channel"), RUN, scene.now)
    store.runs.add_failure(Failure("catalog", number, "cannot be written"), RUN, scene.now)
    store.catalog.add_push(Push("c.md", "", "", "", scene.now, "the branch is protected"), RUN)
    store.feeds.add_readings([FeedReport("oai", SourceState.COMPLETE, 5, 1)], "reconcile-20260629T024500Z", scene.now)

    assert scene.look() == [("missed", "opened")]
    assert sorted(scene.look(1.1)) == [("catalog", "opened"), ("post", "opened"), ("push", "opened")]

    store.cards.add(number, CardPosted("web", "web/1", scene.now), "0", RUN)
    store.catalog.add_push(Push("c.md", "abc", "main", "", scene.now), RUN)
    store.feeds.add_readings([FeedReport("oai", SourceState.COMPLETE, 5, 0)], "reconcile-20260630T024500Z", scene.now)
    assert sorted(scene.look()) == [("missed", "closed"), ("post", "closed"), ("push", "closed")]


def test_a_remote_that_refuses_in_other_words_every_time_alarms_as_soon(store: SqlStore) -> None:
    scene = Scene(store)
    for trouble in ("HTTP 502", "HTTP 503"):
        store.catalog.add_push(Push("c.md", "", "", "", scene.now, trouble), RUN)
        assert scene.look(0.5) == ([] if trouble == "HTTP 502" else [("push", "opened")])

    store.catalog.add_push(Push("c.md", "abc", "main", "", scene.now), RUN)
    assert scene.look() == [("push", "closed")]


def test_a_day_that_was_not_read_alarms_until_it_is_and_no_single_id_hides_or_raises_that(store: SqlStore) -> None:
    desk, now = Told(), datetime.fromisoformat("2026-06-30T11:00:00+00:00")
    monday, tuesday = date(2026, 6, 29), date(2026, 6, 30)
    store.runs.start(RUN, now - timedelta(days=5))
    store.feeds.add_readings(
        [FeedReport("cs", SourceState.FRESH, 9, 9)], RUN, now - timedelta(days=1), [FeedRole.WATCHED]
    )
    store.feeds.add_span(Span(monday, monday), FeedRole.WATCHED, RUN, now - timedelta(days=1))
    store.papers.announce([an_announcement("2607.99999")], [TOPIC], RUN, now)
    monitor = Monitor(store, "web", desk, lambda: now, MonitorConfig([TOPIC.slug], settle=timedelta()))

    monitor.check()
    assert desk.said == [("no_news", "opened")]

    store.papers.announce([an_announcement("2606.28999")], [TOPIC], RUN, now)
    store.feeds.add_span(Span(tuesday, tuesday), FeedRole.WATCHED, RUN, now)
    now += HOUR
    monitor.check()
    assert desk.said[1:] == [("no_news", "closed")]


def test_an_alarm_that_slack_does_not_take_is_told_later_and_a_kill_tells_nothing_twice(lite: SqlStore) -> None:
    scene = Scene(lite)
    lite.feeds.add_readings([FeedReport("oai", SourceState.FAILED, error="HTTP 503")], "reconcile-1", NOW)
    scene.desk.broken = True
    assert scene.look() == []
    assert len(lite.monitoring.standing_alarms()) == 1

    scene.desk.broken = False
    scene.desk.keys.append("alarm/1/slack")  # it was posted after all: the answer was lost
    assert scene.look(0.1) == []
    assert lite.outbox.sent("alarm/1/slack") == "C/alarm/1/slack"


def test_clicks_that_cannot_arrive_alarm_after_a_while_and_by_whom_they_would_reach(lite: SqlStore) -> None:
    scene, disconnected = Scene(lite), True
    other = scene.monitor
    scene.monitor = Monitor(
        lite, "web", scene.desk, lambda: scene.now, replace(scene.watch, disconnected=lambda: disconnected)
    )
    assert scene.look() == []
    assert scene.look(0.1) == [("clicks", "opened")]

    other.check()
    assert scene.desk.said == [("clicks", "opened")], "a process without clicks knows nothing of them"

    disconnected = False
    assert scene.look(0.1) == [("clicks", "closed")]
    disconnected = True
    assert scene.look(0.1) == []


def test_two_processes_that_look_at_once_open_an_alarm_once(store: SqlStore) -> None:
    opened = Alarm(AlarmKind.PUSH, AlarmChange.OPENED, "x", NOW)
    closed = Alarm(AlarmKind.PUSH, AlarmChange.CLOSED, "x", NOW)

    assert [store.monitoring.add_alarm(alarm) for alarm in (closed, opened, opened, closed, closed)] == [
        False,
        True,
        False,
        True,
        False,
    ]


def test_what_nobody_was_told_of_is_not_taken_back(lite: SqlStore) -> None:
    scene = Scene(lite)
    scene.desk.broken = True
    lite.feeds.add_readings([FeedReport("oai", SourceState.FAILED, error="HTTP 503")], "reconcile-1", NOW)
    scene.look()
    lite.feeds.add_readings([FeedReport("oai", SourceState.COMPLETE)], "reconcile-2", NOW)
    scene.look()
    scene.desk.broken = False

    assert scene.look(1) == []
    assert lite.monitoring.standing_alarms() == []


def test_a_database_that_is_gone_is_told_without_it_and_when_it_is_back(lite: SqlStore) -> None:
    scene = Scene(lite)
    with lite.database.write() as connection:
        connection.exec_driver_sql("alter table alarms rename to gone")
    assert scene.look() == scene.look(0.5) == []
    assert scene.look(0.6) == [("database", "opened")]
    assert scene.look(5) == []
    with lite.database.write() as connection:
        connection.exec_driver_sql("alter table gone rename to alarms")

    assert scene.look() == [("database", "closed")]
    assert scene.look() == []
    assert scene.pings == 2, "no sign of life while the database is gone"


def test_after_a_start_what_a_pause_left_is_made_up_for_first(lite: SqlStore) -> None:
    scene = Scene(lite)
    lite.feeds.add_readings([FeedReport("oai", SourceState.FAILED)], "reconcile-1", NOW)
    scene.monitor = Monitor(lite, "web", scene.desk, lambda: scene.now, MonitorConfig([TOPIC.slug]))

    assert scene.look() == []
    assert scene.look(0.2) == [("missed", "opened")]


def test_the_digest_tells_of_alarms_in_words(lite: SqlStore) -> None:
    scene = Scene(lite)
    lite.feeds.add_readings([FeedReport("oai", SourceState.FAILED, error="HTTP 503")], "reconcile-1", NOW)
    scene.look()
    digest = lite.reports.digest(TOPIC, NOW.date(), None, recorded=False)

    assert not digest.healthy
    assert shown(digest.failures[0]).startswith("arXiv の全件リストと手元の件数が合いません（HTTP 503）")


@pytest.mark.parametrize("kind", AlarmKind)
@pytest.mark.parametrize("change", AlarmChange)
def test_every_alarm_is_a_message_slack_takes_with_its_remedy_and_no_secret(
    kind: AlarmKind, change: AlarmChange
) -> None:
    hostile = "<!channel> xoxb-planted-0123456789 *bold* " + "x" * 5000
    blocks, text = alarm_message(Alarm(kind, change, hostile, NOW))

    assert message_faults(blocks, text) == []
    assert "<!channel>" not in str(blocks) + text
    assert "planted" not in str(blocks) + text
    assert (words.REMEDY[kind] in text) is (change is not AlarmChange.CLOSED)


def test_a_sign_of_life_is_a_request_and_its_failure_hurts_nobody() -> None:
    paths = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"OK")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/ping/1"
    make_ping(load_settings({"WATCHER_CONFIG": CONFIG, "WATCHER_PING_URL": address}))()
    server.shutdown()
    thread.join()
    server.server_close()
    make_ping(load_settings({"WATCHER_CONFIG": CONFIG, "WATCHER_PING_URL": address}))()
    make_ping(load_settings({"WATCHER_CONFIG": CONFIG}))()

    assert paths == ["/ping/1"]
