"""Two topics, two channels, two catalogs: what belongs to one group is seen and changed nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scenarios.conftest import RELEVANT, Deployment
from tests.scenarios.slack import cards
from tests.servers.slack import CHANNEL, OTHER_CHANNEL, LocalSlack

pytestmark = pytest.mark.endurance


def two_topics(deployment: Deployment) -> Path:
    """The shipped topic, and the same again for another group; gives the other group's catalog."""
    topics = deployment.folder / "config" / "topics"
    deployment.configure(topics.parent, "", "")
    first = topics / "llm-x-world-models.toml"
    text = first.read_text(encoding="utf-8")
    first.write_text(text.replace('channel = ""', f'channel = "{CHANNEL}"'), encoding="utf-8")
    second = text.replace('channel = ""', f'channel = "{OTHER_CHANNEL}"')
    second = second.replace('catalog = ""', 'catalog = "other/catalog.md"')
    (topics / "other.toml").write_text(second, encoding="utf-8")
    (topics / "other.md").write_text(first.with_suffix(".md").read_text(encoding="utf-8"), encoding="utf-8")
    del deployment.env["SLACK_CHANNEL"]
    return deployment.folder / "var" / "other" / "catalog.md"


def test_each_topic_has_its_channel_and_its_catalog(live: Deployment, slack: LocalSlack) -> None:
    theirs = two_topics(live)
    ours = live.folder / "var" / "catalog.md"
    environment = live.environment

    def own_catalogs() -> dict[str, str]:
        return {name: value for name, value in environment().items() if name != "WATCHER_CATALOG"}

    live.environment = own_catalogs  # type: ignore[method-assign]
    assert live("check").code == 0, live("check").err
    done = live.run()
    assert done.code == 0, done.err

    here = [post for post in slack.messages(CHANNEL) if "arxiv.org/abs" in json.dumps(post)]
    there = [post for post in slack.messages(OTHER_CHANNEL) if "arxiv.org/abs" in json.dumps(post)]
    assert set(cards(slack)) == RELEVANT
    assert len(here) == len(there), "the same cards and a digest in either channel"

    numbers = [line.split()[0] for line in live("decide", "2606.27483", "approve").err.split("指定してください（")[1:]]
    assert numbers
    other = live("decide", "2606.27483", "approve").err.split("(other)")[0].split()[-1]
    assert live("decide", other, "approve", "--json").json["state"] == "cataloged"

    assert "2606.27483" in theirs.read_text(encoding="utf-8")
    assert "2606.27483" not in ours.read_text(encoding="utf-8")
    assert "No. 1" in json.dumps(slack.messages(OTHER_CHANNEL), ensure_ascii=False)
    assert "No. 1" not in json.dumps(slack.messages(CHANNEL), ensure_ascii=False)


def test_a_topic_without_a_channel_is_told(live: Deployment) -> None:
    two_topics(live)
    path = live.folder / "config" / "topics" / "other.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(OTHER_CHANNEL, ""), encoding="utf-8")

    done = live("check")

    assert done.code == 1
    assert "other のチャンネルが決まっていません" in done.err


def test_half_a_configuration_of_workspaces_is_told_whole(live: Deployment) -> None:
    two_topics(live)
    live.env |= {"SLACK_OAUTH_CLIENT_ID": "1.2", "WATCHER_SECRET_KEY": "nonsense"}

    done = live("check")

    assert done.code == 1
    told = done.err.splitlines()
    assert len(told) == 5
    for what in ("SLACK_BOT_TOKEN と", "CLIENT_SECRET", "Fernet", "other.toml team"):
        assert any(what in line for line in told), what
    assert "nonsense" not in done.err
