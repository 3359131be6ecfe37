from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.shipped import ANALYZE, STYLE, STYLE_GUIDE, STYLE_TOML, TOPIC
from watcher.domain.errors import ConfigError
from watcher.domain.summaries.style import Style
from watcher.domain.summaries.violations import violations

SOURCE = """Learning Cola Models
We train Cola-FT, a vision-language model (57\\% better, 12{,}000 questions, three stages, 1.5 million steps,
60-70% wins of GPT-4 on ScienceQA) that predicts the next state with Transformers. Gains are up to 16.0 points."""
QUOTE = "predicts the next state with Transformers"
QUOTES = ("a vision-language model", QUOTE, "Gains are up to 16.0 points")
GOOD = (
    "視覚と言語を結ぶ既存のモデルは、環境の次の状態を正しく予測できないという問題を抱えている。この問題に対し、画像と文の両方から状態の移り変わりを"
    "学習する手法を提案し、段階的な訓練によって予測の精度を高めた。多様な課題の実験で既存手法を上回り、計画にも役立つことを示した。"
)
assert STYLE.shortest <= len(GOOD) <= STYLE.longest


def codes(
    summary: str = GOOD, categories: tuple[str, ...] = ("強化学習",), evidence: tuple[str, ...] = QUOTES
) -> dict[str, str]:
    found = violations(summary, categories, evidence, SOURCE, STYLE)
    return {violation.code: violation.detail for violation in found}


def saying(piece: str) -> str:
    """The good summary with a piece worked in, of about the same length."""
    return GOOD.replace("多様な課題", piece)


def test_a_good_summary_breaks_no_rule() -> None:
    assert codes() == {}


@pytest.mark.parametrize(
    ("length", "right"),
    [(STYLE.shortest - 1, False), (STYLE.shortest, True), (STYLE.longest, True), (STYLE.longest + 1, False)],
)
def test_the_length_is_held_to_both_bounds(length: int, right: bool) -> None:
    summary = (GOOD * 2)[: length - 1].replace("。", "、") + "。"
    assert ("length" not in codes(summary)) is right


@pytest.mark.parametrize("end", ["を示した", "を示した.", "を示した。」"])
def test_a_summary_ends_with_a_full_stop(end: str) -> None:
    assert "ending" in codes(GOOD.replace("を示した。", end))


@pytest.mark.parametrize(
    "polite", ["提案します。", "提案しました。", "有効です。", "できません。", "重要でしょう。", "示しますが、"]
)
def test_polite_forms_are_found(polite: str) -> None:
    assert "register" in codes(GOOD.replace("提案し、", polite))


@pytest.mark.parametrize(
    "plain", ["ますます重要な課題", "人間ですら誤る課題", "励ます。課題", "増すが難しい課題", "目指す。課題"]
)
def test_plain_words_that_look_polite_are_let_pass(plain: str) -> None:
    assert "register" not in codes(saying(plain))


def test_a_summary_with_hardly_any_kana_is_no_japanese() -> None:
    assert codes("本研究提案新的方法解决世界模型问题并取得优异性能。" * 6)["kana"] == "0%"


@pytest.mark.parametrize(
    "supported",
    [
        "57%", "５７％", "57％", "12,000問", "12000問", "1.2万問", "1万2000問", "3段階", "150万回", "60-70%", "60%から70%",
        "16点", "16.0点", "1.5M回",
    ],
)  # fmt: skip
def test_a_number_the_source_states_is_supported_however_it_is_written(supported: str) -> None:
    assert "number" not in codes(saying(f"{supported}の課題"))


@pytest.mark.parametrize(
    ("unsupported", "shown"),
    [
        ("58%", "58%"),
        ("５８％", "58％"),
        ("1.2億問", "1.2億"),
        ("120,000問", "120,000"),
        ("4段階", "4"),
        ("60-71%", "71%"),
        ("1.6点", "1.6"),
    ],
)
def test_a_number_the_source_does_not_state_is_shown(unsupported: str, shown: str) -> None:
    assert codes(saying(f"{unsupported}の課題"))["number"] == shown


@pytest.mark.parametrize(
    "supported",
    ["Cola-FT", "Cola", "ＧＰＴ-4", "transformer", "Transformers", "ScienceQA", "VLM", "VLMs", "vision-language"],
)
def test_a_name_the_source_holds_is_supported(supported: str) -> None:
    assert "name" not in codes(saying(f"{supported}の課題"))


@pytest.mark.parametrize(
    "unsupported", ["CoLA", "GPT-5", "GPT-40", "LLaVA", "RLHF", "ScienceQA2", "Col", "https://evil.example"]
)
def test_a_name_the_source_does_not_hold_is_shown(unsupported: str) -> None:
    assert codes(saying(f"{unsupported}の課題"))["name"]


def test_an_abbreviation_is_supported_only_where_its_phrase_stands() -> None:
    found = violations(
        saying("VLMの課題"), ("強化学習",), (QUOTE,) * 3, SOURCE.replace("vision-language", "visual"), STYLE
    )
    assert [violation.code for violation in found] == ["name"]


@pytest.mark.parametrize("markup", [r"\textsc{Cola}-FT wins", "$\\textbf{C}$ola-FT", r"{\it Cola}-FT"])
def test_tex_inside_a_name_does_not_hide_it(markup: str) -> None:
    found = violations(saying("Cola-FTの課題"), ("強化学習",), (QUOTE,) * 3, f"{markup} {QUOTE}", STYLE)
    assert found == ()


def test_a_quote_may_differ_from_the_source_in_white_space_only() -> None:
    assert codes(evidence=("1.5 million\n  steps, 60-70% wins", *QUOTES)) == {}
    assert codes(evidence=("1.5 million Steps, 60-70% wins", *QUOTES)).keys() == {"quote"}


@pytest.mark.parametrize(
    "written", ["(57% better, 12{,}000", r"(57\% better, 12{,}000 questions", "(57%  better, 12{,}000 questions"]
)
def test_a_quote_may_leave_out_the_backslash_of_tex(written: str) -> None:
    assert codes(evidence=(written, *QUOTES)) == {}


@pytest.mark.parametrize("evidence", [(), ("", *QUOTES), ("the", *QUOTES), (*QUOTES, "we invented this")])
def test_missing_empty_tiny_and_invented_quotes_are_found(evidence: tuple[str, ...]) -> None:
    assert codes(evidence=evidence).keys() == {"quote"}


@pytest.mark.parametrize(
    "categories", [("Embodied AI",), ("計画(Planning)", "心の理論", "強化学習"), ("新しい研究テーマ",)]
)
def test_one_to_three_japanese_or_known_terms_are_right(categories: tuple[str, ...]) -> None:
    assert codes(categories=categories) == {}


@pytest.mark.parametrize(
    "categories", [(), ("一", "二", "三", "四"), ("Robotics",), ("",), ("長" * 31,), ("心の理論、強化学習",)]
)
def test_other_categories_are_found(categories: tuple[str, ...]) -> None:
    assert codes(categories=categories).keys() == {"categories"}


@pytest.mark.parametrize(
    ("character", "shown"),
    [("|", "|"), ("\n", "U+000A"), ("\u202e", "U+202E"), ("\u200b", "U+200B"), ("\x07", "U+0007"), ("\U000e0041", "U+E0041"),
     ("\u2028", "U+2028"), ("\ufeff", "U+FEFF"), ("\ud800", "U+D800")],
)  # fmt: skip
def test_characters_that_break_or_hide_are_named(character: str, shown: str) -> None:
    assert codes(saying(f"多様{character}な課題"))["markup"] == shown
    assert codes(categories=(f"強化{character}学習",))["markup"] == shown


def test_many_offending_pieces_are_shown_as_a_few() -> None:
    assert codes(saying("2、4、5、6、7、8、9の課題"))["number"] == "2、4、5、6、7…"


@settings(deadline=None)  # the machine may be busy
@given(
    summary=st.text(max_size=300), term=st.text(max_size=40), quote=st.text(max_size=80), source=st.text(max_size=300)
)
@example(summary="", term="", quote="0" * 39 + " 0", source="")  # cut short right behind a space
def test_no_text_whatever_upsets_the_checks(summary: str, term: str, quote: str, source: str) -> None:
    for violation in violations(summary, (term,), (quote,), source, STYLE):
        assert violation.code
        assert violation.detail == " ".join(violation.detail.split())


@pytest.mark.parametrize("hostile", ["1" * 50_000, "1," * 25_000, "two " * 12_000, "A-" * 25_000, "1万" * 20_000])
def test_a_hostile_text_is_checked_in_no_time(hostile: str) -> None:
    start = time.thread_time()
    violations(hostile[:2000], ("強化学習",), (QUOTE,), hostile, STYLE)
    assert time.thread_time() - start < 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("shortest = 110", ""), "shortest"),
        (("shortest = 110", "shortest = 110\nshortst = 1"), "shortst"),
        (("shortest = 110", "shortest = 300"), "shortest <= longest"),
        (("least_kana = 0.25", "least_kana = 25"), "least_kana"),
        (("shortest = 110", "shortest = '短い'"), "wrong kind"),
        (("shortest = 110", "shortest ="), "style"),
    ],
)
def test_a_style_sheet_that_is_wrong_is_refused(change: tuple[str, str], words: str) -> None:
    assert Style.read(STYLE_GUIDE, STYLE_TOML, ANALYZE, TOPIC.vocabulary) == STYLE
    with pytest.raises(ConfigError, match=words):
        Style.read(STYLE.guide, STYLE_TOML.replace(*change), ANALYZE)


def test_the_guide_and_the_checks_name_the_same_lengths() -> None:
    assert f"{STYLE.shortest}〜{STYLE.longest}文字" in STYLE.guide


def test_the_rules_follow_the_style_sheet_given() -> None:
    assert [v.code for v in violations(GOOD, ("強化学習",), QUOTES, SOURCE, replace(STYLE, longest=110))] == ["length"]
