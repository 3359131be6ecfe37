"""A window of days is harvested to its end, whatever the server does."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.adapters.sources.oai_window import NOW, TODAY, WATCHED, paper
from tests.servers.arxiv import ArxivServer, Fault
from tests.servers.oai import OaiArchive, items_from_facts
from watcher.adapters.sources.fetch import Fetcher, Limits
from watcher.adapters.sources.oai import ArxivOai, OaiPage, harvest, sets_of
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import AnnounceType, Paper, PaperId

DATA = Path(__file__).parents[2] / "data"
Harvest = Callable[..., Iterator[OaiPage]]


@pytest.fixture
def archive() -> OaiArchive:
    return OaiArchive([paper(number) for number in range(25)], now=NOW, page_size=10)


@pytest.fixture
def server(archive: OaiArchive) -> Iterator[ArxivServer]:
    with ArxivServer(oai=archive) as running:
        yield running


@pytest.fixture
def pages(server: ArxivServer) -> Harvest:
    fetcher = Fetcher(own_urls=[server.oai_url], limits=Limits(timeout=5, attempts=2, wait=0.001))

    def run(since: date = TODAY) -> Iterator[OaiPage]:
        return harvest(fetcher, server.oai_url, "cs", since=since, categories=WATCHED)

    return run


def titles(found: Iterator[OaiPage]) -> list[str]:
    return [record.paper.title for page in found for record in page.records]


ALL = [f"Paper {number}" for number in range(25)]


def test_every_page_is_fetched_and_none_before_it_is_wanted(server: ArxivServer, pages: Harvest) -> None:
    found = pages()
    first = next(found)
    assert [record.paper.title for record in first.records] == ALL[:10]
    assert len(server.requests) == 1
    assert titles(found) == ALL[10:]
    assert len(server.requests) == 3
    assert "until" not in "".join(request.path for request in server.requests)


def test_pages_over_several_days_go_on_from_the_last_day(archive: OaiArchive, pages: Harvest) -> None:
    archive.items = [paper(number, changed=NOW - timedelta(days=(24 - number) // 4)) for number in range(25)]
    assert titles(pages(since=date(2026, 6, 20))) == ALL
    assert titles(pages(since=date(2026, 6, 29))) == ALL[17:]


def test_an_empty_window_is_one_empty_page_with_the_moment_it_was_asked(pages: Harvest) -> None:
    (page,) = pages(since=date(2026, 7, 1))
    assert (page.records, page.response_date) == ((), NOW)


def test_an_expired_token_begins_the_list_anew_and_no_record_comes_twice(
    archive: OaiArchive, server: ArxivServer, pages: Harvest
) -> None:
    found = pages()
    seen = [record.paper.title for _ in range(2) for record in next(found).records]
    archive.expire()
    assert seen + titles(found) == ALL
    assert len(server.requests) == 2 + 1 + 3


def test_tokens_that_always_expire_are_given_up(archive: OaiArchive, pages: Harvest) -> None:
    def expiring(found: Iterator[OaiPage]) -> Iterator[OaiPage]:
        for page in found:
            archive.expire()
            yield page

    with pytest.raises(FeedError, match="badResumptionToken"):
        list(expiring(pages()))


def test_a_list_that_goes_round_in_circles_is_given_up(server: ArxivServer, pages: Harvest) -> None:
    found = pages()
    next(found)
    again = server.oai.answer("verb=ListRecords&metadataPrefix=arXivRaw&set=cs&from=2026-06-29") if server.oai else b""
    server.fault(Fault(body=again, content_type="text/xml"), times=5)
    with pytest.raises(FeedError, match="circles"):
        list(found)


def test_a_page_that_was_cut_off_is_refused_and_not_taken_for_a_short_one(
    archive: OaiArchive, server: ArxivServer, pages: Harvest
) -> None:
    whole = archive.answer("verb=ListRecords&metadataPrefix=arXivRaw")
    server.fault(Fault(body=whole[: len(whole) // 2], content_type="text/xml"))
    with pytest.raises(FeedError, match="cut off"):
        list(pages())


def test_a_connection_that_breaks_off_is_tried_again(server: ArxivServer, pages: Harvest) -> None:
    server.fault(Fault(cut_to=300, content_type="text/xml"))
    assert titles(pages()) == ALL


def test_other_errors_of_the_protocol_are_said(pages: Harvest, server: ArxivServer) -> None:
    body = b"<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'><responseDate>2026-06-30T04:00:00Z</responseDate>"
    server.fault(Fault(body=body + b"<error code='badArgument'>too early</error></OAI-PMH>", content_type="text/xml"))
    with pytest.raises(FeedError, match="badArgument: too early"):
        list(pages())


def test_papers_of_other_categories_are_left_out(archive: OaiArchive, pages: Harvest) -> None:
    archive.items = [paper(1, categories=["cs.CL", "q-bio.NC"]), paper(2, categories=["cs.RO"])]
    assert titles(pages()) == ["Paper 1"]


def test_sets_are_one_per_archive_in_arxivs_own_form() -> None:
    assert sets_of(["cs.CL", "cs.AI", "q-bio.NC", "cond-mat.str-el", "quant-ph"]) == (
        "physics:cond-mat",
        "cs",
        "q-bio",
        "physics:quant-ph",
    )


def announced_on(day: date) -> set[str]:
    with gzip.open(DATA / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz", "rt") as stream:
        rows = [json.loads(line) for line in stream]
    return {row["arxiv_id"] for row in rows if row["announced"] == day.isoformat()}


def papers_replaced(archive: OaiArchive) -> set[str]:
    """Papers of the month with several versions: new to one who never saw them."""
    return {item.id for item in archive.items if len(item.versions) > 1}


@pytest.mark.endurance
def test_the_harvest_of_a_real_day_finds_every_paper_announced_on_it(server: ArxivServer, archive: OaiArchive) -> None:
    archive.items = items_from_facts(DATA / "oai" / "facts_2026-06-29.jsonl.gz")
    archive.page_size = 100
    categories = frozenset(category for item in archive.items for category in item.categories)
    source = ArxivOai(
        Fetcher(own_urls=[server.oai_url]),
        categories=categories,
        since=TODAY,
        known=lambda _: frozenset(),
        base_url=server.oai_url,
    )
    readings = list(source.read())
    assert [reading.error for reading in readings if reading.error] == []
    new = {
        found.paper.id.native
        for reading in readings
        for found in reading.announcements
        if found.announce_type in {AnnounceType.NEW, AnnounceType.CROSS}
    }
    # The list of papers holds one that was edited on the day: its id is of November 2024.
    announced = announced_on(TODAY) & {item.id for item in archive.items} - {"2411.19594"}
    assert len(announced) == 304
    assert announced <= new
    edited = {"2606.02597", "2606.27372"}  # announced earlier in the month; a store that ran then knows them
    held = {"2606.27381", "2606.27383"}  # not in that list, but their ids are of the day's batch
    assert new - announced - papers_replaced(archive) == edited | held
    assert source.complete_as_of == NOW


def test_known_papers_are_no_news_and_one_failing_set_hides_no_other(server: ArxivServer, archive: OaiArchive) -> None:
    archive.items = [paper(1), paper(2), paper(3, categories=["q-bio.NC"])]
    asked: list[PaperId] = []

    def known(papers: Sequence[Paper]) -> frozenset[PaperId]:
        asked.extend(paper.id for paper in papers)
        return frozenset({PaperId("arxiv", "2606.27002")})

    fetcher = Fetcher(own_urls=[server.oai_url], limits=Limits(attempts=1))
    source = ArxivOai(fetcher, categories=WATCHED, since=TODAY, known=known, base_url=server.oai_url)
    readings = list(source.read())
    assert [[a.paper.title for a in reading.announcements] for reading in readings] == [["Paper 1"], ["Paper 3"]]
    assert len(asked) == 3
    assert source.complete_as_of == NOW
    server.fault(Fault(status=500))
    readings = list(source.read())
    assert [reading.feed for reading in readings] == ["oai:cs", "oai:q-bio"]
    assert isinstance(readings[0].error, FeedError)
    assert [a.paper.title for a in readings[1].announcements] == ["Paper 3"]
    assert source.complete_as_of is None
