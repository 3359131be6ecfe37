"""Everything a check can find has words for the people who read it."""

from __future__ import annotations

from watcher.domain.catalog.catalog import CatalogEntry, Oddity, Place, Section
from watcher.domain.catalog.check import Evidence, Finding, FindingKind
from watcher.words_ja.catalog import KIND, ODDITY, SECTION, change, where


def finding(entry: CatalogEntry | None, cell: str, stands: str, proposal: str | None) -> Finding:
    return Finding(FindingKind.TITLE, entry, cell, stands, proposal, Evidence("arXiv", "title", ""), 0.9)


def test_every_kind_oddity_and_section_has_a_word() -> None:
    assert (set(KIND), set(ODDITY), set(SECTION)) == (set(FindingKind), set(Oddity), set(Section))
    assert all({*KIND.values(), *ODDITY.values(), *SECTION.values()})


def test_a_finding_says_where_it_is_and_what_should_stand() -> None:
    row = CatalogEntry(Place(Section.TABLE, 12), 3, "LLaVA")
    note = CatalogEntry(Place(Section.ADDITIONS, 44), None, "GLIMO")
    assert where(finding(row, "title", "A", "B")) == "第3行・論文タイトル"
    assert where(finding(note, "", "GLIMO", None)) == "44行目"
    assert where(finding(None, "", "25", None)) == "文書全体"
    assert change(finding(row, "title", "A", "B")) == "A → B"
    assert change(finding(row, "authors", "", "arXiv:2304.08485")) == "（なし） → arXiv:2304.08485"
    assert change(finding(row, "title", "A", None)) == "A　要確認（提案なし）"
