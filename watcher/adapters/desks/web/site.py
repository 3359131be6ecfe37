"""Turns a `Curation` into the site: routes, middleware and calm pages for whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from watcher.adapters.desks.web.audits import AuditPages
from watcher.adapters.desks.web.guard import (
    LOOPBACK_NAMES,
    MAX_BODY,
    SAFE_HEADERS,
    FormGuard,
    SafeHeaders,
    Sessions,
    SignIn,
    SignInGate,
    signing_key,
)
from watcher.adapters.desks.web.handlers import CardPages, ReaderPages
from watcher.adapters.desks.web.pages import Pages
from watcher.adapters.desks.web.proposals import ProposalPages
from watcher.adapters.desks.web.reading_room import Copies, reading_room
from watcher.adapters.desks.web.views import StatusView
from watcher.adapters.desks.web.watching import FIGURES, Probes
from watcher.domain.errors import UsageError, WatcherError
from watcher.ports import Auditing, Clock, Curation, Proposing
from watcher.words_ja import failures

_STATIC = Path(__file__).parent / "static"


def build_site(
    curation: Curation,
    *,
    secret: str | None,
    audits: Auditing | None = None,
    status: Callable[[], StatusView] = StatusView,
    hosts: Sequence[str] = (),
    doors: Sequence[Route] = (),
    proposing: Proposing | None = None,
    copies: Copies | None = None,
    other_copies: Mapping[str, Copies] = MappingProxyType({}),
    probes: Probes | None = None,
    now: Clock = lambda: datetime.now(UTC),
) -> Starlette:
    """The web desk over `curation`.

    `audits` adds the pages of the audit and the weekly report.
    `secret` makes every page ask for it (None or empty: no sign-in, and `serve` keeps to loopback). `hosts` are the names
    beside loopback's under which the site may be reached (`desk.example.org`, `*.example.org`); others are
    refused against DNS rebinding. `doors` are routes below /slack/ that let in by other proof than a session.
    `copies` gives the catalog for readers, below /catalog, `other_copies` those that topics have to themselves; `probes` answer /health, /ready and /metrics. Raises ConfigError for a secret that is too short.
    """
    secret, probes = secret or None, probes or Probes()
    key = signing_key(secret)
    pages = Pages(FormGuard(key), requires_sign_in=secret is not None, has_audits=audits is not None)
    cards = CardPages(curation, pages, status)
    reader = ReaderPages(pages, SignIn(secret, now) if secret is not None else None)
    routes = [
        Route("/", cards.queue),
        Route("/log", cards.log),
        Route("/card/{number}", cards.card),
        Route("/card/{number}/edit", cards.edit),
        Route("/card/{number}/edit", cards.save, methods=["POST"]),
        Route("/card/{number}/decide", cards.decide, methods=["POST"]),
        Route("/name", reader.name, methods=["POST"]),
        *probes.routes(),
        Mount("/static", StaticFiles(directory=_STATIC)),
        *doors,
        *(ProposalPages(proposing, pages).routes() if proposing else []),
        *(reading_room(copies) if copies else []),
        *(route for topic, theirs in other_copies.items() for route in reading_room(theirs, topic)),
    ]
    if audits is not None:
        accounts = AuditPages(audits, curation, pages)
        routes += [
            Route("/audit", accounts.audit),
            Route("/audit/{number}", accounts.answer, methods=["POST"]),
            Route("/report", accounts.report),
        ]
    middleware = [
        Middleware(SafeHeaders),
        Middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK_NAMES, *hosts], www_redirect=False),
        Middleware(Sessions, key=key, arrival=pages.arrival),
    ]
    if secret is not None:
        middleware.append(Middleware(SignInGate, open_paths=[FIGURES] if probes.token else [], of_machines=[FIGURES]))
        routes += [
            Route("/sign-in", reader.sign_in_form),
            Route("/sign-in", reader.sign_in, methods=["POST"]),
            Route("/sign-out", reader.sign_out, methods=["POST"]),
        ]

    def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - how it is registered
        return pages.error(error.status_code)

    def misused(_request: Request, error: Exception) -> Response:
        return pages.error(HTTPStatus.BAD_REQUEST, str(error))

    def unable(_request: Request, error: Exception) -> Response:
        assert isinstance(error, WatcherError)  # noqa: S101 - how it is registered
        return pages.error(HTTPStatus.SERVICE_UNAVAILABLE, failures.error(error))

    def broken(_request: Request, _error: Exception) -> Response:
        answer = pages.error(HTTPStatus.INTERNAL_SERVER_ERROR)
        answer.headers.update(SAFE_HEADERS)  # Starlette answers this one outside all middleware
        return answer

    site = Starlette(
        routes=routes,
        middleware=middleware,
        exception_handlers={HTTPException: refused, UsageError: misused, WatcherError: unable, Exception: broken},
        max_body_size=MAX_BODY,
    )
    site.state.requires_sign_in = secret is not None
    return site
