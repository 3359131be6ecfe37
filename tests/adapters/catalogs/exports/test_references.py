"""BibTeX, RIS and CSL-JSON as other people's programs read them: every field of the catalog comes back, and all authors."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from citeproc.source.json import CiteProcJSON

from tests.adapters.catalogs.exports.exported import export
from tests.adapters.catalogs.exports.test_exports import TEXT, hostile
from tests.adapters.catalogs.test_hostile_text import HOSTILE
from watcher.adapters.catalogs.exports.references import Person
from watcher.adapters.catalogs.exports.source import url_of
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.domain.catalog.catalog import CatalogEntry
from watcher.domain.papers.paper import PaperId
from watcher.domain.summaries.cells import plain
from watcher.domain.text import visible

ENTRIES = read_entries(TEXT.encode(), "catalog").entries
LLAVA = PaperId("arxiv", "2304.08485")
AUTHORS = {LLAVA: ("Haotian Liu", "Aäron van den Oord", "Ronald Summers, Jr.", "Xiaoyong (Brian) Yuan", "Qwen Team")}


def exported(form: str, text: str = TEXT) -> str:
    return str(export(text, form, authors=AUTHORS))


def noted(entry: CatalogEntry) -> set[str]:
    """What stands in notes, since no field is meant for it."""
    labels = (("番号", entry.number), ("arXivでの注目度", entry.attention))
    ids = {f"arXiv:{paper.native}" for paper in entry.ids}
    return {f"{label}：{text}" for label, text in labels if text} | (set(entry.notes) - ids)


def identifiers(entry: CatalogEntry) -> dict[str, str]:
    if not entry.ids:
        return {"number": "", "doi": "", "url": ""}
    native = entry.ids[0].native
    return {"number": f"arXiv:{native}", "doi": f"10.48550/arXiv.{native}", "url": url_of(entry)}


def test_every_field_of_every_row_comes_back_from_ris() -> None:
    records = rispy.loads(exported("ris"))

    assert len(records) == len(ENTRIES) == 26
    assert len({record["id"] for record in records}) == 26
    for record, entry in zip(records, ENTRIES, strict=True):
        assert record["title"] == entry.title
        assert record.get("year", "") == str(entry.year or "")
        assert record.get("secondary_title", "") == entry.venue
        assert record.get("keywords", []) == list(entry.categories)
        assert record.get("abstract", "") == visible(entry.summary)
        assert noted(entry) <= set(record.get("notes", []))
        found = {"number": "accession_number", "doi": "doi", "url": "urls"}
        assert {name: "".join(record.get(tag, "")) for name, tag in found.items()} == identifiers(entry)
    assert records[2]["authors"] == [
        "Liu, Haotian", "van den Oord, Aäron", "Summers, Ronald, Jr.", "Yuan, Xiaoyong (Brian)", "Qwen Team",
    ]  # fmt: skip
    assert records[15]["authors"] == ["Gurnee", "Tegmark"]
    assert records[3]["authors"] == ["Hao"]
    assert "著者：Hao et al." in records[3]["notes"], "that there are more is said where the format has no sign for it"


def test_every_field_of_every_row_comes_back_from_csl_json() -> None:
    items: list[dict[str, Any]] = json.loads(exported("csl-json"))
    library = CiteProcJSON(items)

    assert len(library) == len(ENTRIES)
    for item, entry in zip(items, ENTRIES, strict=True):
        read = library[item["id"].lower()]
        assert str(read.title) == entry.title
        assert getattr(read.get("issued"), "year", None) == entry.year
        assert str(read.get("container_title") or read.get("publisher") or "") == entry.venue
        assert str(read.get("keyword", "")) == ", ".join(entry.categories)
        assert str(read.get("abstract", "")) == visible(entry.summary)
        assert noted(entry) <= set(item.get("annote", "").split("\n"))
        found = {"number": "number", "doi": "DOI", "url": "URL"}
        assert {name: item.get(tag, "") for name, tag in found.items()} == identifiers(entry)
    llava = library[items[2]["id"]]
    assert [(str(name.given or ""), str(name.family)) for name in llava.author[:2]] == [
        ("Haotian", "Liu"),
        ("Aäron", "van den Oord"),
    ]
    assert items[2]["author"][2:] == [
        {"family": "Summers", "given": "Ronald", "suffix": "Jr."},
        {"family": "Yuan", "given": "Xiaoyong (Brian)"},
        {"literal": "Qwen Team"},
    ]


def test_every_field_of_every_row_comes_back_from_bibtex() -> None:
    library = parse_string(exported("bibtex"))

    assert library.failed_blocks == []
    for read, entry in zip(library.entries, ENTRIES, strict=True):
        fields = {field.key: field.value for field in read.fields}
        assert fields["title"] == f"{{{entry.title}}}".replace("&", r"\&")
        assert fields.get("year", "") == str(entry.year or "")
        assert (fields.get("booktitle") or fields.get("howpublished", "")) == entry.venue
        assert fields.get("keywords", "") == ", ".join(entry.categories)
        assert fields.get("abstract", "").replace(r"\&", "&") == visible(entry.summary).replace("%", r"\%")
        assert all(note.replace("&", r"\&") in fields["annote"] for note in noted(entry))
        assert fields.get("url", "") == identifiers(entry)["url"]
    assert library.entries[2]["author"] == (
        "Liu, Haotian and van den Oord, Aäron and Summers, Jr., Ronald and Yuan, Xiaoyong (Brian) and {Qwen Team}"
    )


@pytest.mark.parametrize("form", ["ris", "csl-json"])
def test_hostile_titles_stay_titles(form: str) -> None:
    text = exported(form, hostile())
    titles = [item["title"] for item in (rispy.loads(text) if form == "ris" else json.loads(text))]

    assert titles == [visible(plain(title)) for title in HOSTILE]


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Ha Vinh-Tran", Person("Vinh-Tran", "Ha")),
        ("Ludwig van Beethoven", Person("van Beethoven", "Ludwig")),
        ("Martin Luther King III", Person("King", "Martin Luther", "III")),
        ("van Dyke", Person("Dyke", "van")),
        ("萩島若奈", Person("萩島若奈", whole=True)),
        ("OpenAI", Person("OpenAI", whole=True)),
        ("The ATLAS Collaboration", Person("The ATLAS Collaboration", whole=True)),
        ("Research and Development", Person("Research and Development", whole=True)),
        ("Doe, Jane, and more", Person("Doe, Jane, and more", whole=True)),
    ],
)
def test_a_name_is_split_only_where_it_is_a_persons(name: str, person: Person) -> None:
    assert Person.of(name) == person
