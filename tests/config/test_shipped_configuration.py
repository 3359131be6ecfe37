"""The configuration that ships loads, agrees with the code, and catches what it should."""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cards import paper
from watcher.adapters.prefilters import PREFILTERS
from watcher.bootstrap.check import check, untrained_topics
from watcher.domain.errors import ConfigError
from watcher.domain.facts import Candidate
from watcher.domain.papers.paper import AnnounceType
from watcher.settings import load_settings
from watcher.stages.screen import Screen

CONFIG = Path(__file__).parents[2] / "config"
DATA = Path(__file__).parents[1] / "data"
PAPERS = "announced_2026-06-15_2026-07-03.jsonl.gz"
LABELS = "judged_2026-06-15_2026-07-03.jsonl"
NOW = datetime(2026, 6, 29, tzinfo=UTC)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    return folder


@pytest.fixture(scope="module")
def screen() -> Screen:
    (topic,) = load_settings({"WATCHER_CONFIG": str(CONFIG)}).topics
    return Screen(topic, PREFILTERS["keywords"](None))


def passes(screen: Screen, title: str, abstract: str) -> bool:
    shown = paper(title=title, abstract=abstract)
    return screen(Candidate(1, "t", shown, AnnounceType.NEW, NOW)).passed


def test_the_shipped_configuration_is_whole() -> None:
    check(load_settings({"WATCHER_CONFIG": str(CONFIG)}))


def test_every_seed_paper_with_a_verified_id_passes_screening(screen: Screen) -> None:
    lines = (DATA / "catalog" / "seed_metadata.jsonl").read_text(encoding="utf-8").splitlines()
    seeds = [seed for seed in map(json.loads, lines) if seed["arxiv_id"]]

    missed = [seed["title"] for seed in seeds if not passes(screen, seed["title"], seed["abstract"] or "")]

    assert len(seeds) == 25
    assert missed == []


def test_every_paper_judged_as_belonging_passes_screening(screen: Screen) -> None:
    with gzip.open(DATA / "papers" / PAPERS, "rt", encoding="utf-8") as lines:
        papers = {p["arxiv_id"]: p for p in map(json.loads, lines)}
    judged = map(json.loads, (DATA / "labels" / LABELS).read_text(encoding="utf-8").splitlines())
    belonging = [papers[row["arxiv_id"]] for row in judged if min(row["scores"]) >= 3]

    missed = [p["title"] for p in belonging if not passes(screen, p["title"], p["abstract"])]

    assert len(belonging) == 63
    assert missed == []


def test_all_problems_are_listed_not_only_the_first(copy: Path) -> None:
    (copy / "watcher.toml").write_text('[score]\nbatch_size = 0\n[web]\nprot = 1\n[schedule]\ndigest_at = "25:00"\n')
    (copy / "topics" / "llm-x-world-models.md").unlink()
    (copy / "topics" / "other.toml").write_text("title = ")

    with pytest.raises(ConfigError) as caught:
        load_settings({"WATCHER_CONFIG": str(copy), "PORT": "many"})

    told = caught.value.message
    for piece in ("batch_size", "web.prot", "digest_at", "llm-x-world-models.md", "other.toml", "PORT"):
        assert piece in told


@pytest.mark.parametrize("tier", ["flex", "default"])
def test_a_key_of_old_is_answered_with_what_became_of_it(copy: Path, tier: str) -> None:
    (copy / "watcher.toml").write_text(f'[score]\ntier = "{tier}"\n', encoding="utf-8")

    with pytest.raises(ConfigError, match=r"watcher\.toml: score\.tier: the flex tier is gone; remove the line"):
        load_settings({"WATCHER_CONFIG": str(copy)})


def test_a_category_that_arxiv_does_not_have_is_named_with_the_one_that_was_meant(copy: Path) -> None:
    topic = copy / "topics" / "llm-x-world-models.toml"
    topic.write_text(topic.read_text(encoding="utf-8").replace('"cs.CL"', '"cs.cl"'), encoding="utf-8")

    with pytest.raises(ConfigError, match=r"arXiv has no category cs\.cl; did you mean cs\.CL\?"):
        check(load_settings({"WATCHER_CONFIG": str(copy)}))


@pytest.mark.parametrize(
    ("before", "after", "meant"),
    [
        ("[web]", "[wbe]", "web"),
        ("batch_size =", "batch_siez =", "batch_size"),
        ("digest_at =", "digest_att =", "digest_at"),
    ],
)
def test_a_misspelled_key_is_told_with_the_one_that_was_meant(copy: Path, before: str, after: str, meant: str) -> None:
    values = copy / "watcher.toml"
    values.write_text(values.read_text(encoding="utf-8").replace(before, after, 1), encoding="utf-8")

    with pytest.raises(ConfigError, match=rf"no such key; did you mean {meant}\?"):
        load_settings({"WATCHER_CONFIG": str(copy)})


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "WATCHER_ARXIV_RSS_URL", "SLACK_API_URL"])
def test_an_address_without_a_scheme_says_how_it_must_begin(variable: str) -> None:
    with pytest.raises(ConfigError, match=rf"{variable}: is no URL; it must begin with http:// or https://"):
        load_settings({"WATCHER_CONFIG": str(CONFIG), variable: "localhost:11434/v1"})


def test_a_prompt_with_a_wrong_gap_is_named(copy: Path) -> None:
    with (copy / "prompts" / "score.md").open("a") as prompt:
        prompt.write("$surprise")

    with pytest.raises(ConfigError, match=r"prompts/score.md.*surprise"):
        check(load_settings({"WATCHER_CONFIG": str(copy)}))


def test_a_missing_folder_and_an_empty_one_say_what_to_do(tmp_path: Path) -> None:
    for folder in (tmp_path / "missing", tmp_path):
        with pytest.raises(ConfigError, match="WATCHER_CONFIG"):
            load_settings({"WATCHER_CONFIG": str(folder)})


def test_secrets_do_not_show_in_settings_or_errors(copy: Path) -> None:
    secret = {
        "OPENAI_API_KEY": "sk-planted",
        "SLACK_BOT_TOKEN": "xoxb-planted",
        "WATCHER_WEB_SECRET": "planted-planted",
    }

    settings = load_settings({"WATCHER_CONFIG": str(copy), **secret})

    assert "planted" not in repr(settings)
    with pytest.raises(ConfigError) as caught:
        load_settings({"WATCHER_CONFIG": str(copy), "PORT": "sk-planted-elsewhere"})
    assert "planted" not in str(caught.value)


def test_no_secret_and_no_model_id_stands_in_the_configuration() -> None:
    settings = load_settings({"WATCHER_CONFIG": str(CONFIG)})

    assert settings.model_for("score") == settings.model_for("summarize") == ""
    assert load_settings({"WATCHER_CONFIG": str(CONFIG), "WATCHER_MODEL": "m"}).model_for("score") == "m"


def test_a_damaged_prefilter_is_named_and_a_missing_one_is_told(copy: Path) -> None:
    (copy / "prefilters" / "llm-x-world-models.json.gz").write_bytes(b"damaged")
    with pytest.raises(ConfigError, match=r"llm-x-world-models\.json\.gz.*no trained prefilter"):
        check(load_settings({"WATCHER_CONFIG": str(copy)}))

    (copy / "prefilters" / "llm-x-world-models.json.gz").unlink()
    settings = load_settings({"WATCHER_CONFIG": str(copy)})
    check(settings)
    assert untrained_topics(settings) == ["llm-x-world-models"]
    assert untrained_topics(load_settings({"WATCHER_CONFIG": str(CONFIG)})) == []
