"""Every form holds every paper, reads back with other people's tools, and no title acts in any of them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import jsonschema
import pytest
from bibtexparser.entrypoint import parse_string

from tests.adapters.catalogs.exports.exported import export
from tests.adapters.catalogs.rows import ROOT, SEED, content, table_line
from tests.adapters.catalogs.test_hostile_text import HOSTILE
from tests.adapters.catalogs.test_other_hands import small
from watcher.adapters.catalogs.exports import EXPORTS, ExportCache
from watcher.domain.errors import CatalogError, UsageError
from watcher.domain.papers.paper import PaperId
from watcher.domain.summaries.cells import plain

TEXT = SEED.read_text(encoding="utf-8")
ADDED = {
    PaperId("arxiv", "2310.02207"): datetime(2026, 6, 30, 3, 0, tzinfo=UTC),
    PaperId("arxiv", "2304.08485"): datetime(2026, 7, 1, 3, 0, tzinfo=UTC),
}
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def hostile() -> str:
    rows = (content(f"2606.{n:05d}", title=text, summary=text, venue=text) for n, text in enumerate(HOSTILE, 1))
    return small(*(table_line(n, row) for n, row in enumerate(rows, 1)))


def table(text: str) -> list[dict[str, str]]:
    data = export(text, "csv")
    assert isinstance(data, bytes)
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def as_json(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(export(text, "json", ADDED))
    schema = json.loads((ROOT / "docs" / "schemas" / "catalog-export-1.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)
    return document


def test_json_keeps_to_its_published_schema() -> None:
    document = as_json(TEXT)
    assert (document["title"], document["stated_total"]) == ("大規模言語モデル × 世界モデル", 25)
    assert len(document["papers"]) == 26
    assert [paper["key"] for paper in document["papers"] if paper["added"]] == ["arxiv-2304.08485", "arxiv-2310.02207"]
    assert len({paper["key"] for paper in document["papers"]}) == 26
    twins = as_json(small(*(table_line(n, content()) for n in (1, 2))))
    assert [paper["key"] for paper in twins["papers"]] == ["arxiv-2606.27483", "arxiv-2606.27483-2"]
    odd = as_json(small("| **1. A** | 概要。 |", "| メモ | | | | | | |"))
    assert [item["reason"] for item in odd["unread"]] == ["cells", "unnumbered"]


def test_csv_opens_in_a_spreadsheet_with_japanese_and_without_formulas() -> None:
    assert export(TEXT, "csv")[:3] == b"\xef\xbb\xbf"
    rows = table(TEXT)
    assert list(rows[0])[:3] == ["番号", "論文タイトル", "概要"]
    assert [row["番号"] for row in rows] == [*map(str, range(1, 26)), ""]
    assert (rows[15]["著者"], rows[15]["arXiv番号"], rows[15]["掲載箇所"]) == ("Gurnee & Tegmark", "2310.02207", "表")
    acting = small(table_line(1, content(title="=HYPERLINK(1)", summary="+1", authors="@a", venue="＝1")))
    (row,) = table(acting)
    assert [row[name] for name in ("論文タイトル", "概要", "著者")] == ["'=HYPERLINK(1)", "'+1", "'@a"]


def test_bibtex_is_read_back_by_a_parser_with_unique_keys() -> None:
    library = parse_string(str(export(TEXT, "bibtex")))
    assert library.failed_blocks == []
    assert len(library.entries) == 26
    assert len({entry.key for entry in library.entries}) == 26
    entry = next(entry for entry in library.entries if entry.key == "gurnee2024language")
    assert entry.entry_type == "inproceedings"
    assert {name: entry[name] for name in ("author", "booktitle", "eprint", "title")} == {
        "author": "Gurnee and Tegmark",
        "booktitle": "ICLR 2024",
        "eprint": "2310.02207",
        "title": "{Language Models Represent Space and Time}",
    }
    assert {entry["author"] for entry in library.entries if entry.key.startswith("anon2024")} == {
        "{萩島若奈} and others"
    }
    assert "Levy" in next(entry["author"] for entry in library.entries if entry.key == "levy2025unsupervised")


def test_bibtex_of_hostile_titles_is_whole() -> None:
    library = parse_string(str(export(hostile(), "bibtex")))
    assert library.failed_blocks == []
    assert len(library.entries) == len(HOSTILE)
    assert all(entry["title"].count("{") == entry["title"].count("}") for entry in library.entries)


def test_the_feed_holds_what_the_bot_added_newest_first() -> None:
    data = export(TEXT, "atom", ADDED)
    root = ET.fromstring(data)
    assert [entry.findtext("a:id", "", ATOM) for entry in root.findall("a:entry", ATOM)] == [
        "https://arxiv.org/abs/2304.08485",
        "https://arxiv.org/abs/2310.02207",
    ]
    assert root.findtext("a:updated", "", ATOM) == "2026-07-01T03:00:00Z"
    feed = feedparser.parse(data)
    assert not feed.bozo
    assert feed.entries[0].title == "LLaVA: Large Language and Vision Assistant"
    assert ET.fromstring(export(TEXT, "atom")).findall("a:entry", ATOM) == []


def test_a_feed_of_hostile_titles_is_well_formed_and_shows_them() -> None:
    added = {
        PaperId("arxiv", f"2606.{n:05d}"): datetime(2026, 7, 1, 0, n, tzinfo=UTC) for n in range(1, len(HOSTILE) + 1)
    }
    root = ET.fromstring(export(hostile(), "atom", added))
    titles = [entry.findtext("a:title", "", ATOM) for entry in root.findall("a:entry", ATOM)]
    assert titles == [plain(text) for text in reversed(HOSTILE)]


@pytest.mark.parametrize("form", EXPORTS)
def test_an_empty_catalog_has_every_form(form: str) -> None:
    assert isinstance(export(small(), form), str | bytes)


def test_an_unknown_form_and_a_text_that_is_no_catalog_are_refused() -> None:
    with pytest.raises(UsageError, match="use one of json, csv, bibtex, ris, csl-json, atom, html"):
        ExportCache(SEED, dict).export("pdf")
    with pytest.raises(CatalogError):
        export(Path(__file__).read_text(encoding="utf-8"), "json")


def test_a_paper_of_another_source_keeps_its_own_address_in_every_form() -> None:
    paper = PaperId("biorxiv", "10.1101/2026.05.01.123456")
    text = small(table_line(1, replace(content(), id=paper)))
    (found,) = as_json(text)["papers"]

    assert (found["url"], found["arxiv_ids"]) == (f"https://doi.org/{paper.native}", [])
    assert found["key"] == f"biorxiv-{paper.native.replace('/', '-')}"
    for form in ("html", "bibtex", "ris", "csl-json"):
        assert f"https://doi.org/{paper.native}" in str(export(text, form))
        assert "arxiv.org/abs/10." not in str(export(text, form))
