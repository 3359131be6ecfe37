"""A page of OAI-PMH is read whole or refused; a broken record is named and its neighbors are kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.servers.oai import OaiArchive, OaiItem
from watcher.adapters.sources.oai import BadToken, OaiPage, read_page
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import PaperId

DATA = Path(__file__).parents[2] / "data" / "oai"
PAGES = sorted(DATA.glob("rendered_listrecords_*.xml"))
RAW = "{http://arxiv.org/OAI/arXivRaw/}"
NOW = datetime(2026, 6, 30, 4, tzinfo=UTC)


def item(number: int, **changes: object) -> OaiItem:
    values: dict[str, object] = {
        "id": f"2606.{27000 + number}",
        "changed": NOW,
        "versions": [(datetime(2026, 6, 28, 9, 30, tzinfo=UTC), "")],
        "categories": ["cs.CL"],
        "title": f"Paper {number}",
    }
    return OaiItem(**{**values, **changes})  # type: ignore[arg-type]


def page_of(*items: OaiItem) -> OaiPage:
    return read_page(OaiArchive(items, now=NOW).answer("verb=ListRecords&metadataPrefix=arXivRaw"), "oai:cs")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_text_of_a_rendered_page_is_kept_to_the_character(path: Path) -> None:
    page = read_page(path.read_bytes(), "oai")
    raws = list(ET.parse(path).iter(f"{RAW}arXivRaw"))
    assert len(page.records) == len(raws) == 30
    assert (page.broken, page.deleted) == ((), ())
    for record, raw in zip(page.records, raws, strict=True):
        paper = record.paper
        assert paper.title_raw == raw.findtext(f"{RAW}title")
        assert paper.abstract_raw == raw.findtext(f"{RAW}abstract")
        assert paper.authors_raw == raw.findtext(f"{RAW}authors")
        assert " ".join(paper.categories) == raw.findtext(f"{RAW}categories")
        assert paper.version == len(record.versions) == len(raw.findall(f"{RAW}version"))


def test_the_first_page_says_how_to_go_on_and_the_last_that_it_is_the_last() -> None:
    first, last = (read_page(path.read_bytes(), "oai") for path in PAGES)
    assert first.token == "verb=ListRecords%26metadataPrefix=arXivRaw%26from=2011-01-01%26skip=30"
    assert first.response_date == datetime(2026, 11, 22, tzinfo=UTC)
    assert last.token is None


def test_a_record_gives_a_paper_with_all_that_arxiv_states() -> None:
    record = read_page(PAGES[0].read_bytes(), "oai").records[0]
    assert (record.paper.id, record.paper.version) == (PaperId("arxiv", "0712.3217"), 1)
    assert record.datestamp == date(2015, 5, 12)
    assert record.paper.published == date(2007, 12, 19)
    assert record.paper.doi == "10.1007/s00205-010-0322-x"
    assert record.paper.journal_ref == "Archive for Rational Mechanics and Analysis (2011) 229--268"
    assert record.versions[0].submitted == datetime(2007, 12, 19, 15, 55, 54, tzinfo=UTC)


def test_a_version_flagged_i_is_a_withdrawal() -> None:
    moments = [datetime(2026, 5, day, tzinfo=UTC) for day in (1, 2, 3)]
    flags = ["D", "DI", "I"]
    taken_back = item(1, versions=list(zip(moments, flags, strict=True)), fields={"comments": "Withdrawn."})
    back_again = item(2, versions=list(zip(moments, ["D", "I", "D"], strict=True)))
    first, second = page_of(taken_back, back_again).records
    assert [version.withdrawn for version in first.versions] == [False, True, True]
    assert (first.withdrawn, second.withdrawn) == (True, False)
    assert first.paper.comment == "Withdrawn."


def test_deleted_records_are_told_apart_from_broken_ones() -> None:
    page = page_of(item(1), item(2, deleted=True))
    assert page.deleted == (PaperId("arxiv", "2606.27002"),)
    assert [record.paper.title for record in page.records] == ["Paper 1"]
    assert page.broken == ()


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ("", "arXivRaw"),
        ('<dc xmlns="http://www.openarchives.org/OAI/2.0/oai_dc/"/>', "arXivRaw"),
        ("<id>2606.27002</id>", "not the versions"),
        ('<id>2606.27002</id><version version="v2"><date>{d}</date></version>', "not the versions"),
        ('<id>2606.27002</id><version version="two"><date>{d}</date></version>', "not a version"),
        ('<id>2606.27002</id><version version="v1"><date>soon</date></version>', "not a date"),
        ('<id>2606.27002</id><version version="v1"><date>{d}</date></version>', "categories"),
        ("<id>2606.27999</id>{v}<title>T</title><authors>A</authors><abstract>B</abstract>", "the header speaks of"),
        ("<id>x</id>{v}<title>T</title><authors>A</authors><abstract>B</abstract>", "not an arXiv id"),
        ("<id>2606.27002</id>{v}<authors>A</authors><abstract>B</abstract>", "<title>"),
        ("<id>2606.27002</id>{v}<title>T</title><title>U</title><authors>A</authors><abstract>B</abstract>", "<title>"),
    ],
)
def test_a_broken_record_is_named_and_its_neighbors_are_kept(xml: str, words: str) -> None:
    day = "Sun, 28 Jun 2026 09:30:00 GMT"
    version = f'<version version="v1"><date>{day}</date></version><categories>cs.CL</categories>'
    inside = xml.format(d=day, v=version)
    broken = item(
        2, xml=inside if "<dc" in xml else f'<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">{inside}</arXivRaw>'
    )
    if not xml:
        broken = item(2, xml="")
    page = page_of(item(1), broken, item(3))
    assert [record.paper.title for record in page.records] == ["Paper 1", "Paper 3"]
    assert len(page.broken) == 1
    assert page.broken[0].startswith("record 2 ('oai:arXiv.org:2606.27002'): ")
    assert words in page.broken[0]


def test_a_page_of_broken_records_only_is_refused() -> None:
    with pytest.raises(FeedError, match="none of 2 records"):
        page_of(item(1, xml=""), item(2, xml=""))


def test_an_empty_window_is_an_empty_page() -> None:
    page = read_page((DATA / "rendered_error_noRecordsMatch.xml").read_bytes(), "oai:cs")
    assert (page.records, page.token) == ((), None)
    assert page.response_date == datetime(2026, 11, 22, tzinfo=UTC)


def test_an_expired_token_is_told_apart_from_other_errors() -> None:
    with pytest.raises(BadToken, match="expired"):
        read_page((DATA / "rendered_error_badResumptionToken.xml").read_bytes(), "oai:cs")
    with pytest.raises(FeedError, match="idDoesNotExist") as caught:
        read_page((DATA / "rendered_error_idDoesNotExist.xml").read_bytes(), "oai:cs")
    assert not isinstance(caught.value, BadToken)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"Rate exceeded.", "not well-formed"),
        (b"<rss version='2.0'><channel/></rss>", "instead of an OAI-PMH answer"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><OAI-PMH/>", "document type"),
        (b"<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'/>", "not a response date"),
        (
            b"<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'><responseDate>now</responseDate></OAI-PMH>",
            "not a response date",
        ),
        (
            b"<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'><responseDate>2026-06-30</responseDate></OAI-PMH>",
            "0 lists",
        ),
        (PAGES[0].read_bytes()[:-200], "cut off"),
        (PAGES[0].read_bytes()[:30_000], "cut off"),
    ],
)
def test_what_is_no_whole_answer_is_refused(document: bytes, words: str) -> None:
    with pytest.raises(FeedError, match=words):
        read_page(document, "oai:cs")


def test_a_control_character_in_one_abstract_costs_no_paper() -> None:
    page = page_of(item(1), item(2, abstract="Before\x0cafter."), item(3))
    assert [record.paper.abstract for record in page.records] == ["An abstract.", "Before\ufffdafter.", "An abstract."]
    assert page.broken == ()
