"""The attention cell's level and reason, and that it does not flap."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cards import paper
from tests.fakes import NOON
from watcher.domain.catalog.attention import (
    AttentionRule,
    Figures,
    Signal,
    Threshold,
    attention,
    current_level,
    figures,
    level,
)
from watcher.domain.papers.paper import PaperId

RULE = AttentionRule(Threshold(10, 20, 200), Threshold(100, 100, 2000), 0.2)
ID = PaperId("arxiv", "2304.08485")
PAPER = paper(id=ID, published=date(2023, 4, 17))
TODAY = date(2026, 6, 29)


def counted(citations: int | None = None, upvotes: int | None = None, stars: int | None = None) -> Figures:
    return Figures(citations, citations or 0, upvotes, stars)


@pytest.mark.parametrize(
    ("found", "cell"),
    [
        (counted(35, stars=1200), "中 (被引用 35、GitHub 1.2k★)"),
        (counted(7000, 12, 25_000), "高 (被引用 7000、Hugging Face 12票、GitHub 25k★)"),
        (counted(0), "低 (被引用 0)"),
        (counted(upvotes=100), "高 (Hugging Face 100票)"),
        (counted(upvotes=0), ""),
        (counted(), ""),
    ],
)
def test_the_cell_is_a_level_and_its_reason(found: Figures, cell: str) -> None:
    assert attention(found, RULE) == cell


def test_citations_count_a_year_of_an_age_of_at_least_one() -> None:
    old = figures([Signal(ID, "s", NOON, citations=96)], PAPER, TODAY)
    new = figures([Signal(ID, "s", NOON, citations=96)], paper(id=ID, published=date(2026, 6, 1)), TODAY)

    assert round(old.yearly) == 30
    assert new.yearly == 96
    assert (level(old, RULE), level(new, RULE)) == ("中", "中")


def test_of_two_counts_of_citations_the_lower_is_believed() -> None:
    found = figures([Signal(ID, "a", NOON, citations=7000), Signal(ID, "b", NOON, citations=53)], PAPER, TODAY)

    assert found.citations == 53


@pytest.mark.parametrize(
    ("yearly", "standing", "then"),
    [
        (105, "中", "中"),
        (121, "中", "高"),
        (95, "高", "高"),
        (79, "高", "中"),
        (9, "中", "中"),
        (7, "中", "低"),
        (11, "低", "低"),
        (105, "", "高"),
    ],
)
def test_a_level_that_stands_is_left_only_well_past_its_threshold(yearly: int, standing: str, then: str) -> None:
    assert level(counted(yearly), RULE, standing) == then


def test_a_cell_tells_its_level_by_its_first_sign() -> None:
    assert [current_level(cell) for cell in ("中程度 (引用)", "高", "不明", "")] == ["中", "高", "", ""]
