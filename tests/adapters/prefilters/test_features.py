from __future__ import annotations

import math

import pytest

from watcher.adapters.prefilters.trained import Features, Phrases, read, stem, terms
from watcher.domain.papers.topic import Theme

RARITY = {"language model": 3.0, "model": 1.0, "mind": 2.0}
PHRASES = Phrases.of([Theme("models", ("Language Models",), crossed=True), Theme("minds", ("theory of mind",))])
READ = Features(RARITY, PHRASES)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("models", "model"),
        ("theories", "theory"),
        ("physics", "physic"),
        ("corpus", "corpus"),
        ("class", "class"),
        ("the", ""),
    ],
)
def test_plurals_and_words_that_say_nothing_go(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_terms_are_words_and_pairs_across_hyphens_and_silent_words() -> None:
    assert terms("A theory of mind for vision-language models, 2026") == {
        *("theory", "mind", "vision", "language", "model"),
        *("theory mind", "mind vision", "vision language", "language model"),
    }


def test_known_terms_make_a_vector_of_length_one_in_which_the_title_counts_more() -> None:
    values = READ("Language models", "A mind.", ())
    found = {term: values[term] for term in RARITY}

    assert sum(value**2 for value in found.values()) == pytest.approx(1)
    assert found["model"] / found["mind"] == pytest.approx(1.7 / 2)


def test_themes_count_alone_and_tied_to_a_crossed_one() -> None:
    values = READ("Language models", "Theory of mind.", ("cs.CL",))

    assert values.keys() - RARITY.keys() == {"theme:models", "theme:minds", "both:models + minds", "in:cs.CL"}
    assert "both:models + minds" not in READ("Theory of mind", "In apes.", ())


def test_hostile_text_gives_finite_values() -> None:
    for text in ("", "\0" * 50, "a" * 100_000, "the " * 10_000, "\u202eLLM\ud800"):
        assert all(math.isfinite(value) for value in READ(text, text, ()).values())


def test_a_paper_is_read_once_for_any_number_of_topics_and_a_day_s_papers_are_kept_no_longer() -> None:
    read.cache_clear()
    topics = [Features({term: 1.0}, PHRASES) for term in RARITY]
    for _ in topics:
        for number in range(20):
            read(f"Language models {number}", "A mind.")
    found = [topic("Language models 3", "A mind.", ()) for topic in topics]

    assert (read.cache_info().misses, read.cache_info().hits) == (20, 40 + len(topics))
    assert [set(values) & set(RARITY) for values in found] == [{term} for term in RARITY]
    for number in range(5000):
        read(f"{number}", "")
    assert read.cache_info().currsize < 2000
