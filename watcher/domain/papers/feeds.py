"""Feeds: the results of reading them, arXiv's announcement calendar, and the announcement days that have not been read.

Which days have not been read (are open) is computed from the recorded readings of feeds and harvests of arXiv's full
list; every command uses this one rule. A day is named as arXiv's feed names it: the day in New York whose feed shows
the batch announced the evening before.

The record of days (`Account`) begins with the first reading ever made. Each announcement day from then on is *accounted
for* once a fresh reading of every watched feed was made on it, or once a complete harvest of arXiv's full list
(OAI-PMH) covers it (see `harvested`), even if that harvest found no papers. Every other day is open as soon as it is
over, and the present day as soon as its batch is overdue or a watched feed could not be read.

A day that is accounted for stays so: a category added later begins with the day of its first reading, and `backfill`
takes in its past. Days that were open when it was added are closed by a harvest of all categories watched at that time.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from watcher.domain.errors import Misuse
from watcher.domain.papers.paper import Announcement, PaperId


class SourceState(StrEnum):
    """The state of a feed after an attempt to read it, e.g. a new batch of papers (FRESH), none expected today (QUIET),
    still expected (WAITING) or overdue (STALLED). STALLED, FAILED and FORGOT are reported as failures.
    """

    FRESH = "fresh"
    WAITING = "waiting"
    QUIET = "quiet"
    STALLED = "stalled"
    FAILED = "failed"
    COMPLETE = "complete"  # a catch-up came to its end: nothing announced is missing
    FORGOT = "forgot"  # it lists nothing of what it listed before: what it listed between is not known
    PARTIAL = "partial"  # it came to its end, but announcement days are left that it did not reach over


BROKEN: Final = frozenset({SourceState.FAILED, SourceState.STALLED, SourceState.FORGOT})
"""The states of feeds of which papers may be missing."""


@dataclass(frozen=True, slots=True)
class FeedMemory:
    """What is remembered of a web feed (RSS, Atom) from its last complete reading, to recognize new papers and
    unchanged documents.

    `seen` are the keys of all its papers, `skipped` those that were too old to be news at the first reading; `newest`
    is the latest date in it. `etag` and `modified` are the server's HTTP validators, "" for none, given when the
    document was last sent whole, at `read_at`. `watched_by` is a hash of the topics that took the papers.
    """

    url: str = field(repr=False)  # it may hold a secret
    watched_by: str
    seen: frozenset[str]
    skipped: frozenset[str]
    newest: date | None
    etag: str
    modified: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class FeedReport:
    """The result of reading one feed in one run: `entries` in the document, `new` ones that were not stored yet, and
    `revised` ones that announce a further version of a paper.
    """

    name: str
    state: SourceState
    entries: int = 0
    new: int = 0
    error: str = ""
    revised: int = 0

    @property
    def trouble(self) -> str:
        """The problem with reading the feed on one line; "" if there was none."""
        if self.state in BROKEN or self.error:
            return f"{self.name} {self.state}: {self.error or 'no new batch on a day that should bring one'}"
        return ""


@dataclass(frozen=True, slots=True)
class History:
    """A backfill request: the papers of some categories first announced from `since` to `until`, both included."""

    since: date
    until: date
    categories: frozenset[str]

    def __post_init__(self) -> None:
        """Raises Misuse if the range is empty."""
        if self.until < self.since:
            raise Misuse(
                f"the span ends before it begins: {self.since} to {self.until}", remedy="swap --from and --until"
            )

    def holds(self, announcement: Announcement) -> bool:
        """Whether an announcement belongs to the range of the backfill.

        The source is asked for what was announced since `since`, so only `until` is checked here, by the day of
        submission: no source states the day of a past announcement. Replacements do not belong, because nobody watched
        their papers then.
        """
        submitted = announcement.paper.published
        return announcement.announce_type.is_news and (submitted is None or submitted <= self.until)


EASTERN = ZoneInfo("America/New_York")
_SUNDAY = 6
_ANNOUNCED_ON_EVENINGS = {_SUNDAY, 0, 1, 2, 3}  # to Thursday, 20:00 Eastern (info.arxiv.org/help/availability)
_ANNOUNCED_AT = time(20)


def feed_day(now: datetime) -> date:
    """The day that arXiv's feeds show at a time; it changes at midnight Eastern."""
    return now.astimezone(EASTERN).date()


def day_start(now: datetime) -> datetime:
    """The time at which arXiv's feed day that contains a time began (midnight Eastern)."""
    return datetime.combine(feed_day(now), time(), EASTERN)


def announced_at(day: date) -> datetime:
    """The time at which arXiv announces the batch of papers that its feed shows on a day: 20:00 Eastern on the evening
    before.
    """
    return datetime.combine(day - timedelta(days=1), _ANNOUNCED_AT, EASTERN)


def brings_papers(day: date, holidays: AbstractSet[date]) -> bool:
    """Whether arXiv's feed of a day should contain a batch of papers, which was announced the evening before.

    On a holiday no submissions are closed, so nothing is announced that evening; submissions closed on a Friday are
    announced on Sunday. After Friday 19 June 2026, the feed of Monday 22 June was empty, and the next day's contained
    the papers of both (tests/data/papers).
    """
    evening = day - timedelta(days=1)
    closed = evening - timedelta(days=2) if evening.weekday() == _SUNDAY else evening
    return evening.weekday() in _ANNOUNCED_ON_EVENINGS and holidays.isdisjoint({evening, closed})


def unlisted_year(day: date, holidays: AbstractSet[date]) -> int | None:
    """The year of a day if the configured holidays list none in that year, so that the list must be extended; else
    None.
    """
    return None if any(holiday.year == day.year for holiday in holidays) else day.year


def source_state(*, fresh: bool, now: datetime, holidays: AbstractSet[date], window_hours: int) -> SourceState:
    """The state of a feed: FRESH with a new batch; else QUIET on a day without one, WAITING while it may still come
    (`window_hours` after midnight Eastern), and STALLED after that, also if an old batch is shown.
    """
    if fresh:
        return SourceState.FRESH
    local = now.astimezone(EASTERN)
    if not brings_papers(local.date(), holidays):
        return SourceState.QUIET
    return SourceState.WAITING if local.hour < window_hours else SourceState.STALLED


def poll_is_due(states: Sequence[tuple[SourceState, datetime]], now: datetime, settled: timedelta) -> bool:
    """Whether feeds should be read again, given pairs of (last state of a feed on this day, time of that reading).

    If a feed lacks its batch, they are read at every scheduled time. If every batch has been read or none is expected,
    one more reading `settled` after the last takes in late papers.
    """
    calm = {SourceState.FRESH, SourceState.QUIET, SourceState.FORGOT}
    if not states or any(state not in calm for state, _ in states):
        return True
    return now - max(at for _, at in states) >= settled


MARGIN = timedelta(days=1)
"""The time before a day from which the full list is requested, because arXiv's lists may lag behind its clock."""

_DAY = timedelta(days=1)
_MOST = 0.9  # the place of the id that is taken for a batch's last: one outlier in it changes nothing
_UNKNOWN = 4  # a batch is new when at least one in so many of its papers was unknown


class FeedRole(StrEnum):
    """The kind of feed that was read, which decides whether the reading accounts for an announcement day: a watched
    feed, one named for this run only, arXiv's full list, or a source that does not count.
    """

    WATCHED = "watched"  # a configured feed of arXiv
    GIVEN = "given"  # a feed that was named for one run and is not configured
    LIST = "list"  # arXiv's full list, to reconcile with
    OTHER = "other"  # nothing: another source than arXiv, a file of papers, a span of history


@dataclass(frozen=True, slots=True)
class Watch:
    """How the feeds read in a run count for announcement days. `feeds` names all configured feeds if the run may read
    only some of them.
    """

    role: FeedRole = FeedRole.WATCHED
    feeds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Span:
    """A range of announcement days whose papers have been read, from `first` to `last` inclusive; empty if `last` is
    earlier.

    `newest` is the paper id at which the batch of the last day ends, `oldest` that at which the batch of the first day
    begins, outliers aside; None if unknown.
    """

    first: date
    last: date
    newest: PaperId | None = None
    oldest: PaperId | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """The record of which of arXiv's announcement days the bot has read, as of a time.

    `begun` is the time of the first reading, None if there was none. `spans` are the days read. `reconciled` is the day
    up to which arXiv's full list was harvested without a gap since then, None if no harvest goes back so far. `failed`
    says that a watched feed could not be read when it was last tried on the present day.
    """

    begun: datetime | None = None
    spans: Sequence[Span] = ()
    reconciled: date | None = None
    failed: bool = False

    def covers(self, day: date) -> bool:
        """Whether the papers announced on a day have been read (the day is accounted for)."""
        return any(span.first <= day <= span.last for span in self.spans)

    def newest_before(self, day: date) -> PaperId | None:
        """The paper id at which the latest batch read before a day ends; None if unknown."""
        known = [(s.last, s.newest.place or (0, 0), s.newest) for s in self.spans if s.newest and s.last < day]
        return max(known)[2] if known else None

    def oldest_of(self, begun: date, until: date) -> PaperId | None:
        """The lowest paper id of the first batch that was read on the days from `begun` to `until`, both included; None
        if unknown.

        It serves for a category watched since `begun`: one of its papers with a higher id would be known if it had been
        announced there before; one with a lower id may have been announced before the category was watched.
        """
        spans = [span for span in self.spans if begun <= span.first <= until]
        known = [(s.first, s.oldest.place or (0, 0), s.oldest) for s in spans if s.oldest]
        return min(known)[2] if known else None


def open_days(account: Account, now: datetime, *, holidays: AbstractSet[date], window_hours: int) -> tuple[date, ...]:
    """The announcement days from the first reading to `now` whose papers the bot has not read, oldest first.

    The present day's batch is overdue `window_hours` after midnight Eastern.
    """
    if account.begun is None:
        return ()
    today = feed_day(now)
    due = account.failed or now.astimezone(EASTERN).hour >= window_hours
    read = {day for span in account.spans for day in _days(max(span.first, feed_day(account.begun)), span.last)}
    return tuple(
        day
        for day in _days(feed_day(account.begun), today if due else today - _DAY)
        if brings_papers(day, holidays) and day not in read
    )


def reach(begun: date, lists: Iterable[tuple[date, date]]) -> date | None:
    """The last day that harvests of arXiv's full list cover without a gap from the day `begun` on; None if none covers
    that day. `lists` are the first and last days of the harvests.
    """
    reached: date | None = None
    for first, last in lists:
        if first <= (begun if reached is None else reached + _DAY):
            reached = last if reached is None else max(reached, last)
    return reached


def as_told(reports: Iterable[FeedReport], unread: Sequence[date]) -> tuple[FeedReport, ...]:
    """The feed reports corrected for showing them to people: while any announcement day is unread, a report of the full
    list that claims to be complete is shown as partial.
    """
    return tuple(
        replace(report, state=SourceState.PARTIAL) if unread and report.state is SourceState.COMPLETE else report
        for report in reports
    )


def window_from(account: Account, now: datetime, unread: Sequence[date]) -> date:
    """The day (UTC) from which a reconciliation must request arXiv's full list.

    It continues the earlier harvests, or begins at the first reading, and goes back further to MARGIN before the oldest
    unread day.
    """
    begun = feed_day(account.begun) if account.begun else feed_day(now)
    back = [*unread[:1], feed_day(now), account.reconciled + MARGIN if account.reconciled else begun]
    return min(back) - MARGIN


def harvested(
    since: date,
    complete_as_of: datetime,
    first_versions: Collection[tuple[date, PaperId]],
    newest: PaperId | None,
) -> Span:
    """The announcement days for which a complete harvest of arXiv's full list accounts, given that it requested
    everything since a day and got its first answer at `complete_as_of`.

    `first_versions` are the papers in it without a later version, known or not, each with its datestamp (UTC), which is
    the day of the feed that shows it unless the record was edited. `newest` is the id at which the last known batch
    ends. The day of the answer counts once its batch is in the harvest, and in any case when the next batch is due:
    until then the announcement may be late, and an empty list proves nothing.
    """
    day = feed_day(complete_as_of)
    late = complete_as_of >= announced_at(day + _DAY)
    earlier = [paper for stamp, paper in first_versions if stamp < day]
    ends = [place for place in (_place_of(newest), _place_of(batch_end(earlier))) if place is not None]
    todays = [place for stamp, paper in first_versions if stamp == day and (place := paper.place) is not None]
    last = day if late or _mostly_beyond(todays, max(ends, default=None)) else day - _DAY
    stamped = max((stamp for stamp, _ in first_versions if stamp <= last), default=None)
    return Span(since, last, batch_end([paper for stamp, paper in first_versions if stamp == stamped]))


def shows_new_batch(news: Collection[PaperId], known: AbstractSet[PaperId], newest: PaperId | None) -> bool:
    """Whether a feed shows a new batch of papers, announced after the batch that ends with the id `newest`. `news` are
    the new papers in the feed, `known` those stored before the batch was announced.

    Ids are compared, not dates: arXiv's feeds have shown an old batch under the present date. At least a quarter of the
    news must have been unknown, and at least half of the unknown must have later ids than nine in ten of the batch
    before. One paper that was early or late changes neither. If ids have no order, it is enough that the news was
    unknown.
    """
    unknown = [paper for paper in news if paper not in known]
    places = [place for place in (paper.place for paper in unknown) if place is not None]
    if not places:
        return bool(unknown)
    return len(unknown) * _UNKNOWN >= len(news) and _mostly_beyond(places, _place_of(newest))


def batch_end(papers: Iterable[PaperId]) -> PaperId | None:
    """The id at which an announced batch of papers ends, without outliers: the 90th percentile of its ids, or, of two
    ids, the lower; None without arXiv ids.
    """
    ordered = sorted((paper for paper in papers if paper.place is not None), key=lambda paper: paper.place or (0, 0))
    return ordered[math.floor(_MOST * (len(ordered) - 1))] if ordered else None


def batch_start(papers: Iterable[PaperId]) -> PaperId | None:
    """The lowest arXiv id of a batch of announced papers."""
    return min((paper for paper in papers if paper.place), key=lambda paper: paper.place or (0, 0), default=None)


def _place_of(paper: PaperId | None) -> tuple[int, int] | None:
    """The sortable position (YYMM, number) of a paper's id in arXiv's order of announcement; None without a paper or
    for ids without an order.
    """
    return paper.place if paper else None


def _mostly_beyond(places: Sequence[tuple[int, int]], end: tuple[int, int] | None) -> bool:
    return bool(places) and (end is None or 2 * sum(place > end for place in places) >= len(places))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
