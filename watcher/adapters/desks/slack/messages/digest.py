"""Renders what a channel is told as Slack messages: a topic's daily digest (what was announced, what failed, near
misses, cost), reminders of undecided papers, and alarms for the operator.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from watcher.adapters.desks.slack.messages.text import (
    FALLBACK,
    SECTION,
    Blocks,
    card_link,
    context,
    fit_safe,
    header,
    inline,
    listing,
    menu,
    option,
    plain,
    safe,
    section,
    units,
)
from watcher.domain.curation.card import Borderline, Decided, Digest, Overdue, Reminder
from watcher.domain.facts import Notice
from watcher.domain.health import Alarm
from watcher.domain.papers.feeds import BROKEN, FeedReport, SourceState
from watcher.domain.text import visible
from watcher.logs import redact
from watcher.words_ja import common, failures
from watcher.words_ja import slack as words
from watcher.words_ja.catalog import waiting
from watcher.words_ja.common import (
    CITES,
    FORGOT_NEXT,
    SOURCE_STATE,
    cap_reached,
    entries,
    feed_name,
    no_holidays,
    nothing_read,
    notice,
    person,
    returned,
    taken_out,
    unread,
    unread_days,
)

REST, REJECT, UNDO = "rest", "reject", "undo"
# Shares of the 12,500 characters that a message holds.
_LISTED, _FOUND, _FOLD, _TROUBLES = 900, 4000, 700, 2300
_HALF = 2300  # of the papers, which need two sections on a day with many
_CITED = 40
_SHORTEST, _LONGEST = 30, 150  # characters of a title
_BESIDE = 130  # characters of a line beside its title: the address of a card in a thread
_ALARMS = {
    SourceState.FAILED: words.FAILED_NEXT,
    SourceState.STALLED: words.STALLED_NEXT,
    SourceState.FORGOT: FORGOT_NEXT,
}


def digest_message(digest: Digest, in_channel: int = 15) -> tuple[Blocks, str]:
    """The Block Kit blocks of a topic's daily digest, and its `text`; 「該当なし」 (nothing today) is said only if nothing
    failed.

    If the day has more than `in_channel` papers for curators, they are listed by score.
    """
    if digest.brief:
        line = words.brief(digest.day, digest.announced)
        return [context(line)], line
    blocks: Blocks = [
        header(words.digest_title(digest.day)),
        context(safe(visible(digest.topic_title) or digest.topic, 300)),
        *_papers(digest, in_channel),
        *_rest(digest),
    ]
    if counts := _counts(digest):
        blocks.append(section(counts))
    if digest.sources:
        blocks.append(context(listing(words.SOURCES, [_source(s) for s in digest.sources], _LISTED, words.more)))
    if troubles := _troubles(digest):
        blocks.append(section(listing(words.FAILURES, troubles, _TROUBLES, words.more)))
    if digest.decided:
        blocks.append(context(listing(words.DECIDED, [_decided(one) for one in digest.decided], 600, words.more)))
    listed = {paper.url for paper in digest.found}
    if told := [_notice(one, digest) for one in digest.notices if one.url not in listed]:
        blocks.append(section(listing(words.notices(len(told)), told, _LISTED, words.more)))
    blocks += _folds(digest)
    waits = [(digest.taken_out, taken_out), (digest.returned, returned), (digest.proposals, waiting)]
    blocks += [context(told(count)) for count, told in waits if count]
    if digest.unlisted_year is not None:
        blocks.append(context(f"⚠ {no_holidays(digest.unlisted_year)}"))
    blocks.append(context(_cost(digest)))
    return blocks, _spoken(digest, troubles)


def reminder_message(reminder: Reminder) -> tuple[Blocks, str]:
    """The Block Kit blocks of a reminder that lists papers left undecided for too long or put off until today, and its
    `text`.
    """
    old = [_overdue(card, reminder.zone) for card in reminder.cards if card.until is None]
    due = [_overdue(card, reminder.zone) for card in reminder.cards if card.until is not None]
    groups = [(words.reminder(len(old), reminder.days), old), (words.due(len(due)), due)]
    blocks = [section(listing(heading, items, SECTION, words.more)) for heading, items in groups if items]
    spoken = [heading for heading, items in groups if items]
    spoken += [f"{safe(card.title, 200)}" for card in reminder.cards[:20]]
    return [*blocks, context(words.REMINDER_NEXT)], fit_safe("\n".join(spoken), FALLBACK)


def bare_digest_message(digest: Digest) -> tuple[Blocks, str]:
    """The daily digest without any untrusted text, which is posted if Slack refuses the full message: blocks and
    `text`.
    """
    text = f"{words.digest_title(digest.day)}\n{_findings(digest)}"
    return [section(text)], text


def _papers(digest: Digest, in_channel: int) -> Blocks:
    """The list of the day's papers, a line each. On a long day they are grouped by score: the best have their cards in
    the channel, the others in the thread.
    """
    found = digest.found
    if not found:
        return [section(_verdict(digest))]
    if len(found) <= in_channel:
        limit = max(_SHORTEST, min(_LONGEST, _FOUND // len(found) - _BESIDE))
        lines = [f"{_points(paper)}　{_paper(paper, digest, limit)}" for paper in found]
        if sum(units(line) + 3 for line in lines) < _HALF:
            return [section(listing(_verdict(digest), lines, SECTION, words.more))]
        first, second = lines[: len(lines) // 2], lines[len(lines) // 2 :]
        return [
            section(listing(_verdict(digest), first, _HALF, words.more)),
            section(listing(f"• {second[0]}", second[1:], _HALF, words.more)),
        ]
    blocks = [section(f"{_verdict(digest)}\n{words.threaded(in_channel, len(found) - in_channel)}")]
    scores = list(dict.fromkeys(paper.score for paper in found))
    room = _FOUND // len(scores)
    for score in scores:
        lines = [_paper(paper, digest, _SHORTEST * 2) for paper in found if paper.score == score]
        heading = common.UNSCORED if score is None else words.scored(score, len(lines))
        blocks.append(section(listing(heading, lines, min(room, SECTION), words.more)))
    return blocks


def _rest(digest: Digest) -> Blocks:
    """The menu that rejects all remaining papers of the day, or undoes that."""
    if not digest.links:
        return []
    name, swept = f"{digest.day.isoformat()}/{digest.topic}", digest.swept
    if swept is None:
        rest = menu(REST, words.REST, [option(words.REJECT_REST, f"{name}/{REJECT}")])
        confirm = {
            "title": plain(words.REJECT_REST),
            "text": plain(words.REJECT_REST_ASKED),
            "confirm": plain(common.REJECT),
            "deny": plain(words.BACK),
        }
        return [{"type": "actions", "elements": [{**rest, "confirm": confirm}]}]
    by = f"{safe(person(swept.curator), 60)}{words.SEPARATOR}{common.moment(datetime.fromisoformat(swept.at), digest.zone)}"
    told = section(f"{words.swept(swept.count)}{words.SEPARATOR}{by}")
    undo = menu(REST, common.UNDO, [option(words.UNDO_REST, f"{name}/{UNDO}")])
    return [told, {"type": "actions", "elements": [undo]}]


def _points(paper: Borderline) -> str:
    return "–" if paper.score is None else f"*{paper.score}*"


def _paper(paper: Borderline, digest: Digest, limit: int) -> str:
    """A paper's title, linked to its card, with news about it that is shown nowhere else."""
    news = [notice(one) for one in digest.notices if one.url == paper.url]
    title = _title(paper, limit, digest.links.get(paper.url, ""))
    title = f"{title}　{CITES} {safe(paper.cites, _CITED)}" if paper.cites else title
    return f"{title}　{safe(news[0], 200)}" if news else title


def _title(one: Borderline | Overdue | Notice, limit: int, card: str = "") -> str:
    """A paper's title, linked to its card if the permalink of that is known, else to the paper."""
    return card_link(card, one.url, visible(one.title) or one.url, limit)


def _folds(digest: Digest) -> Blocks:
    """The parts of a digest of less interest: near misses, and papers on which prefilter and score disagree."""
    near = [_title(paper, _SHORTEST * 2) for paper in digest.near_misses]
    apart = [_disagreement(paper) for paper in digest.disagreements]
    folds = [(near, words.borderline), (apart, words.disagreements)]
    return [context(inline(heading(len(items)), items, _FOLD, words.more)) for items, heading in folds if items]


def _disagreement(paper: Borderline) -> str:
    return f"{_title(paper, _SHORTEST * 2)}{words.apart(paper.probability or 0, paper.score or 0)}"


def _decided(one: Decided) -> str:
    return f"{safe(person(one.curator), 60)}　{words.verdicts(one.approved, one.rejected, one.put_off)}"


def _overdue(card: Overdue, zone: str) -> str:
    return f"{_title(card, 160, card.card)}　{words.waits(card.posted, card.score, put_off=card.put_off, until=card.until, zone=zone)}"


def _findings(digest: Digest) -> str:
    return f"{_verdict(digest)}\n{_counts(digest)}".rstrip()


def _counts(digest: Digest) -> str:
    """The counts of the day in one line, and what waits for another day."""
    lines = [words.counts(digest)] if digest.announced or digest.scored else []
    if digest.handed_over:
        lines.append(common.handed_over_count(digest.handed_over))
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
    if not (digest.sources or digest.unread):
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


def _notice(told: Notice, digest: Digest) -> str:
    return f"{_title(told, 160, digest.links.get(told.url, ''))} {safe(notice(told), 300)}"


def _cost(digest: Digest) -> str:
    if digest.recorded_replies:
        return words.RECORDED
    usage = digest.usage
    return words.usage(usage.calls, usage.prompt_tokens, usage.completion_tokens, usage.cost_usd)


def _spoken(digest: Digest, troubles: list[str]) -> str:
    lines = [words.digest_title(digest.day), safe(digest.topic_title, 300), _findings(digest), *troubles]
    return fit_safe("\n".join(lines), FALLBACK)


def standing_lines(digest: Digest) -> list[str]:
    """Lines of escaped mrkdwn on the state of a topic: counts, feeds, failures, and what happens next."""
    lines = [f"*{safe(visible(digest.topic_title) or digest.topic, 200)}*"]
    if not (digest.sources or digest.unread):
        return [*lines, nothing_read(again=digest.has_earlier)]
    if digest.announced or digest.scored:
        lines.append(words.counts(digest))
    lines += [
        f"{'⚠ ' if report.state in BROKEN else ''}{safe(feed_name(report.name), 120)}{words.SEPARATOR}{SOURCE_STATE[report.state]}"
        for report in digest.sources
    ]
    if digest.unread:
        lines.append(f"⚠ {unread_days(digest.unread)}")
    if digest.unscored:
        lines.append(f"⚠ {words.unscored(digest.unscored)}")
    if digest.handed_over:
        lines.append(common.handed_over_count(digest.handed_over))
    if digest.carried_over:
        lines.append(words.carried_over(digest.carried_over))
    lines += [f"⚠ {safe(failures.told(failure), 300)}" for failure in digest.failures]
    return [*lines, words.FAILURE_NEXT] if digest.failures else lines


ALARMS: Final = "alarm"
"""The beginning of the outbox keys of alarms, and so the name of their channel."""

_ALARM_DETAIL = 600


def alarm_message(alarm: Alarm) -> tuple[Blocks, str]:
    """The Block Kit blocks of an alarm to the operator, and its `text` for notifications."""
    detail = safe(redact(alarm.detail), _ALARM_DETAIL)
    told = "\n".join(part for part in (f"*{failures.heading(alarm)}*", failures.alarm_remedy(alarm)) if part)
    blocks: Blocks = [section(told), *([context(detail)] if detail else [])]
    return blocks, fit_safe(f"{told} {detail}".strip(), FALLBACK)
