"""Fields beside the seven cells come from the paper's metadata and cells; of an abstract only the one repository it names."""

from __future__ import annotations

from datetime import date

import pytest

from tests.adapters.catalogs.rows import CELLS, paper
from watcher.domain.summaries.cells import fields_of


def test_addresses_are_those_that_the_comment_names() -> None:
    told = paper(comment="8 pages. Code: https://github.com/a/Thing.git, project page: https://thing.github.io/x/.")
    found = fields_of(told, CELLS)
    assert (found["code"], found["project"]) == ("https://github.com/a/Thing", "https://thing.github.io/x/")


@pytest.mark.parametrize(
    ("abstract", "code", "project"),
    [
        ("Code is at https://github.com/a/b.", "https://github.com/a/b", ""),
        (r"See \url{https://gitlab.com/a/b.git}.", "https://gitlab.com/a/b", ""),
        ("We compare https://github.com/a/b and https://github.com/c/d.", "", ""),
        ("See https://github.com.evil.example/a/b and https://evil.example.", "", ""),
        ("More at https://thing.github.io/x/.", "", "https://thing.github.io/x/"),
        ("More at https://thing.github.io.evil.example/x/.", "", ""),
    ],
)
def test_of_an_abstract_only_its_one_repository_and_page_are_taken(abstract: str, code: str, project: str) -> None:
    found = fields_of(paper(abstract=abstract), CELLS)
    assert (found["code"], found["project"]) == (code, project)
    both = paper(abstract=abstract, comment="Code: https://github.com/x/y")
    assert fields_of(both, CELLS)["code"] == "https://github.com/x/y"


def test_date_acronym_comment_and_keywords_are_told() -> None:
    found = fields_of(paper(title="DreamerV9: Worlds", published=date(2026, 6, 29)), CELLS)
    assert (found["date"], found["acronym"]) == ("2026-06-29", "DreamerV9")
    assert (found["comment"], found["keywords"]) == ("言語モデルに世界モデルを学ばせる手法を提案。", "世界モデル、計画")
    assert fields_of(paper(title="On the Many Ways in Which Worlds: A Study"), CELLS)["acronym"] == ""
