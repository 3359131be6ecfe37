"""Start local-slack, and act in it as a person would."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any

BOT_TOKEN = "xoxb-stand-in"
APP_TOKEN = "xapp-stand-in"
HTTP_BOT_TOKEN = "xoxb-stand-in-http"
SIGNING_SECRET = "stand-in-signing-secret"
TEAM = "T01LAB"
CHANNEL = "C01PAPERS"
OTHER_CHANNEL = "C02OTHERS"
HANA = "U01HANA"
KEN = "U02KEN"

_CONFIG: dict[str, Any] = {
    "workspace": {"name": "Lab", "domain": "lab", "teamId": TEAM},
    "apps": [
        {
            "appId": "A01WATCHER",
            "botUserId": "U01WATCHER",
            "botName": "watcher",
            "botToken": BOT_TOKEN,
            "appToken": APP_TOKEN,
            "signingSecret": "stand-in",
            "mode": "socket",
        },
        {
            "appId": "A02WATCHER",
            "botUserId": "U02WATCHER",
            "botName": "watcher by http",
            "botToken": HTTP_BOT_TOKEN,
            "appToken": "xapp-stand-in-http",
            "signingSecret": SIGNING_SECRET,
            "mode": "events",
        },
    ],
    "users": [
        {"id": HANA, "name": "hana", "real_name": "Hana", "email": "hana@example.com"},
        {"id": KEN, "name": "ken", "real_name": "Ken", "email": "ken@example.com"},
    ],
    "channels": [
        {"id": channel, "name": name, "members": [HANA, KEN, "U01WATCHER", "U02WATCHER"]}
        for channel, name in ((CHANNEL, "papers"), (OTHER_CHANNEL, "others"))
    ],
}


def free_port() -> int:
    with socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def eventually(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait until `condition` gives something true and give that; fail after `seconds`, which a busy machine may need."""
    deadline, pause = time.monotonic() + seconds, 0.005
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(pause)
        pause = min(pause * 1.3, 0.1)  # whoever is waited for needs the processor
    return found


class LocalSlack:
    """A running local-slack: its addresses, and what a person in the workspace sees and does."""

    def __init__(self, port: int, events_port: int) -> None:
        """`events_port` is where the app that is asked over HTTP is to listen."""
        self.events_port = events_port
        self.page = f"http://127.0.0.1:{port}"
        self.api = f"{self.page}/api/"

    def messages(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """What stands in a channel, oldest first; whispers included."""
        found: list[dict[str, Any]] = self._control(f"messages/{channel}")["messages"]
        return found

    def posts(self) -> list[dict[str, Any]]:
        """The same without whispers."""
        return [message for message in self.messages() if message.get("subtype") != "ephemeral"]

    def whispers(self, user: str) -> list[str]:
        """What only `user` was told."""
        return [m["text"] for m in self.messages() if m.get("subtype") == "ephemeral" and m["ephemeral_to"] == user]

    def click(self, ts: str, action_id: str, user: str) -> None:
        """Press a button of the message `ts`."""
        self.press(ts, self.button(ts, action_id), user)

    def button(self, ts: str, action_id: str) -> dict[str, Any]:
        """A button as it stands now; whoever saw it may press it later."""
        message = next(m for m in self.messages() if m["ts"] == ts)
        return next(e for e in buttons(message) if e["action_id"] == action_id)

    def press(self, ts: str, button: dict[str, Any], user: str) -> None:
        """Press a button that was seen, whatever stands there now."""
        self._control("interact", {"channel": CHANNEL, "messageTs": ts, "user": user, "action": button})

    def command(self, text: str, user: str) -> None:
        """Type `/watch` and what follows; the app that listens by socket is asked."""
        self._control("command", {"channel": CHANNEL, "user": user, "command": "/watch", "text": text})

    def choose(self, ts: str, action_id: str, option: str, user: str) -> None:
        """Choose from a menu of the message `ts` the option whose value ends so."""
        message = next(m for m in self.messages() if m["ts"] == ts)
        menus = [e for block in message["blocks"] for e in block.get("elements", []) if e.get("action_id") == action_id]
        chosen = next(o for o in menus[0]["options"] if o["value"].endswith(option))
        action = {"type": menus[0]["type"], "action_id": action_id, "block_id": "b", "selected_option": chosen}
        self._control("interact", {"channel": CHANNEL, "messageTs": ts, "user": user, "action": action})

    def react(self, ts: str, name: str, user: str) -> None:
        """Give an emoji, by Slack's name, to the message `ts`; a person can take none away here."""
        self._control("reaction", {"channel": CHANNEL, "ts": ts, "user": user, "name": name})

    def reply(self, ts: str, text: str, user: str) -> None:
        """Write in the thread of the message `ts`."""
        self._control("message", {"channel": CHANNEL, "user": user, "text": text, "thread_ts": ts})

    def say(self, user: str, text: str) -> None:
        """Write a message as a person."""
        self._control("message", {"channel": CHANNEL, "user": user, "text": text})

    def reset(self) -> None:
        """Empty the channel."""
        self._control("reset", {})

    def _control(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.page}/_control/{path}", data=data, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=5) as reply:
            return json.load(reply)


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The buttons of a message with the ids of their blocks."""
    found = []
    for block in message.get("blocks", []):
        elements = block["elements"] if block["type"] == "actions" else [block.get("accessory", {})]
        found += [{**e, "block_id": block.get("block_id", "b")} for e in elements if e.get("type") == "button"]
    return found


@contextmanager
def running_local_slack(binary: Path, folder: Path) -> Iterator[LocalSlack]:
    """local-slack on a free port with two people (hana, ken), one channel (papers) and an app for each transport."""
    config = folder / "local-slack.json"
    port, events_port = free_port(), free_port()
    by_socket, by_http = _CONFIG["apps"]
    by_http = {**by_http, "requestUrl": f"http://127.0.0.1:{events_port}/slack/events"}
    config.write_text(json.dumps({**_CONFIG, "apps": [by_socket, by_http]}), encoding="utf-8")
    command = [str(binary), "--config", str(config), "--port", str(port), "--base-host", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        slack = LocalSlack(port, events_port)

        def answers() -> bool:
            try:
                slack.messages()
            except OSError:
                return False
            return True

        try:
            eventually(answers, 20.0)
            yield slack
        finally:
            process.kill()  # it takes a second to end by itself, and keeps nothing
