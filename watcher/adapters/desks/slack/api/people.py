"""Decides which Slack users are curators: the people named in the settings, the members of a user group, or every
member of the app's own team, but no guest, bot, or member of another company. Looks up names and channels of users.

User objects: https://docs.slack.dev/reference/objects/user-object; people of other companies share channels by Slack
Connect (https://docs.slack.dev/apis/slack-connect).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from watcher.adapters.desks.slack.api.client import error_code, failures, make_client
from watcher.adapters.desks.slack.messages.text import fit
from watcher.domain.errors import DeskError
from watcher.domain.text import visible
from watcher.logs import get_logger

_log = get_logger(__name__)
_GROUP_KEPT = _CHANNELS_KEPT = 300.0  # seconds; people join and leave a group or a channel seldom
_NAME_KEPT = _MEMBERSHIP_KEPT = 3600.0  # seconds; a guest seldom becomes a member
_AGAIN = 30.0  # seconds before Slack is asked again for what it did not tell
_PATIENCE = 2  # seconds: a click must be acknowledged within three
_MEMBERSHIP_PATIENCE = 1  # seconds, twice at most
_MOST_REMEMBERED = 1000  # people
_PAGES, _PAGE = 10, 200

_Answer = TypeVar("_Answer")


class Curators:
    """Authorization check: which Slack users may decide about papers. The members of a user group are cached for
    minutes; while Slack does not answer, the cached list remains valid.
    """

    def __init__(self, client: WebClient, people: frozenset[str], group: str = "") -> None:
        """`people` are Slack user ids, `group` is the id of a user group. With neither, every member of the team may
        decide, but no guests and nobody of another company that shares the channel.
        """
        self._people = people
        self._group = group
        self._client = make_client(client.token or "", client.base_url, timeout=_PATIENCE)
        self._client.retry_handlers = []  # a second try would not fit into the time
        self._team = Team(client)
        self._lock = threading.Lock()
        self._members: frozenset[str] | None = None
        self._ask_from = 0.0

    @property
    def everybody(self) -> bool:
        """Whether every member of the team may decide about papers, because the settings name no curators."""
        return not (self._people or self._group)

    def may(self, person: str, team: str = "") -> bool:
        """Whether the user with this id may decide; `team` is the user's workspace, if the click states it. Raises
        DeskError as long as Slack has never answered who is in the group.
        """
        if person in self._people:
            return True
        if self.everybody:
            return self._team.has(person, team)
        return bool(self._group) and person in self._in_group()

    def _in_group(self) -> frozenset[str]:
        with self._lock:
            if time.monotonic() >= self._ask_from:
                try:
                    self._members, wait = self._asked(), _GROUP_KEPT
                except DeskError as error:
                    _log.error("who is in the curators' group is not known", error=error)
                    wait = _AGAIN
                self._ask_from = time.monotonic() + wait
            if self._members is None:
                raise DeskError("Slack has not told who is in the curators' group", about=self._group)
            return self._members

    def _asked(self) -> frozenset[str]:
        with failures(f"usergroups.users.list {self._group}"):
            return frozenset(self._client.usergroups_users_list(usergroup=self._group)["users"])


def curator(who: str, name: str) -> str:
    """The name recorded for a Slack user, e.g. `hana (U01HANA)`. It contains the id, because a name can change or pass
    to another person.
    """
    shown = fit(visible(name), 60)
    return f"{shown} ({who})" if shown else who


class _Cache(Generic[_Answer]):
    """What Slack told about people, by user id, each answer valid for a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, _Answer]] = {}

    def get(self, who: str) -> tuple[bool, _Answer | None]:
        """Whether the last answer about a person is still valid, and the answer, None if there is none."""
        with self._lock:
            until, answer = self._known.get(who, (0.0, None))
        return time.monotonic() < until, answer

    def put(self, who: str, answer: _Answer, seconds: float) -> None:
        """Keep an answer; it is valid for `seconds`."""
        with self._lock:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[who] = time.monotonic() + seconds, answer


class Names:
    """Looks up the display names of Slack users by id, because a reaction states only the id; cached for an hour."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._known = _Cache[str]()

    def curator(self, who: str) -> str:
        """The name recorded for a Slack user; the id alone while Slack does not answer."""
        is_valid, name = self._known.get(who)
        if not is_valid:
            try:
                with failures(f"users.info {who}"):
                    name = str((self._client.users_info(user=who).get("user") or {}).get("name") or "")
                self._known.put(who, name, _NAME_KEPT)
            except DeskError as error:
                _log.warning("Slack does not tell what a person is called", person=who, error=error)
        return curator(who, name or who)


class Members:
    """Looks up which Slack channels a person shares with the app; answers are cached for minutes."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._known = _Cache[frozenset[str]]()

    def channels(self, who: str) -> frozenset[str]:
        """The ids of the Slack channels that a person and the app are both in. Raises DeskError / DeskRefused."""
        is_valid, channels = self._known.get(who)
        if not is_valid:
            channels = self._asked(who)
            self._known.put(who, channels, _CHANNELS_KEPT)
        return channels or frozenset()

    def _asked(self, who: str) -> frozenset[str]:
        found, cursor = set[str](), None
        for _ in range(_PAGES):
            with failures("users.conversations"):
                page = self._client.users_conversations(
                    user=who,
                    types="public_channel,private_channel",
                    exclude_archived=True,
                    limit=_PAGE,
                    cursor=cursor,
                )
            found |= {str(channel["id"]) for channel in page.get("channels") or []}
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return frozenset(found)


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
        self._client = make_client(client.token or "", client.base_url, timeout=_MEMBERSHIP_PATIENCE)
        self._client.retry_handlers = []
        self._own: Own | None = None
        self._known = _Cache[bool]()

    def has(self, person: str, team: str = "") -> bool:
        """Whether the user with this id is a member of the team. `team` is the user's workspace, if the click states
        it. If Slack does not answer, the last known answer is used; an unknown user counts as a member then, so that an
        outage of Slack keeps no curator from deciding.
        """
        is_valid, known = self._known.get(person)
        if is_valid and known is not None:
            return known
        try:
            found, wait = self._asked(person, team), _MEMBERSHIP_KEPT
        except DeskError as error:
            _log.warning("Slack does not tell whether a person is a guest", person=person, error=error)
            found, wait = known is not False, _AGAIN
        self._known.put(person, found, wait)
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
