"""Whatever source a paper comes from, its announcement can be kept."""

from __future__ import annotations

import json

from tests.cards import paper
from watcher.adapters.sources.paper import announcement
from watcher.domain.papers.paper import AnnounceType


def test_lone_surrogates_and_nul_are_replaced_in_every_field_and_flagged() -> None:
    odd = "a\ud83d\0b"
    of = paper(
        **dict.fromkeys(("title_raw", "abstract_raw", "authors_raw", "title", "abstract", "doi", "comment"), odd),
        authors=("Ada", odd),
        categories=("cs.CL", odd),
    )
    found = announcement(of, AnnounceType.NEW, "feed", None)
    assert json.dumps(str(found)).encode()
    assert found.paper.title_raw == found.paper.doi == found.paper.authors[1] == "a\ufffd\ufffdb"
    assert found.paper.categories == ("cs.CL", "a\ufffd\ufffdb")
    assert found.anomalies == ("invisible",)


def test_a_text_without_them_is_untouched() -> None:
    of = paper(abstract_raw="tab\t \u200b 😀 \x0c")
    assert announcement(of, AnnounceType.NEW, "feed", None).paper == of
