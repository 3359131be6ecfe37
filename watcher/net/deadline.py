"""A deadline for network exchanges: when the time is over, the connection is shut down, whatever the server does.

Timeouts of HTTP clients start again with every byte. A server that sends one byte at a time could hold a request for
hours, and with it the throttle that all requests to arXiv or Slack wait for.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self


class Deadline:
    """Context manager that shuts down the watched connection `seconds` after it is entered; `over` says whether it did."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._held: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def hold(self, connected: socket.socket) -> None:
        """Watch a connection from before the TLS handshake, which can be slow too.

        The socket is duplicated, because TLS takes over the original one and leaves it closed.
        """
        with self._lock:
            self._let_go()
            self._held = connected.dup()
            if self.over:
                self._shut()

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Return a trace function for httpx2 that watches every new connection."""
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
