"""A summary claims no more, and no less carefully, than its abstract, and every sentence stands on a passage."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cards import recorded_cards, summarized
from tests.shipped import ANALYZE, STYLE
from watcher.domain.summaries.numbers import mismatched_units
from watcher.domain.summaries.style import autofixed, sentences, style_faults, truncated_endings
from watcher.domain.summaries.verification import SentenceEvidence, evidence_by_sentence
from watcher.domain.summaries.violations import lost_hedges, overclaims, unsupported_numbers, violations

_CATALOG = Path(__file__).parents[1] / "data" / "catalog"
ABSTRACT = (
    "Agents may fail in long tasks. Our results suggest that planning helps (57\\% of 12 tasks, 2.5x faster, within 3 hours). "
    "We train two models in three stages. The method improves accuracy by 4.5 points on most tasks. It always ends."
)


# --- numbers and units -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["三段階で", "二つのモデル", "一つのモデル", "第三者", "二次的", "十分に", "57%", "三つの"]
)
def test_a_counted_thing_that_the_source_counts_is_supported(text: str) -> None:
    assert list(unsupported_numbers(text, ABSTRACT)) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("四段階で", "四"),
        ("七種の", "七"),
        ("6割で", "6割"),
        ("六割で", "六割"),
        ("半分の", "半分"),
        ("数百の", "数百"),
    ],
)
def test_a_counted_thing_that_it_does_not_count_is_shown(text: str, shown: str) -> None:
    assert list(unsupported_numbers(text, ABSTRACT)) == [shown]


@pytest.mark.parametrize(
    ("share", "source"),
    [("7割", "70% of"), ("七割", "0.7 of"), ("半数", "half of"), ("数百", "hundreds of"), ("数百万", "millions of")],
)
def test_a_share_is_supported_by_its_percentage(share: str, source: str) -> None:
    assert list(unsupported_numbers(share, source)) == []


@pytest.mark.parametrize("text", ["57%", "4.5ポイント", "2.5倍", "3時間", "99%"])
def test_a_figure_with_its_unit_is_right(text: str) -> None:
    assert list(mismatched_units(text, ABSTRACT)) == []


@pytest.mark.parametrize("text", ["4.5%", "12%", "57倍", "3秒", "57時間"])
def test_a_figure_with_another_unit_is_shown(text: str) -> None:
    assert list(mismatched_units(text, ABSTRACT)) == [text]


# --- hedges and absolutes --------------------------------------------------------------------------


def hedged(sentence: str, passage: str) -> list[str]:
    return list(lost_hedges([SentenceEvidence(sentence, (passage,))], ABSTRACT, STYLE.hedges, STYLE.hedged))


@pytest.mark.parametrize(
    "sentence", ["計画が役立つことを示唆した。", "計画が役立つ可能性がある。", "失敗し得る。", "有効だと考えられる。"]
)
def test_a_hedge_that_is_kept_is_right(sentence: str) -> None:
    assert hedged(sentence, "Our results suggest that planning helps") == []


@pytest.mark.parametrize(
    ("passage", "hedge"),
    [
        ("Our results suggest that planning helps", "suggest"),
        ("planning helps (57% of", "suggest"),
        ("Agents may fail", "may"),
    ],
)
def test_a_hedge_that_is_lost_is_named(passage: str, hedge: str) -> None:
    assert hedged("計画は役立つ。", passage) == [hedge]


def test_a_hedge_of_another_sentence_asks_for_nothing() -> None:
    assert hedged("二つのモデルを学習した。", "We train two models") == []


@pytest.mark.parametrize(
    "text",
    [
        "すべての課題で有効",
        "世界初の手法",
        "初めて示した",
        "完全に解決",
        "最高の精度",
        "唯一の手法",
        "大幅に向上",
        "画期的な",
    ],
)
def test_an_absolute_that_the_abstract_lacks_is_shown(text: str) -> None:
    assert list(overclaims(text, "We improve planning on most tasks.", STYLE.absolutes))


@pytest.mark.parametrize(
    ("text", "source"),
    [("すべての課題", "on all tasks"), ("必ず終わる", "It always ends."), ("初めて", "the first method"), ("不完全に", "imperfectly so"),
     ("大幅に", "substantially"), ("最高の", "best accuracy")],
)  # fmt: skip
def test_an_absolute_that_the_abstract_states_is_right(text: str, source: str) -> None:
    assert list(overclaims(text, source, STYLE.absolutes)) == []


# --- register and ends -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["提案します。", "有効です。", "できません。", "重要でしょう。", "示しますが、難しい。", "ご覧ください。", "できるね。", "有効だよ。",
     "重要だ。手法である。", "静かだった。手法であった。"],
)  # fmt: skip
def test_what_is_not_in_dearu_style_is_found(text: str) -> None:
    assert list(style_faults(text, ANALYZE))


@pytest.mark.parametrize(
    "text",
    [
        "提案。",
        "ますます重要。",
        "人間ですら誤る。",
        "励ます。",
        "済ます。",
        "重要だ。示した。",
        "「有効です」と述べる。",
        "手法である。高めた。",
    ],
)
def test_plain_sentences_and_those_that_end_in_a_noun_are_right(text: str) -> None:
    assert list(style_faults(text, ANALYZE)) == []


@pytest.mark.parametrize(
    ("text", "broken"), [("手法を。", True), ("実験において。", True), ("適応を可能に。", False), ("提案。", False)]
)
def test_a_sentence_that_breaks_off_is_found(text: str, broken: bool) -> None:
    assert bool(list(truncated_endings(text, ANALYZE))) is broken


def test_a_full_stop_inside_brackets_ends_no_sentence() -> None:
    assert sentences("「行く。帰る。」と答えた。次も。") == ["「行く。帰る。」と答えた。", "次も。"]


# --- mending ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("ｴｰｼﾞｪﾝﾄをＬＬＭで，評価した．", "エージェントをLLMで、評価した。"),
        ("手法, すなわち計画.", "手法、すなわち計画。"),
        ("精度は５７．５％，問題は１，２００問。", "精度は57.5%、問題は1,200問。"),
        ("LLM を 用いた 手法。", "LLMを用いた手法。"),
        ("SWE-bench Verifiedを、、用いた。。", "SWE-bench Verifiedを、用いた。"),
        ("ワールドモデルのシュミレーション。", "世界モデルのシミュレーション。"),
        ("GPT-4, Claude 3.5など(v1.0)。", "GPT-4, Claude 3.5など(v1.0)。"),
    ],
)
def test_spelling_is_put_right(given_: str, kept: str) -> None:
    assert autofixed(given_, STYLE.preferred) == kept


@given(st.text(alphabet="aあ1カﾊﾟ，．、。, .%％Ａ１ 漢", max_size=40))
def test_what_is_mended_needs_no_mending(text: str) -> None:
    once = autofixed(text, STYLE.preferred)
    assert autofixed(once, STYLE.preferred) == once


# --- grounds ---------------------------------------------------------------------------------------


def test_each_sentence_gets_the_passage_that_shares_its_figures_and_names() -> None:
    text = "課題がある。RAPを提案。精度は57%で、Colaを上回った。"
    tied = evidence_by_sentence(text, ("there is a problem", "RAP, a method", "57% accuracy", "better than Cola"))
    assert [ground.passages for ground in tied] == [
        ("there is a problem",),
        ("RAP, a method",),
        ("57% accuracy", "better than Cola"),
    ]


def test_a_sentence_without_a_passage_is_a_violation() -> None:
    found = violations(
        "課題がある。手法を提案。精度が向上。", ("計画",), ("Agents may fail", "We train two models"), ABSTRACT, STYLE
    )
    assert [v.detail for v in found if v.code == "ground"]


@given(st.text(alphabet="あ。1a「」", max_size=200), st.lists(st.text(max_size=8), max_size=10))
def test_no_passage_and_no_sentence_is_lost(text: str, evidence: list[str]) -> None:
    tied = evidence_by_sentence(text, evidence)
    assert [ground.sentence for ground in tied] == sentences(text)
    assert [quote for ground in tied for quote in ground.passages] == (evidence if tied else [])


# --- real summaries --------------------------------------------------------------------------------


def test_every_recorded_summary_is_faithful_and_every_sentence_of_it_has_its_passage() -> None:
    cards = recorded_cards()
    assert len(cards) == 12
    for card in cards:
        paper, summary = card.candidate.paper, summarized(card)
        source = f"{paper.title_raw}\n{paper.abstract_raw}\n{paper.title}\n{paper.abstract}"
        assert autofixed(summary.summary_ja, STYLE.preferred) == summary.summary_ja
        assert violations(summary.summary_ja, summary.categories_ja, summary.evidence, source, STYLE) == ()
        assert all(ground.passages for ground in card.sentence_evidence)


# What is truly wrong in the hand-made catalog, by row: spellings the abstract has otherwise, figures and names it lacks.
CATALOG_FAULTS = {
    2: "CoLA", 3: "GPT-4V、ScienceQA", 6: "12,000 GPT-3", 7: "FEP、AIF、NLM、IWMT", 12: "API", 16: "LLaMA-2", 18: "CartPole",
    19: "Chain-of-Thought", 20: "LLaMA", 24: "Chain-of-Thought", 25: "LLM",
}  # fmt: skip


def test_the_catalogs_own_rows_are_flagged_for_true_reasons_alone() -> None:
    lines = (_CATALOG / "seed_metadata.jsonl").read_text(encoding="utf-8").splitlines()
    seeds = {row["seed_no"]: row for row in map(json.loads, lines)}
    rows = re.findall(
        r"^\| \*\*(\d+)\..*?\|\s*(.*?)\s*\|", (_CATALOG / "catalog.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    found = {}
    for number, cell in rows:
        seed = seeds[int(number)]
        text = autofixed(cell.strip("*"), STYLE.preferred)
        faults = violations(text, ("計画",), (), f"{seed['title']}\n{seed['abstract']}", STYLE)
        said = " ".join(fault.detail for fault in faults if fault.code != "quote")
        if said:
            found[int(number)] = said
    assert len(rows) == 25
    assert found == CATALOG_FAULTS
