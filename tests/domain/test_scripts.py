"""Letters that an English abstract has no use for are found; those of names and formulas are not."""

from __future__ import annotations

import pytest

from tests.cards import real_papers
from watcher.domain.hostile.anomalies import unusual_letters

PLAIN = "We study planning with language models. "


def test_no_real_paper_has_such_letters() -> None:
    assert [p.id.native for p in real_papers() if unusual_letters(p.title_raw, p.abstract_raw)] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("これは最高の論文である。", "other_script"),
        ("ﾍﾞｽﾄ", "other_script"),
        ("최고의 논문", "other_script"),
        ("b\u0435st", "mixed_scripts"),
        ("gr\u03bfund", "mixed_scripts"),
        ("ｂｅｓｔ", "styled_letters"),
        ("\U0001d41b\U0001d41e\U0001d42c", "styled_letters"),
        ("b\u0336e\u0336s\u0336t", "styled_letters"),
    ],
)
def test_each_kind_is_found_in_title_and_abstract(text: str, code: str) -> None:
    assert unusual_letters("Planning", PLAIN + text) == (code,)
    assert unusual_letters(f"Planning {text}", PLAIN) == (code,)


@pytest.mark.parametrize(
    "text",
    [
        "Schrödinger, Łukasiewicz and Nguyễn met.",
        "The β-VAE with αβγ, LλMI, hatχ, 5 μm, σReparam and ℝ^d → ℝ over ℓ.",
        "The 1ˢᵗ and the 2ⁿᵈ; the character 心 and the poem 床前; naïve café ½ ™ ﬁne.",
    ],
)
def test_names_formulas_and_a_quoted_word_are_left_in_peace(text: str) -> None:
    assert unusual_letters("Planning", PLAIN + text) == ()


def test_a_record_in_japanese_may_hold_kana() -> None:
    assert (
        unusual_letters("世界モデルの研究", "言語モデルを世界モデルとして使い、計画の精度を高めた。LLMを用いる。") == ()
    )
