"""Health check of a Slack app for the command `watcher doctor`: whether messages could be posted and clicks would
arrive.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from http.client import HTTPException
from typing import Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from watcher.adapters.desks.slack.api.client import error_code, make_client
from watcher.adapters.desks.slack.api.oauth import SCOPES as ASKED
from watcher.adapters.desks.slack.api.people import own_team
from watcher.domain.errors import DeskError
from watcher.domain.health import Checkup, Health

SCOPES: Final = frozenset(ASKED)
"""The OAuth scopes that config/slack/manifest.yaml asks for."""

_MEMBERS, _TOLD = 60, 5  # people of a channel who are asked about, and told of
_NEEDED = frozenset({"chat:write", "channels:history"})  # without the others some conveniences are missing


def examine_slack(
    bot_token: str, app_token: str, base_url: str, channels: Iterable[str], *, anybody: bool = False
) -> list[Checkup]:
    """Check a Slack app: the bot's token and scopes, each channel, and the token for Socket Mode if any. Posts nothing.
    If all team members may decide (`anybody`), channel members from outside the team are reported, because their
    decisions are refused.
    """
    client = make_client(bot_token, base_url)
    try:
        headers = client.auth_test().headers
    except (SlackClientError, HTTPException, OSError, ValueError) as error:
        return [_failed("slack_token", error)]
    found = [Checkup("slack_token", Health.OK), _scopes({k.lower(): str(v) for k, v in headers.items()})]
    for channel in channels:
        found.append(_channel(client, channel))
        if anybody and found[-1].health is Health.OK:
            found += _outsiders(client, channel)
    if app_token:
        found.append(_app_token(app_token, base_url))
    return found


def _scopes(headers: dict[str, str]) -> Checkup:
    if "x-oauth-scopes" not in headers:
        return Checkup("slack_scopes", Health.WARNING, "untold")
    given = {scope.strip() for scope in headers["x-oauth-scopes"].split(",")}
    missing = ", ".join(sorted(SCOPES - given))
    if not missing:
        return Checkup("slack_scopes", Health.OK)
    return Checkup("slack_scopes", Health.BROKEN if _NEEDED - given else Health.WARNING, "missing", missing)


def _channel(client: WebClient, channel: str) -> Checkup:
    """The check of one channel: read its last message, which needs the same scope and membership as looking for a
    post.
    """
    try:
        client.conversations_history(channel=channel, limit=1)
    except (SlackClientError, HTTPException, OSError, ValueError) as error:
        return _failed("slack_channel", error, channel)
    return Checkup("slack_channel", Health.OK, detail=channel)


def _outsiders(client: WebClient, channel: str) -> list[Checkup]:
    """Guests and people of other companies among the first members of a channel.

    Checks for which the app lacks a scope are left out: missing scopes are reported by themselves.
    """
    found: list[str] = []
    with suppress(SlackClientError, HTTPException, OSError, ValueError, DeskError):
        own = own_team(client)
        shared = (client.conversations_info(channel=channel).get("channel") or {}).get("is_ext_shared")
        found = ["Slack Connect"] if shared else []
        members = client.conversations_members(channel=channel, limit=_MEMBERS).get("members") or []
        for member in members[:_MEMBERS]:
            user = client.users_info(user=member).get("user") or {}
            if not (user.get("is_bot") or own.has(user)):
                found.append(str(user.get("id")))
    told = f"{channel}: {', '.join(found[:_TOLD])}{' …' if len(found) > _TOLD else ''}"
    return [Checkup("slack_channel", Health.WARNING, "outsiders", told)] if found else []


def _app_token(token: str, base_url: str) -> Checkup:
    try:
        make_client(token, base_url).apps_connections_open(app_token=token)
    except (SlackClientError, HTTPException, OSError, ValueError) as error:
        return _failed("slack_app_token", error)
    return Checkup("slack_app_token", Health.OK)


def _failed(name: str, error: Exception, about: str = "") -> Checkup:
    """The result of a failed check, with Slack's error code only: an exception's text may hold the whole response."""
    if isinstance(error, SlackApiError):
        code = error_code(error)
        passing = code.startswith("http_5") or code in {"ratelimited", "internal_error", "service_unavailable"}
        return Checkup(name, Health.BROKEN, "unreachable" if passing else "refused", f"{about} {code}".strip())
    return Checkup(name, Health.BROKEN, "unreachable", f"{about} {type(error).__name__}".strip())
