"""Builds the Bolt app of a workspace with all its listeners and the threads they run in; with several workspaces in
one process, each has an app of its own, to which its requests are routed.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from slack_bolt import Ack, App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped
from slack_sdk import WebClient

from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.api.oauth import Installations
from watcher.adapters.desks.slack.api.people import Curators, Members
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.cards import Listeners, register_reactions
from watcher.adapters.desks.slack.listeners.commands import COMMAND, NOMINATE, Commands, SlackRequests
from watcher.adapters.desks.slack.listeners.editing import Editor
from watcher.adapters.desks.slack.listeners.home_tab import HomeTabs
from watcher.adapters.desks.slack.listeners.menus import Menus
from watcher.adapters.desks.slack.listeners.reviews import register_audits, register_proposals, register_rest
from watcher.adapters.desks.slack.messages import home
from watcher.adapters.desks.slack.messages.card import APPROVE, EDIT, MORE, REASON, RETRY, UNTIL, VERDICTS
from watcher.adapters.desks.slack.messages.modal import EDIT_FORM, PREVIEWED, REASON_FORM, UNTIL_FORM
from watcher.domain.errors import DeskRefused
from watcher.logs import get_logger
from watcher.ports import Audits, Curation, Inquiries, Proposals
from watcher.words_ja import slack as words


class SlackApp:
    """A Bolt app for one Slack workspace, with its listeners and their threads. It receives requests from a transport
    (Socket Mode or HTTP).
    """

    def __init__(self, client: WebClient) -> None:
        # A listener holds its thread only until the decision stands; Bolt's own pool has but five.
        self._clicks = ThreadPoolExecutor(max_workers=10, thread_name_prefix="slack-click")
        # One thread: card updates keep their order, and each reads the card when its turn comes.
        self.afterwards: Executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="slack-update")
        # Answers that take their time, beside the cards that are changed at Slack's pace.
        self.background: Executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="slack-background")
        self.home_tabs: list[HomeTabs] = []
        self.client = client
        logging.getLogger("slack_bolt.App").addFilter(_is_needed)
        self.bolt = App(
            client=WebClient(base_url=client.base_url),
            authorize=_trusted(client),
            request_verification_enabled=False,  # http.py verifies before anything is read; a socket is ours already
            listener_executor=self._clicks,
        )
        self.bolt.use(Once())

    def decided(self) -> None:
        """Refresh the Home tabs that people have open, after a decision was made anywhere (Slack, web …)."""
        for tabs in self.home_tabs:
            tabs.refresh()

    def close(self) -> None:
        """Finish handling the clicks that were received, update their messages, and end the threads."""
        self._clicks.shutdown(wait=True)
        self.afterwards.shutdown(wait=True)
        self.background.shutdown(wait=True, cancel_futures=True)


def _is_needed(record: logging.LogRecord) -> bool:
    """Whether a log record of Bolt says something: it reads SLACK_BOT_TOKEN from the environment by itself, and then
    warns that it will not use it.
    """
    return record.getMessage() != warning_client_prioritized_and_token_skipped()


def _trusted(client: WebClient) -> Callable[..., AuthorizeResult]:
    """Bolt's authorization result for the configured token, without asking Slack, which would delay the first click of
    a day.
    """

    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=client.token)

    return authorize


def build_app(
    client: WebClient,
    desk: SlackDesk,
    curation: Curation,
    curators: frozenset[str],
    group: str = "",
    audits: Audits | None = None,
    inquiries: Inquiries | None = None,
    proposals: Proposals | None = None,
) -> SlackApp:
    """Build the Bolt app. Its buttons and forms call `curation`, commands and the Home tab `inquiries`, buttons of
    audited papers `audits`, and buttons of proposals for the catalog `proposals`. Contacts nothing yet.

    `curators` are Slack user ids, `group` is the id of a user group; if both are empty, every member of the team may
    decide.
    """
    app = SlackApp(client)
    deciders = Curators(client, curators, group)
    listeners = Listeners(client, desk, curation, deciders, app.afterwards)
    register(app.bolt, listeners)
    register_reactions(app.bolt, listeners)
    register_rest(app.bolt, listeners)
    if audits is not None:
        register_audits(app.bolt, listeners, audits)
    if proposals is not None:
        register_proposals(app.bolt, listeners, proposals)
    if inquiries is not None:
        members = Members(client)
        requests = SlackRequests(client, curation, inquiries, deciders, app.background, desk.name, members)
        app.home_tabs.append(HomeTabs(requests))
        register_requests(app.bolt, requests, app.home_tabs[-1])
    # Last, for the events that nobody above listens for: Slack sends what is not acknowledged three times more.
    app.bolt.event(re.compile(""))(lambda: None)
    return app


def register(app: App, listeners: Listeners) -> None:
    """Register the listeners for everything on the message about a paper: buttons, menus and forms."""
    editor, menus = Editor(listeners), Menus(listeners)
    for action in VERDICTS:
        app.action(action)(editor.approve if action == APPROVE else listeners.decide)
    app.action(RETRY)(listeners.retry)
    app.action(EDIT)(editor.open)
    app.action(PREVIEWED)(editor.preview)
    app.view(EDIT_FORM)(editor.save)
    app.action(REASON)(menus.choose_reason)
    app.view(REASON_FORM)(menus.write_reason)
    app.action(UNTIL)(menus.choose_day)
    app.view(UNTIL_FORM)(menus.write_day)
    app.action(MORE)(menus.look)
    app.error(listeners.fail)


def register_requests(app: App, requests: SlackRequests, home_tabs: HomeTabs) -> None:
    """Register the listeners for the slash command, shortcuts, shared links, and the Home tab."""
    commands = Commands(requests)
    app.command(COMMAND)(commands.watch)
    app.message_shortcut(NOMINATE)(commands.message_shortcut)
    app.action(NOMINATE)(commands.nominate)
    app.event("link_shared")(commands.link_shared)
    app.event("app_home_opened")(home_tabs.opened)

    @app.action(home.OPEN)
    def _open(ack: Ack) -> None:
        ack()  # the button leads to the card by itself; Slack asks for an answer all the same

    app.action(re.compile(rf"{home.TURN}_-?\d+"))(home_tabs.turn)
    app.action(home.SETTINGS)(home_tabs.choose)
    for action in home.ACTIONS:
        app.action(action)(home_tabs.decide)


_MOST = 10_000  # events remembered; Slack sends one again for some minutes (docs.slack.dev/apis/events-api)
_log = get_logger(__name__)


class Once:
    """Bolt middleware that drops an event that Slack delivers a second time, recognized by the event's id or by the
    message it is about.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: OrderedDict[str, None] = OrderedDict()

    def __call__(self, body: Mapping[str, Any], next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002 - Bolt's name
        """Pass a request on to Bolt, unless it is an event that was received before."""
        if body.get("type") != "event_callback" or self._new(list(_marks(body))):
            return next()
        _log.info("an event was delivered again", event_id=body.get("event_id"))
        return BoltResponse(status=200)

    def _new(self, marks: list[str]) -> bool:
        with self._lock:
            heard = any(mark in self._heard for mark in marks)
            self._heard.update(dict.fromkeys(marks))
            while len(self._heard) > _MOST:
                self._heard.popitem(last=False)
        return not heard


def _marks(body: Mapping[str, Any]) -> Iterator[str]:
    team, event = body.get("team_id", ""), body.get("event") or {}
    if body.get("event_id"):
        yield f"{team}/{body['event_id']}"
    if event.get("message_ts"):  # one that was edited is told of again, with other links
        links = " ".join(sorted(str(link.get("url")) for link in event.get("links") or ()))
        yield f"{team}/{event.get('type')}/{event.get('channel')}/{event['message_ts']}/{links}"


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
        client = WebClient()
        super().__init__(client=client, authorize=_trusted(client), request_verification_enabled=False)
        self._workspaces = workspaces

    def dispatch(self, req: BoltRequest) -> BoltResponse:
        """Pass a request to the Bolt app of its workspace; if it names none (Slack verifying the address), Bolt answers
        itself.
        """
        return self._workspaces.serve(req) if req.context.team_id else super().dispatch(req)
