"""Installation of the Slack app in workspaces by Bolt's OAuth flow: tokens are stored encrypted, and deleted when the
app is uninstalled.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from slack_bolt import BoltResponse
from slack_bolt.oauth import OAuthFlow
from slack_bolt.oauth.callback_options import CallbackOptions, FailureArgs, SuccessArgs
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk.oauth import OAuthStateStore
from slack_sdk.oauth.installation_store import Bot, Installation, InstallationStore

from watcher.adapters.desks.slack.api.client import BoundedWebClient, make_client
from watcher.domain.errors import ConfigError, DeskRefused
from watcher.ports.store import DeskStore
from watcher.words_ja import slack as words

INSTALL, RETURN = "/slack/install", "/slack/oauth_redirect"
SCOPES = (
    "chat:write",
    "channels:history",
    "channels:read",
    "groups:history",
    "groups:read",
    "commands",
    "links:read",
    "reactions:read",
    "usergroups:read",
    "users:read",
)
_STATE_MINUTES = 10


class TokenCipher:
    """Symmetric encryption of tokens. It encrypts with the first key and decrypts with any, so a key is rotated by
    putting the new one first.
    """

    def __init__(self, keys: str) -> None:
        """`keys` are Fernet keys, comma-separated. Raises ConfigError."""
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])
        except ValueError:
            raise ConfigError(
                "not a list of Fernet keys",
                about="WATCHER_SECRET_KEY",
                remedy='make one: python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"',
            ) from None

    def encrypt(self, text: str) -> str:
        """Encrypt a workspace's token."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, encrypted: str) -> str:
        """Decrypt a workspace's token. Raises DeskRefused if no key fits."""
        try:
            return self._fernet.decrypt(encrypted.encode()).decode()
        except InvalidToken:
            raise DeskRefused(
                "the tokens were encrypted with another key",
                about="WATCHER_SECRET_KEY",
                remedy="add the former key to the list, or install the app again",
            ) from None


class Installations(InstallationStore):
    """Installation store for Bolt's OAuth flow, in the database, with encrypted tokens. Only workspaces that the
    configuration of a topic names are stored.
    """

    def __init__(
        self, kept: DeskStore, cipher: TokenCipher, teams: Collection[str], now: Callable[[], datetime]
    ) -> None:
        self._kept, self._cipher, self.teams, self._now = kept, cipher, frozenset(teams), now

    def save(self, installation: Installation) -> None:
        """Store the installation of the Slack app in a workspace, replacing an earlier one."""
        if installation.team_id in self.teams:
            values = {name: value for name, value in installation.to_dict().items() if name != "installed_at"}
            self._kept.put_installation(installation.team_id, self._cipher.encrypt(json.dumps(values)), self._now())

    def save_bot(self, bot: Bot) -> None:
        """Does nothing, because the stored installation of the app contains its bot."""

    def find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """The installation of a workspace, or None. Raises DeskRefused if its tokens cannot be decrypted."""
        del enterprise_id, user_id, is_enterprise_install
        encrypted = self._kept.installation(team_id or "")
        return Installation(**json.loads(self._cipher.decrypt(encrypted))) if encrypted else None

    def find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """The bot data (token, scopes) of a workspace's installation, or None. Raises DeskRefused if its tokens cannot
        be decrypted.
        """
        found = self.find_installation(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        return found.to_bot() if found else None

    def delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Delete the stored installation of the Slack app in a workspace."""
        del enterprise_id, user_id
        self._kept.remove_installation(team_id or "")

    def delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Delete the installation of a workspace, which contains its bot."""
        self.delete_installation(enterprise_id=enterprise_id, team_id=team_id)

    def token(self, team: str) -> str | None:
        """The bot token of a workspace, or None if the app is not installed there."""
        found = self.find_installation(enterprise_id=None, team_id=team)
        return found.bot_token if found else None


class States(OAuthStateStore):
    """OAuth state store for Bolt: a state is valid once, for ten minutes, in the browser that started the installation."""

    def __init__(self, kept: DeskStore, now: Callable[[], datetime]) -> None:
        self._kept, self._now = kept, now

    def issue(self, *args: object, **kwargs: object) -> str:
        """Create and store a new OAuth state value."""
        del args, kwargs
        state, now = secrets.token_urlsafe(32), self._now()
        self._kept.add_state(state, now, now + timedelta(minutes=_STATE_MINUTES))
        return state

    def consume(self, state: str) -> bool:
        """Whether an OAuth state value is valid; it is deleted."""
        return self._kept.pop_state(state, self._now())


class InstalledClient(BoundedWebClient):
    """Web API client of one workspace that looks up its current token at every call, because the app may be reinstalled
    or uninstalled at any time.
    """

    def __init__(self, team: str, installations: Installations, base_url: str) -> None:
        plain = make_client("", base_url)
        super().__init__(base_url=plain.base_url, timeout=plain.timeout)
        self.retry_handlers = plain.retry_handlers
        self._team, self._installations = team, installations

    def api_call(self, api_method: str, **arguments: object) -> object:  # type: ignore[override]
        """Call Slack's Web API. Raises DeskRefused if the app is not installed."""
        self.token = self._installations.token(self._team)
        if not self.token:
            raise DeskRefused("the app is not installed", about=self._team, remedy=f"open {INSTALL} of the web desk")
        return super().api_call(api_method, **arguments)  # type: ignore[arg-type]


def make_flow(
    client_id: str, client_secret: str, installations: Installations, states: States, base_url: str
) -> OAuthFlow:
    """Build Bolt's OAuth flow; its pages say in one sentence whether the installation succeeded."""

    def done(given: SuccessArgs) -> BoltResponse:
        served = given.installation.team_id in installations.teams
        return _page(words.INSTALLED if served else words.NOT_SERVED, 200)

    def failed(given: FailureArgs) -> BoltResponse:
        return _page(words.NOT_INSTALLED, given.suggested_status_code)

    settings = OAuthSettings(
        client_id=client_id,
        client_secret=client_secret,
        scopes=SCOPES,
        install_path=INSTALL,
        redirect_uri_path=RETURN,
        install_page_rendering_enabled=False,
        callback_options=CallbackOptions(success=done, failure=failed),
        installation_store=installations,
        installation_store_bot_only=True,
        state_store=states,
        state_expiration_seconds=60 * _STATE_MINUTES,
    )
    return OAuthFlow(client=make_client("", base_url), settings=settings)


def _page(text: str, status: int) -> BoltResponse:
    return BoltResponse(status=status, body=text, headers={"Content-Type": "text/plain; charset=utf-8"})
