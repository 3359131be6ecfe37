"""Handlers for the day until which a decision about a paper is put off; a curator is asked for it after あとで (later) has
been recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from slack_bolt import Ack, App

from watcher.adapters.desks.slack.listeners.cards import Body, Listeners, View, curator, ref_of
from watcher.adapters.desks.slack.messages.actions import UNTIL, Pressed
from watcher.adapters.desks.slack.messages.modal import Editing, question_view
from watcher.adapters.desks.slack.messages.text import plain
from watcher.domain.budget import TOKYO
from watcher.domain.curation.card import Card, CardState
from watcher.domain.errors import UsageError
from watcher.words_ja import slack as words

UNTIL_FORM = "until"


def register_days(app: App, listeners: Listeners) -> None:
    """Register the listeners for choosing the day until which a decision is put off: a menu, and a form with a date."""
    days = Days(listeners)
    app.action(UNTIL)(days.choose)
    app.view(UNTIL_FORM)(days.write)


def today() -> date:
    """The present date in Tokyo."""
    return datetime.now(TOKYO).date()


def day_of(option: str, now: date) -> date | None:
    """The day that an option of the menu "put off until" stands for: tomorrow, or next Monday; None for the option that
    asks for a date.
    """
    days = {words.TOMORROW: 1, words.NEXT_WEEK: 7 - now.weekday()}
    return now + timedelta(days=days[option]) if option in days else None


class Days:
    """Handlers for choosing the day until which the decision about a paper is put off."""

    def __init__(self, listeners: Listeners) -> None:
        self._of = listeners

    def choose(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """Handle the menu with days to put a decision off to: record the day before acknowledging; 「日付を選ぶ」 (choose a
        date) opens a form instead.
        """
        said, pressed = self._of.refusal(body), None
        if not said:
            try:
                pressed = Pressed.read(action)
                card = self._of.curation.card(pressed.number)
                day = day_of(pressed.option, today())
                if day is None:
                    ack()
                    self._of.show(body, words.UNTIL_TITLE, lambda: until_view(card, ref_of(body)))
                    return
                said = self._record(card, day, body)
            except UsageError:
                said = words.NO_SUCH_CARD
        ack()
        if said:
            self._of.whisper(body, said)
        if pressed is not None:
            self._of.refresh(pressed.number, ref_of(body))

    def write(self, ack: Ack, body: Body, view: Mapping[str, Any]) -> None:
        """Handle the submitted form with the day to put a decision off to: record the date, or keep the form open with
        an error.
        """
        try:
            editing = Editing.read(view.get("private_metadata", ""))
            card = self._of.curation.card(editing.number)
            day = date.fromisoformat(str(view["state"]["values"][UNTIL][UNTIL].get("selected_date") or ""))
        except (UsageError, ValueError):
            ack(response_action="errors", errors={UNTIL: words.UNTIL_PAST})
            return
        objection = self._of.refusal(body) or (words.UNTIL_PAST if day <= today() else self._record(card, day, body))
        if objection:
            ack(response_action="errors", errors={UNTIL: objection})
            return
        ack()
        self._of.refresh(editing.number, editing.ref)

    def _record(self, card: Card, day: date, body: Body) -> str:
        """Record the day; return the error message if that is not possible, else ""."""
        if card.state is not CardState.LATER:
            return words.UNTIL_GONE
        self._of.curation.put_off(card.candidate.number, day, curator(body), self._of.desk.name)
        return ""


def until_view(card: Card, ref: str) -> View:
    """The modal form in which a curator chooses the date to which the decision about a paper is put off."""
    first = card.until or day_of(words.NEXT_WEEK, today()) or today()
    question = {
        "block_id": UNTIL,
        "label": plain(words.UNTIL_LABEL),
        "element": {"type": "datepicker", "action_id": UNTIL, "initial_date": first.isoformat()},
    }
    return question_view(card, ref, UNTIL_FORM, words.UNTIL_TITLE, words.UNTIL_SAVE, question)
