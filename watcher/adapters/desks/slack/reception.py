"""Where /watch, shortcuts, pasted links and the Home tab meet their listeners."""

from __future__ import annotations

import re

from slack_bolt import Ack, App, Respond

from watcher.adapters.desks.slack import commands, home, shortcuts
from watcher.adapters.desks.slack.front import Body, Front
from watcher.adapters.desks.slack.homes import Homes


def register_front(app: App, front: Front, homes: Homes) -> None:
    """Make them known to a Bolt app, whatever its transport."""

    @app.command(commands.COMMAND)
    def _watch(ack: Ack, command: Body, respond: Respond) -> None:
        commands.watch(front, ack, command, respond)

    @app.message_shortcut(shortcuts.NOMINATE)
    def _message(ack: Ack, body: Body, respond: Respond) -> None:
        shortcuts.message_shortcut(front, ack, body, respond)

    @app.action(shortcuts.NOMINATE)
    def _nominate(ack: Ack, body: Body, respond: Respond) -> None:
        shortcuts.nominate(front, ack, body, respond)

    @app.event("link_shared")
    def _link(event: Body) -> None:
        shortcuts.link_shared(front, event)

    @app.event("app_home_opened")
    def _opened(event: Body) -> None:
        homes.opened(event)

    @app.action(home.OPEN)
    def _open(ack: Ack) -> None:
        ack()  # the button leads to the card by itself; Slack asks for an answer all the same

    app.action(re.compile(rf"{home.TURN}_-?\d+"))(homes.turn)
    app.action(home.SETTINGS)(homes.choose)
    for action in home.ACTIONS:
        app.action(action)(homes.decide)
