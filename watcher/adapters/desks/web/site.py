"""Builds the web interface as a Starlette application (routes, middleware, error pages), and runs it with uvicorn in a
thread; on loopback only, unless sign-in is required.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from watcher.adapters.desks.web.catalog import Exports, candidate_pages, catalog_pages
from watcher.adapters.desks.web.guard import (
    LOOPBACK_NAMES,
    MAX_BODY,
    SAFE_HEADERS,
    SECRET_VARIABLE,
    FormGuard,
    SafeHeaders,
    Sessions,
    SignIn,
    SignInGate,
    signing_key,
)
from watcher.adapters.desks.web.handlers import AuditPages, CardPages, NominationPages, ProposalPages, ReaderPages
from watcher.adapters.desks.web.monitoring import METRICS_PATH, Probes
from watcher.adapters.desks.web.pages import Pages, StatusView
from watcher.domain.errors import ConfigError, UsageError, WatcherError
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
    sign_in = SignIn(secret, now) if secret is not None else None
    routes = [
        *CardPages(curation, pages, status).routes(),
        *ReaderPages(pages, sign_in, lambda session: ended.end_session(session, now())).routes(),
        *probes.routes(),
        Mount("/static", StaticFiles(directory=_STATIC)),
        *extra_routes,
        *(AuditPages(audits, curation, pages).routes() if audits else []),
        *(ProposalPages(proposals, pages).routes() if proposals else []),
        *(NominationPages(inquiries, pages).routes() if inquiries else []),
        *(catalog_pages(exports) if exports else []),
        *(candidate_pages(candidates) if candidates else []),
        *(route for topic, theirs in other_exports.items() for route in catalog_pages(theirs, topic)),
    ]
    middleware = _middleware(pages, key, hosts)
    if secret is not None:
        middleware.append(_sign_in_gate(ended, probes))
    site = Starlette(
        routes=routes, middleware=middleware, exception_handlers=_error_pages(pages), max_body_size=MAX_BODY
    )
    site.state.requires_sign_in = secret is not None
    return site


def _middleware(pages: Pages, key: str, hosts: Sequence[str]) -> list[Middleware]:
    """The middleware of every site, outermost first: the headers belong on refusals too, and the sign-in gate, which
    comes last, needs the session.
    """
    return [
        Middleware(SafeHeaders),
        Middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK_NAMES, *hosts], www_redirect=False),
        Middleware(Sessions, key=key, arrival=pages.arrival),
    ]


def _sign_in_gate(ended: SessionStore, probes: Probes) -> Middleware:
    open_paths = [METRICS_PATH] if probes.token else []
    return Middleware(SignInGate, has_ended=ended.has_ended, open_paths=open_paths, of_machines=[METRICS_PATH])


class _MemorySessions:
    """The sessions that were signed out since the site was built."""

    def __init__(self) -> None:
        self._ended = set[str]()

    def end_session(self, session: str, at: datetime) -> None:
        del at
        self._ended.add(session)

    def has_ended(self, session: str) -> bool:
        return session in self._ended


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


_PATIENCE = 10.0  # seconds for a start or a stop; both take milliseconds on a healthy machine


class WebServer:
    """The HTTP server of the web interface, in a thread. `port` and `url` are known before the start, also if a free
    port was requested.
    """

    def __init__(self, site: Starlette, listener: socket.socket, host: str) -> None:
        self._listener = listener
        self.port: int = listener.getsockname()[1]
        name = f"[{host}]" if ":" in host else host
        self.url = f"http://{name}:{self.port}"
        config = uvicorn.Config(
            site,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="web-desk", daemon=True)

    def start(self) -> Self:
        """Start the web server and wait until it accepts requests. Raises WatcherError if it does not start."""
        self._thread.start()
        if not self._server.ready.wait(_PATIENCE):
            raise WatcherError("the web desk did not start", about=self.url, remedy="see the log")
        return self

    def stop(self) -> None:
        """Finish current requests and stop; does nothing if the server is not running."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)
        self._listener.close()

    def __enter__(self) -> Self:
        """Start the server."""
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop the server."""
        self.stop()


class _Server(uvicorn.Server):
    """A uvicorn server that sets an event when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then set the event."""
        await super().startup(sockets)
        self.ready.set()


def serve(site: Starlette, host: str = "127.0.0.1", port: int = 0) -> WebServer:
    """Bind the web interface to an address (port 0 for a free port) without starting it yet; call `start()` or use the
    result as a context manager. Raises ConfigError if the address can be reached from other machines and the site has
    no sign-in, or if binding fails.
    """
    if not (_is_loopback(host) or site.state.requires_sign_in):
        raise ConfigError(
            "refusing to serve the web desk to other machines without sign-in",
            about=host,
            remedy=f"set {SECRET_VARIABLE}, or listen on 127.0.0.1",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a restart must not wait for old connections
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise cannot_listen(host, port, error) from error
    return WebServer(site, listener, host)


def cannot_listen(host: str, port: int, error: OSError) -> ConfigError:
    """The error that an address is taken or not allowed."""
    return ConfigError(
        f"cannot listen: {error.strerror or error}", about=f"{host}:{port}", remedy="choose another port"
    )


def _is_loopback(host: str) -> bool:
    """Whether a host name or address is certainly loopback."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name may resolve to anything
