"""The week's account: a random few of what was screened out go to curators, and the week's report is posted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from watcher.domain.catalog.proposals import ProposalCard
from watcher.domain.curation.audit import draw
from watcher.domain.curation.weekly import Week, WeeklyReport
from watcher.domain.errors import WatcherError
from watcher.domain.papers.topic import Topic
from watcher.pipeline.dependencies import Dependencies
from watcher.pipeline.digest import read_here
from watcher.ports import Store
from watcher.stages.post import send_once, update

_UNKNOWN = -1  # how many answers a card shows that was found at its desk


class Weekly:
    """What is due once a week. All of it may be done again at will: nothing is drawn or posted twice."""

    def __init__(self, deps: Dependencies, run_id: str, now: datetime) -> None:
        self._deps = deps
        self._run_id = run_id
        self._now = now
        self._week = Week.of(now).earlier()

    def draw(self, topic: Topic) -> None:
        """Draw from what was screened out in the week that is over; its facts no longer change."""
        store, week = self._deps.store, self._week
        papers = store.audits.screened_out(topic.slug, week.begins, week.ends)
        drawn = draw(papers, topic.slug, str(week), self._deps.options.audits_per_week)
        store.audits.add_samples(topic.slug, drawn, self._run_id, self._now)

    def show_audits(self, topic: Topic) -> list[str]:
        """Show what was drawn and stands at no desk yet. Gives the failures."""
        desk = self._deps.desk

        def show(number: int) -> None:
            card = self._deps.store.audits.card(number)
            key = f"audit/{desk.name}/{card.candidate.key}"
            ref, new = send_once(key, card, desk, self._deps.store, self._now)
            self._deps.store.audits.mark_shown(number, desk.name, ref, card.answers if new else _UNKNOWN)

        waiting = self._deps.store.audits.to_audit(topic.slug, desk.name)
        return [f"audit: {error}" for _, error in self._deps.engine.each(waiting, show)]

    def show_report(self, topic: Topic) -> list[str]:
        """Show the report of the week that is over. Gives the failures."""
        desk, store = self._deps.desk, self._deps.store

        def show(report: WeeklyReport) -> None:
            send_once(f"{report.key}/{desk.name}", report, desk, store, self._now)

        found = store.reports.gather(topic, self._week)
        found = replace(found, troubles=read_here(found.troubles, topic, self._deps))
        units = [report for report in [found] if not report.empty]
        return [f"report: {error}" for _, error in self._deps.engine.each(units, show)]


def refresh_audits(deps: Dependencies, topic: str) -> list[WatcherError]:
    """Make a topic's audit cards show answers that came elsewhere. Gives what failed."""
    desk, store = deps.desk, deps.store

    def show(unit: tuple[int, str]) -> None:
        number, ref = unit
        card = update(ref, partial(store.audits.card, number), desk)
        store.audits.mark_shown(number, desk.name, ref, card.answers)

    return [error for _, error in deps.engine.each(store.audits.stale(desk.name, topic), show)]


_AT_ONCE = 10  # rows: a channel must stay readable; the page shows all of them


def show_proposals(deps: Dependencies, now: datetime) -> list[str]:
    """Show rows whose proposals wait and stand at no desk yet, some at a time. Gives the failures."""
    desk, store = deps.desk, deps.store

    def show(number: int) -> None:
        card = _card(number, store)
        key = f"proposals/{desk.name}/{number}"
        ref, new = send_once(key, card, desk, store, now)
        store.proposals.mark_shown(number, desk.name, ref, card.etag if new else "", now)

    waiting = store.proposals.to_show(desk.name)[:_AT_ONCE]
    return [f"post: {error}" for _, error in deps.engine.each(waiting, show)]


def refresh_proposals(deps: Dependencies) -> list[WatcherError]:
    """Make the cards at the desk show what was decided elsewhere and what came of it. Gives what failed."""
    desk, store = deps.desk, deps.store

    def show(unit: tuple[int, str]) -> None:
        number, ref = unit
        card = update(ref, partial(_card, number, store), desk)
        store.proposals.mark_shown(number, desk.name, ref, card.etag, deps.clock())

    return [error for _, error in deps.engine.each(store.proposals.stale(desk.name), show)]


def _card(number: int, store: Store) -> ProposalCard:
    return ProposalCard(number, tuple(store.proposals.card(number)))
