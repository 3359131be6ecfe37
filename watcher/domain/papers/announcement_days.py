"""What a store knows of readings and harvests -> the announcement days that nobody has read: one rule for every command.

A day is named as arXiv's feed names it: the day in New York whose feed shows the batch announced the evening before.

The account begins with the first reading ever made; what was announced before is nobody's past. Each announcement day
from then on is *accounted for* once a fresh reading of every watched feed was made on it, or once a complete harvest of
arXiv's full list (OAI-PMH), empty or not, reaches over it. Every other day is open as soon as it is over, and the
present day as soon as its batch is overdue or a watched feed could not be read.

What was accounted for stays so: a category that is watched later begins with the day of its first reading. Its past was
not read and is not said to have been; `backfill` takes it in. What was open when it was added is closed by a harvest of
all the categories watched at that time.
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
"""How much earlier than a day the full list is asked for: arXiv's lists may lag behind its clock."""

_DAY = timedelta(days=1)
_MOST = 0.9  # the place of the id that is taken for a batch's last: one outlier in it changes nothing
_UNKNOWN = 4  # a batch is new when at least one in so many of its papers was unknown


class FeedRole(StrEnum):
    """What a reading says of announcement days."""

    WATCHED = "watched"  # a configured feed of arXiv
    GIVEN = "given"  # a feed that was named for one run and is not configured
    LIST = "list"  # arXiv's full list, to reconcile with
    OTHER = "other"  # nothing: another source than arXiv, a file of papers, a span of history


@dataclass(frozen=True, slots=True)
class Watch:
    """What a run's sources are. `feeds` names all configured feeds where a run may read only some of them."""

    role: FeedRole = FeedRole.WATCHED
    feeds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Span:
    """Announcement days accounted for, `first` to `last`, both included; none where `last` is earlier.

    `newest` is where the batch of the last day ends, `oldest` where that of the first day begins, one outlier apart;
    None where nobody knows.
    """

    first: date
    last: date
    newest: PaperId | None = None
    oldest: PaperId | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What a store knows of announcement days at a moment.

    `begun` is the moment of the first reading, None while there is none. `reconciled` is the day up to which the full
    list was harvested without a gap since then, None where no harvest goes back so far. `failed` says that a watched feed could not be read when it was last tried
    on the present day.
    """

    begun: datetime | None = None
    spans: Sequence[Span] = ()
    reconciled: date | None = None
    failed: bool = False

    def covers(self, day: date) -> bool:
        """Whether a day is accounted for."""
        return any(span.first <= day <= span.last for span in self.spans)

    def newest_before(self, day: date) -> PaperId | None:
        """Where the batch of the last day ends that was accounted for before a day."""
        known = [span for span in self.spans if span.newest is not None and span.last < day]
        last = max((span.last for span in known), default=None)
        return max(
            (span.newest for span in known if span.last == last and span.newest is not None),
            key=lambda paper: paper.place or (0, 0),
            default=None,
        )

    def oldest_until(self, day: date) -> PaperId | None:
        """Where the first batch begins that was read at or before a day. What has a higher id and is in a watched
        category would be known if it had been announced there; what has a lower one was announced before the account.
        """
        known = [span for span in self.spans if span.oldest is not None and span.first <= day]
        first = min((span.first for span in known), default=None)
        return min(
            (span.oldest for span in known if span.first == first and span.oldest is not None),
            key=lambda paper: paper.place or (0, 0),
            default=None,
        )


def open_days(account: Account, now: datetime, *, holidays: AbstractSet[date], window_hours: int) -> tuple[date, ...]:
    """The announcement days from the first reading to `now` that nobody has read, oldest first.

    `window_hours` after midnight Eastern the present day's batch is overdue.
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
    """The day up to which harvests, each from a first to a last day, follow one another from a day on without a gap."""
    reached: date | None = None
    for first, last in lists:
        if first <= (begun if reached is None else reached + _DAY):
            reached = last if reached is None else max(reached, last)
    return reached


def as_told(reports: Iterable[FeedReport], unread: Sequence[date]) -> tuple[FeedReport, ...]:
    """How feeds did, as it may be told while days are open: no list is complete then that did not reach over them."""
    return tuple(
        replace(report, state=SourceState.PARTIAL) if unread and report.state is SourceState.COMPLETE else report
        for report in reports
    )


def window_from(account: Account, now: datetime, unread: Sequence[date]) -> date:
    """The day (UTC) from which a reconciliation has to ask for the full list: the day up to which it was harvested without
    a gap, and MARGIN before the oldest open one. The first reconciliation goes back to the first reading.
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
    """The days that a complete harvest accounts for which asked for everything since a day and got its first answer at
    `complete_as_of`.

    `first_versions` are papers that it brought in their first version, known or not, each with its datestamp: the day
    (UTC) of its announcement unless it was edited, which is the day of the feed that shows it. `newest` is where the
    last batch ends that was known before. The day of the answer counts once its batch is among what was brought, and
    in any case when the next batch is due: until then a mailing may be late, and an empty list proves nothing.
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
    """Whether a feed that announces `news` shows a batch that was announced after the one that ends with `newest`.

    Ids tell, dates do not: arXiv's feeds have shown an old batch under the date of the day. At least a quarter of the
    news must have been unknown (`known` holds what was known before the batch was announced), and of what was unknown
    at least half must have later ids than nine in ten of the batch before. One paper that was read early, or came
    late, changes neither. Where ids have no order, what is unknown decides.
    """
    unknown = [paper for paper in news if paper not in known]
    places = [place for place in (paper.place for paper in unknown) if place is not None]
    if not places:
        return bool(unknown)
    return len(unknown) * _UNKNOWN >= len(news) and _mostly_beyond(places, place_of(newest))


def batch_end(papers: Iterable[PaperId]) -> PaperId | None:
    """The id that nine in ten of a batch's ids do not exceed, the highest left out wherever there are two."""
    ordered = sorted((paper for paper in papers if paper.place is not None), key=lambda paper: paper.place or (0, 0))
    return ordered[math.floor(_MOST * (len(ordered) - 1))] if ordered else None


def batch_start(papers: Iterable[PaperId]) -> PaperId | None:
    """The lowest id of a batch."""
    return min((paper for paper in papers if paper.place), key=lambda paper: paper.place or (0, 0), default=None)


def place_of(paper: PaperId | None) -> tuple[int, int] | None:
    """Where a paper's id stands in the order of announcement; None of no paper."""
    return paper.place if paper else None


def _mostly_beyond(places: Sequence[tuple[int, int]], end: tuple[int, int] | None) -> bool:
    return bool(places) and (end is None or 2 * sum(place > end for place in places) >= len(places))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
