"""arXiv's one string of authors becomes names, without affiliations and without losing anyone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from watcher.adapters.sources.arxiv import read_feed
from watcher.adapters.sources.paper import split_authors

DATA = Path(__file__).parents[2] / "data"
SPLIT_BY_HAND = [json.loads(line) for line in (DATA / "authors" / "authors.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("record", SPLIT_BY_HAND, ids=lambda record: str(record["arxiv_id"]))
def test_real_strings_are_split_as_by_hand(record: dict[str, object]) -> None:
    assert list(split_authors(str(record["authors_raw"]))) == record["names"]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("", ()),
        ("Ada Lovelace", ("Ada Lovelace",)),
        ("A B and C D", ("A B", "C D")),
        ("A B, C D, and E F", ("A B", "C D", "E F")),
        ("A B & C D", ("A B", "C D")),
        ("Sandy Anderson, Andy Brand", ("Sandy Anderson", "Andy Brand")),
        ("A B (X, Y and Z), C D (U (V, W))", ("A B", "C D")),
        ("John Smith, Jr., Jane Roe", ("John Smith, Jr.", "Jane Roe")),
        ("John Smith, III (MIT) and Jane Roe", ("John Smith, III", "Jane Roe")),
        ("NVIDIA: A B, C D", ("NVIDIA", "A B", "C D")),
        ("The ATLAS Collaboration", ("The ATLAS Collaboration",)),
        ("A B, C D, et al.", ("A B", "C D")),
        ("A B,\\'Alvaro Rodrigo,, C D,", ("A B", "Álvaro Rodrigo", "C D")),
        ("A B (unclosed, C D", ("A B (unclosed", "C D")),
        ("A B), C D", ("A B)", "C D")),
        ("A\n  B,\n C D", ("A B", "C D")),
        ("\0A B\0, \0", ("A B",)),
    ],
)
def test_names_are_split_outside_parentheses(line: str, names: tuple[str, ...]) -> None:
    assert split_authors(line) == names


def test_a_whole_day_of_physicists_is_split_into_clean_names() -> None:
    document = (DATA / "feeds" / "rss_quant-ph_2025-04-28_full_day.xml").read_bytes()
    papers = [a.paper for a in read_feed(document, "quant-ph").announcements]
    for paper in papers:
        assert paper.authors
        for name in paper.authors:
            assert not set(name) & set("()\\{},:"), (name, paper.authors_raw)
            assert 2 <= len(name) <= 40, (name, paper.authors_raw)
    plain = [paper for paper in papers if "(" not in paper.authors_raw and " and " not in paper.authors_raw]
    assert len(plain) > 60
    assert all(len(paper.authors) == paper.authors_raw.count(",") + 1 for paper in plain)


def test_thousands_of_unclosed_parentheses_take_no_long_time() -> None:
    assert split_authors("(" * 100_000) == ("(" * 100_000,)
