"""Handlers of the menus on a card (the message about one paper): the reason of a rejection, the day until which a
decision is put off, and windows with evidence, similar papers and papers by the same authors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from slack_bolt import Ack

from watcher.adapters.desks.slack.listeners.cards import Body, Listeners, Outcome, curator, ref_of
from watcher.adapters.desks.slack.messages.card import REASON, UNTIL, Pressed
from watcher.adapters.desks.slack.messages.modal import (
    View,
    evidence_blocks,
    look_view,
    reason_view,
    related_blocks,
    until_view,
)
from watcher.adapters.desks.slack.messages.text import Blocks, safe, section
from watcher.domain.budget import TOKYO
from watcher.domain.curation.card import Card, CardState
from watcher.domain.errors import UsageError, WatcherError
from watcher.domain.facts import Verdict
from watcher.words_ja import common
from watcher.words_ja import slack as words


def today() -> date:
    """The present date in Tokyo."""
    return datetime.now(TOKYO).date()


def day_of(option: str, now: date) -> date | None:
    """The day that an option of the menu "put off until" stands for: tomorrow, or next Monday; None for the option that
    asks for a date.
    """
    days = {words.TOMORROW: 1, words.NEXT_WEEK: 7 - now.weekday()}
    return now + timedelta(days=days[option]) if option in days else None


class Menus:
    """Handlers of the menus on the message about a paper, and of the forms that they open. Reason and day are asked for
    after the decision: before it they would cost every decision a second click.
    """

    def __init__(self, listeners: Listeners) -> None:
        self._of = listeners

    def choose_reason(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """Handle the menu of rejection reasons: record the chosen one; 「その他」 (other) opens a form instead."""

        def record() -> Outcome:
            pressed, ref = Pressed.read(action), ref_of(body)
            card = self._of.curation.card(pressed.number)
            if pressed.option == words.OTHER:
                return "", lambda: self._of.show(body, words.REASON_TITLE, lambda: reason_view(card, ref))
            said = self._record_reason(card, words.REASONS.get(pressed.option, ""), body)
            return said, partial(self._of.refresh, pressed.number, ref)

        self._of.act(ack, body, record)

    def write_reason(self, ack: Ack, body: Body, view: Mapping[str, Any]) -> None:
        """Handle the submitted form for a rejection reason: record the written reason, or keep the form open with an
        error.
        """

        def record(card: Card, typed: Mapping[str, Any]) -> str:
            return self._record_reason(card, " ".join(str(typed.get("value") or "").split()), body)

        self._of.submit(ack, body, view, REASON, record)

    def _record_reason(self, card: Card, reason: str, body: Body) -> str:
        """Record the reason; return the error message if that is not possible, else ""."""
        if card.state is not CardState.REJECTED:
            return words.REASON_GONE
        after = self._of.curation.decide(
            card.candidate.number, Verdict.REJECT, curator(body), self._of.desk.name, reason
        )
        told = after.decision is not None and after.decision.reason == reason
        return "" if told else words.REASON_NOT_YOURS

    def choose_day(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """Handle the menu with days to put a decision off to: record the day; 「日付を選ぶ」 (choose a date) opens a form
        instead.
        """

        def record() -> Outcome:
            pressed, ref, now = Pressed.read(action), ref_of(body), today()
            card = self._of.curation.card(pressed.number)
            day = day_of(pressed.option, now)
            if day is None:
                first = card.until or day_of(words.NEXT_WEEK, now) or now
                return "", lambda: self._of.show(body, common.LATER, lambda: until_view(card, ref, first))
            return self._record_day(card, day, body), partial(self._of.refresh, pressed.number, ref)

        self._of.act(ack, body, record)

    def write_day(self, ack: Ack, body: Body, view: Mapping[str, Any]) -> None:
        """Handle the submitted form with the day to put a decision off to: record the date, or keep the form open with
        an error.
        """

        def record(card: Card, chosen: Mapping[str, Any]) -> str:
            day = date.fromisoformat(str(chosen.get("selected_date") or ""))
            return words.UNTIL_PAST if day <= today() else self._record_day(card, day, body)

        self._of.submit(ack, body, view, UNTIL, record, words.UNTIL_PAST)

    def _record_day(self, card: Card, day: date, body: Body) -> str:
        """Record the day; return the error message if that is not possible, else ""."""
        if card.state is not CardState.LATER:
            return words.UNTIL_GONE
        self._of.curation.put_off(card.candidate.number, day, curator(body), self._of.desk.name)
        return ""

    def look(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """Handle the choice of an option in the menu of a paper: evidence, similar papers, the same authors' papers, or
        another summary. Everyone in the channel may read the details; only curators may request another summary, which
        costs money.
        """
        try:
            pressed = Pressed.read(action)
        except UsageError:
            ack()
            self._of.whisper(body, words.NO_SUCH_CARD)
            return
        number, option = pressed.number, pressed.option
        if option == words.REWRITE:
            self._of.act(ack, body, lambda: self._rewrite(body, number))
            return
        ack()
        views = {words.EVIDENCE: self._evidence, words.SIMILAR: self._similar, words.AUTHORS: self._by_authors}
        if option in views:
            self._of.show(body, words.LOOKS[option], lambda: _filled(option, views[option], number))

    def _rewrite(self, body: Body, number: int) -> Outcome:
        """Request another summary; the pipeline carries it out later."""
        try:
            asked = self._of.curation.rewrite(number, curator(body), self._of.desk.name)
        except UsageError:
            said = words.REWRITE_DECIDED
        else:
            said = words.REWRITE_ASKED if asked else words.REWRITE_WAITS
        return said, partial(self._of.refresh, number, ref_of(body))

    def _evidence(self, number: int) -> Blocks:
        return evidence_blocks(self._of.curation.card(number))

    def _similar(self, number: int) -> Blocks:
        found = self._of.curation.similar(number)
        return related_blocks(found, words.SIMILAR_NOTE, words.NO_SIMILAR)

    def _by_authors(self, number: int) -> Blocks:
        authors = self._of.curation.card(number).candidate.paper.authors
        found = self._of.curation.by_authors(number)
        note = f"{safe(', '.join(authors), 1500)}\n{words.AUTHORS_NOTE}".strip()
        return related_blocks(found, note, words.NO_AUTHORS)


def _filled(option: str, blocks: Callable[[int], Blocks], number: int) -> View:
    """The modal window with its content, or with the reason why there is none."""
    try:
        return look_view(option, blocks(number))
    except UsageError:
        return look_view(option, [section(words.NO_SUCH_CARD)])
    except WatcherError:
        return look_view(option, [section(words.UNREADABLE)])
