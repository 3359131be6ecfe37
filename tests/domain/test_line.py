from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import a_topic
from watcher.domain.papers.topic import KeywordGroup, Theme
from watcher.domain.screening.triage import LONGEST_SENTENCE, LONGEST_TITLE, SEPARATOR, Line
from watcher.settings.topics import read_topic

ROOT = Path(__file__).parents[2]
THEMES = (
    Theme("language model", ("language model", "LLM"), crossed=True),
    Theme("world", ("world model", "next state", "simulator"), crossed=True),
    Theme("planning", ("planning", "tree search")),
    Theme("wide", ("language model", "LLM", "prompting")),
)
GROUPS = (
    KeywordGroup("core", 0, ("world model*",)),
    KeywordGroup("general", 2, ("language model*", "LLM", "prompting")),
)
LINE = Line(a_topic(groups=GROUPS, themes=THEMES))


def sentence(title: str, abstract: str, line: Line = LINE) -> str:
    return line(title, abstract).partition(SEPARATOR)[2]


def test_the_sentence_that_ties_the_crossed_themes_is_chosen() -> None:
    abstract = "Agents are popular. An LLM predicts the next state of a household. We report results."
    assert sentence("A study", abstract) == "An LLM predicts the next state of a household."


def test_what_the_title_says_already_counts_for_less() -> None:
    abstract = "A language model is trained. Tree search in a simulator is added."
    assert sentence("A language model that plans", abstract) == "Tree search in a simulator is added."


def test_a_sentence_about_results_or_released_code_is_chosen_last() -> None:
    abstract = "An LLM with a simulator reaches 93.1% accuracy. We let an LLM imagine a simulator."
    assert sentence("A study", abstract) == "We let an LLM imagine a simulator."


def test_a_sentence_that_tells_of_the_field_counts_for_less() -> None:
    abstract = "Recent LLM systems are used for planning. An LLM is used for planning here."
    assert sentence("A study", abstract) == "An LLM is used for planning here."


def test_a_theme_as_general_as_the_widest_keywords_counts_nothing() -> None:
    assert sentence("A study", "Prompting is compared. Tree search is compared.") == "Tree search is compared."


def test_the_keywords_of_a_topic_without_themes_choose_the_sentence() -> None:
    line = Line(a_topic(groups=GROUPS))
    assert sentence("A study", "An LLM is used. A world model is built.", line) == "A world model is built."


def test_a_paper_without_an_abstract_has_its_title_alone() -> None:
    assert LINE("A study of plans", " ") == "A study of plans"


def test_a_long_sentence_is_cut_to_the_part_that_holds_most_themes() -> None:
    told = "because of many other things that are of no concern to anybody at all " * 3
    found = sentence("A study", f"It is {told} and so an LLM plays the simulator of a town.")
    assert found.startswith("… ")
    assert "an LLM plays the simulator" in found
    assert len(found) <= LONGEST_SENTENCE


def test_a_cut_keeps_the_beginning_where_both_parts_say_as_much() -> None:
    told = "because of many other things that are of no concern to anybody at all " * 3
    found = sentence("A study", f"An LLM is here {told} and an LLM is there.")
    assert found.startswith("An LLM is here")
    assert found.endswith("…")


@pytest.mark.parametrize("title", ["word " * 100, "w" * 5000], ids=["words", "one word"])
def test_a_line_is_short_and_on_one_line_whatever_the_paper_says(title: str) -> None:
    line = LINE(f"{title}\n\u202e", "x" * 5000 + ".\nNext\u200b sentence.")
    assert len(line) <= LONGEST_TITLE + len(SEPARATOR) + LONGEST_SENTENCE + 1
    assert line.isprintable()


def test_the_lines_of_real_papers_are_those_that_were_measured() -> None:
    topic = read_topic(ROOT / "config" / "topics" / "llm-x-world-models.toml", [])
    assert topic is not None
    abstract = (
        "Large Language Models (LLMs) still struggle with the ``lost-in-the-middle'' problem, where critical information "
        "located in the middle of long-context inputs is often underrepresented or lost."
    )
    title = "Mitigating Position Bias in Transformers via Layer-Specific Positional Embedding Scaling"
    assert Line(topic)(title, abstract) == (
        f"{title} :: Large Language Models (LLMs) still struggle with the ``lost-in-the-middle'' problem, where critical "
        "information located in the middle of long-context inputs is…"
    )
