"""An entry of uncertain wording is matched with the paper it means, and rather with none than with another."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cards import paper
from watcher.domain.catalog.catalog import CatalogEntry, Place, Section
from watcher.domain.catalog.match import CONFIDENT, best, confidence, query_for, same_title, surnames, unrelated
from watcher.domain.papers.paper import Paper, PaperId

COMMON = {"LLM", "RL"}


def entry(title: str, authors: str = "Tan et al.", year: int | None = 2024) -> CatalogEntry:
    return CatalogEntry(Place(Section.TABLE, 10), 1, title, authors=authors, year=year)


def known(title: str, native: str = "2401.14151", **fields: Any) -> Paper:
    values = {"abstract": "", "authors": ("Weihao Tan", "Bo An", "Xinrun Wang"), "published": None} | fields
    return paper(id=PaperId("arxiv", native), title=title, **values)


TRUE = known("True Knowledge Comes from Practice", abstract="To narrow the gap, we propose TWOSOME, a framework.")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Turning Large Language Models into Cognitive Models", "Turning large language models into cognitive models"),
        ("Mind’s Eye of LLMs: Visualization-of-Thought", "Mind's Eye of LLMs: Visualization of Thought"),
        ("Poincaré World-Models", "Poincare World Models"),
    ],
)
def test_case_accents_quotes_and_hyphens_make_no_other_title(one: str, other: str) -> None:
    assert same_title(one, other)
    assert confidence(entry(one), known(other), COMMON) == 0.99


def test_a_name_the_abstract_presents_is_found_with_the_first_author() -> None:
    assert confidence(entry("TWOSOME: Two-Stage Online Self-Modeling"), TRUE, COMMON) >= CONFIDENT
    assert confidence(entry("TWOSOME: Two-Stage Online Self-Modeling", "Li et al."), TRUE, COMMON) < CONFIDENT
    assert confidence(entry("TWOSOME: Two-Stage Online Self-Modeling", "谷 ほか"), TRUE, COMMON) < CONFIDENT


def test_a_name_the_abstract_only_compares_with_is_not_the_paper() -> None:
    rival = known("Acting Alone", abstract="We beat the baselines. TWOSOME is slower.")
    assert confidence(entry("TWOSOME: Two-Stage Online Self-Modeling"), rival, COMMON) < CONFIDENT


def test_a_common_abbreviation_singles_nothing_out() -> None:
    other = known("Something Else", abstract="We propose an LLM for planning.")
    assert confidence(entry("LLM: A Planner"), other, COMMON) < CONFIDENT


def test_a_sequel_by_the_same_author_is_not_the_paper() -> None:
    stated = entry("Variable Bound Tightening for Nash Equilibrium Computation in Multiplayer Games")
    sequel = known("Projected Exploitability Descent for Nash Equilibrium Computation in Multiplayer Games")
    assert confidence(stated, sequel, COMMON) < CONFIDENT


def test_a_paper_later_than_the_year_stated_is_seldom_meant() -> None:
    stated = entry("WALL-E: Rule Learning for World Models", year=2024)
    first, second = known("WALL-E: World Alignment", "2410.07484"), known("WALL-E 2.0: World Alignment", "2504.15785")
    match = best(stated, [second, first], COMMON)
    assert match.paper == first
    assert match.confidence >= CONFIDENT


def test_two_papers_that_fit_equally_make_neither_sure() -> None:
    stated = entry("WALL-E: Rule Learning for World Models")
    twins = [known("WALL-E: One", "2410.00001"), known("WALL-E: Two", "2410.00002")]
    match = best(stated, twins, COMMON)
    assert match.confidence < CONFIDENT
    assert match.rivals == (twins[1],)
    assert best(stated, [], COMMON).paper is None


def test_an_id_of_something_else_altogether_is_seen() -> None:
    assert unrelated(entry("Generative Agents in a Sandbox", "Park et al."), TRUE, COMMON)
    assert not unrelated(entry("TWOSOME: Self-Modeling", "Park et al."), TRUE, COMMON)
    assert not unrelated(entry("Anything", "Tan et al."), TRUE, COMMON)


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ("Tan et al.", ("Tan",)),
        ("Gurnee & Tegmark", ("Gurnee", "Tegmark")),
        ("Ido Levy et al", ("Ido Levy",)),
        ("Watanabe ほか", ("Watanabe",)),
        ("萩島若奈 ほか (東大)", ()),
        ("", ()),
    ],
)
def test_people_are_read_as_the_catalog_names_them(authors: str, names: tuple[str, ...]) -> None:
    assert surnames(authors) == names


def test_a_query_names_title_coined_words_and_surname() -> None:
    query = query_for(entry("Is Your LLM Secretly a World Model? WebDreamer", "Yu Gu et al."), COMMON)
    assert query.names == ("WebDreamer", "Is Your LLM Secretly a World Model")
    assert query.author == "Gu"
