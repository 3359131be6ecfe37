"""A topic's facts -> what its day begins with: the digest, and the reminder of what has waited too long."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from watcher.domain.budget import TOKYO, Cap
from watcher.domain.catalog.missing import lost_rows
from watcher.domain.curation.card import Digest, Reminder
from watcher.domain.curation.weekly import SourceTrouble
from watcher.domain.errors import CatalogError
from watcher.domain.facts import Notice, RowChange
from watcher.domain.papers.announcement_days import as_told
from watcher.domain.papers.calendar import unlisted_year
from watcher.domain.papers.feeds import FeedReport
from watcher.domain.papers.topic import Topic
from watcher.pipeline.dependencies import Dependencies

Feed = TypeVar("Feed", FeedReport, SourceTrouble)


def digest_of(topic: Topic, deps: Dependencies, now: datetime, cap: Cap | None, warnings: Sequence[str]) -> Digest:
    """What happened to a topic since its digest of an earlier day, and nothing of another's; `cap` stopped today's run,
    `warnings` are about its models.
    """
    # It covers everything since the digest before, so that no night between two digests goes unreported.
    store, day = deps.store, now.astimezone(TOKYO).date()
    earlier = store.digests.last(topic.slug, before=day)
    digest = store.digests.gather(topic, day, earlier[1] if earlier else None, deps.scorer.recorded)
    missing = store.catalog_rows.missing([topic.slug])
    lost = [f"rows: {told}" for told in lost_rows(missing)]
    unpushed = [f"push: {failure.error}" for failure in store.pushes.failures(deps.options.pushed_as.get(topic.slug))]
    unread = deps.unread_days(now) if topic.categories & deps.options.arxiv else ()
    digest = replace(
        digest,
        unread=unread,
        proposals=store.proposals.count_open() if deps.document_of(topic.slug) is deps.document else 0,
        sources=as_told(read_here(digest.sources, topic, deps), unread),
        notices=_known_here(digest.notices, topic, deps),
        cap=cap,
        failures=tuple(dict.fromkeys((*warnings, *lost, *digest.failures, *unpushed))),
        taken_out=sum(row.change is RowChange.TAKEN_OUT for row in missing),
        returned=len(store.catalog_rows.returned([topic.slug])),
    )
    if earlier is None or earlier[0].day.year != day.year:
        digest = replace(digest, unlisted_year=unlisted_year(day, deps.options.holidays))
    return replace(digest, brief=deps.options.quiet == "brief" and digest.quiet)


def reminder_of(topic: Topic, deps: Dependencies, now: datetime) -> Reminder:
    """The cards that have stood open for longer than they should."""
    limit = timedelta(days=deps.options.remind_after_days)
    overdue = deps.store.cards.overdue(topic.slug, deps.desk.name, now - limit)
    return Reminder(now.astimezone(TOKYO).date(), topic.slug, deps.options.remind_after_days, tuple(overdue))


def _known_here(notices: Sequence[Notice], topic: Topic, deps: Dependencies) -> tuple[Notice, ...]:
    """The notices of papers that have a card of this topic or stand in its catalog."""
    if not notices:
        return ()
    known = deps.store.papers.with_card(topic.slug)
    with suppress(CatalogError):  # which is told of by whoever writes there
        known |= deps.document_of(topic.slug).ids()
    return tuple(notice for notice in notices if notice.paper in known)


def read_here(feeds: Sequence[Feed], topic: Topic, deps: Dependencies) -> tuple[Feed, ...]:
    """The feeds that concern a topic, by the categories that it watches, since one is read for all and named by those of
    all. An address or a file keeps the operator's own name.
    """
    named = [(feed, _name_here(feed.name, topic, deps)) for feed in feeds]
    return tuple(replace(feed, name=name, error=feed.error.replace(feed.name, name)) for feed, name in named if name)


def _name_here(feed: str, topic: Topic, deps: Dependencies) -> str:
    """Empty where the topic watches nothing of the feed."""
    categories = feed.split("+")
    if not frozenset[str]().union(*(each.categories for each in deps.options.topics)).issuperset(categories):
        return feed
    return "+".join(category for category in categories if category in topic.categories)
