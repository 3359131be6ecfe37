"""An HTTP client with a deadline: its timeout limits the whole exchange, not the wait for each byte."""

from __future__ import annotations

import functools
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

import httpx2


class Deadline:
    """Context manager that shuts down an HTTP connection if it is still in use after `seconds`; `over` says whether
    that happened.
    """

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._held: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def hold(self, connected: socket.socket) -> None:
        """Watch a connection, so that it is shut down at the deadline. Called before the TLS handshake, which can be
        slow too.

        The socket is duplicated, because TLS takes over the original one and leaves it closed.
        """
        with self._lock:
            self._let_go()
            self._held = connected.dup()
            if self.over:
                self._shut()

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """A trace function for httpx2 (its request extension `trace`): begins to watch each new TCP connection."""
        if event.endswith(".connect_tcp.complete"):
            self.hold(info["return_value"].get_extra_info("socket"))

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._timer.cancel()
        self._timer.join()
        self._let_go()

    def _end(self) -> None:
        with self._lock:
            self.over = True
            self._shut()

    def _shut(self) -> None:
        """Shut down the connection, which wakes a thread blocked in reading; closing it from another
        thread would not.
        """
        if self._held is not None:
            with suppress(OSError):  # it is closed already
                self._held.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


_OWN: Final = httpx2.Limits(max_keepalive_connections=0)


@functools.cache
def trusted() -> ssl.SSLContext:
    """The TLS context with trusted certificates that all HTTP clients of the process share, because loading it takes 30
    ms.
    """
    return httpx2.create_ssl_context()


class BoundedClient(httpx2.Client):
    """An httpx2.Client that raises ReadTimeout if an exchange, redirects included, takes longer than its timeout.

    Every request uses a new connection: a kept one may be dead, and a request lost on it would count as sent.
    """

    def __init__(self, **options: Any) -> None:
        """`options` are those of httpx2.Client; `timeout` is in seconds and can be overridden for each request."""
        super().__init__(**{"limits": _OWN, "verify": trusted(), **options})

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request and return the response. Raises ReadTimeout if the exchange takes longer than the request's
        timeout.
        """
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
