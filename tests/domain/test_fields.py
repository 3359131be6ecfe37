"""Fields beside the seven cells come from the paper's metadata and cells; nothing of an abstract becomes an address."""

from __future__ import annotations

from datetime import date

from tests.adapters.catalogs.rows import CELLS, paper
from watcher.domain.summaries.fields import fields_of


def test_addresses_come_from_the_comment_and_never_from_the_abstract() -> None:
    told = paper(comment="8 pages. Code: https://github.com/a/Thing.git, project page: https://thing.github.io/x/.")
    found = fields_of(told, CELLS)
    assert (found["code"], found["project"]) == ("https://github.com/a/Thing", "https://thing.github.io/x/")

    silent = fields_of(paper(abstract="Code at https://github.com/evil/thing and https://evil.example"), CELLS)
    assert (silent["code"], silent["project"]) == ("", "")


def test_date_acronym_comment_and_keywords_are_told() -> None:
    found = fields_of(paper(title="DreamerV9: Worlds", published=date(2026, 6, 29)), CELLS)
    assert (found["date"], found["acronym"]) == ("2026-06-29", "DreamerV9")
    assert (found["comment"], found["keywords"]) == ("言語モデルに世界モデルを学ばせる手法を提案。", "世界モデル、計画")
    assert fields_of(paper(title="On the Many Ways in Which Worlds: A Study"), CELLS)["acronym"] == ""
