"""A feed is one line in a topic's file; what cannot be meant is told when the settings are read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.scenarios.conftest import SHIPPED
from watcher.bootstrap.clients import web_feeds
from watcher.domain.errors import ConfigError
from watcher.settings import Settings, load_settings


def settings(folder: Path, feeds: str, second: str | None = None) -> Settings:
    shutil.copytree(SHIPPED, folder)
    topics = folder / "topics"
    own = topics / "llm-x-world-models.toml"
    if second is not None:
        for file in list(topics.glob("llm-x-world-models*")):
            shutil.copyfile(file, topics / file.name.replace("llm-x-world-models", "second"))
        (topics / "second.toml").write_text(f"{own.read_text('utf-8')}\n[feeds]\n{second}\n", encoding="utf-8")
    own.write_text(f"{own.read_text('utf-8')}\n[feeds]\n{feeds}\n", encoding="utf-8")
    return load_settings({"WATCHER_CONFIG": str(folder)})


def test_a_feed_is_a_name_and_an_address(tmp_path: Path) -> None:
    (feed,) = web_feeds(settings(tmp_path / "c", '"Sample Journal" = "https://x.example.org/feed?a=1"'))
    assert (feed.url, feed.names, feed.topics) == (
        "https://x.example.org/feed?a=1",
        ("Sample Journal",),
        ("llm-x-world-models",),
    )


def test_two_topics_with_one_feed_read_it_once(tmp_path: Path) -> None:
    one, two = '"Journal" = "https://x.example.org/a"', 'Other = "https://x.example.org/a"'
    (feed,) = web_feeds(settings(tmp_path / "c", one, two))
    assert (feed.names, feed.topics) == (("Journal", "Other"), ("llm-x-world-models", "second"))


@pytest.mark.parametrize(
    ("feeds", "words"),
    [
        ('arXiv = "https://rss.arxiv.org/rss/cs.CL"', "watch arXiv by its categories"),
        ('"cs.CL" = "https://x.example.org/a"', "the name of a category"),
        ('Lab = "lab.example.org/feed"', "is no URL"),
        ('"A+B" = "https://x.example.org/a"', "feeds"),
    ],
)
def test_a_feed_that_cannot_be_meant_is_refused(tmp_path: Path, feeds: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        settings(tmp_path / "c", feeds)


def test_one_name_for_two_feeds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="another topic calls another feed so"):
        settings(tmp_path / "c", 'Lab = "https://x.example.org/a"', 'Lab = "https://x.example.org/b"')
