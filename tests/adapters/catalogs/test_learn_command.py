"""`watcher catalog learn` shows what was understood and writes it into the topic's file; comments there stay."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.adapters.catalogs.lists import HTML, LISTS
from tests.adapters.catalogs.rows import ROOT
from watcher.adapters.catalogs.markdown_learn import learn_shape
from watcher.bootstrap.check import unusable_catalogs
from watcher.bootstrap.configuration import cell_words_of
from watcher.cli import app
from watcher.domain.catalog.shape import DEFAULT, proposed_fields
from watcher.settings import load_settings
from watcher.words_ja.cli import unusable_catalog

OWN = """| 論文 | 一言 | コード |
| --- | --- | --- |
| [An Older Paper](https://arxiv.org/abs/2501.00001) | 速い。 | [Code](https://github.com/a/b) |
| [A Newer Paper](https://arxiv.org/abs/2502.00002) | 小さい。 |  |
"""
DATA = LISTS["bullets under years, venue in code"].text.encode()


@pytest.fixture
def topic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The topic's file of a deployment whose catalog is a list that was not learned."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "list.md").write_bytes(DATA)
    monkeypatch.setenv("WATCHER_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("WATCHER_DATA", str(tmp_path))
    monkeypatch.setenv("WATCHER_CATALOG", str(tmp_path / "list.md"))
    (path,) = (tmp_path / "config" / "topics").glob("*.toml")
    return path


def learn(*arguments: str, said: str = "") -> Result:
    return CliRunner().invoke(app, ["catalog", "learn", *arguments], input=said)


def test_what_was_learned_is_read_back_and_comments_stay(topic: Path, tmp_path: Path) -> None:
    comments = [line.partition("#")[2] for line in topic.read_text().splitlines() if "#" in line]

    shown = learn(said="y\n")

    assert shown.exit_code == 0
    assert "箇条書き、5 件（arXiv などの番号 5 個、ファイル全体では 6 個）" in shown.output
    assert "- Sample: How a New Paper Would Stand Here. **`arXiv 26.6`**" in shown.output
    assert load_settings().shape_of(tmp_path / "list.md") == learn_shape(DATA, "list")
    assert all(comment in topic.read_text() for comment in comments)
    assert (tmp_path / "list.md").read_bytes() == DATA


def test_without_a_yes_nothing_is_written(topic: Path) -> None:
    before = topic.read_bytes()

    assert learn(said="n\n").exit_code == 0
    assert json.loads(learn("--json").output)["written"] == []
    assert topic.read_bytes() == before


def test_learning_again_changes_nothing_and_keeps_a_correction_beside_it(topic: Path, tmp_path: Path) -> None:
    learn("--yes")
    first = topic.read_bytes()
    assert learn("--yes").exit_code == 0
    assert topic.read_bytes() == first

    topic.write_text(
        topic.read_text().replace('form = "bullets"', 'form = "bullets"  # ours').replace('"year"', '"none"')
    )
    assert load_settings().shape_of(tmp_path / "list.md") != learn_shape(DATA, "list")
    learn("--yes")
    assert load_settings().shape_of(tmp_path / "list.md") == learn_shape(DATA, "list")
    assert "# ours" in topic.read_text()


def test_check_names_the_command_until_the_shape_is_learned(topic: Path) -> None:
    (problem,) = unusable_catalogs(load_settings())
    assert "watcher catalog learn" in problem

    learn("--yes")

    assert topic.exists()
    assert unusable_catalogs(load_settings()) == []


def test_an_empty_file_is_called_empty_and_not_one_of_another_shape(topic: Path) -> None:
    topic.parents[2].joinpath("list.md").write_bytes(b"\n")

    (problem,) = unusable_catalogs(load_settings())

    assert "空のファイルを消して" in unusable_catalog(problem)
    assert "the file is empty" in str(learn("--yes").exception)


def test_another_file_becomes_the_catalog_of_a_deployment_with_one_topic(
    topic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATCHER_CATALOG")

    assert learn(str(tmp_path / "list.md"), "--yes").exit_code == 0

    loaded = load_settings()
    assert loaded.catalog == tmp_path / "list.md"
    assert loaded.shape_of(loaded.catalog) != DEFAULT
    assert "catalog" in topic.read_text()


def test_a_wrong_pattern_in_the_topic_s_file_is_named(topic: Path) -> None:
    learn("--yes")
    topic.write_text(topic.read_text().replace("{venue}", "{place}"))

    found = CliRunner().invoke(app, ["check"])

    assert found.exit_code == 1
    assert "place という欄はありません" in found.output


def test_html_is_refused_and_the_topic_stays_as_it_is(topic: Path, tmp_path: Path) -> None:
    (tmp_path / "list.md").write_text(HTML)
    before = topic.read_bytes()

    refused = learn("--yes")

    assert "HTML tables" in str(refused.exception)
    assert topic.read_bytes() == before


def test_fields_beside_the_seven_get_a_source_that_a_correction_outlives(topic: Path, tmp_path: Path) -> None:
    (tmp_path / "list.md").write_text(OWN)
    assert json.loads(learn("--json").output)["fields"] == {"code": "metadata", "comment": "model"}
    shown = learn("--yes").output
    assert "独自の欄「一言」：言語モデルが書く（what is new" in shown
    assert "独自の欄「コード」：論文の情報から" in shown
    (loaded,) = load_settings().topics
    assert loaded.fields == proposed_fields(learn_shape(OWN.encode(), "list"))

    topic.write_text(topic.read_text().replace("what is new about the paper", "なにが新しいか"))
    first = topic.read_text()
    learn("--yes")
    assert topic.read_text() == first
    settings = load_settings()
    (fields,) = {words.fields for words in cell_words_of(settings).values()}
    assert fields == settings.topics[0].fields
    assert "なにが新しいか" in str(fields)
