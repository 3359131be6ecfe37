"""How feeds were stale in other people's production, and that none of it passes for the day's batch or loses a paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from tests.scenarios.intake import Plan, Play
from tests.servers.year import WATCHED, Year
from watcher.domain.papers.feeds import EASTERN, FeedReport, SourceState
from watcher.domain.papers.paper import PaperId
from watcher.ports import RunReport
from watcher.runtime.jobs import Jobs

pytestmark = pytest.mark.endurance

MONDAY = date(2026, 1, 12)  # the feed of this day shows what was announced on Sunday evening
TUESDAY = MONDAY + timedelta(days=1)
QUERY = "+".join(sorted(WATCHED))

Feed = Callable[[str, date, int], bytes]
"""The document for a query at a local day and hour."""


@dataclass
class Morning:
    """A deployment that saw last week's and Monday's batches; what its feeds show from now on is for a test to say."""

    play: Play
    jobs: Jobs

    def shows(self, feed: Feed) -> None:
        def get(query: str, fault: str, local: datetime, about: str) -> bytes:
            del fault, about
            return feed(query, local.date(), local.hour)

        self.play.wire._feed = get  # type: ignore[method-assign]

    def poll(self, day: date, hour: int, minute: int = 10) -> RunReport | None:
        now = datetime.combine(day, time(hour, minute), EASTERN).astimezone(UTC)
        self.play.show(now)
        return self.jobs.poll(f"poll-{now:%Y%m%dT%H%M}", now=now)

    def states(self, day: date, hour: int) -> dict[str, FeedReport]:
        report = self.poll(day, hour)
        assert report is not None
        return {source.name: source for source in report.sources}

    def reconcile(self, day: date) -> RunReport:
        now = datetime.combine(day, time(22, 45), EASTERN).astimezone(UTC)
        self.play.show(now)
        report = self.jobs.reconcile(f"reconcile-{now:%Y%m%dT%H%M}", now=now)
        assert report is not None
        return report


def morning(folder: Path, *, per_category: bool = False) -> Morning:
    year = Year(5, MONDAY - timedelta(days=7), 14, frozenset())
    play = Play(folder, year, Plan(), per_category=per_category)
    for day in sorted(day for day in year.batches if day <= MONDAY):
        now = datetime.combine(day, time(1), EASTERN).astimezone(UTC)
        play.show(now)
        play.pipeline.run(f"before-{day}", now=now, until="summarize")
    return Morning(play, Jobs(play.pipeline, timedelta(hours=7)))


@pytest.fixture
def tuesday(tmp_path: Path) -> Morning:
    return morning(tmp_path)


def test_yesterdays_batch_byte_for_byte_is_no_success_and_its_loss_is_made_up_for(tuesday: Morning) -> None:
    year = tuesday.play.year
    tuesday.shows(lambda query, _, __: year.feed(query, MONDAY))

    assert tuesday.states(TUESDAY, 1)[QUERY].state is SourceState.WAITING
    late = tuesday.states(TUESDAY, 7)[QUERY]
    assert (late.state, late.new) == (SourceState.STALLED, 0)
    assert late.entries > 0
    caught = tuesday.reconcile(TUESDAY)

    batch = {paper for paper, day in year.news(frozenset(WATCHED)).items() if day == TUESDAY}
    assert batch
    assert caught.counts["announced"] >= len(batch)
    assert all(tuesday.play.watcher.store.papers.numbers_of(PaperId("arxiv", paper)) for paper in batch)


def test_a_document_kept_over_midnight_is_judged_when_it_is_read(tuesday: Morning) -> None:
    year, kept = tuesday.play.year, dict[str, bytes]()

    def cached(query: str, day: date, hour: int) -> bytes:
        if query not in kept or hour >= 3:  # what was kept is thrown away three hours after midnight
            kept[query] = year.feed(query, day)
        return kept[query]

    kept[QUERY] = year.feed(QUERY, MONDAY)
    tuesday.shows(cached)

    assert [tuesday.states(TUESDAY, hour)[QUERY].state for hour in (0, 1, 3)] == [
        SourceState.WAITING,
        SourceState.WAITING,
        SourceState.FRESH,
    ]


def test_dates_that_lag_a_day_behind_the_content_make_no_feed_stale(tuesday: Morning) -> None:
    year = tuesday.play.year
    tuesday.shows(lambda query, day, _: year.feed(query, day).replace(b"13 Jan 2026", b"12 Jan 2026"))

    assert tuesday.states(TUESDAY, 1)[QUERY].state is SourceState.FRESH


def test_dates_of_today_make_no_old_batch_fresh(tuesday: Morning) -> None:
    year = tuesday.play.year
    tuesday.shows(lambda query, _, __: year.feed(query, MONDAY).replace(b"12 Jan 2026", b"13 Jan 2026"))

    assert tuesday.states(TUESDAY, 1)[QUERY].state is SourceState.WAITING


def test_one_stale_category_is_seen_among_current_ones_that_bear_the_same_date(tmp_path: Path) -> None:
    day = morning(tmp_path, per_category=True)
    year = day.play.year
    stale = WATCHED[0]

    def one_stale(query: str, today: date, hour: int) -> bytes:
        del hour
        return (
            year.feed(query, MONDAY).replace(b"12 Jan 2026", b"13 Jan 2026")
            if query == stale
            else year.feed(query, today)
        )

    day.shows(one_stale)

    seen = {name: source.state for name, source in day.states(TUESDAY, 1).items()}
    assert seen == {name: SourceState.WAITING if name == stale else SourceState.FRESH for name in WATCHED}
    assert day.states(TUESDAY, 7)[stale].state is SourceState.STALLED


def test_the_day_of_a_run_is_never_kept_as_the_day_of_an_announcement(tuesday: Morning) -> None:
    year = tuesday.play.year
    tuesday.shows(lambda query, _, __: year.feed(query, MONDAY))
    tuesday.poll(TUESDAY, 1)
    tuesday.reconcile(TUESDAY)

    days = tuesday.play.announced_on()
    batch = [paper for paper, day in year.news(frozenset(WATCHED)).items() if day == TUESDAY]
    assert {days[paper] for paper in batch} == {None}, "the full list tells no day, so none is made up"
    assert {days[paper] for paper, day in year.news(frozenset(WATCHED)).items() if day == MONDAY} == {MONDAY}


def test_stragglers_before_the_announcement_do_not_close_the_day(tuesday: Morning) -> None:
    """A poll just after midnight finds a few unknown papers of the old batch; the new batch comes two hours later."""
    year = tuesday.play.year
    missed = year.stragglers(MONDAY, 3)

    def slow(query: str, day: date, hour: int) -> bytes:
        return year.feed(query, day) if hour >= 2 else year.feed_of(query, day, missed)

    tuesday.shows(slow)
    early = tuesday.states(TUESDAY, 0)[QUERY]
    assert (early.state, early.new) == (SourceState.WAITING, 3)

    assert tuesday.states(TUESDAY, 1)[QUERY].state is SourceState.WAITING
    assert tuesday.states(TUESDAY, 2)[QUERY].state is SourceState.FRESH
    assert tuesday.poll(TUESDAY, 2, 40) is None, "with the batch there, the feed is left in peace"


def test_only_a_stalled_or_failed_feed_is_an_alarm(tuesday: Morning) -> None:
    year = tuesday.play.year

    def stale(query: str, day: date, hour: int) -> bytes:
        del day, hour
        return year.feed(query, MONDAY)

    def whole(query: str, day: date, hour: int) -> bytes:
        del hour
        return year.feed(query, day)

    def broken_off(query: str, day: date, hour: int) -> bytes:
        return whole(query, day, hour)[:-20]

    days = [TUESDAY + timedelta(days=number) for number in (0, 0, 1, 2, 4)]  # the last is a Saturday
    alarms: dict[SourceState, bool] = {}
    for day, hour, feed in zip(days, (1, 7, 1, 1, 1), (stale, stale, whole, broken_off, stale), strict=True):
        tuesday.shows(feed)
        report = tuesday.poll(day, hour)
        assert report is not None
        alarms[report.sources[0].state] = bool(report.failures)

    assert alarms == {
        SourceState.WAITING: False,
        SourceState.STALLED: True,
        SourceState.FRESH: False,
        SourceState.FAILED: True,
        SourceState.QUIET: False,
    }
