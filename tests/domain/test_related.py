"""Papers near one by their words, and by their authors."""

from __future__ import annotations

from tests.cards import card, paper, recorded_cards, summarized
from watcher.domain.catalog.catalog import CatalogEntry, Place, Section
from watcher.domain.curation.card import Card
from watcher.domain.curation.related import Known, by_authors, nearness, shared_authors, similar
from watcher.domain.facts import Verdict
from watcher.domain.papers.paper import PaperId


def known(of: Card, row: int = 0) -> Known:
    return Known(of.candidate, summarized(of).summary_ja, Verdict.APPROVE if row else None, row)


def entry(title: str, native: str, summary: str = "", authors: str = "") -> CatalogEntry:
    place = Place(Section.TABLE, 9)
    return CatalogEntry(place, 3, title, summary, authors, ids=(PaperId("arxiv", native),), year=2023)


def test_words_that_everybody_uses_bring_nobody_near() -> None:
    texts = ["We propose a new method for tasks", "We propose a new model of knots", "We propose something else"]

    near = nearness("We propose a theory of knots and braids", texts)

    assert near[1] > 0.1
    assert near[0] == near[2] == 0


def test_a_text_is_nearest_to_itself() -> None:
    cards = recorded_cards()
    texts = [f"{c.candidate.paper.title} {c.candidate.paper.abstract}" for c in cards]

    for at, text in enumerate(texts):
        near = nearness(text, texts)
        assert near.index(max(near)) == at


def test_a_rows_japanese_summary_brings_it_near() -> None:
    shown = card()
    row = entry("Untitled", "2301.00001", summary="言語モデルが環境の状態遷移を予測できるかを論じる。")
    other = entry("Knots", "2301.00002", summary="結び目の不変量を計算する。")

    found = similar(shown, [], [other, row])

    assert [one.title for one in found] == ["Untitled"]
    assert found[0].url == "https://arxiv.org/abs/2301.00001"


def test_a_paper_is_not_near_itself_and_one_with_a_card_and_a_row_is_told_once() -> None:
    one = card()
    other = card(2, paper(id=PaperId("arxiv", "2606.00002"), abstract="Language models as models of the world."))
    row = entry(other.cells.title, other.candidate.paper.id.native)

    found = similar(one, [known(one), known(other, 3)], [row])

    assert [(r.card, r.row) for r in found] == [(other.candidate.number, 3)]


def test_the_same_authors_are_found_by_surname_and_initial_whatever_the_accents() -> None:
    assert shared_authors(["José Núñez", "Ada Lovelace"], ["J. Nunez", "A. Turing"]) == 1
    assert shared_authors(["Ada Lovelace"], ["Bertha Lovelace"]) == 0

    shown = card(1, paper(authors=("Ada Lovelace", "Alan Turing")))
    both = card(2, paper(id=PaperId("arxiv", "2606.00002"), authors=("Alan Turing", "Ada Lovelace")))
    one = card(3, paper(id=PaperId("arxiv", "2606.00003"), authors=("A. Turing", "Kurt Gödel")))
    none = card(4, paper(id=PaperId("arxiv", "2606.00004"), authors=("Kurt Gödel",)))
    rows = [entry("R", "1", authors="Lovelace et al."), entry("S", "2", authors="Turing & Lovelace")]

    found = by_authors(shown, [known(c) for c in (shown, none, one, both)], rows)

    assert [(r.card, r.title) for r in found] == [(2, both.cells.title), (3, one.cells.title), (0, "R")]
