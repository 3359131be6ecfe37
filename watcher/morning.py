"""A topic's facts -> what its day begins with: the digest, and the reminder of what has waited too long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from watcher.domain.budget import TOKYO, Cap
from watcher.domain.calendar import unlisted_year
from watcher.domain.card import Digest
from watcher.domain.reminder import Reminder
from watcher.domain.topic import Topic
from watcher.parts import Parts


def digest_of(topic: Topic, parts: Parts, now: datetime, cap: Cap | None, warnings: Sequence[str]) -> Digest:
    """What happened since the digest of an earlier day; `cap` stopped today's run, `warnings` are about its models."""
    store, day = parts.store, now.astimezone(TOKYO).date()
    earlier = store.last_digest(topic.slug, before=day)
    digest = store.digest_for(topic, day, earlier[1] if earlier else None, parts.scorer.recorded)
    digest = replace(
        digest,
        proposals=store.open_proposals(),
        cap=cap,
        failures=tuple(dict.fromkeys((*warnings, *digest.failures))),
    )
    if earlier is None or earlier[0].day.year != day.year:
        digest = replace(digest, unlisted_year=unlisted_year(day, parts.holidays))
    return replace(digest, brief=parts.quiet == "brief" and digest.quiet)


def reminder_of(topic: Topic, parts: Parts, now: datetime) -> Reminder:
    """The cards that have stood open for longer than they should."""
    limit = timedelta(days=parts.remind_after_days)
    overdue = parts.store.overdue(topic.slug, parts.desk.name, now - limit)
    return Reminder(now.astimezone(TOKYO).date(), topic.slug, parts.remind_after_days, tuple(overdue))
