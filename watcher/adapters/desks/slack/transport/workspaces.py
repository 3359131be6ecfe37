"""Serves several Slack workspaces in one process: each has an app of its own, to which its requests are routed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.listeners.app import SlackApp
from watcher.adapters.desks.slack.transport.oauth import Installations
from watcher.domain.errors import DeskRefused
from watcher.logs import get_logger
from watcher.words_ja import slack as words

_log = get_logger(__name__)

LEAVING = frozenset({"app_uninstalled", "tokens_revoked"})


class Workspaces:
    """Router of Slack requests to the app of their workspace; a transport uses it like a SlackApp.

    `make` builds the app of a workspace from the team id and a client with its token.
    """

    def __init__(self, installations: Installations, make: Callable[[str, WebClient], SlackApp], base_url: str) -> None:
        self._installations, self._make, self._base_url = installations, make, base_url
        self._lock = threading.Lock()
        self._apps: dict[str, SlackApp] = {}
        self.client = make_client("", base_url)
        self.bolt: App = _Switch(self)

    def serve(self, request: BoltRequest) -> BoltResponse:
        """Pass a Slack request to the app of its workspace. If the app is not installed there, the answer says so."""
        team, event = request.context.team_id or "", request.body.get("event", {})
        if event.get("type") in LEAVING:
            if event["type"] == "app_uninstalled" or event.get("tokens", {}).get("bot"):
                self._forget(team)
            return BoltResponse(status=200)
        try:
            app = self._app(team)
        except DeskRefused as error:
            _log.error("a workspace cannot be served", team=team, error=error)
            app = None
        if app is not None:
            return app.bolt.dispatch(request)
        return BoltResponse(status=200, body=words.NOT_SERVED if "command" in request.body else "")

    def decided(self) -> None:
        """Refresh the Home tabs that people have open in any workspace, after a decision was made."""
        for app in self._all():
            app.decided()

    def close(self) -> None:
        """Finish handling the requests that were received, in the apps of all workspaces."""
        for app in self._all():
            app.close()

    def _all(self) -> list[SlackApp]:
        with self._lock:
            return list(self._apps.values())

    def _app(self, team: str) -> SlackApp | None:
        """The workspace's Bolt app; a new one after the app was installed again, because the old token is invalid."""
        token = self._installations.token(team)
        with self._lock:
            standing = self._apps.get(team)
            if standing is not None and standing.client.token == token:
                return standing
            self._apps.pop(team, None)
            if token:
                self._apps[team] = self._make(team, make_client(token, self._base_url))
            made = self._apps.get(team)
        if standing is not None:
            threading.Thread(target=standing.close, name="slack-leaving").start()
        return made

    def _forget(self, team: str) -> None:
        _log.warning("a workspace has taken the app out", team=team)
        self._installations.delete_installation(enterprise_id=None, team_id=team)
        with suppress(DeskRefused):
            self._app(team)


class _Switch(App):
    """A stand-in for a Bolt app that passes each request to the app of its workspace."""

    def __init__(self, workspaces: Workspaces) -> None:
        super().__init__(client=WebClient(), authorize=_nobody, request_verification_enabled=False)
        self._workspaces = workspaces

    def dispatch(self, req: BoltRequest) -> BoltResponse:
        """Pass a request to the Bolt app of its workspace; if it names none (Slack verifying the address), Bolt answers
        itself.
        """
        return self._workspaces.serve(req) if req.context.team_id else super().dispatch(req)


def _nobody(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)
