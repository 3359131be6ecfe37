"""A digest as it stands at this moment -> the few lines that say how the day goes."""

from __future__ import annotations

from watcher.adapters.desks.slack.text import safe
from watcher.domain.card import Digest, SourceState
from watcher.domain.text import visible
from watcher.words_ja import failures, handover
from watcher.words_ja import slack as words
from watcher.words_ja.common import NOTHING_READ, SOURCE_STATE, unread_days

_ALARMS = {SourceState.FAILED, SourceState.STALLED}


def standing_lines(digest: Digest) -> list[str]:
    """Safe mrkdwn: the topic, its counts, how sources did, what failed and what happens next."""
    lines = [f"*{safe(visible(digest.topic_title) or digest.topic, 200)}*"]
    if not digest.sources:
        return [*lines, NOTHING_READ]
    lines.append(words.funnel(digest.announced, digest.screened, digest.passed, digest.scored, digest.relevant))
    lines += [
        f"{'⚠ ' if report.state in _ALARMS else ''}{safe(report.name, 120)}{words.SEPARATOR}{SOURCE_STATE[report.state]}"
        for report in digest.sources
    ]
    if digest.unread:
        lines.append(f"⚠ {unread_days(digest.unread)}")
    if digest.unscored:
        lines.append(f"⚠ {words.unscored(digest.unscored)}")
    if digest.handed_over:
        lines.append(handover.count(digest.handed_over))
    if digest.carried_over:
        lines.append(words.carried_over(digest.carried_over))
    lines += [f"⚠ {safe(failures.told(failure), 300)}" for failure in digest.failures]
    return [*lines, words.FAILURE_NEXT] if digest.failures else lines
