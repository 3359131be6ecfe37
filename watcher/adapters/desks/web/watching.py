"""Endpoints for monitoring: /health, /ready and /metrics."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from watcher.adapters.desks.web.figures import CONTENT_TYPE, exposition
from watcher.adapters.desks.web.guard import unauthorized
from watcher.domain.health import Vitals

METRICS_PATH = "/metrics"


def _nothing() -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Probes:
    """The data behind the web server's monitoring endpoints.

    `dead` lists the parts of this process that no longer run, `readiness_problems` what keeps it from working; both
    texts are public and must reveal nothing. `vitals` returns the figures for /metrics; without it there is no
    /metrics. With a `token`, /metrics requires it as a bearer token; without one it requires a session as the pages do.
    """

    dead: Callable[[], Sequence[str]] = _nothing
    readiness_problems: Callable[[], Sequence[str]] = _nothing
    vitals: Callable[[], Vitals] | None = None
    token: str = ""

    def routes(self) -> list[Route]:
        """The routes of the monitoring endpoints (/health, /ready, /metrics)."""
        figures = [Route(METRICS_PATH, self._figures)] if self.vitals else []
        return [Route("/health", self._health), Route("/ready", self._ready), *figures]

    def _health(self, _request: Request) -> Response:
        """GET /health: `ok` while all parts of the process run, else 503."""
        return _status(self.dead())

    def _ready(self, _request: Request) -> Response:
        """GET /ready: `ok` while the process can do its work, else 503."""
        return _status([*self.dead(), *self.readiness_problems()])

    def _figures(self, request: Request) -> Response:
        """GET /metrics in Prometheus's text format."""
        if self.token and not self._admits(request.headers.get("authorization", "")):
            return unauthorized()
        assert self.vitals is not None  # noqa: S101 - else there is no such route
        return Response(exposition(self.vitals()), headers={"Content-Type": CONTENT_TYPE})

    def _admits(self, header: str) -> bool:
        """Whether an Authorization header contains the token, compared in constant time."""
        kind, _, shown = header.partition(" ")
        digests = [hashlib.sha256(text.encode()).digest() for text in (shown.strip(), self.token)]
        return hmac.compare_digest(*digests) and kind.lower() == "bearer"


def _status(reasons: Sequence[str]) -> Response:
    """`ok`, or 503 with the reasons."""
    if not reasons:
        return PlainTextResponse("ok")
    return PlainTextResponse("\n".join(reasons), HTTPStatus.SERVICE_UNAVAILABLE)
