"""An HTTP client whose timeout limits the whole exchange, not the wait for each byte."""

from __future__ import annotations

import functools
import ssl
from typing import Any, Final

import httpx2

from watcher.net.deadline import Deadline

_OWN: Final = httpx2.Limits(max_keepalive_connections=0)


@functools.cache
def trusted() -> ssl.SSLContext:
    """The system's certificates, loaded once for all HTTP clients of the process, because loading them takes 30 ms."""
    return httpx2.create_ssl_context()


class BoundedClient(httpx2.Client):
    """An httpx2.Client that raises ReadTimeout if an exchange, redirects included, takes longer than its timeout.

    Every request uses a new connection: a kept one may be dead, and a request lost on it would count as sent.
    """

    def __init__(self, **options: Any) -> None:
        """`options` are those of httpx2.Client; `timeout` is in seconds and can be overridden for each request."""
        super().__init__(**{"limits": _OWN, "verify": trusted(), **options})

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request and return the response with its body read."""
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
        # Without a Content-Length, an answer cut off by the deadline looks complete.
        raise httpx2.ReadTimeout(f"no whole answer within {seconds:g} s", request=request)
