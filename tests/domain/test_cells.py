"""The cells the bot proposes have the catalog's form, and cells that could not stand in a row are named."""

from __future__ import annotations

from typing import Any

import pytest

from watcher.domain.facts import Cells, Summary, Violation
from watcher.domain.papers.paper import Paper, PaperId
from watcher.domain.summaries.cells import cells_of, check_cells, plain
from watcher.words_ja.common import violation

_SUMMARY = Summary("世界モデルを学ぶ手法を提案。", ("世界モデル", "計画"), (), (), "", "")


def proposed(native: str = "2606.27483", **fields: Any) -> Cells:
    blank: dict[str, Any] = {"title": "A Title", "authors": ("Ada Lovelace",)}
    raw: dict[str, Any] = {"title_raw": "", "abstract_raw": "", "authors_raw": "", "abstract": "", "categories": ()}
    return cells_of(Paper(id=PaperId("arxiv", native), version=1, url="", **raw, **(blank | fields)), _SUMMARY)


GOOD = proposed()


def test_the_cells_come_from_summary_and_metadata_in_the_catalog_s_form() -> None:
    assert proposed(title="World\n Models", authors=("Ada Lovelace", "Alan Turing", "Grace Hopper")) == Cells(
        title="World Models",
        summary="世界モデルを学ぶ手法を提案。",
        authors="Lovelace et al.",
        year="2026",
        categories="世界モデル、計画",
        venue="arXiv (2026年6月)",
        attention="低 (新着、注目度は未調査)",
    )
    assert check_cells(GOOD) == ()


@pytest.mark.parametrize(
    ("authors", "cell"),
    [
        (("Ada Lovelace",), "Lovelace"),
        (("Wes Gurnee", "Max Tegmark"), "Gurnee & Tegmark"),
        (("Wes Gurnee", "Max Tegmark", "Ada Lovelace"), "Gurnee et al."),
        (("René M.J.G. van de Molengraft", "Marcos de Araujo"), "van de Molengraft & de Araujo"),
        (("Luc Van Gool", "Fernando De la Torre"), "Van Gool & De la Torre"),
        (("Phuc Van Dinh", "Phi Le Nguyen"), "Dinh & Nguyen"),
        (("Di Wu", "Xue Bin Peng"), "Wu & Peng"),
        (("Wagner Meira Jr.", "David John Gagne II"), "Meira & Gagne"),
        (("Robert W. Heath, jr.", "Matteo Di Mauro*"), "Heath & Di Mauro"),
        (("Arunkumar V", "Chandramohan T. N."), "Arunkumar V & Chandramohan T. N."),
        (("Madonna", "Xiaoyong (Brian) Yuan"), "Madonna & Yuan"),
        (("NVIDIA", ":", "Ada Lovelace"), "NVIDIA & Lovelace"),
        (("The ATLAS Collaboration", "Qwen Team"), "The ATLAS Collaboration & Qwen Team"),
        (("DeepSeek-AI", "Daya Guo", "Dejian Yang"), "DeepSeek-AI et al."),
        (("山田 太郎", "佐藤花子"), "山田 & 佐藤花子"),
        ((), "著者不明"),
    ],
)
def test_authors_stand_by_surname(authors: tuple[str, ...], cell: str) -> None:
    assert proposed(authors=authors).authors == cell


@pytest.mark.parametrize(
    ("comment", "venue"),
    [
        ("Accepted at ECCV 2026", "ECCV 2026"),
        ("9 pages, 5 figures, accepted by ICML2026; code online", "ICML2026"),
        ("Accepted for publication in the IEEE Robotics and Automation Letters (RA-L). 8 pages", None),
        ("This paper has been accepted to the IROS 2026 workshop on Memory.", "IROS 2026 workshop on Memory"),
        ("Accepted as a poster at KDD 2026, Project page: https://x.example", "KDD 2026"),
        ("Accepted to EXPANDED 2026 - Conference on Animation", "EXPANDED 2026"),
        ("Accepted to the 2026 IEEE Conference on Acoustics, Speech and Signal Processing", "arXiv (2026年6月)"),
        ("Accepted to a journal", "arXiv (2026年6月)"),
        ("Not accepted at ICML 2026", "arXiv (2026年6月)"),
        ("Submitted to ICML 2026", "arXiv (2026年6月)"),
        ("A shorter version was accepted at ICML 2026", "arXiv (2026年6月)"),
        ("Accepted at https://evil.example/ICML2026", "arXiv (2026年6月)"),
        ("Accepted to ALIFE 2026 (Waterloo, Canada", "arXiv (2026年6月)"),
        (None, "arXiv (2026年6月)"),
    ],
)
def test_the_venue_is_read_from_a_comment_only_where_it_is_plain(comment: str | None, venue: str | None) -> None:
    expected = venue or "IEEE Robotics and Automation Letters (RA-L)"
    assert proposed(comment=comment).venue == expected


def test_a_journal_reference_goes_before_the_comment_and_arxiv_s_month_comes_last() -> None:
    assert proposed(journal_ref="Nature 1 (2026)", comment="Accepted at ICML 2026").venue == "Nature 1 (2026)"
    assert proposed("math/0309136").venue == "arXiv (プレプリント)"
    assert proposed("math/0309136").year == "2003"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"title": " \n"}, [Violation("title_empty")]),
        ({"summary": "", "authors": ""}, [Violation("summary_empty"), Violation("authors_empty")]),
        ({"year": "26"}, [Violation("year", "26")]),
        ({"year": "２０２６"}, [Violation("year", "２０２６")]),
        ({"year": "2026\n"}, [Violation("year", "2026")]),
        ({"summary": "あ" * 1001}, [Violation("summary_long", "1001/1000")]),
        ({"venue": "a\u202eb\u200b"}, [Violation("venue_invisible", "U+200B U+202E")]),
        ({"summary": "一行目。\r\n二行目。\t終わり。"}, []),
        ({"categories": "", "venue": "", "attention": ""}, []),
        ({"title": "| ** <b> `x` 論文 e\u0301"}, []),
    ],
)
def test_what_cannot_stand_in_a_row_is_named(change: dict[str, str], found: list[Violation]) -> None:
    assert list(check_cells(GOOD.with_texts(change))) == found
    assert not [v for v in found if violation(v).startswith(v.code)]  # each has its words for curators


def test_plain_text_is_one_composed_line_without_invisible_characters() -> None:
    assert plain(" a\u2028b\tc\x00\u202ed\U000e0041 e\u0301 ") == "a b cd é"
