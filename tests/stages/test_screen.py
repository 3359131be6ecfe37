from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.cards import paper
from tests.factories import NOW, a_topic
from watcher.domain.facts import Candidate, Screening
from watcher.domain.papers.paper import AnnounceType, Paper
from watcher.stages.screen import Screen


class Fixed:
    """A prefilter that gives every paper the same."""

    name = "fixed"
    usual: Sequence[float] = ()

    def __init__(self, probability: float | None) -> None:
        self._probability = probability
        self.trained = "fixed-1" if probability is not None else ""

    def refresh(self) -> None:
        """Nothing is trained."""

    def probability(self, paper: Paper) -> float | None:
        del paper
        return self._probability


def screened(title: str, probability: float | None, threshold: float | None = 0.5) -> Screening:
    screen = Screen(a_topic(), Fixed(probability))
    shown = paper(title=title, abstract="Nothing else.")
    return screen(Candidate(1, "t", shown, AnnounceType.NEW, NOW), threshold)


@pytest.mark.parametrize(("probability", "passes"), [(0.5, True), (0.49, False)])
def test_the_probability_decides_over_keywords_that_are_not_core(probability: float, *, passes: bool) -> None:
    assert screened("Efficient LLM serving", probability).passed is passes


def test_a_core_keyword_passes_whatever_the_probability() -> None:
    found = screened("A world model of the kitchen", 0.0)

    assert (found.passed, found.priority, found.keywords) == (True, 0, ("world model",))


def test_a_likely_paper_without_any_keyword_passes_and_comes_before_broad_keywords() -> None:
    likely = screened("Minds of others", 0.9)

    assert (likely.passed, likely.groups, likely.priority) == (True, (), 1)
    assert screened("Efficient LLM serving", 0.9).priority == 1


def test_without_an_opinion_any_keyword_passes() -> None:
    assert screened("Efficient LLM serving", None, None).passed
    assert not screened("Lattice theory", None, None).passed
    assert screened("Efficient LLM serving", None, None).priority == 2


def test_the_fact_says_what_it_was_measured_by() -> None:
    found = screened("Efficient LLM serving", 0.2)

    assert (found.probability, found.threshold, found.prefilter) == (0.2, 0.5, "fixed-1")
    assert found.rule.startswith("fixed:")
    assert (screened("x", None, None).threshold, screened("x", None, None).prefilter) == (None, "")
