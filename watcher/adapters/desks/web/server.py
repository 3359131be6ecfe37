"""Runs the web interface with uvicorn in a thread; on loopback only, unless sign-in is required."""

from __future__ import annotations

import ipaddress
import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette

from watcher.adapters.desks.web.guard import SECRET_VARIABLE
from watcher.domain.errors import ConfigError, WatcherError

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
