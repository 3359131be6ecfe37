"""Builds the web interface as a Starlette application: routes, middleware and error pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

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
from watcher.adapters.desks.web.nominations import NominationPages
from watcher.adapters.desks.web.pages import Pages
from watcher.adapters.desks.web.reading_room import Exports, candidate_pages, catalog_pages
from watcher.adapters.desks.web.reviews import AuditPages, ProposalPages
from watcher.adapters.desks.web.views import StatusView
from watcher.adapters.desks.web.watching import METRICS_PATH, Probes
from watcher.domain.errors import UsageError, WatcherError
from watcher.ports import Audits, Clock, Curation, Inquiries, Proposals
from watcher.ports.store import SessionStore
from watcher.words_ja import failures

_STATIC = Path(__file__).parent / "static"


def build_site(
    curation: Curation,
    *,
    secret: str | None,
    audits: Audits | None = None,
    status: Callable[[], StatusView] = StatusView,
    hosts: Sequence[str] = (),
    extra_routes: Sequence[Route] = (),
    proposals: Proposals | None = None,
    exports: Exports | None = None,
    other_exports: Mapping[str, Exports] = MappingProxyType({}),
    candidates: Exports | None = None,
    probes: Probes | None = None,
    sessions: SessionStore | None = None,
    inquiries: Inquiries | None = None,
    now: Clock = lambda: datetime.now(UTC),
) -> Starlette:
    """Build the web interface as an ASGI application, whose pages act through the service `curation`.

    `secret` is the password of the site; with None or "" there is no sign-in, and `serve` allows loopback only.
    `status` returns what stands at the foot of every page. `hosts` are allowed host names beside loopback's
    (`desk.example.org`, `*.example.org`); requests for other hosts are refused because of DNS rebinding. `probes`
    answers /health, /ready and /metrics; `sessions` stores which were signed out (None: until the process ends).

    The others add pages if given: `audits` of filtered-out papers to check and of weekly reports, `proposals` of
    changes of the catalog, `inquiries` for requesting papers, `exports` the catalog below /catalog, `other_exports` the
    catalogs of single topics, `candidates` the feed of undecided papers, `extra_routes` routes below /slack/, which
    have their own authentication. Raises ConfigError for a secret that is too short.
    """
    secret, probes = secret or None, probes or Probes()
    key = signing_key(secret)
    has_add, has_audits = inquiries is not None, audits is not None
    pages = Pages(FormGuard(key), requires_sign_in=secret is not None, has_audits=has_audits, has_add=has_add)
    ended = sessions or _MemorySessions()
    reader = ReaderPages(
        pages, SignIn(secret, now) if secret is not None else None, lambda session: ended.end_session(session, now())
    )
    routes = [
        *_card_routes(CardPages(curation, pages, status)),
        Route("/name", reader.name, methods=["POST"]),
        *probes.routes(),
        Mount("/static", StaticFiles(directory=_STATIC)),
        *extra_routes,
        *(_audit_routes(AuditPages(audits, curation, pages)) if audits is not None else []),
        *(ProposalPages(proposals, pages).routes() if proposals else []),
        *(NominationPages(inquiries, pages).routes() if inquiries else []),
        *_export_routes(exports, other_exports, candidates),
    ]
    # Outermost first: the headers belong on refusals too, and the gate needs the session.
    middleware = [
        Middleware(SafeHeaders),
        Middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK_NAMES, *hosts], www_redirect=False),
        Middleware(Sessions, key=key, arrival=pages.arrival),
    ]
    if secret is not None:
        middleware.append(_sign_in_gate(ended, probes))
        routes += _sign_in_routes(reader)

    errors = _error_pages(pages)
    site = Starlette(routes=routes, middleware=middleware, exception_handlers=errors, max_body_size=MAX_BODY)
    site.state.requires_sign_in = secret is not None
    return site


def _export_routes(
    exports: Exports | None, of_topics: Mapping[str, Exports], candidates: Exports | None
) -> Iterator[Route]:
    if exports:
        yield from catalog_pages(exports)
    if candidates:
        yield from candidate_pages(candidates)
    for topic, theirs in of_topics.items():
        yield from catalog_pages(theirs, topic)


def _sign_in_gate(ended: SessionStore, probes: Probes) -> Middleware:
    open_paths = [METRICS_PATH] if probes.token else []
    return Middleware(SignInGate, has_ended=ended.has_ended, open_paths=open_paths, of_machines=[METRICS_PATH])


def _sign_in_routes(reader: ReaderPages) -> list[Route]:
    return [
        Route("/sign-in", reader.sign_in_form),
        Route("/sign-in", reader.sign_in, methods=["POST"]),
        Route("/sign-out", reader.sign_out, methods=["POST"]),
    ]


class _MemorySessions:
    """The sessions that were signed out since the site was built."""

    def __init__(self) -> None:
        self._ended = set[str]()

    def end_session(self, session: str, at: datetime) -> None:
        del at
        self._ended.add(session)

    def has_ended(self, session: str) -> bool:
        return session in self._ended


def _card_routes(cards: CardPages) -> Sequence[Route]:
    return [
        Route("/", cards.queue),
        Route("/log", cards.log),
        Route("/card/{number}", cards.card),
        Route("/card/{number}/edit", cards.edit),
        Route("/card/{number}/edit", cards.save, methods=["POST"]),
        Route("/card/{number}/decide", cards.decide, methods=["POST"]),
    ]


def _audit_routes(audits: AuditPages) -> Sequence[Route]:
    return [
        Route("/audit", audits.audit),
        Route("/audit/{number}", audits.answer, methods=["POST"]),
        Route("/report", audits.report),
    ]


def _error_pages(pages: Pages) -> dict[Any, Any]:
    """The exception handlers of the site, each of which renders an error page."""

    def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - how it is registered
        return pages.error(error.status_code)

    def misused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, UsageError)  # noqa: S101 - how it is registered
        return pages.error(HTTPStatus.BAD_REQUEST, failures.error(error))

    def unable(_request: Request, error: Exception) -> Response:
        assert isinstance(error, WatcherError)  # noqa: S101 - how it is registered
        return pages.error(HTTPStatus.SERVICE_UNAVAILABLE, failures.error(error))

    def broken(_request: Request, _error: Exception) -> Response:
        answer = pages.error(HTTPStatus.INTERNAL_SERVER_ERROR)
        answer.headers.update(SAFE_HEADERS)  # Starlette handles unexpected errors outside all middleware
        return answer

    return {HTTPException: refused, UsageError: misused, WatcherError: unable, Exception: broken}
