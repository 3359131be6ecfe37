"""Prepares papers and status for the web interface's templates: order, grouping, warnings, and links that are safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self
from urllib.parse import urlsplit

from watcher.domain.budget import Cap
from watcher.domain.curation.card import EDITABLE, ROW_QUESTIONS, WAITING, Card, CardState
from watcher.domain.facts import Notice
from watcher.ports import RunReport
from watcher.words_ja import common, failures, handover
from watcher.words_ja import proposals as review
from watcher.words_ja import web as words

OPEN_SHOWN = 50
DECIDED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class StatusView:
    """The status at the foot of every web page.

    It holds the last run, the number of papers that wait for each pipeline stage, the address of the catalog (without
    credentials), the number of open proposals, the latest push, and open alarms. `other_catalogs` are (topic's title,
    address) of topics with a catalog of their own.
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
    """The papers ("cards") on the front page of the web interface: undecided, put off, and decided ones. `more_open`
    and `more_decided` count those that are not shown.
    """

    open: tuple[Card, ...]
    later: tuple[Card, ...]
    decided: tuple[Card, ...]
    more_open: int
    more_decided: int

    @classmethod
    def of(cls, cards: Sequence[Card], *, all_decided: bool = False) -> Self:
        """Sort cards for the front page: papers whose catalog rows are missing or have come back first, then newest day
        first and best score first within a day.

        Decided papers are sorted by the time of the decision.
        """
        ordered = sorted(
            cards,
            key=lambda card: (card.candidate.announced_at.date(), -1 if card.score is None else card.score),
            reverse=True,
        )
        waits = [card for card in ordered if card.state in ROW_QUESTIONS]
        waits += [card for card in ordered if card.state in {CardState.OPEN, CardState.ENDORSED}]
        later = [card for card in ordered if card.state is CardState.LATER]
        waiting = WAITING | ROW_QUESTIONS
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
    """Whether a card (a paper for curators) is undecided or put off, so that its cells may be edited."""
    return card.state in EDITABLE


def retriable(card: Card) -> bool:
    """Whether a curator may request that the model is asked once more about a paper on which it failed."""
    return card.handover is not None and not card.retrying and undecided(card)


def byline(card: Card) -> tuple[tuple[str, str], ...]:
    """Authors, year and venue of a paper as (label, value) pairs."""
    return _told([(common.CELL[name], getattr(card.cells, name)) for name in ("authors", "year", "venue")])


def facts(card: Card) -> tuple[tuple[str, str], ...]:
    """The other cells of a paper, its categories and feeds, and the reason for its score, as (label, value) pairs."""
    given = card.candidate.nomination
    return _told(
        [
            (common.CELL["categories"], card.cells.categories),
            (common.CELL["attention"], card.cells.attention),
            *common.own_fields(card.cells),
            (words.ARXIV_CATEGORIES, " ".join(card.candidate.paper.categories)),
            (common.CITES, common.cites(card.cites)),
            (common.BY_HAND, common.by(given.curator, given.desk) if given else ""),
            (words.REASON, card.relevance.reason_ja if card.relevance else ""),
            (
                common.DISAGREEMENT,
                common.disagreement(card.probability, card.score),
            ),
        ]
    )


def _told(facts: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The pairs whose value is not empty."""
    return tuple((label, value) for label, value in facts if value)


def warnings(card: Card) -> tuple[str, ...]:
    """The Japanese warnings to show with a paper: what failed, missing answers of the model, style rules that its
    summary violates, and suspicious text. Empty if there are none.
    """
    told = [words.trouble(card.trouble)] if card.trouble else []
    notes = (handover.note(card), handover.summary_note(card), handover.rewrite_note(card))
    told += [note for note in notes if note]
    told += [common.violation(found) for found in card.violations]
    told += [common.anomaly(code) for code in card.candidate.anomalies]
    return tuple(told)


def told(notice: Notice) -> str:
    """The Japanese text that says that a paper was replaced, renamed or withdrawn."""
    return common.notice(notice)


def waiting_proposals(count: int) -> str:
    """The Japanese text that says how many proposals to change the catalog wait for a curator."""
    return review.waiting(count)


def cap_reached(cap: Cap) -> str:
    """The Japanese text that says that a daily limit of tokens or money stopped the scoring of papers."""
    return common.cap_reached(cap)


def unread_days(days: Sequence[date]) -> str:
    """The Japanese text that names the days whose arXiv announcements were never read."""
    return common.unread_days(days)


def no_holidays(year: int) -> str:
    """The Japanese text that says that arXiv's holidays of a year are not configured."""
    return common.no_holidays(year)


def failure(text: str) -> str:
    """The Japanese text, on the web page of the digest, for a failure of a run given as `stage: error`, with what to do
    about it.
    """
    return failures.told(text)


def safe_link(url: str) -> str | None:
    """The URL if it is a plain https URL that may be put into an href, else None."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    plain = url.isascii() and url.isprintable() and not set(url) & set(" \"'<>\\`")
    return url if parts.scheme == "https" and parts.hostname and "@" not in parts.netloc and plain else None
