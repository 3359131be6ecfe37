"""A catalog is read as far as people let it be, every cell knows its bytes, and nothing but CatalogError comes out."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.catalogs.rows import SEED, content, table_line
from tests.adapters.catalogs.test_hostile_text import HOSTILE
from tests.adapters.catalogs.test_other_hands import edited_by_hand, small
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.domain.catalog.catalog import CatalogEntry, CatalogReading, Oddity, Section, StatedTotal
from watcher.domain.errors import CatalogError
from watcher.domain.papers.paper import PaperId
from watcher.domain.summaries.cells import plain
from watcher.domain.text import fold

_DATA = SEED.read_bytes()


def read(text: str) -> CatalogReading:
    return read_entries(text.encode(), "catalog.md")


def test_the_seed_reads_as_25_rows_and_the_paper_below_them() -> None:
    reading = read_entries(_DATA, "catalog.md")
    assert [entry.number for entry in reading.rows] == list(range(1, 26))
    assert reading.total == StatedTotal(25, 38)
    assert reading.unread == ()
    (added,) = [entry for entry in reading.entries if entry.place.section is Section.ADDITIONS]
    assert (added.title, added.ids, added.place.line) == (
        "Grounding Large Language Models In Embodied Environment With Imperfect World Models",
        (PaperId("arxiv", "2410.02742"),),
        44,
    )
    assert added.summary.startswith("課題： LLMは")
    assert added.summary.endswith("匹敵または凌駕。")


def test_a_row_is_read_cell_by_cell() -> None:
    entry = read_entries(_DATA, "").entries[3]
    assert entry.title == "Reasoning with Language Model is Planning with World Model"
    assert (entry.authors, entry.notes) == ("Hao et al.", ("arXiv:2305.14992", "（EMNLP 2023 採択）"))
    assert (entry.year, entry.venue, entry.attention) == (2023, "EMNLP 2023 (長編論文)", "中 (LLM計画強化として注目)")
    assert entry.categories == ("計画(Planning)", "LLM推論強化")


def test_every_cell_knows_its_bytes() -> None:
    for entry in read_entries(_DATA, "").rows:
        pieces = {name: fold(_DATA[span.start : span.end].decode()) for name, span in entry.spans.items()}
        assert pieces["title"] == f"**{entry.number}. {entry.title}**"
        assert pieces["year"] == str(entry.year)
        assert (pieces["venue"], pieces["attention"]) == (entry.venue, entry.attention)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_the_bot_writes_is_read_back_as_it_was(text: str) -> None:
    row = content(title=text, summary=text, venue=text)
    (entry,) = read(small(table_line(1, row))).entries
    assert (entry.title, entry.summary, entry.venue) == (plain(text), plain(text), plain(text))
    assert (entry.ids, entry.authors) == ((row.id,), row.cells.authors)


def test_what_is_not_understood_is_reported_and_kept() -> None:
    broken = "| **1. A** | 概要。 | **A** [x](https://arxiv.org/abs/2301.00001) |"
    memo = "| メモ：確認中 | | | | | | |"
    text = small(
        broken, memo, after="\n参考: arXiv:2301.00009\n\n追加：\n前置き\n- [B](https://arxiv.org/abs/2402.00002)\n"
    )
    reading = read(text)
    assert [(entry.title, entry.year, entry.venue) for entry in reading.entries] == [("A", None, ""), ("B", None, "")]
    assert [(item.oddity, item.text) for item in reading.unread] == [
        (Oddity.CELLS, broken),
        (Oddity.UNNUMBERED, memo),
        (Oddity.NAMED, "参考: arXiv:2301.00009"),
        (Oddity.STRAY, "前置き"),
    ]


@pytest.mark.parametrize("sign", ["追加:", "## 追加", "**追加：**", "追加論文（2026年）"])
def test_additions_are_read_whatever_sign_they_stand_under(sign: str) -> None:
    text = small(
        after=f"\n{sign}\n\n1. [A](https://arxiv.org/abs/2301.00001)\n   - 要点\nB https://arxiv.org/abs/2301.00002v3\n\n# 別の章\n[C](https://arxiv.org/abs/2301.00003)\n"
    )
    reading = read(text)
    assert [(entry.title, entry.summary, entry.ids[0].native) for entry in reading.entries] == [
        ("A", "要点", "2301.00001"),
        ("B", "", "2301.00002"),
    ]
    assert [item.oddity for item in reading.unread] == [Oddity.NAMED]


def _consistent(data: bytes, reading: CatalogReading) -> None:
    ends: dict[int, int] = {}
    for entry in reading.entries:
        assert isinstance(entry, CatalogEntry)
        for span in sorted(entry.spans.values(), key=lambda span: span.start):
            assert 0 <= span.start <= span.end <= len(data)
            data[span.start : span.end].decode()
            assert span.start >= ends.get(entry.place.line, 0)
            ends[entry.place.line] = span.end


@pytest.mark.endurance
@settings(max_examples=150, deadline=None)
@given(edited_by_hand())
def test_a_catalog_edited_by_hand_is_read_whole(data: bytes) -> None:
    reading = read_entries(data, "")
    assert sorted(entry.number for entry in reading.rows if entry.number is not None) == [1, 2, 3, 4, 5]
    assert reading.total is None or reading.total.count == 5
    _consistent(data, reading)


@pytest.mark.endurance
@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_a_seed_with_pieces_cut_moved_or_doubled_is_read_or_refused(dice: random.Random, cuts: int) -> None:
    data = bytearray(_DATA)
    for _ in range(cuts):
        start = dice.randrange(len(data))
        piece = data[start : start + dice.choice((1, 2, 40, 900))]
        act = dice.randrange(3)
        if act != 0:
            del data[start : start + len(piece)]
        if act != 1:
            place = dice.randrange(len(data) + 1)
            data[place:place] = piece
    _read_or_refuse(bytes(data))


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300), st.text(alphabet="|-:\\*_`[]()<>#!~&\n\r\t 追加合計：本19.arXivhttps/\ufeff", max_size=300)
)
def test_any_bytes_at_all_are_read_or_refused(noise: bytes, signs: str) -> None:
    for data in (noise, signs.encode(), _DATA[:3000] + noise, small(signs, after=signs).encode()):
        _read_or_refuse(data)


def _read_or_refuse(data: bytes) -> None:
    try:
        reading = read_entries(data, "x")
    except CatalogError:
        return
    _consistent(data, reading)
