"""Computes which of arXiv's announcement days the bot has not read, from the recorded readings of feeds and harvests of
arXiv's full list; every command uses this one rule.

A day is named as arXiv's feed names it: the day in New York whose feed shows the batch announced the evening before.

The account begins with the first reading ever made. Each announcement day from then on is *accounted for* once a fresh
reading of every watched feed was made on it, or once a complete harvest of arXiv's full list (OAI-PMH), empty or not,
reaches over it. Every other day is open as soon as it is over, and the present day as soon as its batch is overdue or a
watched feed could not be read.

An accounted day stays so: a category added later begins with the day of its first reading, and `backfill` takes in its
past. Days that were open when it was added are closed by a harvest of all categories watched at that time.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from watcher.domain.papers.calendar import EASTERN, announced_at, brings_papers, feed_day
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.papers.paper import PaperId

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
        known = [span for span in self.spans if span.newest is not None and span.last < day]
        last = max((span.last for span in known), default=None)
        return max(
            (span.newest for span in known if span.last == last and span.newest is not None),
            key=lambda paper: paper.place or (0, 0),
            default=None,
        )

    def oldest_of(self, begun: date, until: date) -> PaperId | None:
        """The lowest paper id of the first batch that was read on the days from `begun` to `until`, both included; None
        if unknown.

        It serves for a category watched since `begun`: one of its papers with a higher id would be known if it had been
        announced there before; one with a lower id may have been announced before the category was watched.
        """
        known = [span for span in self.spans if span.oldest is not None and begun <= span.first <= until]
        first = min((span.first for span in known), default=None)
        return min(
            (span.oldest for span in known if span.first == first and span.oldest is not None),
            key=lambda paper: paper.place or (0, 0),
            default=None,
        )


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
    ends = [place for place in (place_of(newest), place_of(batch_end(earlier))) if place is not None]
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
    return len(unknown) * _UNKNOWN >= len(news) and _mostly_beyond(places, place_of(newest))


def batch_end(papers: Iterable[PaperId]) -> PaperId | None:
    """The id at which an announced batch of papers ends, without outliers: the 90th percentile of its ids, or, of two
    ids, the lower; None without arXiv ids.
    """
    ordered = sorted((paper for paper in papers if paper.place is not None), key=lambda paper: paper.place or (0, 0))
    return ordered[math.floor(_MOST * (len(ordered) - 1))] if ordered else None


def batch_start(papers: Iterable[PaperId]) -> PaperId | None:
    """The lowest arXiv id of a batch of announced papers."""
    return min((paper for paper in papers if paper.place), key=lambda paper: paper.place or (0, 0), default=None)


def place_of(paper: PaperId | None) -> tuple[int, int] | None:
    """The sortable position (YYMM, number) of a paper's id in arXiv's order of announcement; None without a paper or
    for ids without an order.
    """
    return paper.place if paper else None


def _mostly_beyond(places: Sequence[tuple[int, int]], end: tuple[int, int] | None) -> bool:
    return bool(places) and (end is None or 2 * sum(place > end for place in places) >= len(places))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
