"""Builds and posts a topic's messages: every day the digest, a message for each new paper (its card), and the reminder of
papers that wait too long for a decision; every week the audit sample (a few papers that screening rejected, to be
checked by people) and the weekly report; also suggested changes of the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from watcher.domain.budget import TOKYO, Cap
from watcher.domain.catalog.proposals import ProposalCard
from watcher.domain.curation.card import Digest, Reminder, digest_key
from watcher.domain.curation.recall import AT_ONCE, AuditCard, AuditSheet, draw, sheets
from watcher.domain.curation.weekly import SourceTrouble, Week
from watcher.domain.errors import BadReply, CapReached, CatalogError, ModelError
from watcher.domain.facts import Notice, RowChange, lost_rows
from watcher.domain.papers.feeds import FeedReport, as_told, unlisted_year
from watcher.domain.papers.topic import Topic
from watcher.logs import get_logger, staged
from watcher.pipeline.dependencies import Dependencies
from watcher.pipeline.run import Run
from watcher.pipeline.summarizing import audit_lines
from watcher.ports import Failure, Store
from watcher.stages.post import post as post_card
from watcher.stages.post import post_digest, send_once, update

Redraw = tuple[int, str, Callable[[], object]]
"""A message to be updated: the candidate or proposal number, the message's ref, and the function that does it."""
Feed = TypeVar("Feed", FeedReport, SourceTrouble)
_UNKNOWN_ANSWERS = -1  # how many answers a card shows that was found at its desk
_PROPOSALS_AT_ONCE = 10  # rows: a channel must stay readable; the page shows all of them
_log = get_logger(__name__)


def post(run: Run, topic: Topic) -> None:
    """The stage "post" for one topic: post the day's digest, then a card for every paper with a summary, then the
    reminder. A run limited to some candidates posts only their cards.
    """
    whole = run.scope.only is None
    run.deps.checkpoint()
    if whole:
        _link_earlier(run, topic)
        _post_digest(run, topic)
    _post_cards(run, topic)
    if whole:
        _post_digest(run, topic)  # with links to the cards that stand now
    if whole and run.deps.options.remind_after_days:
        _remind(run, topic)
    run.deps.checkpoint()


def _post_digest(run: Run, topic: Topic) -> None:
    """Post today's digest, or update the message if its content changed."""
    digest = build_digest(topic, run.deps, run.clock(), run.cap, run.warnings)
    today = run.store.reports.last_digest(topic.slug)
    if today is None or today[0] != digest:
        skip = run.deps.options.quiet == "skip"
        with run.attempting("post", topic):
            post_digest(digest, run.deps.desk, run.store, now=run.clock(), skip_quiet=skip)


def _link_earlier(run: Run, topic: Topic) -> None:
    """Update the digest of the day before: add links to cards that were posted after it because a run was interrupted,
    and say if its remaining papers were rejected together.
    """
    desk, store = run.deps.desk, run.store
    earlier = store.reports.last_digest(topic.slug, before=run.clock().astimezone(TOKYO).date())
    ref = store.outbox.sent(f"{earlier[0].key}/{desk.name}") if earlier else None
    if earlier is None or not ref:
        return
    digest, at = earlier
    linked = with_cards(digest, run.deps)
    if linked.links.keys() - digest.links.keys() or linked.swept != digest.swept:
        with run.attempting("post", topic):
            desk.update(ref, lambda: linked)
            store.reports.put_digest(linked, ref, at)


def _post_cards(run: Run, topic: Topic) -> None:
    """Post the waiting cards in the channel; beyond the day's limit, in the thread of the digest."""
    desk, store, room = run.deps.desk, run.store, run.deps.options.cards_in_channel
    day = run.clock().astimezone(TOKYO)
    before = store.cards.count_posted(topic.slug, desk.name, day.replace(hour=0, minute=0, second=0, microsecond=0))
    waiting = [n for n in store.cards.to_post(topic.slug, desk.name) if run.scope.includes(n)]
    for trouble in run.deps.enrich(list(map(store.cards.get, waiting)), run.run_id, run.clock()):
        _log.warning("cards go without figures", error=trouble)
    for number, attempt in run.attempts("post", waiting, lambda number, error: Failure("post", number, str(error))):
        with attempt:
            beyond = before + waiting.index(number) >= room
            below = store.outbox.sent(f"{digest_key(topic.slug, day.date())}/{desk.name}") if beyond else None
            post_card(number, desk, store, run=run.run_id, now=run.clock(), below=below or "")
            run.count(posted=1)
            run.progress("post", "posted", len(waiting))


def _remind(run: Run, topic: Topic) -> None:
    """Post the reminder of papers that have waited for a curator's verdict longer than the configured number of days,
    once a day.
    """
    desk, days, now = run.deps.desk, run.deps.options.remind_after_days, run.clock()
    today = now.astimezone(TOKYO).date()
    overdue = run.store.cards.overdue(topic.slug, desk.name, now - timedelta(days=days), today)
    links = card_links(run.deps, [card.number for card in overdue]) if overdue else {}
    cards = tuple(replace(card, card=links.get(card.number, "")) for card in overdue)
    reminder = Reminder(today, topic.slug, days, cards, topic.timezone)
    if cards:
        with run.attempting("post", topic):
            send_once(f"{reminder.key}/{desk.name}", reminder, desk, run.store, now)


def build_digest(topic: Topic, deps: Dependencies, now: datetime, cap: Cap | None, warnings: Sequence[str]) -> Digest:
    """Build the digest of what happened in a topic since its digest of an earlier day. `cap` is the daily spending cap
    that stopped today's run, if one did; `warnings` are about the configured models.
    """
    # It covers everything since the digest before, so that no night between two digests goes unreported.
    store, day = deps.store, now.astimezone(TOKYO).date()
    earlier = store.reports.last_digest(topic.slug, before=day)
    digest = store.reports.digest(topic, day, earlier[1] if earlier else None, deps.scorer.recorded)
    missing = store.catalog.missing([topic.slug])
    lost = [f"rows: {told}" for told in lost_rows(missing)]
    unpushed = [
        f"push: {failure.error}" for failure in store.catalog.push_failures(deps.options.pushed_as.get(topic.slug))
    ]
    unread = deps.unread_days(now) if topic.categories & deps.options.arxiv else ()
    digest = replace(
        digest,
        unread=unread,
        has_earlier=earlier is not None,
        zone=topic.timezone,
        proposals=store.proposals.count_open() if deps.document_of(topic.slug) is deps.document else 0,
        sources=as_told(for_topic(digest.sources, topic, deps), unread),
        notices=_known_to(digest.notices, topic, deps),
        cap=cap,
        failures=tuple(dict.fromkeys((*warnings, *lost, *digest.failures, *unpushed))),
        taken_out=sum(row.change is RowChange.TAKEN_OUT for row in missing),
        returned=len(store.catalog.returned([topic.slug])),
    )
    if earlier is None or earlier[0].day.year != day.year:
        digest = replace(digest, unlisted_year=unlisted_year(day, deps.options.holidays))
    return with_cards(replace(digest, brief=deps.options.quiet == "brief" and digest.quiet), deps)


def with_cards(digest: Digest, deps: Dependencies) -> Digest:
    """A copy of the digest, with links to the messages that show its papers, and whether its remaining papers were
    rejected together.
    """
    numbers = {paper.url: paper.number for paper in digest.found}
    for notice in digest.notices:
        numbers.setdefault(notice.url, deps.store.papers.number_of(notice.paper, digest.topic) or 0)
    if not any(numbers.values()):
        return digest
    links, swept = card_links(deps, numbers.values()), deps.store.cards.swept([paper.number for paper in digest.found])
    return replace(
        digest, swept=swept, links={url: links[number] for url, number in numbers.items() if number in links}
    )


def card_links(deps: Dependencies, numbers: Collection[int] | None = None) -> Mapping[int, str]:
    """The URLs of the messages that show papers to curators (these candidates, or all), by candidate number; papers
    without a URL are left out.
    """
    desk, places = deps.desk, deps.store.cards.places(deps.desk.name)
    wanted = places.keys() if numbers is None else places.keys() & set(numbers)
    links = {number: desk.link(*places[number]) for number in wanted}
    return {number: url for number, url in links.items() if url}


def _known_to(notices: Sequence[Notice], topic: Topic, deps: Dependencies) -> tuple[Notice, ...]:
    """Those of the notices that are about papers with a card of this topic or in its catalog."""
    if not notices:
        return ()
    known = deps.store.papers.with_card(topic.slug)
    with suppress(CatalogError):  # which is told of by whoever writes there
        known |= deps.document_of(topic.slug).ids()
    return tuple(notice for notice in notices if notice.paper in known)


def for_topic(feeds: Sequence[Feed], topic: Topic, deps: Dependencies) -> tuple[Feed, ...]:
    """The reports on feeds that concern a topic. Since one feed is read for all topics, each is renamed to the
    categories in it that this topic watches; a feed given as a URL or file keeps its name.
    """
    named = [(feed, _name_for(feed.name, topic, deps)) for feed in feeds]
    return tuple(replace(feed, name=name, error=feed.error.replace(feed.name, name)) for feed, name in named if name)


def _name_for(feed: str, topic: Topic, deps: Dependencies) -> str:
    """The name of a feed for a topic: those of its categories that the topic watches; "" if none."""
    if url := next((each.feeds[feed] for each in deps.options.topics if feed in each.feeds), ""):
        return next((name for name, address in topic.feeds.items() if address == url), "")
    categories = feed.split("+")
    if not frozenset[str]().union(*(each.categories for each in deps.options.topics)).issuperset(categories):
        return feed
    return "+".join(category for category in categories if category in topic.categories)


def close_week(run: Run, topic: Topic) -> None:
    """Do what is due in a topic for the last complete week: draw and post its audit sample (rejected papers to be
    checked by people), and post its report. Repeating it draws and posts nothing twice.
    """
    week = Week.of(run.started).earlier()
    with staged("weekly", run.run_id, topic.slug):
        papers = run.store.audits.screened_out(topic.slug, week.begins, week.ends)  # these facts no longer change
        drawn = draw(papers, topic.slug, str(week), run.deps.options.audits_per_week)
        run.store.audits.add_samples(topic.slug, drawn, run.run_id, run.started)
        _show_report(run, topic, week)
        _show_audits(run, topic)


def translate_titles(run: Run, topic: Topic, numbers: AbstractSet[int]) -> None:
    """Have the model translate the titles of these audited papers into Japanese, once each. If it gives no answer, the
    original titles are shown.
    """
    deps, audits, style = run.deps, run.store.audits, run.deps.options.styles[topic.slug]
    found = [c for c in audits.cards(topic.slug) if c.candidate.number in numbers and c.line_ja is None]
    for start in range(0, len(found) if style.language == "Japanese" else 0, AT_ONCE):
        candidates = [card.candidate for card in found[start : start + AT_ONCE]]
        try:
            lines = audit_lines(candidates, deps.summarizer, style)
        except (BadReply, CapReached, ModelError) as error:
            _log.warning("titles of the audit sample stay without a line in Japanese", error=error)
            return
        audits.add_lines(lines, run.run_id, run.clock())


def _show_audits(run: Run, topic: Topic) -> None:
    """Post sampled papers that are in no message at this desk yet, one message for each week's sample."""
    desk, audits = run.deps.desk, run.store.audits
    waiting = set(audits.to_audit(topic.slug, desk.name))
    translate_titles(run, topic, waiting)
    found = sheets(audits.cards(topic.slug)) if waiting else []
    for sheet, attempt in run.attempts("audit", [s for s in found if not waiting.isdisjoint(_numbers(s))]):
        with attempt:
            ref, new = send_once(f"audit/{desk.name}/{sheet.key}", sheet, desk, run.store, run.started)
            for card in sheet.cards:
                audits.mark_shown(card.candidate.number, desk.name, ref, card.answers if new else _UNKNOWN_ANSWERS)


def _numbers(sheet: AuditSheet) -> list[int]:
    return [card.candidate.number for card in sheet.cards]


def sheet_of(card: AuditCard, store: Store) -> AuditSheet:
    """Build, in its present state, the audit message that contains a given audited paper."""
    found = sheets(store.audits.cards(card.candidate.topic, [card.sample.week]))
    return next(sheet for sheet in found if card.candidate.number in _numbers(sheet))


def _show_report(run: Run, topic: Topic, week: Week) -> None:
    desk, found = run.deps.desk, run.store.reports.weekly(topic, week)
    report = replace(found, troubles=for_topic(found.troubles, topic, run.deps))
    if not report.empty:
        with run.attempting("report"):
            send_once(f"{report.key}/{desk.name}", report, desk, run.store, run.started)


def stale_audits(deps: Dependencies, topic: str) -> Iterator[Redraw]:
    """A topic's audit messages that have to be updated, because their papers were answered about elsewhere."""
    desk, audits = deps.desk, deps.store.audits

    def redraw(number: int, ref: str) -> None:
        sheet = update(ref, lambda: sheet_of(audits.card(number), deps.store), desk)
        for card in sheet.cards:
            audits.mark_shown(card.candidate.number, desk.name, ref, card.answers)

    stale = {ref: number for number, ref in audits.stale(desk.name, topic)}
    for ref, number in stale.items():
        yield number, ref, partial(redraw, number, ref)


def show_proposals(run: Run) -> None:
    """Post suggested changes of the catalog that have not been posted to curators yet, one message per catalog row, at
    most _PROPOSALS_AT_ONCE of them at a time.
    """
    desk, store, now = run.deps.desk, run.store, run.clock()
    for number, attempt in run.attempts("post", store.proposals.to_show(desk.name)[:_PROPOSALS_AT_ONCE]):
        with attempt:
            card = _card(number, store)
            ref, new = send_once(f"proposals/{desk.name}/{number}", card, desk, store, now)
            store.proposals.mark_shown(number, desk.name, ref, card.etag if new else "", now)


def stale_proposals(deps: Dependencies) -> Iterator[Redraw]:
    """The messages with suggested changes of the catalog that have to be updated, because of decisions made elsewhere
    or of what came of them.
    """
    desk, store = deps.desk, deps.store

    def redraw(number: int, ref: str) -> None:
        card = update(ref, partial(_card, number, store), desk)
        store.proposals.mark_shown(number, desk.name, ref, card.etag, deps.clock())

    for number, ref in store.proposals.stale(desk.name):
        yield number, ref, partial(redraw, number, ref)


def _card(number: int, store: Store) -> ProposalCard:
    return ProposalCard(number, tuple(store.proposals.card(number)))
