"""Papers put forward by hand on the web desk, and signs that TeX escapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.adapters.desks.web.conftest import Serving, Visit
from tests.cards import card, paper, summarized
from tests.fakes import MemoryCuration
from watcher.domain.papers.paper import PaperId
from watcher.domain.text import without_escapes
from watcher.ports import Nominee


class Asked:
    """The inquiries of a desk, of which only nominations are used here."""

    def __init__(self, *slugs: str) -> None:
        self.topics = [SimpleNamespace(slug=slug, title=f"題 {slug}") for slug in slugs]
        self.nominated: list[tuple[str, str, str, str]] = []

    def nominate(self, papers: Sequence[PaperId], topic: str, curator: str, desk: str) -> Sequence[Nominee]:
        self.nominated += [(paper.native, topic, curator, desk) for paper in papers]
        unknown, *others = papers
        return [Nominee(unknown), *(Nominee(other, number=7) for other in others)]


def test_papers_are_put_forward_by_ids_and_links_in_any_width(serving: Serving, visit: Visit) -> None:
    asked = Asked("llm")
    reader = visit(serving(inquiries=asked))
    assert 'href="/add"' in reader.get("/").text

    done = reader.post("/add", {"papers": "https://arxiv.org/abs/2310.15166v2　２３０６．１２６７２"})

    assert asked.nominated == [("2310.15166", "llm", "Web", "web"), ("2306.12672", "llm", "Web", "web")]
    assert "2310.15166：arXiv に見つかりません" in done.text
    assert "2306.12672：採点と要約を待っています" in done.text


@pytest.mark.parametrize("typed", ["", "no paper", " ".join(f"2306.{n:05d}" for n in range(11))])
def test_what_names_no_paper_or_too_many_is_shown_again_with_the_reason(
    serving: Serving, visit: Visit, typed: str
) -> None:
    asked = Asked("llm")
    done = visit(serving(inquiries=asked)).post("/add", {"papers": typed})

    assert done.status_code == 422
    assert 'role="alert"' in done.text
    assert typed in done.text
    assert asked.nominated == []


def test_with_several_topics_the_reader_chooses_one(serving: Serving, visit: Visit) -> None:
    asked = Asked("llm", "vision")
    reader = visit(serving(inquiries=asked))
    assert "題 vision" in reader.get("/add").text

    reader.post("/add", {"papers": "2306.12672", "topic": "vision"})

    assert [topic for _, topic, _, _ in asked.nominated] == ["vision"]


def test_a_demo_says_why_nothing_can_be_added(visit: Visit, serving: Serving, curation: MemoryCuration) -> None:
    page = visit(serving(curation)).get("/").text

    assert "デモでは、論文を手で候補に加えられません" in page
    assert 'href="/add"' not in page


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (r"57\%", "57%"),
        (r"R\&D", "R&D"),
        (r"\$5", "$5"),
        (r"x\_i", "x_i"),
        (r"\alpha \textbf{b}", r"\alpha \textbf{b}"),
    ],
)
def test_signs_that_tex_escapes_are_shown_as_people_read_them(raw: str, shown: str) -> None:
    assert without_escapes(raw) == shown


def test_a_card_shows_abstract_and_quotes_without_escapes(serving: Serving, visit: Visit) -> None:
    made: Any = card(3, paper(abstract=r"It gains 57\% on R\&D."))
    made = replace(made, summary=replace(summarized(made), evidence=(r"gains 57\% on",)))

    page = visit(serving(MemoryCuration([made]))).get("/card/3").text

    assert "It gains 57% on R&amp;D." in page
    assert "gains 57% on" in page
    assert "\\" not in page
