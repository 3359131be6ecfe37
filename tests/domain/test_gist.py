from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.factories import a_topic
from watcher.domain.papers.topic import KeywordGroup, Topic, compile_group, searchable
from watcher.domain.prompts import Gist
from watcher.settings.topics import read_topic

ROOT = Path(__file__).parents[2]
STREAM = ROOT / "tests" / "data" / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz"
GIST = Gist(a_topic(), 160)


@pytest.fixture(scope="module")
def shipped() -> Topic:
    topic = read_topic(ROOT / "config" / "topics" / "llm-x-world-models.toml", [])
    assert topic is not None
    return topic


@pytest.fixture(scope="module")
def stream() -> list[tuple[str, str]]:
    with gzip.open(STREAM, "rt", encoding="utf-8") as lines:
        return [(paper["title"], paper["abstract"]) for paper in map(json.loads, lines)][::20]


@pytest.mark.endurance
def test_every_keyword_of_a_real_paper_is_still_found_after_shortening(
    shipped: Topic, stream: list[tuple[str, str]]
) -> None:
    patterns = [compile_group(group.keywords) for group in shipped.groups]

    def hits(title: str, abstract: str) -> set[str]:
        return {hit for pattern in patterns for hit in pattern.findall(searchable(title, abstract))}

    gist = Gist(shipped, 500)
    assert [title for title, abstract in stream if hits(title, abstract) != hits(title, gist(title, abstract))] == []


@pytest.mark.endurance
def test_real_abstracts_come_out_shorter_and_every_sentence_is_the_papers_own(
    shipped: Topic, stream: list[tuple[str, str]]
) -> None:
    gist = Gist(shipped, 1000)
    short = [gist(title, abstract) for title, abstract in stream]
    assert sum(map(len, short)) < 0.7 * sum(len(abstract) for _, abstract in stream)
    for (_, abstract), kept in zip(stream, short, strict=True):
        assert kept
        assert set(kept.split()) <= set(abstract.split())


def test_results_and_offers_go_even_where_there_is_room() -> None:
    text = "Robots are hard. Our method reaches 93.1% success. Code is available at https://example.org/x."
    assert Gist(a_topic(), 5000)("A robot", text) == "Robots are hard."


def test_what_the_paper_does_outlives_what_surrounds_it() -> None:
    text = (
        "Much has been written. A long aside follows here with many words of no weight at all. "
        "We build a lamp. Another long aside follows here with many words of no weight at all either."
    )
    assert Gist(a_topic(), 50)("A lamp", text) == "Much has been written. We build a lamp."


def test_a_result_that_names_the_theme_stays() -> None:
    text = "Much has been written. The world model improves accuracy by 5%. The lamp improves accuracy by 5%."
    assert GIST("A lamp", text) == "Much has been written. The world model improves accuracy by 5%."


@pytest.mark.parametrize("text", ["", "One endless sentence " * 40, "no capital. no sentence. no end"])
def test_a_text_without_sentences_to_leave_out_comes_back_whole(text: str) -> None:
    assert GIST("A title", text) == " ".join(text.split())


def test_a_topic_with_one_group_of_keywords_has_its_theme_there() -> None:
    topic = a_topic(groups=(KeywordGroup("only", 3, ("lamp",)),))
    text = "Much has been written. A lamp shines. Our results reach 5% here. It is lit by a lamp again."
    assert "lamp again" in Gist(topic, 70)("x", text)
