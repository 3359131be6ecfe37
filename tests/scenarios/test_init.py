"""From a list of papers, or from nothing, `watcher init` makes a configuration that runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.conftest import DATA, FEED, NOW, Deployment, Done
from tests.servers import llm as replies
from tests.servers.arxiv import ArxivServer
from tests.servers.arxiv_api import ArxivApi, Record
from tests.servers.llm import LlmServer

SEED = DATA / "catalog" / "catalog.md"
DRAFT = {
    "belongs": "A paper ties language models to world models.",
    "criteria": [
        {"text": "a language model serves as a world model", "label_ja": "世界モデルとしての言語モデル"},
        {"text": "a language model plans in an imagined world", "label_ja": "想像上の計画"},
    ],
    "outside": "World models without language.",
    "could": "Words such as simulator or imagination.",
    "terms": ["計画", "世界モデル"],
}
OWN_LIST = """# Papers on agents that use screens

## 2025
- [Clicking Agents for Screens](https://arxiv.org/abs/2501.00001), 2025
- [Screen Agents that Read](https://arxiv.org/abs/2501.00002), 2025
- [A Benchmark of Screen Agents](https://arxiv.org/pdf/2501.00003v2), 2025
"""


def in_english(answer: dict[str, Any]) -> str:
    """The recorded answer with its evidence in the place of the Japanese summary."""
    if "summary_ja" not in answer or "evidence" not in answer:
        return replies.honest(answer)
    told = "Standard agents lack foresight. " + " ".join(f"{quote.rstrip('.')}." for quote in answer["evidence"])
    return replies.honest({**answer, "summary_ja": told, "categories_ja": ["planning"]})


def records(folder: Path) -> list[Record]:
    seed = map(json.loads, (folder / "seed_metadata.jsonl").read_text("utf-8").splitlines())
    own = [
        {"arxiv_id": f"2501.0000{n}", "title": title, "abstract": title, "authors": ["A B"], "categories": ["cs.HC"]}
        for n, title in enumerate(
            ["Clicking Agents for Screens", "Screen Agents that Read", "A Benchmark of Screen Agents"], 1
        )
    ]
    return [*(record for record in seed if record["arxiv_id"]), *own]


class Beginner:
    """Somebody with a list in an empty folder."""

    def __init__(self, folder: Path, deployment: Deployment, api: ArxivApi, feeds: ArxivServer) -> None:
        self.folder, self.deployment = folder, deployment
        for name in ("WATCHER_CONFIG", "WATCHER_MODEL"):
            deployment.env.pop(name, None)
        deployment.env |= {"WATCHER_ARXIV_API_URL": api.url, "WATCHER_ARXIV_RSS_URL": feeds.rss_url}
        deployment.env |= {"WATCHER_CATALOG": ""}

    def init(self, *arguments: str) -> Done:
        return self.deployment("init", "--into", str(self.folder / "config"), *arguments)

    def go_on(self) -> None:
        """Load the .env that was written, as the next steps say."""
        for line in (self.folder / ".env").read_text("utf-8").splitlines():
            name, _, value = line.partition("=")
            if value and not name.startswith("#"):
                self.deployment.env[name] = value
        self.deployment.env["WATCHER_MODEL"] = "m"

    def files(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}


@pytest.fixture
def beginner(tmp_path: Path, deployment: Deployment) -> Iterator[Beginner]:
    folder = tmp_path / "beginner"
    folder.mkdir()
    feed = FEED.read_bytes()
    with ArxivApi(records(DATA / "catalog")) as api, ArxivServer({"cs.AI+cs.CL+cs.CV+cs.LG+cs.RO": feed}) as feeds:
        yield Beginner(folder, deployment, api, feeds)


@pytest.mark.endurance
@pytest.mark.parametrize("with_model", [True, False], ids=["with a model", "without one"])
def test_from_the_groups_catalog_to_cards_and_a_row(beginner: Beginner, llm: LlmServer, with_model: bool) -> None:
    catalog = beginner.folder / "catalog.md"
    shutil.copyfile(SEED, catalog)
    llm.script(replies.saying(json.dumps(DRAFT)))
    made = beginner.init(str(catalog), "--yes", "--model", "m" if with_model else "")
    assert made.code == 0, made.err
    topic = next((beginner.folder / "config" / "topics").glob("*.toml")).read_text("utf-8")
    assert ("世界モデルとしての言語モデル" in topic) is with_model
    assert '"world model"' in topic
    llm.always(replies.Behavior())

    beginner.go_on()
    assert beginner.deployment("check").code == 0
    ran = beginner.deployment("run", "--feed", str(FEED), "--now", NOW, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["posted"] >= 6
    before = catalog.read_text("utf-8")
    added = beginner.deployment("decide", "2606.27483", "approve")
    assert added.code == 0, added.err
    assert catalog.read_text("utf-8").count("2606.27483") == before.count("2606.27483") + 2
    assert "**26. " in catalog.read_text("utf-8")


@pytest.mark.endurance
def test_a_second_time_nothing_is_asked_written_or_changed(beginner: Beginner, llm: LlmServer) -> None:
    (beginner.folder / "list.md").write_text(OWN_LIST, "utf-8")
    beginner.init(str(beginner.folder / "list.md"), "--yes", "--model", "")
    before, calls = beginner.files(), llm.calls
    again = beginner.init(str(beginner.folder / "list.md"), "--yes", "--model", "m")
    assert again.code == 0
    assert "もうあります" in again.out
    assert (beginner.files(), llm.calls) == (before, calls)


def test_what_people_changed_stays_and_is_named_and_only_overwrite_replaces_a_topics_files(beginner: Beginner) -> None:
    path = beginner.folder / "list.md"
    path.write_text(OWN_LIST, "utf-8")
    beginner.init(str(path), "--yes", "--model", "")
    config = beginner.folder / "config"
    topic = next((config / "topics").glob("*.toml"))
    for file in (topic, config / "watcher.toml", beginner.folder / ".env"):
        file.write_text(file.read_text("utf-8") + "# mine\n", "utf-8")

    assert "# mine" in topic.read_text("utf-8")
    told = beginner.init(str(path), "--yes", "--model", "", "--overwrite").out
    assert "# mine" not in topic.read_text("utf-8")
    assert "# mine" in (config / "watcher.toml").read_text("utf-8")
    assert "# mine" in (beginner.folder / ".env").read_text("utf-8")
    assert f"そのまま残しました：{config / 'watcher.toml'}" in told


@pytest.mark.endurance
def test_a_second_list_makes_a_second_topic_beside_the_first(beginner: Beginner) -> None:
    first, second = beginner.folder / "catalog.md", beginner.folder / "screens.md"
    shutil.copyfile(SEED, first)
    second.write_text(OWN_LIST, "utf-8")
    beginner.init(str(first), "--yes", "--model", "")
    before = beginner.files()
    assert beginner.init(str(second), "--yes", "--model", "").code == 0
    after = beginner.files()
    assert before.items() <= after.items()
    assert len(list((beginner.folder / "config" / "topics").glob("*.toml"))) == 2
    beginner.go_on()
    assert beginner.deployment("check").code == 0


def test_a_list_in_english_is_counted_and_no_secret_is_written(beginner: Beginner) -> None:
    beginner.deployment.env["OPENAI_API_KEY"] = "sk-very-secret-0123456789"
    (beginner.folder / "README.md").write_text(OWN_LIST, "utf-8")
    made = beginner.init(str(beginner.folder / "README.md"), "--yes", "--model", "")
    assert made.code == 0, made.err
    topic = (beginner.folder / "config" / "topics" / "papers-on-agents-that-use-screens.toml").read_text("utf-8")
    assert 'categories = ["cs.HC"]' in topic
    assert '"screen agent"' in topic
    assert 'language = "en"' in topic
    assert not any(b"sk-very-secret" in text for text in beginner.files().values())


def test_from_nothing_flags_say_what_is_watched(beginner: Beginner) -> None:
    refused = beginner.init("--yes", "--title", "Screens", "--model", "")
    assert refused.code == 2
    assert "--categories" in refused.err
    made = beginner.init(
        *("--yes", "--title", "画面操作", "--slug", "screens", "--model", ""),
        *("--categories", "cs.HC, cs.AI", "--keywords", "screen agent"),
    )
    assert made.code == 0, made.err
    beginner.go_on()
    assert beginner.deployment("check").code == 0
    text = (beginner.folder / "config" / "topics" / "screens.md").read_text("utf-8")
    assert "a. the paper is about screen agent" in text


@pytest.mark.endurance
def test_from_nothing_in_english_the_catalog_begins_in_english(beginner: Beginner, llm: LlmServer) -> None:
    made = beginner.init(
        *("--yes", "--title", "World models", "--language", "en", "--model", ""),
        *("--categories", "cs.AI,cs.CL", "--keywords", "world model"),
    )
    assert made.code == 0, made.err
    llm.always(replies.Behavior(say=in_english))
    beginner.go_on()
    assert beginner.deployment("check").code == 0
    assert beginner.deployment("run", "--feed", str(FEED), "--now", NOW).code == 0
    assert beginner.deployment("decide", "2606.27483", "approve").code == 0
    text = (beginner.folder / "var" / "world-models.md").read_text("utf-8")
    assert text.startswith("# World models\n\n| Title | Summary |")
    assert "(https://arxiv.org/abs/2606.27483) | Standard agents" in text
    assert text.isascii()


def test_a_model_that_writes_no_draft_is_told_and_counting_takes_its_place(beginner: Beginner, llm: LlmServer) -> None:
    (beginner.folder / "list.md").write_text(OWN_LIST, "utf-8")
    llm.always(replies.saying("I would rather not."))
    made = beginner.init(str(beginner.folder / "list.md"), "--yes", "--model", "m")
    assert made.code == 0, made.err
    assert "数えて分かることから" in made.out
    assert "screen agent" in made.out


@pytest.mark.endurance
def test_without_arxiv_the_flags_are_enough(beginner: Beginner) -> None:
    beginner.deployment.env["WATCHER_ARXIV_API_URL"] = "http://127.0.0.1:9"
    (beginner.folder / "list.md").write_text(OWN_LIST, "utf-8")
    given = ("--categories", "cs.HC", "--keywords", "screen agent")
    made = beginner.init(str(beginner.folder / "list.md"), "--yes", "--model", "", *given)
    assert made.code == 0, made.err
    assert "arXivに聞けませんでした" in made.out


def test_the_workflow_is_written_on_request_and_one_that_people_changed_stays(beginner: Beginner) -> None:
    path = beginner.folder / "list.md"
    path.write_text(OWN_LIST, "utf-8")
    beginner.init(str(path), "--yes", "--model", "")
    written = beginner.folder / ".github" / "workflows" / "literature-watcher.yml"
    assert not written.exists()

    again = beginner.init(str(path), "--yes", "--github-actions")

    assert again.code == 0, again.err
    assert f"書きました：{written}" in again.out
    written.write_text("on: push\n", "utf-8")
    beginner.init(str(path), "--yes", "--github-actions")
    assert written.read_text("utf-8") == "on: push\n"
