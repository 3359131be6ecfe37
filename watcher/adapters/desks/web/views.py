"""Turns cards into what the templates show: order, folds, facts, warnings and links that are safe to follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self
from urllib.parse import urlsplit

from watcher.domain.budget import Cap
from watcher.domain.card import Card, CardState
from watcher.domain.facts import Notice
from watcher.ports import RunReport
from watcher.words_ja import common, failures, handover
from watcher.words_ja import proposals as review
from watcher.words_ja import web as words

OPEN_SHOWN = 50
DECIDED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class StatusView:
    """What the foot of the page says of the line: the last run, what waits for which stage, and the
    catalog's place as a curator should read it (a path or an address, never one with credentials), how many proposals
    wait, how its commits fared at their remote, and which alarms stand. `other_catalogs` are those of topics that have
    one to themselves: the topic's title and where it is read.
    """

    last_run: RunReport | None = None
    waiting: Mapping[str, int] = field(default_factory=dict)
    catalog: str = ""
    proposals: int = 0
    pushed: str = ""
    alarms: tuple[str, ...] = ()
    other_catalogs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """The cards of the front page. `more_open` and `more_decided` count those not shown."""

    open: tuple[Card, ...]
    later: tuple[Card, ...]
    decided: tuple[Card, ...]
    more_open: int
    more_decided: int

    @classmethod
    def of(cls, cards: Sequence[Card], *, all_decided: bool = False) -> Self:
        """Papers whose rows are missing, then newest day first and best score first within it; decided cards by the time
        of their decision.
        """
        ordered = sorted(
            cards,
            key=lambda card: (card.candidate.announced_at.date(), -1 if card.score is None else card.score),
            reverse=True,
        )
        waits = [card for card in ordered if card.state is CardState.MISSING]
        waits += [card for card in ordered if card.state in {CardState.OPEN, CardState.ENDORSED}]
        later = [card for card in ordered if card.state is CardState.LATER]
        waiting = {CardState.OPEN, CardState.ENDORSED, CardState.LATER, CardState.MISSING}
        done = [(card.decision.at, card) for card in cards if card.decision and card.state not in waiting]
        decided = [card for _, card in sorted(done, key=lambda pair: pair[0], reverse=True)]
        shown = len(decided) if all_decided else DECIDED_SHOWN
        return cls(
            open=tuple(waits[:OPEN_SHOWN]),
            later=tuple(later),
            decided=tuple(decided[:shown]),
            more_open=max(0, len(waits) - OPEN_SHOWN),
            more_decided=max(0, len(decided) - shown),
        )


def undecided(card: Card) -> bool:
    """Whether a verdict is still asked for; only then may cells be edited, so that a row never lags its card."""
    return card.state in {CardState.OPEN, CardState.LATER}


def retriable(card: Card) -> bool:
    """Whether the model may be asked once more about a paper it gave no answer about."""
    return card.handover is not None and not card.retrying and undecided(card)


def byline(card: Card) -> tuple[tuple[str, str], ...]:
    """(label, value) of the cells that say whose paper it is and where it stands, as in a citation."""
    return _told([(common.CELL[name], getattr(card.cells, name)) for name in ("authors", "year", "venue")])


def facts(card: Card) -> tuple[tuple[str, str], ...]:
    """(label, value) of what places the paper and of why it was found relevant."""
    return _told(
        [
            (common.CELL["categories"], card.cells.categories),
            (common.CELL["attention"], card.cells.attention),
            (words.ARXIV_CATEGORIES, " ".join(card.candidate.paper.categories)),
            (words.REASON, card.relevance.reason_ja if card.relevance else ""),
            (
                common.DISAGREEMENT,
                common.disagreement(card.probability, card.score),
            ),
        ]
    )


def _told(facts: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((label, value) for label, value in facts if value)


def warnings(card: Card) -> tuple[str, ...]:
    """Everything a curator should look at before deciding, in words."""
    told = [words.trouble(card.trouble)] if card.trouble else []
    told += [note for note in (handover.note(card), handover.summary_note(card)) if note]
    told += [common.violation(found) for found in card.violations]
    told += [common.anomaly(code) for code in card.candidate.anomalies]
    return tuple(told)


def told(notice: Notice) -> str:
    """What a notice says of its paper."""
    return common.notice(notice)


def waiting_proposals(count: int) -> str:
    """How many proposals wait for a curator."""
    return review.waiting(count)


def cap_reached(cap: Cap) -> str:
    """That the day's cap stopped the judging."""
    return common.cap_reached(cap)


def unread_days(days: Sequence[date]) -> str:
    """Which announcement days nobody has read."""
    return common.unread_days(days)


def no_holidays(year: int) -> str:
    """That nobody has told when arXiv rests this year."""
    return common.no_holidays(year)


def failure(text: str) -> str:
    """A failure of the digest, in words for its readers."""
    return failures.told(text)


def safe_link(url: str) -> str | None:
    """The URL if it is a plain https address that can stand in an href, else None (then nothing is linked)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    plain = url.isascii() and url.isprintable() and not set(url) & set(" \"'<>\\`")
    return url if parts.scheme == "https" and parts.hostname and "@" not in parts.netloc and plain else None
