"""Checks whether a Slack user is a member of the app's own team, and not a guest, bot, or member of another company.

User objects: https://docs.slack.dev/reference/objects/user-object; people of other companies share channels by Slack
Connect (https://docs.slack.dev/apis/slack-connect).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from watcher.adapters.desks.slack.api.client import error_code, failures, make_client
from watcher.domain.errors import DeskError
from watcher.logs import get_logger

_log = get_logger(__name__)
_KEEP = 3600.0  # seconds; a guest seldom becomes a member
_AGAIN = 30.0  # seconds before somebody whom Slack did not tell of is asked for again
_PATIENCE = 1  # seconds, twice at most: a click must be acknowledged within three
_MOST = 1000  # people who are remembered
_UNKNOWN = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
_NOT_OURS_TO_ASK = frozenset({"missing_scope", "unknown_method", "access_denied", "no_permission"})
_GUEST = ("is_stranger", "is_restricted", "is_ultra_restricted", "is_bot")


@dataclass(frozen=True, slots=True)
class Own:
    """The identity of the Slack app: its team, its Enterprise Grid organization ("" for none), and its own user."""

    team: str
    organization: str
    user: str

    def has(self, user: Mapping[str, Any]) -> bool:
        """Whether a Slack user object is a member of this team, or of another workspace of the same organization."""
        if user.get("id") == self.user or any(user.get(mark) for mark in _GUEST):
            return False
        organization = (user.get("enterprise_user") or {}).get("enterprise_id")
        same = bool(self.organization) and organization == self.organization
        return same or self.may_be(str(user.get("team_id") or ""))

    def may_be(self, team: str) -> bool:
        """Whether a team id may be that of the app's own team; True if the app's team is unknown."""
        return not (team and self.team) or team in {self.team, self.organization}


def own_team(client: WebClient) -> Own:
    """Ask Slack for the team that a client's token belongs to. Raises DeskError / DeskRefused."""
    with failures("auth.test"):
        told = client.auth_test()
    return Own(*(str(told.get(name) or "") for name in ("team_id", "enterprise_id", "user_id")))


class Team:
    """Checks with Slack whether people are members of the team; answers are cached for an hour, and longer while Slack
    does not answer.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = make_client(client.token or "", client.base_url, timeout=_PATIENCE)
        self._client.retry_handlers = []
        self._lock = threading.Lock()
        self._own: Own | None = None
        self._known: dict[str, tuple[float, bool]] = {}

    def has(self, person: str, team: str = "") -> bool:
        """Whether the user with this id is a member of the team. `team` is the user's workspace, if the click states
        it. If Slack does not answer, the last known answer is used; an unknown user counts as a member then, so that an
        outage of Slack keeps no curator from deciding.
        """
        with self._lock:
            ask_from, known = self._known.get(person, (0.0, True))
        if time.monotonic() < ask_from:
            return known
        try:
            found, wait = self._asked(person, team), _KEEP
        except DeskError as error:
            _log.warning("Slack does not tell whether a person is a guest", person=person, error=error)
            found, wait = known, _AGAIN
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[person] = (time.monotonic() + wait, found)
        return found

    def _asked(self, person: str, team: str) -> bool:
        self._own = own = self._own or own_team(self._client)
        if person == own.user or not own.may_be(team):
            return False
        with failures(f"users.info {person}"):
            try:
                return own.has(self._client.users_info(user=person).get("user") or {})
            except SlackApiError as error:
                if (code := error_code(error)) in _UNKNOWN:
                    return False
                if code not in _NOT_OURS_TO_ASK:
                    raise
        _log.warning("the app may not ask who is a guest", missing="users:read", code=code)
        return True
