"""Socket Mode transport: receives clicks over a WebSocket that the app opens, so no public address is needed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from socket import SHUT_RD
from typing import Any

from slack_bolt.adapter.socket_mode import SocketModeHandler

from watcher.adapters.desks.slack.api.client import failures
from watcher.adapters.desks.slack.listeners.app import SlackApp, Workspaces


class SlackSocket:
    """The Socket Mode transport, which receives Slack's events over a WebSocket. The SDK reconnects by itself.

    Run only one per app: Slack distributes the clicks over all connections.
    """

    def __init__(
        self, app_token: str, app: SlackApp | Workspaces, ping_interval: float = 10, extra_routes: Sequence[Any] = ()
    ) -> None:
        """`ping_interval` in seconds is how soon a lost connection is noticed; `extra_routes` are routes for the web
        server.
        """
        self.extra_routes = list(extra_routes)
        self.app = app
        self._handler = SocketModeHandler(
            app.bolt, app_token=app_token, web_client=app.client, ping_interval=ping_interval
        )

    def start(self, timeout: float = 30.0) -> None:
        """Connect to Slack and return. Raises DeskError / DeskRefused if Slack does not accept the connection within
        `timeout` seconds.
        """
        failed: list[Exception] = []

        def connect() -> None:
            try:
                self._handler.connect()  # type: ignore[no-untyped-call]
            except Exception as error:  # noqa: BLE001 - raised below, where somebody waits for it
                failed.append(error)

        connecting = threading.Thread(target=connect, name="slack-connect", daemon=True)
        connecting.start()
        connecting.join(timeout)
        with failures("Socket Mode"):
            if connecting.is_alive():
                raise TimeoutError
            if failed:
                raise failed[0]

    @property
    def disconnected(self) -> bool:
        """Whether the WebSocket to Slack is disconnected now, so that no clicks arrive."""
        return not self._handler.client.is_connected()

    def stop(self) -> None:
        """Stop receiving clicks, finish those received, update the messages they changed, and disconnect."""
        self._wake_reader()
        self._wake_processor()
        self._handler.close()  # type: ignore[no-untyped-call]
        self.app.close()

    def _wake_reader(self) -> None:
        """The SDK closes a connection only after its blocked read returns, up to 3 s later: end the read now.

        The other direction stays open for acknowledgements on their way.
        """
        client = self._handler.client
        client.auto_reconnect_enabled = False
        client.current_session_state.terminated = True
        if client.current_session is not None and client.current_session.sock is not None:
            with suppress(OSError):
                client.current_session.sock.shutdown(SHUT_RD)

    def _wake_processor(self) -> None:
        """The SDK waits up to 1 s for the next message before it looks whether it was stopped: stop it, then send one."""
        client = self._handler.client
        client.message_processor.event.set()
        client.message_queue.put("")
