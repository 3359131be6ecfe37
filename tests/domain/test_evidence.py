"""A summary's sentences and the quotes that bear them out."""

from __future__ import annotations

from tests.cards import recorded_cards
from watcher.domain.evidence import borne_out


def test_a_quote_stands_with_the_sentence_that_shares_its_names_and_numbers() -> None:
    tied, loose = borne_out(
        "LLMを用いた研究である。SWE-benchで４２％を得た。",
        ["We reach 42% on SWE-bench.", "LLMs are used", "Nothing shared"],
    )

    assert [(one.sentence, one.quotes) for one in tied] == [
        ("LLMを用いた研究である。", ("LLMs are used",)),
        ("SWE-benchで４２％を得た。", ("We reach 42% on SWE-bench.",)),
    ]
    assert loose == ("Nothing shared",)


def test_no_quote_and_no_sentence_is_ever_lost() -> None:
    for shown in recorded_cards():
        summary = shown.summary
        tied, loose = borne_out(summary.summary_ja, summary.evidence)

        assert "".join(one.sentence for one in tied) == summary.summary_ja
        assert sorted([*loose, *(q for one in tied for q in one.quotes)]) == sorted(summary.evidence)
