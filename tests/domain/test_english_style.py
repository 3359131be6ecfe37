"""A summary in English is held to the same promises as a Japanese one, by its own style sheet."""

from __future__ import annotations

import pytest

from tests.cards import paper
from tests.shipped import ANALYZE, CONFIG
from watcher.domain.facts import Summary
from watcher.domain.summaries.cells import cells_of
from watcher.domain.summaries.english import english_names, english_sentences
from watcher.domain.summaries.style import Style
from watcher.domain.summaries.violations import citation_counts, prizes_and_prices, violations

ENGLISH = Style.read(
    (CONFIG / "style" / "en.md").read_text("utf-8"), (CONFIG / "style" / "en.toml").read_text("utf-8"), ANALYZE
)
SOURCE = """Deep Residual Learning for Image Recognition
Deeper neural networks are more difficult to train. We present a residual learning framework to ease the training of
networks that are substantially deeper than those used previously. On the ImageNet dataset we evaluate residual nets
with a depth of up to 152 layers. An ensemble of these residual nets achieves 3.57% error on the ImageNet test set,
with three runs. This may help detection."""
GOOD = (
    "Deeper neural networks are more difficult to train. The proposed residual learning framework eases the training of "
    "substantially deeper networks, of up to 152 layers on ImageNet. An ensemble reaches 3.57% error on the ImageNet test "
    "set, and the depth may help detection."
)
EVIDENCE = (
    "Deeper neural networks are more difficult to train",
    "a residual learning framework to ease the training",
    "An ensemble of these residual nets achieves 3.57% error on the ImageNet test set",
    "This may help detection",
)


def codes(text: str = GOOD, terms: tuple[str, ...] = ("image recognition",)) -> set[str]:
    return {found.code for found in violations(text, terms, EVIDENCE, SOURCE, ENGLISH)}


def test_a_good_summary_breaks_no_rule() -> None:
    assert codes() == set()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("152", "153", "number"),
        ("An ensemble", "Four ensembles", "number"),
        ("An ensemble", "Half of the nets", "number"),
        ("3.57% error", "3.57 points of error", "unit"),
        ("may help", "helps", "hedge"),
        ("ImageNet test", "CIFAR test", "name"),
        ("Deeper neural", "Deeper GPT-4", "name"),
        ("and the depth", "and Smith shows that it", "name"),
        ("The proposed", "We see that the", "tone"),
        ("are more", "aren't less", "tone"),
        ("detection.", "detection", "stop"),
        ("substantially", "dramatically", "claim"),
        ("An ensemble", "The best ensemble", "claim"),
        ("An ensemble", "An ensemble, see www.x.org,", "address"),
        ("An ensemble", "An ensemble cited 300 times", "citations"),
        ("An ensemble", "An | ensemble", "markup"),
        (GOOD, GOOD[:150] + ".", "length"),
        (GOOD, "深層学習の手法を提案し、画像認識の精度を高めた。" * 10, "latin"),
    ],
)
def test_a_fault_is_found_by_its_rule(old: str, new: str, code: str) -> None:
    assert (code in codes(GOOD.replace(old, new))) is bool(code)


def test_categories_are_in_english() -> None:
    assert codes(terms=("画像認識",)) == codes(terms=("a, b",)) == {"categories"}


def test_sentences_end_at_a_period_before_a_capital_and_not_at_an_abbreviation() -> None:
    text = "It uses tests, e.g. MMLU. Smith et al. Agree (see Fig. 2). Is it v1.2? Yes."
    assert english_sentences(text) == [
        "It uses tests, e.g. MMLU.",
        "Smith et al. Agree (see Fig. 2).",
        "Is it v1.2?",
        "Yes.",
    ]


def test_names_are_words_with_inner_capitals_or_digits_and_capitals_inside_a_sentence() -> None:
    text = "Models such as Qwen2.5 and LLaMA beat Gemini. Networks with 3-fold gains of 12K steps do."
    assert [name[0] for name in english_names(text)] == ["Qwen2.5", "LLaMA", "Gemini"]


def test_prizes_prices_and_citation_counts_are_found() -> None:
    assert list(prizes_and_prices("It sorts. It won a prize. It costs $5.")) == ["It won a prize.", "It costs $5."]
    assert list(citation_counts("The survey, with 1,200 citations, was cited by 40 groups.")) == [
        "1,200 citations",
        "cited by 40",
    ]


def test_what_the_bot_writes_into_cells_is_english() -> None:
    cells = cells_of(paper(authors=()), Summary(GOOD, ("a", "b"), (), (), "p", "m"), ENGLISH.cells)
    assert (cells.authors, cells.categories) == ("unknown", "a, b")
    assert cells.venue == "arXiv (2026-06)"
    assert ENGLISH.cells.told("中 (被引用 35、GitHub 1.2k★)") == "middle (citations: 35, GitHub 1.2k★)"


def test_the_guide_names_the_lengths_of_the_checks_and_its_example_keeps_them() -> None:
    example = ENGLISH.guide.partition("Example: ")[2]
    assert f"{ENGLISH.shortest} to {ENGLISH.longest} characters" in ENGLISH.guide
    assert ENGLISH.shortest <= len(example) <= ENGLISH.longest
    assert not {"tone", "stop", "latin", "claim"} & {v.code for v in violations(example, ("a",), (), example, ENGLISH)}
