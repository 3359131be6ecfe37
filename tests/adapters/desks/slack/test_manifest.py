"""The app's manifest against the code: no scope, event or command more than is used, and none less."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_sdk import WebClient

from tests.fakes import MemoryCuration
from tests.servers.slack import BOT_TOKEN, CHANNEL
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.api.oauth import SCOPES as SCOPES_ASKED
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.app import LEAVING, build_app
from watcher.adapters.desks.slack.listeners.commands import COMMAND, NOMINATE

ROOT = Path(__file__).parents[4]
SLACK = ROOT / "watcher" / "adapters" / "desks" / "slack"

# docs.slack.dev/reference/methods: what each method asks for. `connections:write` is the app-level token's.
SCOPES: dict[str, set[str]] = {
    "apps_connections_open": set(),
    "auth_test": set(),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history"},
    "conversations_replies": {"channels:history", "groups:history"},
    "reactions_get": {"reactions:read"},
    "users_conversations": {"channels:read", "groups:read"},
    "usergroups_users_list": {"usergroups:read"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_members": {"channels:read", "groups:read"},
    "users_info": {"users:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_update": set(),
}
EVENTS: dict[str, set[str]] = {
    "app_home_opened": set(),
    "app_uninstalled": set(),
    "link_shared": {"links:read"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
    "tokens_revoked": set(),
}
METHODS = {name for name in dir(WebClient) if "_" in name.strip("_") and not name.startswith("_")}


def trees() -> Iterator[ast.AST]:
    for path in SLACK.rglob("*.py"):
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def methods_called() -> set[str]:
    """Every method of Slack's that the code calls on a client."""
    named = {node.attr for node in trees() if isinstance(node, ast.Attribute)}
    return named & METHODS - {"api_call"}


def events_heard() -> set[str]:
    """Those that listeners are registered for, and those by which a workspace leaves."""
    return set(LEAVING) | {
        str(node.args[0].value)
        for node in trees()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "event"
        and isinstance(node.args[0], ast.Constant)
    }


@pytest.fixture(scope="module")
def manifest() -> Any:
    return yaml.safe_load((ROOT / "config" / "slack" / "manifest.yaml").read_text(encoding="utf-8"))


def test_its_scopes_are_those_of_the_methods_events_and_commands_in_use(manifest: Any) -> None:
    needed = {"commands"}.union(
        *(SCOPES[method] for method in methods_called()), *(EVENTS[event] for event in events_heard())
    )

    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed
    assert set(manifest["oauth_config"]["scopes"]) == {"bot"}, "nobody's own token is asked for"
    assert set(SCOPES_ASKED) == needed, "installing asks for the same"


def test_every_method_whose_scope_is_told_is_called() -> None:
    assert methods_called() <= SCOPES.keys()
    assert {"chat_postMessage", "conversations_history", "views_publish"} <= methods_called()


def test_it_subscribes_to_the_events_that_are_heard(manifest: Any) -> None:
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == events_heard() == EVENTS.keys()
    assert manifest["features"]["unfurl_domains"] == ["arxiv.org"]


def test_its_command_and_shortcut_are_those_listened_for(manifest: Any) -> None:
    assert [command["command"] for command in manifest["features"]["slash_commands"]] == [COMMAND]
    assert [(s["callback_id"], s["type"]) for s in manifest["features"]["shortcuts"]] == [(NOMINATE, "message")]
    assert manifest["features"]["app_home"]["home_tab_enabled"] is True


def test_socket_mode_and_clicks_are_on(manifest: Any) -> None:
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["settings"]["interactivity"] == {"is_enabled": True}


def test_an_app_is_built_without_contacting_slack() -> None:
    client = make_client(BOT_TOKEN, "http://127.0.0.1:9/api/")

    build_app(client, SlackDesk(client, CHANNEL), MemoryCuration(), frozenset()).close()
