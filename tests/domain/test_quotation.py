"""A paper is quoted to a model in bounded length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.cards import over_real_papers, paper
from watcher.domain.papers.paper import Paper
from watcher.domain.prompts import quoted


def shown(title: str, abstract: str) -> tuple[str, str]:
    """The title and the abstract as a model reads them."""
    lines = quoted(replace(paper(), title_raw=title, abstract_raw=abstract)).splitlines()
    assert len(lines) == 5
    return lines[2].removeprefix("Title: "), lines[3].removeprefix("Abstract: ")


@pytest.mark.endurance
def test_what_is_no_title_and_no_abstract_is_cut_and_says_so() -> None:
    title, abstract = shown("T" * 900, "x" * 2_000_000)
    assert (len(title), len(abstract)) == (500, 4000)
    assert title.endswith("T…")
    assert abstract.endswith("x…")


def test_a_text_within_the_limits_is_whole() -> None:
    assert shown("T" * 500, "x" * 4000) == ("T" * 500, "x" * 4000)


def test_invisible_characters_do_not_push_the_text_out_of_sight() -> None:
    assert shown("T", "\u200b" * 5000 + "An abstract.")[1] == "An abstract."


@pytest.mark.endurance
@over_real_papers
def test_no_real_paper_is_cut(papers: Callable[[], tuple[Paper, ...]]) -> None:
    assert not [of.id for of in papers() if "…" in quoted(of) and "…" not in of.title_raw + of.abstract_raw]
