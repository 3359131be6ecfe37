"""Every announcement day is accounted for: the rule as a table of days, and freshness against real days."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from watcher.domain.papers.feeds import (
    EASTERN,
    Account,
    FeedReport,
    SourceState,
    Span,
    as_told,
    batch_end,
    batch_start,
    brings_papers,
    harvested,
    open_days,
    reach,
    shows_new_batch,
    window_from,
)
from watcher.domain.papers.paper import PaperId

PAPERS = Path(__file__).parents[1] / "data" / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz"
HOLIDAYS = frozenset({date(2026, 6, 19), date(2026, 7, 3), date(2026, 11, 26)})


def at(text: str) -> datetime:
    """A moment in New York, e.g. `06-29 01`; in 2026."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H").replace(tzinfo=EASTERN)


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def read(*days: str) -> list[Span]:
    """Spans of days: `06-29` of one, `06-29..07-01` of several."""
    ends = [(first, last or first) for first, _, last in (each.partition("..") for each in days)]
    return [Span(day(first), day(last)) for first, last in ends]


def unread(begun: str | None, now: str, *spans: str, failed: bool = False) -> list[str]:
    account = Account(at(begun) if begun else None, read(*spans), None, failed)
    return [f"{found:%m-%d}" for found in open_days(account, at(now), holidays=HOLIDAYS, window_hours=7)]


@pytest.mark.parametrize(
    ("what", "begun", "now", "spans", "expected"),
    [
        ("a first start has no past", None, "06-29 01", [], []),
        ("nor one whose first reading is of today", "06-29 01", "06-29 01", ["06-29"], []),
        ("a day read fresh is read", "06-24 01", "06-26 01", ["06-24", "06-25", "06-26"], []),
        ("three days off are three open days", "06-15 01", "06-19 01", ["06-15", "06-19"], ["06-16", "06-17", "06-18"]),
        ("a harvest closes what it reaches over", "06-15 01", "06-19 01", ["06-15", "06-14..06-19"], []),
        ("one that begins later leaves the older days", "06-15 01", "06-19 01", ["06-15", "06-17..06-19"], ["06-16"]),
        ("the first day was not read when its batch had not come", "06-15 00", "06-16 01", ["06-16"], ["06-15"]),
        ("today may still come", "06-15 01", "06-16 06", ["06-15"], []),
        ("today is overdue", "06-15 01", "06-16 07", ["06-15"], ["06-16"]),
        ("a weekend brings nothing", "06-26 01", "06-29 01", ["06-26", "06-29"], []),
        ("nor does the Monday after a Friday that was a holiday", "06-19 01", "06-23 01", ["06-19", "06-23"], []),
        ("nor the day after the evening of a holiday", "11-26 01", "11-30 00", ["11-26"], []),
        ("what was read later than now says nothing of today", "06-15 01", "06-17 08", ["06-15", "06-22"], ["06-16", "06-17"]),
        ("nothing is open before the first reading", "06-17 01", "06-15 08", [], []),
        ("an empty span closes nothing", "06-15 01", "06-17 01", ["06-15", "06-17..06-16"], ["06-16"]),
        ("over the end of summer time", "10-30 01", "11-03 01", ["10-30", "11-03"], ["11-02"]),
        ("over the begin of summer time", "03-06 01", "03-10 01", ["03-06", "03-10"], ["03-09"]),
    ],
)  # fmt: skip
def test_what_is_open_follows_from_what_was_read(
    what: str, begun: str | None, now: str, spans: list[str], expected: list[str]
) -> None:
    assert unread(begun, now, *spans) == expected, what


def test_today_is_open_at_once_when_its_feed_could_not_be_read() -> None:
    assert unread("06-15 01", "06-16 01", "06-15", failed=True) == ["06-16"]
    assert unread("06-15 01", "06-16 01", "06-15", "06-16", failed=True) == []


def test_a_month_off_leaves_each_of_its_announcement_days_open() -> None:
    off = unread("06-01 01", "06-30 08", "06-01")
    assert len(off) == 20, "21 weekdays, but for the Monday after a holiday on a Friday"


def test_a_reconciliation_asks_from_before_the_oldest_open_day_or_from_the_last_one() -> None:
    spans = read("06-15", "06-19")
    first = Account(at("06-15 01"), spans)
    later = Account(at("06-15 01"), [*spans, *read("06-14..06-24")], day("06-24"))

    assert window_from(Account(), at("06-19 01"), ()) == day("06-18")
    assert window_from(first, at("06-19 01"), [day("06-16")]) == day("06-14"), (
        "the first goes back to the first reading"
    )
    assert window_from(later, at("06-25 22"), ()) == day("06-24")
    assert window_from(later, at("06-30 22"), [day("06-26")]) == day("06-24")
    assert window_from(later, at("06-30 22"), [day("06-24")]) == day("06-23")


def test_harvests_reach_as_far_as_they_follow_one_another_from_the_first_reading_on() -> None:
    begun = day("06-15")
    first, next_, gap = (day("06-14"), day("06-17")), (day("06-18"), day("06-20")), (day("06-25"), day("06-26"))

    assert reach(begun, []) is None
    assert reach(begun, [gap]) is None
    assert reach(begun, [first, next_, gap]) == day("06-20")
    assert reach(begun, [gap, first, (day("06-10"), day("06-12"))]) == day("06-17")


def ids(month: str, first: int, count: int) -> list[PaperId]:
    return [PaperId("arxiv", f"{month}.{number:05d}") for number in range(first, first + count)]


BEFORE, TODAY = ids("2606", 100, 20), ids("2606", 120, 20)
END = batch_end(BEFORE)


def stamped(text: str, papers: list[PaperId]) -> list[tuple[date, PaperId]]:
    return [(day(text), paper) for paper in papers]


@pytest.mark.parametrize(
    ("what", "moment", "brought", "last"),
    [
        ("an empty list proves the days that are over", "06-16 01", [], "06-15"),
        ("and the day itself when the next batch is due", "06-16 20", [], "06-16"),
        ("the day counts when its batch was brought", "06-16 01", [*stamped("06-15", BEFORE), *stamped("06-16", TODAY)], "06-16"),
        ("an old paper that was edited is no batch", "06-16 01", stamped("06-16", ids("2605", 7, 3)), "06-15"),
        ("nor are papers of the day before", "06-16 01", [*stamped("06-15", BEFORE), *stamped("06-16", BEFORE[:3])], "06-15"),
    ],
)  # fmt: skip
def test_a_complete_harvest_accounts_for_the_days_it_can_have_seen(
    what: str, moment: str, brought: list[tuple[date, PaperId]], last: str
) -> None:
    span = harvested(day("06-10"), at(moment), brought, END)

    assert (span.first, span.last) == (day("06-10"), day(last)), what


def test_a_harvest_ends_with_the_batch_of_its_last_day_not_with_the_next_one() -> None:
    tomorrow = ids("2606", 140, 20)
    brought = [*stamped("06-15", BEFORE), *stamped("06-16", TODAY), *stamped("06-17", tomorrow)]

    assert harvested(day("06-14"), at("06-16 23"), brought, None).newest == batch_end(TODAY)


def test_the_last_batch_is_that_of_the_last_day_accounted_for_before() -> None:
    spans = [
        Span(day("06-15"), day("06-15"), BEFORE[0]),
        Span(day("06-15"), day("06-15"), BEFORE[18], BEFORE[0]),
        Span(day("06-16"), day("06-16"), TODAY[18], TODAY[0]),
        Span(day("06-12"), day("06-14")),
    ]
    account = Account(at("06-12 01"), spans)

    assert account.newest_before(day("06-16")) == BEFORE[18]
    assert account.newest_before(day("06-17")) == TODAY[18]
    assert account.newest_before(day("06-15")) is None
    assert account.oldest_of(day("06-01"), day("06-15")) == BEFORE[0]
    assert account.oldest_of(day("06-01"), day("06-17")) == BEFORE[0], "the first batch of all"
    assert account.oldest_of(day("06-01"), day("06-14")) is None
    assert account.oldest_of(day("06-16"), day("06-17")) == TODAY[0], "of a category that is watched since"


def test_a_list_is_not_said_to_be_complete_while_days_are_open() -> None:
    reports = [FeedReport("oai", SourceState.COMPLETE), FeedReport("cs", SourceState.FRESH)]

    assert as_told(reports, ()) == tuple(reports)
    assert [report.state for report in as_told(reports, [day("06-16")])] == [SourceState.PARTIAL, SourceState.FRESH]


# --- freshness -----------------------------------------------------------------------------------


def test_a_batch_is_new_by_its_ids() -> None:
    assert shows_new_batch(TODAY, frozenset(), END)
    assert shows_new_batch(ids("2607", 1, 20), frozenset(BEFORE), END), "a month later the numbers begin anew"
    assert shows_new_batch(ids("2606", 100000, 5), frozenset(), PaperId("arxiv", "2606.99999"))
    assert not shows_new_batch(BEFORE, frozenset(BEFORE), END)
    assert not shows_new_batch([], frozenset(), None)


def test_where_nothing_was_accounted_for_any_unknown_batch_is_new() -> None:
    assert shows_new_batch(BEFORE, frozenset(), None)


def test_where_ids_have_no_order_what_is_unknown_decides() -> None:
    old = [PaperId("arxiv", "math/0309136")]
    assert shows_new_batch(old, frozenset(), END)
    assert not shows_new_batch(old, frozenset(old), END)


def test_one_paper_of_a_batch_that_was_read_early_changes_nothing() -> None:
    assert shows_new_batch(TODAY, frozenset(TODAY[-1:]), END)
    assert batch_end([*BEFORE, PaperId("arxiv", "2607.16235")]) in BEFORE


def test_stragglers_and_late_cross_lists_are_no_batch_and_hide_none() -> None:
    stragglers = ids("2606", 99, 1)
    assert not shows_new_batch(stragglers, frozenset(), END)
    assert not shows_new_batch([*BEFORE, *stragglers], frozenset(BEFORE), END)
    assert shows_new_batch([*TODAY, *ids("2601", 1, 12)], frozenset(), END)


def real_days() -> dict[str, dict[date, list[PaperId]]]:
    """The news of each category by the day of its feed."""
    found: dict[str, dict[date, list[PaperId]]] = defaultdict(lambda: defaultdict(list))
    with gzip.open(PAPERS, "rt", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            for category in {"all", *line["categories"]}:
                paper = PaperId("arxiv", line["arxiv_id"])
                found[category][date.fromisoformat(line["announced"])].append(paper)
    return found


WATCHED = ("all", "cs.RO", "cs.AI", "cs.CV", "cs.LG", "cs.CL", "cs.MA", "cs.HC", "cs.GR", "eess.SY", "eess.SP")


def test_every_real_day_is_fresh_once_and_stale_the_day_after() -> None:
    """14 real announcement days of ten categories, each alone and all together. Some of their ids are months ahead of
    the others', as in the collection they come from.
    """
    feeds = real_days()
    for category in WATCHED:
        known: set[PaperId] = set()
        batches = sorted(feeds[category].items())
        for (_, before), (today, batch) in pairwise(batches):
            known |= set(before)
            end = batch_end(before)
            assert shows_new_batch(batch, known, end), (category, today)
            assert not shows_new_batch(before, known, end), (category, today)


def test_the_real_days_are_those_of_the_calendar() -> None:
    days = [day("06-15") + timedelta(days=number) for number in range(19)]
    assert [each for each in days if brings_papers(each, HOLIDAYS)] == sorted(real_days()["all"])


def test_the_lowest_id_of_a_batch_is_where_it_begins() -> None:
    assert batch_start(reversed(TODAY)) == TODAY[0]
    assert batch_start([]) is None
