"""What advertises is found in a summary: addresses, citation counts, prizes and prices."""

from __future__ import annotations

import pytest

from tests.cards import recorded_cards, summarized
from watcher.domain.summaries.violations import addresses, advertised, citation_counts, prizes_and_prices


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/a", "hxxp://evil.example", "www.evil.example", "github.com/a/b", "evil.ai", "EVIL.COM",
        "ask@evil.example", "ask [at] evil.example", "@evil_account", "doi:10.1145/1234567.890", "arXiv:2606.12345",
        "0x52908400098527886E0F7030069857D2E4169EE7", "03-1234-5678", "ｗｗｗ.evil.example",
    ],
)  # fmt: skip
def test_an_address_is_found_among_japanese(text: str) -> None:
    assert list(addresses(f"詳しくは{text}を見よ。"))


@pytest.mark.parametrize(
    "text",
    ["被引用数は多い", "1,200回引用された", "１２００回以上も引用", "引用数は3,000に達する", "3千件を超える論文に引用", "1,200件の引用を集めた"],
)  # fmt: skip
def test_a_citation_count_is_found(text: str) -> None:
    assert list(citation_counts(f"この手法は{text}。"))


@pytest.mark.parametrize(
    "text",
    ["最優秀論文賞を受賞した", "ベストペーパー賞に輝く", "NeurIPSで表彰された", "best paperである", "料金は月額$20である", "0.5ドルで済む", "5万円かかる"],
)  # fmt: skip
def test_a_sentence_with_a_prize_or_a_price_is_found(text: str) -> None:
    assert list(prizes_and_prices(f"手法を提案。この研究は{text}。")) == [f"この研究は{text}。"]


@pytest.mark.parametrize(
    "text",
    [
        "pass@10とRecall@5、Character.AI、Node.js、GPT-4.1、Qwen2.5-VL", "引用付きの回答を10万件生成", "美術鑑賞と懸念",
        "2026-06-29の記録と3.5倍の速さ",
    ],
)  # fmt: skip
def test_names_figures_and_research_on_citations_are_left_in_peace(text: str) -> None:
    assert [*advertised(text), *prizes_and_prices(text)] == []


def test_no_recorded_summary_advertises() -> None:
    written = [summarized(card).summary_ja for card in recorded_cards() if card.summary is not None]
    assert len(written) == 12
    assert [piece for text in written for piece in (*advertised(text), *prizes_and_prices(text))] == []
