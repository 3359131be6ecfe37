"""Renders the Home tab of the Slack app: the day's state, the undecided papers with buttons, and the reader's
preferences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from watcher.adapters.desks.slack.messages.card import APPROVE, LATER, REJECT, Pressed, label_of, title_link
from watcher.adapters.desks.slack.messages.digest import standing_lines
from watcher.adapters.desks.slack.messages.text import (
    SECTION,
    Blocks,
    button,
    context,
    fit_safe,
    header,
    option,
    plain,
    safe,
    section,
)
from watcher.domain.curation.card import ROW_QUESTIONS, Card, CardState, Digest
from watcher.domain.text import clipped, visible
from watcher.words_ja import common
from watcher.words_ja import slack as words
from watcher.words_ja.common import missing

PAGE = 10  # three blocks a card: a page stays far below the 100 blocks and 250 kB of a view
TURN, SETTINGS, OPEN = "home_page", "home_settings", "home_open"
ACTIONS = {f"home_{action}": action for action in (APPROVE, REJECT, LATER)}
STRONG, PUT_OFF, MINE = "strong", "put_off", "mine"

CHOICES = {STRONG: words.HOME_STRONG, PUT_OFF: words.HOME_LATER, MINE: words.HOME_MINE}
_SUMMARY = 140
_TOPICS = 10


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of a Home tab: the Slack user id, and the chosen filters for the list of papers (names from
    CHOICES).
    """

    id: str
    choices: frozenset[str] = frozenset()


def queue(cards: Sequence[Card], reader: Reader, today: date = date.min) -> list[Card]:
    """Filter cards (papers for curators) for a Home tab by its reader's preferences, keeping the order. Cards put off
    until `today` or an earlier day are included.
    """
    return [card for card in cards if _is_wanted(card, reader, today)]


def home_view(
    digests: Sequence[Digest],
    cards: Sequence[Card],
    reader: Reader,
    *,
    page: int = 0,
    note: str = "",
    links: Mapping[int, str] | None = None,
    today: date = date.min,
) -> dict[str, Any]:
    """The Home tab as a Slack view: the state of each topic by its digest, and a page of cards (papers for curators).
    `note` is escaped mrkdwn about the latest action; `links` are the URLs of cards by number; `today` is the present
    day in Tokyo.
    """
    waiting = queue(cards, reader, today)
    page = min(max(0, page), max(0, (len(waiting) - 1) // PAGE))
    shown = waiting[page * PAGE : (page + 1) * PAGE]
    blocks: Blocks = [header(words.HOME)]
    blocks += [context(note)] if note else []
    blocks += [section(fit_safe("\n".join(standing_lines(digest)), SECTION)) for digest in digests[:_TOPICS]]
    blocks += [] if digests else [section(words.NO_NEWS_YET)]
    blocks += [{"type": "divider"}, header(words.HOME_QUEUE)]
    blocks += [] if shown else [section(words.HOME_NONE)]
    for card in shown:
        blocks += _card(card, (links or {}).get(card.candidate.number, ""))
    if len(waiting) > PAGE:
        blocks += _turning(page, len(waiting))
    blocks += [{"type": "divider"}, *_settings(reader)]
    return {"type": "home", "private_metadata": str(page), "blocks": blocks}


def _is_wanted(card: Card, reader: Reader, today: date) -> bool:
    if STRONG in reader.choices and card.score is not None and card.score < 4:
        return False
    if card.until is not None and card.until <= today:
        return True
    if card.state is not CardState.LATER:
        return card.state is CardState.OPEN or card.state in ROW_QUESTIONS
    mine = card.decision is not None and card.decision.curator.endswith(f"({reader.id})")
    return PUT_OFF in reader.choices and (mine or MINE not in reader.choices)


def _card(card: Card, url: str) -> Blocks:
    value, native = str(Pressed(card.candidate.number, card.revision)), card.candidate.paper.id.native[:40]
    told = visible(common.handover_note(card) or card.cells.summary)
    summary = safe(clipped(told, _SUMMARY), 2 * _SUMMARY)
    is_missing = card.state in ROW_QUESTIONS
    buttons = [
        button(name, label_of(card, action), value, native)
        for name, action in ACTIONS.items()
        if not (is_missing and action == LATER)
    ]
    summary = f"*{missing(card)}*" if is_missing else summary
    if url:
        buttons.append({"type": "button", "action_id": OPEN, "text": plain(words.HOME_OPEN), "url": url})
    return [
        section(f"*{title_link(card, 300)}*\n{words.SEPARATOR.join(filter(None, (words.score(card.score), summary)))}"),
        {"type": "actions", "block_id": f"card-{card.candidate.number}", "elements": buttons},
    ]


def _turning(page: int, total: int) -> Blocks:
    first, last = page * PAGE + 1, min(total, (page + 1) * PAGE)
    turns = [(words.PREVIOUS, page - 1), (words.NEXT, page + 1)]
    buttons = [button(f"{TURN}_{to}", label, str(to)) for label, to in turns if 0 <= to * PAGE < total]
    return [context(words.page(first, last, total)), {"type": "actions", "block_id": TURN, "elements": buttons}]


def _settings(reader: Reader) -> Blocks:
    options = {name: option(label, name) for name, label in CHOICES.items()}
    chosen = [option for name, option in options.items() if name in reader.choices]
    boxes = {"type": "checkboxes", "action_id": SETTINGS, "options": list(options.values())}
    return [
        section(f"*{words.HOME_SETTINGS}*"),
        {
            "type": "actions",
            "block_id": SETTINGS,
            "elements": [boxes | ({"initial_options": chosen} if chosen else {})],
        },
    ]
