"""A server on loopback that begins as told and then sends a byte at a time, each sooner than any client waits for one."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

HEADERS = b"HTTP/1.1 200 OK\r\nX-Long: "
REFUSAL = b"HTTP/1.1 500 Sorry\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{}"
TLS = b"\x16\x03\x03\x3f\xff\x02"
"""The head of a record of TLS that is 16 kB long: a handshake message, ServerHello."""

_LONGEST = 10.0  # seconds that a drip goes on, if nobody gives up before


class DripServer:
    """Answers every connection with `beginning`, then drips until the client has had enough or the block ends."""

    def __init__(self, beginning: bytes) -> None:
        self._beginning = beginning
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.place = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._closing.set()
        with suppress(OSError):  # wakes accept()
            self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # shut at the end
            while True:
                taken, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._drip, args=[taken], daemon=True))
                self._threads[-1].start()

    def _drip(self, taken: socket.socket) -> None:
        with taken, suppress(OSError):
            taken.recv(65536)
            taken.sendall(self._beginning)
            for _ in range(round(_LONGEST / 0.05)):
                if self._closing.wait(0.05):
                    return
                taken.sendall(b" ")
