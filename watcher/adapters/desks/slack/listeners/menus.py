"""Handlers of the menus on a card (the message about one paper): the reason of a rejection, the day until which a
decision is put off, and windows with evidence, similar papers and papers by the same authors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from slack_bolt import Ack, App

from watcher.adapters.desks.slack.listeners.cards import Body, Listeners, View, curator, ref_of
from watcher.adapters.desks.slack.messages.card import UNTIL, Pressed
from watcher.adapters.desks.slack.messages.modal import Editing, question_view
from watcher.adapters.desks.slack.messages.text import SECTION, Blocks, context, link, plain, safe, section
from watcher.domain.budget import TOKYO
from watcher.domain.curation.card import Card, CardState
from watcher.domain.curation.related import Related
from watcher.domain.errors import UsageError, WatcherError
from watcher.domain.text import visible
from watcher.words_ja import common
from watcher.words_ja import slack as words
from watcher.words_ja.slack import AUTHORS, EVIDENCE, LOOKS, REWRITE, SIMILAR

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
                    self._of.show(body, common.LATER, lambda: until_view(card, ref_of(body)))
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
    return question_view(card, ref, UNTIL_FORM, common.LATER, words.UNTIL_SAVE, question)


class Looker:
    """Handler of the menu on the message about a paper. Everyone in the channel may read the details; only curators may
    request another summary, which costs money.
    """

    def __init__(self, listeners: Listeners) -> None:
        self._of = listeners

    def look(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """Handle the choice of an option in the menu of a paper: evidence, similar papers, the same authors' papers, or
        another summary.
        """
        try:
            pressed = Pressed.read(action)
        except UsageError:
            ack()
            self._of.whisper(body, words.NO_SUCH_CARD)
            return
        if pressed.option == REWRITE:
            self._rewrite(ack, body, pressed.number)
            return
        ack()
        views = {EVIDENCE: self._evidence, SIMILAR: self._similar, AUTHORS: self._by_authors}
        if pressed.option in views:
            self._of.show(
                body, LOOKS[pressed.option], lambda: _filled(pressed.option, views[pressed.option], pressed.number)
            )

    def _rewrite(self, ack: Ack, body: Body, number: int) -> None:
        """Request another summary: recorded before Slack is acknowledged, carried out by the pipeline later."""
        said = self._of.refusal(body)
        if not said:
            try:
                asked = self._of.curation.rewrite(number, curator(body), self._of.desk.name)
                said = words.REWRITE_ASKED if asked else words.REWRITE_WAITS
            except UsageError:
                said = words.REWRITE_DECIDED
        ack()
        self._of.whisper(body, said)
        self._of.refresh(number, ref_of(body))

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


def look_view(option: str, blocks: Blocks) -> View:
    """Build a read-only modal window with the given blocks, titled after the menu option that opens it."""
    return {"type": "modal", "title": plain(LOOKS[option]), "close": plain(common.CLOSE), "blocks": blocks}


def evidence_blocks(card: Card) -> Blocks:
    """Block Kit blocks with each sentence of a paper's summary and the quotes that support it, then the abstract, the
    keywords found, and the prefilter's probability.
    """
    paper = card.candidate.paper
    blocks = [section(f"*{link(paper.url, visible(card.cells.title) or str(paper.id), 400)}*")]
    for one in card.sentence_evidence[:20]:
        blocks.append(section(safe(one.sentence, 1500) or words.NO_SUMMARY))
        blocks += [context(f"{words.QUOTE}：“{safe(quote, 1500)}”") for quote in one.passages[:5]]
    if not card.evidence:
        blocks.append(context(words.NO_QUOTES))
    blocks += [{"type": "divider"}, context(common.ABSTRACT)]
    if abstract := safe(paper.abstract, SECTION):
        blocks.append(section(abstract))
    return [*blocks, *_screening(card)]


def _screening(card: Card) -> Blocks:
    found = card.screening
    if found is None:
        return []
    keywords = f"{words.KEYWORDS}：{safe('、'.join(found.keywords), 500)}" if found.keywords else ""
    chance = words.probability(found.probability) if found.probability is not None else ""
    told = words.SEPARATOR.join(part for part in (keywords, chance) if part)
    return [context(told)] if told else []


def related_blocks(found: Sequence[Related], note: str, none: str) -> Blocks:
    """Block Kit blocks that list papers related to another, one section each. `note` stands above the list; `none` is
    shown instead if it is empty.
    """
    if not found:
        return [section(none), context(note)]
    blocks = [context(note)]
    for one in found:
        title = visible(one.title) or one.url or "—"
        shown = link(one.url, title, 400) if one.url else safe(title, 400)
        authors = ", ".join(one.authors[:3]) + (words.others(len(one.authors) - 3) if len(one.authors) > 3 else "")
        blocks.append(section(f"*{shown}*\n{words.near(one)}"))
        if shown_authors := safe(authors, 300):
            blocks.append(context(shown_authors))
    return blocks
