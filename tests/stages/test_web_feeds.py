"""Web feeds are collected beside arXiv's: their states follow no calendar, and what they forgot is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from tests.adapters.store.test_same_work import JOURNAL, TOPIC, in_journal
from tests.factories import NOW, RUN
from watcher.adapters.store import SqlStore
from watcher.domain.errors import FeedError
from watcher.domain.papers.feeds import FeedMemory, FeedReport, SourceState, Watch
from watcher.domain.papers.paper import Announcement
from watcher.ports import Reading
from watcher.stages.collect import collect
from watcher.words_ja import failures

MEMORY = FeedMemory("https://x.example.org/feed", "w", frozenset({"doi:10.1/a"}), frozenset(), None, "", "", NOW)


class Feeds:
    """A source of given readings."""

    name = "feeds"

    def __init__(self, *readings: Reading) -> None:
        self._readings = readings

    def read(self) -> Iterable[Reading]:
        return self._readings


def collected(store: SqlStore, *readings: Reading) -> tuple[FeedReport, ...]:
    return collect(
        [Feeds(*readings)], store, [TOPIC], run=RUN, now=NOW, holidays=frozenset(), window_hours=7, watch=Watch()
    ).reports


def a_reading(*announcements: Announcement, forgot: str = "", memory: FeedMemory | None = MEMORY) -> Reading:
    return Reading(JOURNAL, announcements, by_day=False, memory=memory, forgot=forgot)


def test_a_feed_is_fresh_with_something_new_and_quiet_without_on_any_day(store: SqlStore) -> None:
    assert collected(store, a_reading(in_journal())) == (FeedReport(JOURNAL, SourceState.FRESH, 1, 1),)
    (again,) = collected(store, a_reading(in_journal()))
    assert (again.state, again.new, again.trouble) == (SourceState.QUIET, 0, "")
    assert store.feeds.account(NOW).spans == [], "no announcement day of arXiv's is accounted for"


def test_what_is_remembered_is_written_after_what_was_read(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(store.papers, "announce", killed)
    with pytest.raises(KeyboardInterrupt):
        collected(store, a_reading(in_journal()))
    assert store.feeds.memory(MEMORY.url) is None
    monkeypatch.undo()
    collected(store, a_reading(in_journal()))
    assert store.feeds.memory(MEMORY.url) == MEMORY


def test_what_a_feed_forgot_is_a_failure_told_once_with_what_it_means(store: SqlStore) -> None:
    (report,) = collected(store, a_reading(in_journal(), forgot="nothing is left of the 2 entries"))
    assert report.state is SourceState.FORGOT
    assert report.new == 1
    told = failures.told(f"collect: {report.trouble}")
    assert told.startswith("前回の項目が一つも残っていません。")
    assert failures.reading(report).endswith("（nothing is left of the 2 entries）")
    (after,) = collected(store, a_reading(in_journal()))
    assert (after.state, after.trouble) == (SourceState.QUIET, "")
    digest = store.reports.digest(TOPIC, date(2026, 6, 29), None, recorded=False)
    assert [source.state for source in digest.sources] == [SourceState.FORGOT], "the day's digest tells it all the same"


def test_a_broken_feed_hides_no_other(store: SqlStore) -> None:
    error = Reading("Broken", error=FeedError("the feed lists nothing", about="Broken"), by_day=False)
    broken, whole = collected(store, error, a_reading(in_journal()))
    assert (broken.state, whole.new) == (SourceState.FAILED, 1)


def test_an_unchanged_feed_counts_what_it_lists(store: SqlStore) -> None:
    (report,) = collected(store, a_reading(memory=replace(MEMORY, seen=frozenset({"doi:10.1/a", "doi:10.1/b"}))))
    assert report == FeedReport(JOURNAL, SourceState.QUIET, 2)
