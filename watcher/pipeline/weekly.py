"""Posts the weekly messages: the audit sample (a few papers that screening rejected, to be checked by people) and the
weekly report; also suggested changes of the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import partial

from watcher.domain.catalog.proposals import ProposalCard
from watcher.domain.curation.audit import AT_ONCE, AuditCard, AuditSheet, draw, sheets
from watcher.domain.curation.weekly import Week, WeeklyReport
from watcher.domain.errors import BadReply, CapReached, ModelError
from watcher.domain.papers.topic import Topic
from watcher.logs import get_logger, staged
from watcher.pipeline.audit_lines import audit_lines
from watcher.pipeline.dependencies import Dependencies
from watcher.pipeline.digest import for_topic
from watcher.pipeline.run import Run, unrecorded
from watcher.ports import Store
from watcher.stages.post import send_once, update

Redraw = tuple[int, str, Callable[[int, str], None]]
"""A message to be updated: the candidate or proposal number, the message's ref, and the function that does it."""

_log = get_logger(__name__)
_UNKNOWN = -1  # how many answers a card shows that was found at its desk


@staged("weekly")
def close_week(run: Run, topic: Topic) -> None:
    """Do what is due in a topic for the last complete week: draw and post its audit sample (rejected papers to be
    checked by people), and post its report. Repeating it draws and posts nothing twice.
    """
    week = Week.of(run.started).earlier()
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

    def show(sheet: AuditSheet) -> None:
        ref, new = send_once(f"audit/{desk.name}/{sheet.key}", sheet, desk, run.store, run.started)
        for card in sheet.cards:
            audits.mark_shown(card.candidate.number, desk.name, ref, card.answers if new else _UNKNOWN)

    found = sheets(audits.cards(topic.slug)) if waiting else []
    run.each("audit", [sheet for sheet in found if not waiting.isdisjoint(_numbers(sheet))], show, unrecorded)


def _numbers(sheet: AuditSheet) -> list[int]:
    return [card.candidate.number for card in sheet.cards]


def sheet_of(card: AuditCard, store: Store) -> AuditSheet:
    """Build, in its present state, the audit message that contains a given audited paper."""
    found = sheets(store.audits.cards(card.candidate.topic, [card.sample.week]))
    return next(sheet for sheet in found if card.candidate.number in _numbers(sheet))


def _show_report(run: Run, topic: Topic, week: Week) -> None:
    desk, found = run.deps.desk, run.store.reports.gather(topic, week)
    found = replace(found, troubles=for_topic(found.troubles, topic, run.deps))

    def show(report: WeeklyReport) -> None:
        send_once(f"{report.key}/{desk.name}", report, desk, run.store, run.started)

    run.each("report", [] if found.empty else [found], show, unrecorded)


def stale_audits(deps: Dependencies, topic: str) -> Iterator[Redraw]:
    """A topic's audit messages that have to be updated, because their papers were answered about elsewhere."""
    desk, audits = deps.desk, deps.store.audits

    def redraw(number: int, ref: str) -> None:
        sheet = update(ref, lambda: sheet_of(audits.card(number), deps.store), desk)
        for card in sheet.cards:
            audits.mark_shown(card.candidate.number, desk.name, ref, card.answers)

    stale = {ref: number for number, ref in audits.stale(desk.name, topic)}
    for ref, number in stale.items():
        yield number, ref, redraw


_AT_ONCE = 10  # rows: a channel must stay readable; the page shows all of them


def show_proposals(run: Run) -> None:
    """Post suggested changes of the catalog that have not been posted to curators yet, one message per catalog row, at
    most _AT_ONCE of them at a time.
    """
    desk, store, now = run.deps.desk, run.store, run.clock()

    def show(number: int) -> None:
        card = _card(number, store)
        key = f"proposals/{desk.name}/{number}"
        ref, new = send_once(key, card, desk, store, now)
        store.proposals.mark_shown(number, desk.name, ref, card.etag if new else "", now)

    run.each("post", store.proposals.to_show(desk.name)[:_AT_ONCE], show, unrecorded)


def stale_proposals(deps: Dependencies) -> Iterator[Redraw]:
    """The messages with suggested changes of the catalog that have to be updated, because of decisions made elsewhere
    or of what came of them.
    """
    desk, store = deps.desk, deps.store

    def redraw(number: int, ref: str) -> None:
        card = update(ref, partial(_card, number, store), desk)
        store.proposals.mark_shown(number, desk.name, ref, card.etag, deps.clock())

    for number, ref in store.proposals.stale(desk.name):
        yield number, ref, redraw


def _card(number: int, store: Store) -> ProposalCard:
    return ProposalCard(number, tuple(store.proposals.card(number)))
