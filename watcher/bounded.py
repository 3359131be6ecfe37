"""Requests -> answers that are whole in time: an HTTP client whose time-out is for the exchange, not for a byte of it."""

from __future__ import annotations

import functools
import ssl
from typing import Any, Final

import httpx2

from watcher.deadline import Deadline

_OWN: Final = httpx2.Limits(max_keepalive_connections=0)


@functools.cache
def trusted() -> ssl.SSLContext:
    """The certificates of the system, for every client of this process: reading them takes 30 ms."""
    return httpx2.create_ssl_context()


class BoundedClient(httpx2.Client):
    """An httpx2.Client that raises ReadTimeout when an exchange, redirects included, takes longer than its time-out.

    Every request has a connection of its own: one kept from before may be dead, and a question lost on it would
    count as asked.
    """

    def __init__(self, **options: Any) -> None:
        """`options` are httpx2.Client's; `timeout` is in seconds, and a request may bring its own."""
        super().__init__(**{"limits": _OWN, "verify": trusted(), **options})

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """What the server answers, its body read."""
        seconds = max(filter(None, request.extensions.get("timeout", {}).values()), default=None)
        if seconds is None:
            return super().send(request, **options)
        with Deadline(seconds) as deadline:
            request.extensions = {**request.extensions, "trace": deadline.watch}
            try:
                answer = super().send(request, **options)
            except httpx2.TransportError:
                if not deadline.over:
                    raise
            if not deadline.over:
                return answer
        # An answer of no stated length looks whole when its connection is shut.
        raise httpx2.ReadTimeout(f"no whole answer within {seconds:g} s", request=request)
