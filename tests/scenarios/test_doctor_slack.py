"""`watcher doctor` looks at Slack as a deployment uses it: its channels, that of alarms, and every workspace's token."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from slack_sdk.oauth.installation_store import Installation

from tests.scenarios.test_doctor import ROOT
from tests.servers.slack_says import SlackSays
from watcher.adapters.store import SqlStore, migrations, open_database
from watcher.bootstrap.doctor import slack_checkups
from watcher.bootstrap.slack import installations_of
from watcher.domain.health import Health
from watcher.settings import Settings, load_settings
from watcher.words_ja import cli as words

KEY = Fernet.generate_key().decode()


def now() -> datetime:
    return datetime(2026, 6, 29, tzinfo=UTC)


@pytest.fixture
def slack() -> Iterator[SlackSays]:
    with SlackSays() as says:
        yield says


@pytest.fixture
def environ(tmp_path: Path, slack: SlackSays) -> dict[str, str]:
    """Two topics of two workspaces, and a channel for alarms."""
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config)
    values = (config / "watcher.toml").read_text(encoding="utf-8")
    values = values.replace('[alarms]\nchannel = ""', '[alarms]\nchannel = "C0ALARMS"')
    (config / "watcher.toml").write_text(values, encoding="utf-8")
    ours = config / "topics" / "llm-x-world-models.toml"
    text = ours.read_text(encoding="utf-8")
    for path, name in ((ours, "OURS"), (ours.with_name("other.toml"), "THEIRS")):
        named = text.replace('team = ""', f'team = "T0{name}"').replace('channel = ""', f'channel = "C0{name}"')
        path.write_text(named, encoding="utf-8")
    shutil.copyfile(ours.with_suffix(".md"), ours.with_name("other.md"))
    return {"WATCHER_CONFIG": str(config), "WATCHER_DATA": str(tmp_path), "SLACK_API_URL": slack.url}


def many(environ: dict[str, str]) -> Settings:
    oauth = {"SLACK_OAUTH_CLIENT_ID": "1.2", "SLACK_OAUTH_CLIENT_SECRET": "s", "WATCHER_SECRET_KEY": KEY}
    return load_settings({**environ, **oauth})


def stored(settings: Settings) -> SqlStore:
    database = open_database(settings.database)
    migrations.upgrade(database)
    return SqlStore(database)


def told(settings: Settings, *, has_store: bool = True) -> list[tuple[str, str, str]]:
    found = slack_checkups(settings, now, stored=has_store)
    assert all(words.remedy(each) for each in found if each.health is not Health.OK)
    return [(each.name, each.sign, each.detail) for each in found]


def test_the_channel_of_alarms_is_looked_at_too(environ: dict[str, str]) -> None:
    found = told(load_settings({**environ, "SLACK_BOT_TOKEN": "xoxb-1"}))

    assert [detail for name, _, detail in found if name == "slack_channel"] == ["C0OURS", "C0THEIRS", "C0ALARMS"]


def test_every_workspace_is_looked_at_with_its_own_token(environ: dict[str, str]) -> None:
    settings = many(environ)
    store = stored(settings)
    granted = Installation(user_id="U1", team_id="T0OURS", bot_token="xoxb-ours", app_id="A1")
    installations_of(settings, store, now).save(granted)
    store.database.close()

    assert told(settings) == [
        ("slack_token", "", "T0OURS"),
        ("slack_scopes", "", "T0OURS"),
        ("slack_channel", "", "T0OURS C0OURS"),
        ("slack_channel", "", "T0OURS C0ALARMS"),
        ("slack_token", "not_installed", "T0THEIRS"),
    ]

    another = settings.env.model_copy(update={"WATCHER_SECRET_KEY": Fernet.generate_key().decode()})
    ((name, sign, _),) = told(replace(settings, env=another))
    assert (name, sign) == ("slack_token", "sealed")


def test_workspaces_whose_tokens_cannot_be_read_are_told(environ: dict[str, str]) -> None:
    assert told(many(environ), has_store=False) == [("slack_token", "workspaces", "")]
