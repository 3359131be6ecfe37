"""Renders the web interface's Jinja templates, and prepares cards and status for them: order, warnings, and links that
are safe. All text is HTML-escaped here, as the last step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from watcher.adapters.desks.web.guard import FormGuard, own_page
from watcher.domain.curation.card import EDITABLE, ROW_QUESTIONS, WAITING, Card, CardState
from watcher.domain.text import without_escapes
from watcher.ports import RunReport
from watcher.words_ja import catalog, common, failures, report
from watcher.words_ja import web as words


class Pages:
    """Renders the web interface's Jinja templates, with the Japanese texts and the reader's session."""

    def __init__(
        self, guard: FormGuard, *, requires_sign_in: bool, has_audits: bool = False, has_add: bool = False
    ) -> None:
        self.guard = guard
        self._requires_sign_in = requires_sign_in
        self._environment = Environment(
            loader=PackageLoader("watcher.adapters.desks.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(w=words, common=common, failures=failures, p=catalog, r=report)
        self._environment.globals.update(byline=byline, facts=facts, safe_link=safe_link, warnings=warnings)
        self._environment.globals.update(editable=EDITABLE, has_audits=has_audits, has_add=has_add)
        self._environment.filters["tex"] = without_escapes

    def show(self, request: Request, template: str, code: int = HTTPStatus.OK, **facts: Any) -> HTMLResponse:
        """Render a page of the web interface in the site's layout, with a CSRF token for its forms. `facts` are the
        template's variables.
        """
        frame = {
            "csrf": self.guard.token(request),
            "path": own_page(request.url.path),
            "reader": request.session.get("name", ""),
            "can_sign_out": self._requires_sign_in and bool(request.session.get("signed_in")),
            "recorded": False,
        }
        return HTMLResponse(self._render(template, **{**frame, **facts}), code)

    def error(self, code: int, detail: str = "") -> HTMLResponse:
        """Render the error page for an HTTP status; it needs no session, so that it can be shown after any failure."""
        title = words.TITLES.get(code, words.TITLE)
        note = words.NOTES.get(code, words.NOTE)
        return HTMLResponse(self._render("error.html", title=title, note=note, detail=detail), code)

    def arrival(self, path: str) -> HTMLResponse:
        """Render a page that navigates to `path` at once. Only a navigation from the site itself sends the
        SameSite=Strict cookie.
        """
        return HTMLResponse(self._render("arrival.html", path=path))

    def _render(self, template: str, **facts: Any) -> str:
        return self._environment.get_template(template).render(**facts)


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
            (common.REASON, card.relevance.reason_ja if card.relevance else ""),
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
    told = [failures.failure("catalog", card.trouble)] if card.trouble else []
    notes = (common.handover_note(card), common.summary_note(card), common.rewrite_note(card))
    told += [note for note in notes if note]
    told += [common.violation(found) for found in card.violations]
    told += [common.anomaly(code) for code in card.candidate.anomalies]
    return tuple(told)


def safe_link(url: str) -> str | None:
    """The URL if it is a plain https URL that may be put into an href, else None."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    plain = url.isascii() and url.isprintable() and not set(url) & set(" \"'<>\\`")
    return url if parts.scheme == "https" and parts.hostname and "@" not in parts.netloc and plain else None
