"""What is odd about a paper's texts is named by a code that people get words for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from watcher.domain.hostile.anomalies import anomalies, is_hidden
from watcher.domain.papers.paper import Paper, PaperId
from watcher.words_ja import common

PLAIN = Paper(
    id=PaperId("arxiv", "2606.27378"),
    version=1,
    title_raw="Title",
    abstract_raw="Two\n lines.",
    authors_raw="Ada Lovelace",
    title="Title",
    abstract="Two lines.",
    authors=("Ada Lovelace",),
    categories=("cs.CL",),
    url="https://arxiv.org/abs/2606.27378",
)


def test_an_ordinary_paper_has_none() -> None:
    assert anomalies(PLAIN) == ()
    assert anomalies(replace(PLAIN, abstract_raw="x" * 1920)) == ()


@pytest.mark.parametrize(
    ("paper", "code"),
    [
        (replace(PLAIN, abstract_raw="x" * 1921), "long_abstract"),
        (replace(PLAIN, title_raw="a\u200bb"), "invisible"),
        (replace(PLAIN, authors_raw="a\u202eb"), "invisible"),
        (replace(PLAIN, abstract_raw="a\ufffdb"), "invisible"),
        (replace(PLAIN, abstract=" "), "empty_abstract"),
        (replace(PLAIN, title=""), "empty_title"),
        (replace(PLAIN, authors=()), "no_authors"),
    ],
)
def test_each_oddity_has_its_code_and_the_code_its_words(paper: Paper, code: str) -> None:
    assert anomalies(paper) == (code,)
    assert common.anomaly(code) != code


@pytest.mark.parametrize(
    "char",
    ["\0", "\x0c", "\x7f", "\x93", "\u00ad", "\u200b", "\u200d", "\u2028", "\u202e", "\u2066", "\u3164", "\ufeff",
     "\ufe00", "\U000e0041", "\U000e0101", "\ue000"],
)  # fmt: skip
def test_hidden_characters_are_found(char: str) -> None:
    assert is_hidden(char)


@pytest.mark.parametrize("char", ["\n", "\t", " ", "\u00a0", "é", "世", "∑", "😀", "\ufe0f", "\u0301", "‐"])
def test_visible_characters_and_white_space_are_left_in_peace(char: str) -> None:
    assert not is_hidden(char)
