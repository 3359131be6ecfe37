"""Each kind of fault is found where it is, with what is known about it; what is right is left in peace."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.cards import paper
from watcher.domain.catalog.catalog import CatalogEntry, CatalogReading, Place, Section, StatedTotal
from watcher.domain.catalog.check import Finding, FindingKind, entry_findings, findings
from watcher.domain.catalog.match import FoundWork, Match
from watcher.domain.papers.paper import Paper, PaperId
from watcher.domain.summaries.style import Style

STYLE = Style("", 1, 500, 0.0, (), {"LLM": ("language model",)}, {}, {}, (), (), lambda _: ())
ID = PaperId("arxiv", "2305.00001")
PAPER = paper(
    id=ID,
    title="Cola: Coordinating Language Models",
    abstract="We propose Cola. It reaches 57% on 3 tasks.",
    authors=("Ada Chen", "Bo Li", "Cy Shen"),
    published=date(2023, 5, 1),
    comment="NeurIPS 2023",
    journal_ref=None,
)
RIGHT = CatalogEntry(
    Place(Section.TABLE, 10), 1, PAPER.title, "LLMを調停するColaを提案。3課題で57%に達した。", "Chen et al.",
    (), (ID,), 2023, ("計画",), "NeurIPS 2023", "中",
)  # fmt: skip


def found(entry: CatalogEntry, of: Paper | None = PAPER, **match: Any) -> list[Finding]:
    truth = {entry.place: Match(of, **({"confidence": 1.0, "by_id": True} | match))}
    return list(findings(CatalogReading((entry,), StatedTotal(1, 20)), truth, STYLE))


def one(entry: CatalogEntry, of: Paper | None = PAPER, **match: Any) -> tuple[FindingKind, str, str | None]:
    (finding,) = found(entry, of, **match)
    return finding.kind, finding.stands, finding.proposal


def test_a_right_entry_is_left_in_peace() -> None:
    assert found(RIGHT) == []
    assert (
        found(replace(RIGHT, authors="Ada Chen ら", title=PAPER.title.upper(), venue="NeurIPS 2023 (ポスター)")) == []
    )


def test_a_wrong_title_and_a_wrong_first_author_are_proposed_anew() -> None:
    assert one(replace(RIGHT, title="CoLA for Language")) == (FindingKind.TITLE, "CoLA for Language", PAPER.title)
    assert one(replace(RIGHT, authors="Li et al.")) == (FindingKind.AUTHORS, "Li et al.", "Chen et al.")


def test_two_authors_stand_by_name() -> None:
    two = replace(PAPER, authors=("Ada Chen", "Bo Li"))
    assert one(RIGHT, two) == (FindingKind.AUTHORS, "Chen et al.", "Chen & Li")
    assert found(replace(RIGHT, authors="Chen & Li"), two) == []
    assert one(replace(RIGHT, authors="Chen & Li"))[2] == "Chen et al."


@pytest.mark.parametrize(
    ("notes", "stands"),
    [(("（2024年予定／arXivリンク不明）",), "（2024年予定／arXivリンク不明）"), (("EMNLP 2023", "[arXivリンク不明]"), "[arXivリンク不明]"), ((), "")],
)  # fmt: skip
def test_a_missing_id_takes_the_place_of_the_words_for_it(notes: tuple[str, ...], stands: str) -> None:
    entry = replace(RIGHT, ids=(), notes=notes)
    assert one(entry, confidence=0.9, by_id=False) == (FindingKind.LINK, stands, "arXiv:2305.00001")
    assert found(entry, confidence=0.9, by_id=False)[0].confidence == 0.9


def test_a_match_that_is_not_sure_proposes_nothing() -> None:
    entry = replace(RIGHT, ids=(), title="Something", venue="arXiv")
    assert one(entry, confidence=0.5, by_id=False) == (FindingKind.UNCONFIRMED, "Something", None)
    assert one(entry, None, confidence=0.0, by_id=False) == (FindingKind.UNCONFIRMED, "Something", None)


def test_nothing_backs_the_venue_of_a_paper_that_is_not_found() -> None:
    title, venue = found(replace(RIGHT, ids=(), title="Something"), None, confidence=0.0, by_id=False)
    assert (title.cell, title.stands, venue.cell, venue.stands) == ("title", "Something", "venue", "NeurIPS 2023")
    assert {(one.kind, one.proposal) for one in (title, venue)} == {(FindingKind.UNCONFIRMED, None)}


def test_the_question_about_a_paper_that_is_not_on_arxiv_shows_what_was_found_elsewhere() -> None:
    entry = replace(RIGHT, ids=(), title="Something", venue="CEUR-WS 2023")
    works = (FoundWork("Semantic Scholar", "Something", 2024, "CEUR Workshop Proceedings"),)
    told = [one.evidence.value for one in entry_findings(entry, Match(None), STYLE, (), works)]
    assert told == ["arXiv: –; Semantic Scholar: Something (2024, CEUR Workshop Proceedings)"] * 2
    (evidence, _) = [one.evidence for one in entry_findings(entry, Match(None), STYLE, (), (FoundWork("S"),))]
    assert (evidence.source, evidence.value) == ("arXiv、S", "arXiv: –; S: –")


def test_an_id_arxiv_does_not_know_and_an_id_of_another_paper_are_reported() -> None:
    assert one(RIGHT, None) == (FindingKind.WRONG_LINK, "2305.00001", None)
    other = replace(PAPER, title="Quantum Wells", abstract="Wells.", authors=("Eve Doe",))
    assert one(RIGHT, other) == (FindingKind.WRONG_LINK, "2305.00001", None)


def test_the_year_is_arxivs_unless_the_venue_has_the_one_stated() -> None:
    assert one(replace(RIGHT, year=2024)) == (FindingKind.YEAR, "2024", "2023")
    later = replace(PAPER, comment="ICLR 2024")
    assert one(replace(RIGHT, year=2024, venue="ICLR 2024"), later) == (FindingKind.YEAR, "2024", None)


def test_rows_that_state_the_year_of_the_venue_make_one_question() -> None:
    later = replace(PAPER, comment="ICLR 2024")
    rows = [row(number, title=PAPER.title + str(number), year=2024, venue="ICLR 2024") for number in (1, 2, 3)]
    truth = {one.place: Match(replace(later, id=one.ids[0], title=one.title), 1.0, by_id=True) for one in rows}
    (asked,) = findings(CatalogReading(tuple(rows)), truth, STYLE)
    assert (asked.kind, asked.entry, asked.proposal) == (FindingKind.YEAR, rows[0], None)
    assert all(one.title in asked.evidence.value for one in rows)


def test_an_outdated_venue_is_proposed_and_an_unsupported_one_reported() -> None:
    for cell in ("arXiv (プレプリント)", "（投稿中）", "ICML 2022", ""):
        assert one(replace(RIGHT, venue=cell)) == (FindingKind.VENUE, cell, "NeurIPS 2023")
    silent = replace(PAPER, comment=None)
    assert one(RIGHT, silent) == (FindingKind.UNCONFIRMED, "NeurIPS 2023", None)
    assert one(replace(RIGHT, venue="（投稿中）"), silent) == (FindingKind.VENUE, "（投稿中）", "arXiv (2023年5月)")
    assert found(replace(RIGHT, venue="arXiv (プレプリント)"), silent) == []


def test_a_summary_is_held_to_the_abstract() -> None:
    assert one(replace(RIGHT, summary="CoLAを提案。")) == (FindingKind.SPELLING, "CoLA", "Cola")
    assert one(replace(RIGHT, summary="GPT-4で92%に達した。")) == (FindingKind.SUMMARY, "GPT-4、92%", None)
    assert found(replace(RIGHT, summary="GPT-4で92%に達した。"), replace(PAPER, abstract="")) == []


def test_a_name_that_the_abstract_spells_otherwise_or_alone_leaves_out_is_no_question() -> None:
    other = replace(
        PAPER, abstract="We propose Cola. On Science QA and with multi-modal Llama-2 and GPT 4V it beats BERT."
    )
    assert found(replace(RIGHT, summary="Colaはmultimodal、ScienceQAとLLaMA-2、GPT4Vで優れる。"), other) == []
    assert found(replace(RIGHT, summary="ColaはBERTやCLIPに勝る。"), other) == []
    assert one(replace(RIGHT, summary="ColaはSAMやCLIPに勝る。"), other) == (FindingKind.SUMMARY, "SAM、CLIP", None)


def test_a_summary_in_english_is_held_to_the_abstract_by_its_names_and_numbers() -> None:
    good = "The method Cola coordinates models. Others reach less. It attains 57% on 3 tasks."
    assert found(replace(RIGHT, summary=good)) == []
    assert one(replace(RIGHT, summary=good.replace("57%", "92%"))) == (FindingKind.SUMMARY, "92%", None)
    assert one(replace(RIGHT, summary=good.replace("Cola", "GPT-4"))) == (FindingKind.SUMMARY, "GPT-4", None)


def test_a_withdrawn_paper_is_reported() -> None:
    assert one(RIGHT, replace(PAPER, comment="Withdrawn: NeurIPS 2023", journal_ref="NeurIPS 2023")) == (
        FindingKind.WITHDRAWN,
        RIGHT.title,
        None,
    )


def whole(*entries: CatalogEntry, total: int | None = None) -> list[tuple[FindingKind, str, str | None]]:
    stated = None if total is None else StatedTotal(total, 99)
    return [(f.kind, f.stands, f.proposal) for f in findings(CatalogReading(entries, stated), {}, STYLE)]


def row(number: int, **changes: Any) -> CatalogEntry:
    own = PaperId("arxiv", f"2305.{number:05d}")
    numbered = replace(RIGHT, number=number, place=Place(Section.TABLE, 10 + number), ids=(own,), title=f"T{number}")
    return replace(numbered, **changes)


def test_the_same_paper_twice_is_reported_once() -> None:
    assert whole(row(1), row(2, ids=row(1).ids)) == [(FindingKind.DUPLICATE, "T2", None)]
    assert whole(row(1), row(2, title="t1")) == [(FindingKind.DUPLICATE, "t1", None)]


def test_years_that_go_back_and_numbers_that_skip_are_reported() -> None:
    assert whole(row(1, year=2024), row(2, year=2023)) == [(FindingKind.ORDER, "2023", None)]
    assert whole(row(1), row(3), row(4)) == [(FindingKind.NUMBER, "3", "2")]


def test_the_total_is_the_number_of_rows_unless_papers_stand_outside() -> None:
    assert whole(row(1), row(2), total=2) == []
    assert whole(row(1), row(2), total=5) == [(FindingKind.TOTAL, "5", "2")]
    outside = replace(row(3), number=None, place=Place(Section.ADDITIONS, 50))
    assert whole(row(1), outside, total=1) == [(FindingKind.UNLISTED, "T3", None), (FindingKind.TOTAL, "1", None)]
