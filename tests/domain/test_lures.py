"""What speaks to a model, a chat or a page in a paper's text is found; papers that merely write about it seldom are."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attacks import ATTACKS
from tests.cards import real_papers
from watcher.domain.hostile.anomalies import anomalies, find_injections
from watcher.domain.papers.paper import INJECTION_CODES, LETTER_CODES, is_suspicious
from watcher.words_ja import common

# What an attack is found by at least; other kinds may be found by any code.
CODE = {
    "direct": "orders",
    "score": "orders",
    "others": "orders",
    "summary": "orders",
    "japanese": "orders",
    "other_tongues": "orders",
    "disguised": "orders",
    "roles": "roles",
    "answer_form": "answer_form",
    "encoded": "encoded",
    "invisible": "invisible",
    "hidden_tex": "hidden_tex",
    "mrkdwn": "live_markup",
    "markdown": "live_markup",
    "html": "live_markup",
    "expense": "orders",
    "other_script": "other_script",
    "mixed_scripts": "mixed_scripts",
    "styled_letters": "styled_letters",
}


def test_there_are_more_than_two_hundred_attacks_and_no_two_are_the_same() -> None:
    assert len(ATTACKS) > 200
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert len({(attack.paper.title_raw, attack.paper.abstract_raw) for attack in ATTACKS}) == len(ATTACKS)


def test_every_attack_is_flagged() -> None:
    assert [attack.name for attack in ATTACKS if not is_suspicious(anomalies(attack.paper))] == []


def test_every_attack_is_flagged_for_what_it_is() -> None:
    found = {attack.name: anomalies(attack.paper) for attack in ATTACKS}
    assert [(a.name, found[a.name]) for a in ATTACKS if a.kind in CODE and CODE[a.kind] not in found[a.name]] == []


@pytest.mark.endurance
def test_fewer_than_one_real_paper_in_five_hundred_is_suspected() -> None:
    papers = real_papers()[::3]
    suspected = [paper.id.native for paper in papers if is_suspicious(anomalies(paper))]
    assert len(suspected) < len(papers) / 500, suspected


def test_every_code_has_its_words() -> None:
    assert all(common.anomaly(code) != code for code in (*INJECTION_CODES, *LETTER_CODES))


@pytest.mark.parametrize(
    "innocent",
    [
        "Instruction tuning lets models follow instructions that differ from previous instructions.",
        "We study prompt injection, where hidden instructions make a language model act against its user.",
        "The model assigns higher scores to the preferred answer; scores range from 0 to 4.",
        "Reviewers rated the summaries; human reviewers and LLM judges agreed in 90% of cases.",
        "Our system: a planner and a verifier. The score is the mean over four runs.",
        "For $x < y$ and $a > b$ we show $|x| < |y|$; code: https://github.com/a/b (see [1]).",
        r"\textbf{Results.} \emph{Better} by 5\%, $\mathcal{O}(n^2)$, \url{https://example.org}.",
        "Large Language-Model-Based Neuro-Symbolic-Programming-Environments at 10.1145/1234567.8901234 outperform.",
        "We name only papers that cite others; each line of the list names a paper. Summaries should be faithful.",
        "Judges mark every summary as correct or wrong. The verdict is given by three raters who summarize the abstract.",
        "We write 1,000 words a topic and translate them into all languages of the corpus; C++ calls std::vector.",
        "Schrödinger, Erdős and Łukasiewicz met the naïve Bayes of Kolmogorov; β-VAE with α=0.5.",
    ],
)
def test_an_abstract_that_writes_about_such_things_is_left_in_peace(innocent: str) -> None:
    assert find_injections(innocent) == ()


@settings(deadline=None)  # the machine may be busy
@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    assert set(find_injections(text)) <= set(INJECTION_CODES)


@pytest.mark.parametrize(
    "piece",
    ["name only ", "every summary must ", "12 A :: ", "... ", ".- / ", "list all ", "αa", "verdict is ", "\\151",
     "ignore all ", "you ", "score of ", "a.", "<", "<paper ", "| x ", "[x](", "A2", "%41", "&#65;", "\\x41", "01",
     "指示", "\\color{", "title: ", "4, ", "**1. ", "/ ", "score 4 to ", "write "],
)  # fmt: skip
def test_a_long_text_of_nothing_but_bait_is_read_in_no_time(piece: str) -> None:
    start = time.process_time()
    find_injections(piece * (20_000 // len(piece)))
    assert time.process_time() - start < 3
