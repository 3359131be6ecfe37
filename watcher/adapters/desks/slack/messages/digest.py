"""Renders a digest as a Slack message: what was announced, what failed, near misses, cost."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.adapters.desks.slack.messages.text import (
    FALLBACK,
    HEADER,
    SECTION,
    Blocks,
    context,
    fit,
    fit_safe,
    link,
    listing,
    plain,
    safe,
    section,
)
from watcher.domain.curation.card import Borderline, Decided, Digest, Overdue, Reminder
from watcher.domain.curation.verdicts import bare_name
from watcher.domain.facts import Notice
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.text import visible
from watcher.words_ja import failures, handover
from watcher.words_ja import slack as words
from watcher.words_ja.common import (
    SOURCE_STATE,
    cap_reached,
    disagreement,
    entries,
    feed_name,
    no_holidays,
    nothing_read,
    notice,
    returned,
    taken_out,
    unread,
    unread_days,
)
from watcher.words_ja.proposals import waiting

# Shares of the 12,500 characters that a message holds, beside two whole sections.
_LISTED, _FOUND, _NEAR = 1100, 2200, 2000
_ALARMS = {SourceState.FAILED: words.FAILED_NEXT, SourceState.STALLED: words.STALLED_NEXT}


def digest_message(digest: Digest, in_channel: int = 15) -> tuple[Blocks, str]:
    """The blocks of a digest, and its `text`; 「該当なし」 is said only if nothing failed.

    If there are more cards than `in_channel`, they are listed by score.
    """
    if digest.brief:
        line = words.brief(digest.day, digest.announced)
        return [context(line)], line
    blocks: Blocks = [
        {"type": "header", "text": plain(fit(words.digest_title(digest.day), HEADER))},
        context(safe(visible(digest.topic_title) or digest.topic, 300)),
        section(_findings(digest)),
    ]
    if len(digest.found) > in_channel:
        blocks += _by_score(digest.found, in_channel)
    if digest.sources:
        blocks.append(context(listing(words.SOURCES, [_source(s) for s in digest.sources], _LISTED, words.more)))
    if troubles := _troubles(digest):
        blocks.append(section(listing(words.FAILURES, troubles, SECTION, words.more)))
    if digest.decided:
        blocks.append(context(listing(words.DECIDED, [_decided(one) for one in digest.decided], 600, words.more)))
    if digest.notices:
        told = [_notice(one) for one in digest.notices]
        blocks.append(section(listing(words.notices(len(told)), told, _LISTED, words.more)))
    if digest.borderline:
        heading = words.borderline(len(digest.borderline))
        items = [_borderline(paper) for paper in digest.borderline]
        blocks += [{"type": "divider"}, section(listing(heading, items, _NEAR, words.more))]
    waits = [(digest.taken_out, taken_out), (digest.returned, returned), (digest.proposals, waiting)]
    blocks += [context(told(count)) for count, told in waits if count]
    if digest.unlisted_year is not None:
        blocks.append(context(f"⚠ {no_holidays(digest.unlisted_year)}"))
    blocks.append(context(_cost(digest)))
    return blocks, _spoken(digest, troubles)


def reminder_message(reminder: Reminder) -> tuple[Blocks, str]:
    """The blocks that list cards waiting for too long, and their `text`."""
    items = [_overdue(card) for card in reminder.cards]
    heading = words.reminder(len(items), reminder.days)
    blocks = [section(listing(heading, items, SECTION, words.more)), context(words.REMINDER_NEXT)]
    spoken = [f"{safe(card.title, 200)}" for card in reminder.cards[:20]]
    return blocks, fit_safe("\n".join([heading, *spoken]), FALLBACK)


def bare_digest_message(digest: Digest) -> tuple[Blocks, str]:
    """The digest without any text from outside, for when Slack refuses the full message."""
    text = f"{words.digest_title(digest.day)}\n{_findings(digest)}"
    return [section(text)], text


def _by_score(found: Sequence[Borderline], in_channel: int) -> Blocks:
    """A long day on one screen: titles under their scores, the best in the channel, the others in the thread."""
    blocks: Blocks = [context(words.threaded(in_channel, len(found) - in_channel))]
    scores = sorted({paper.score for paper in found}, reverse=True)
    room = _FOUND // len(scores)
    for score in scores:
        titles = [link(paper.url, visible(paper.title) or paper.url, 120) for paper in found if paper.score == score]
        blocks.append(section(listing(words.scored(score, len(titles)), titles, room, words.more)))
    return blocks


def _decided(one: Decided) -> str:
    return f"{safe(bare_name(one.curator), 60)}　{words.verdicts(one.approved, one.rejected, one.put_off)}"


def _overdue(card: Overdue) -> str:
    title = link(card.url, visible(card.title) or card.url, 160)
    return f"{title}　{words.waits(card.posted, card.score, put_off=card.put_off)}"


def _findings(digest: Digest) -> str:
    lines = [
        _verdict(digest),
        words.counts(digest),
    ]
    if digest.handed_over:
        lines.append(handover.count(digest.handed_over))
    if digest.carried_over:
        lines.append(words.carried_over(digest.carried_over))
    if digest.cap:
        lines.append(cap_reached(digest.cap))
    return "\n".join(lines)


def _verdict(digest: Digest) -> str:
    if digest.cards:
        return words.found(digest.cards)
    if digest.relevant:
        return words.found_before(digest.relevant)
    if not digest.sources:
        return nothing_read(again=digest.has_earlier)
    return words.NOTHING if digest.healthy else words.UNSURE


def _source(report: FeedReport) -> str:
    state = SOURCE_STATE[report.state]
    counts = entries(report) if report.entries else ""
    sign = "⚠ " if report.state in _ALARMS else ""
    return words.SEPARATOR.join(part for part in (safe(feed_name(report.name), 120), f"{sign}{state}", counts) if part)


def _troubles(digest: Digest) -> list[str]:
    """Every failure in one line, with what happens next."""
    lines = []
    for report in digest.sources:
        if report.state in _ALARMS:
            error = f"：{safe(report.error, 300)}" if report.error else ""
            lines.append(
                f"*{safe(feed_name(report.name), 120)}* {SOURCE_STATE[report.state]}{error}\n　{_ALARMS[report.state]}"
            )
        elif report.error:
            lines.append(f"*{safe(feed_name(report.name), 120)}* {safe(unread(report.error), 400)}")
    if digest.unread:
        lines.append(unread_days(digest.unread))
    if digest.unscored:
        lines.append(words.unscored(digest.unscored))
    lines += [safe(failures.told(failure), 300) for failure in digest.failures]
    if digest.failures:
        lines.append(words.FAILURE_NEXT)
    return lines


def _notice(told: Notice) -> str:
    return f"{link(told.url, visible(told.title) or told.url, 160)} {safe(notice(told), 300)}"


def _borderline(paper: Borderline) -> str:
    title = link(paper.url, visible(paper.title) or paper.url, 160)
    return f"{title} {safe(paper.reason_ja, 200)} {disagreement(paper.probability, paper.score)}".rstrip()


def _cost(digest: Digest) -> str:
    if digest.recorded_replies:
        return words.RECORDED
    usage = digest.usage
    return words.usage(usage.calls, usage.prompt_tokens, usage.completion_tokens, usage.cost_usd)


def _spoken(digest: Digest, troubles: list[str]) -> str:
    lines = [words.digest_title(digest.day), safe(digest.topic_title, 300), _findings(digest), *troubles]
    return fit_safe("\n".join(lines), FALLBACK)


_SIGNED = {SourceState.FAILED, SourceState.STALLED}


def standing_lines(digest: Digest) -> list[str]:
    """Lines of escaped mrkdwn: the topic, its counts, the state of sources, what failed and what happens next."""
    lines = [f"*{safe(visible(digest.topic_title) or digest.topic, 200)}*"]
    if not digest.sources:
        return [*lines, nothing_read(again=digest.has_earlier)]
    lines.append(words.counts(digest))
    lines += [
        f"{'⚠ ' if report.state in _SIGNED else ''}{safe(feed_name(report.name), 120)}{words.SEPARATOR}{SOURCE_STATE[report.state]}"
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
