"""Builds the Bolt app with all its listeners and the threads they run in."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from watcher.adapters.desks.slack.api.people import Curators, Members
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.cards import REASON_FORM, Listeners, Reasons
from watcher.adapters.desks.slack.listeners.commands import COMMAND, NOMINATE, Commands
from watcher.adapters.desks.slack.listeners.days import register_days
from watcher.adapters.desks.slack.listeners.details import Looker
from watcher.adapters.desks.slack.listeners.editing import Editor
from watcher.adapters.desks.slack.listeners.home_tab import HomeTabs
from watcher.adapters.desks.slack.listeners.reactions import register_reactions
from watcher.adapters.desks.slack.listeners.requests import SlackRequests
from watcher.adapters.desks.slack.listeners.rest import register_rest
from watcher.adapters.desks.slack.listeners.reviews import register_audits, register_proposals
from watcher.adapters.desks.slack.messages import home
from watcher.adapters.desks.slack.messages.actions import APPROVE, EDIT, MORE, REASON, RETRY, VERDICTS
from watcher.adapters.desks.slack.messages.modal import EDIT_FORM, PREVIEWED
from watcher.logs import get_logger
from watcher.ports import Audits, Curation, Inquiries, Proposals


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
    register_days(app.bolt, listeners)
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
    editor, looker, reasons = Editor(listeners), Looker(listeners), Reasons(listeners)
    for action in VERDICTS:
        app.action(action)(editor.approve if action == APPROVE else listeners.decide)
    app.action(RETRY)(listeners.retry)
    app.action(EDIT)(editor.open)
    app.action(PREVIEWED)(editor.preview)
    app.view(EDIT_FORM)(editor.save)
    app.action(REASON)(reasons.choose)
    app.view(REASON_FORM)(reasons.write)
    app.action(MORE)(looker.look)
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
