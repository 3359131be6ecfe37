"""What machines ask the site: whether it lives, whether it can work, and the figures."""

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
from watcher.domain.vitals import Vitals

FIGURES = "/metrics"


def _nothing() -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Probes:
    """What the answers are made of. `dead` names what no longer runs in this process, `unready` what keeps it from
    working, in words that tell a stranger nothing. Without `vitals` there are no figures.

    With a `token`, /metrics is for whoever shows it as a bearer token; without one it is guarded as the pages are.
    """

    dead: Callable[[], Sequence[str]] = _nothing
    unready: Callable[[], Sequence[str]] = _nothing
    vitals: Callable[[], Vitals] | None = None
    token: str = ""

    def routes(self) -> list[Route]:
        """The site's routes for machines."""
        figures = [Route(FIGURES, self._figures)] if self.vitals else []
        return [Route("/health", self._health), Route("/ready", self._ready), *figures]

    def _health(self, _request: Request) -> Response:
        """Plain `ok` while all that should run does."""
        return _told(self.dead())

    def _ready(self, _request: Request) -> Response:
        """Plain `ok` while there is nothing in the way of working."""
        return _told([*self.dead(), *self.unready()])

    def _figures(self, request: Request) -> Response:
        if self.token and not self._admits(request.headers.get("authorization", "")):
            return unauthorized()
        assert self.vitals is not None  # noqa: S101 - else there is no such route
        return Response(exposition(self.vitals()), headers={"Content-Type": CONTENT_TYPE})

    def _admits(self, header: str) -> bool:
        kind, _, shown = header.partition(" ")
        digests = [hashlib.sha256(text.encode()).digest() for text in (shown.strip(), self.token)]
        return hmac.compare_digest(*digests) and kind.lower() == "bearer"


def _told(reasons: Sequence[str]) -> Response:
    if not reasons:
        return PlainTextResponse("ok")
    return PlainTextResponse("\n".join(reasons), HTTPStatus.SERVICE_UNAVAILABLE)
