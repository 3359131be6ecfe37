"""Keywords find their variants and nothing else."""

from __future__ import annotations

import pytest

from watcher.domain.papers.topic import compile_group, searchable


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("world model", "World Models"),
        ("world model", "a world-model for text"),
        ("world model", "worldmodel"),
        ("world model", "world\nmodels, again"),
        ("world model", "ｗｏｒｌｄ　ｍｏｄｅｌ"),
        ("world model*", "world modelling"),
        ("LLM", "LLMs' plans"),
        ("theory of mind", "Theory-of-Mind tests"),
        ("simulat* of human", "simulat* of human"),
        ("GPT*", "GPT-4o"),
        ("embodiment", "embodiments"),
    ],
)
def test_a_keyword_finds_its_variants(keyword: str, text: str) -> None:
    assert compile_group([keyword]).search(searchable(text))


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("LLM", "LLMx and aLLM"),
        ("world model", "world of models"),
        ("VLA", "Vlasov equation"),
        ("brain", "brainstorming"),
        ("world model", "the world. Model checking"),
    ],
)
def test_a_keyword_does_not_find_other_words(keyword: str, text: str) -> None:
    assert not compile_group([keyword]).search(searchable(text))


def test_title_and_abstract_do_not_run_together() -> None:
    assert not compile_group(["world model"]).search(searchable("The world", "model of it"))
