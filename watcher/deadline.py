"""A span of time into the end of an exchange: whatever the server does, its connection is shut when the time is over.

A client's own time-outs begin anew with every byte, so that a server that drips could hold a request, and with it
everyone's turn at arXiv or Slack, for hours.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self


class Deadline:
    """Shuts the connection it was told of last, `seconds` after the `with` block began; `over` says that it did."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._held: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def hold(self, connected: socket.socket) -> None:
        """Answer for a connection, before anything is read from it: TLS may drip from its first byte on.

        A double of the socket is kept, since TLS takes the first one over and leaves it empty.
        """
        with self._lock:
            self._let_go()
            self._held = connected.dup()
            if self.over:
                self._shut()

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """A trace event of httpx2: hold every connection that is made."""
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
        """Wakes whoever reads from the connection; closing it from another thread would not."""
        if self._held is not None:
            with suppress(OSError):  # it is closed already
                self._held.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None
