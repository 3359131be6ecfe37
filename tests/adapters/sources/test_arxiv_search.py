"""arXiv's search API is asked in its own language, few times, and what is no whole answer is no answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from tests.adapters.enrich.conftest import DATA, metadata_of, seeds
from tests.servers.arxiv_api import ArxivApi
from watcher.adapters.sources.arxiv_search import ArxivMetadata, read_answer, search_query
from watcher.domain.catalog.match import Query
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import PaperId


@pytest.fixture
def api() -> Iterator[ArxivApi]:
    with ArxivApi(seeds()) as server:
        yield server


@pytest.fixture
def metadata(api: ArxivApi) -> ArxivMetadata:
    return metadata_of(api)


def captured(name: str) -> bytes:
    (path,) = (DATA / "api").glob(f"{name}*.xml")
    return path.read_bytes()


def ids(*natives: str) -> set[PaperId]:
    return {PaperId("arxiv", native) for native in natives}


def test_captured_answers_are_read_field_by_field() -> None:
    answer = read_answer(captured("id_0808.05394_1707"))
    (paper,) = answer.papers
    assert (paper.id.native, paper.version, paper.published, answer.total) == ("1707.08567", 1, date(2017, 7, 27), 1)
    assert paper.title.startswith("Proceedings of Workshop AEW10")
    assert paper.authors[0] == "Kees A. Schouhamer Immink"
    assert paper.comment == "44 pages, editors for the proceedings: Yanling Chen and A. J. Han Vinck"
    assert paper.categories == ("cs.IT",)
    assert paper.journal_ref is None
    assert len(read_answer(captured("q_testing_s0_m10")).papers) == 10


@pytest.mark.parametrize(
    ("name", "native", "version"),
    [("id_astro-ph_0601001", "astro-ph/0601001", 1), ("id_quant-ph_0201082v1", "quant-ph/0201082", 1)],
)
def test_old_ids_keep_their_archive(name: str, native: str, version: int) -> None:
    (paper,) = read_answer(captured(name)).papers
    assert (paper.id.native, paper.version) == (native, version)


def test_an_unknown_id_gives_no_paper_and_an_error_entry_is_none() -> None:
    assert read_answer(captured("id_0000.0000")).papers == ()
    with pytest.raises(FeedError, match="incorrect id format for abc"):
        read_answer(captured("id_abc"))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html></html>",
        b"<feed/>",
        captured("q_testing_s0_m10")[:9000],
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    ],
    ids=["empty", "a page", "another feed", "cut off", "entities"],
)
def test_what_is_no_whole_answer_is_refused(document: bytes) -> None:
    with pytest.raises(FeedError):
        read_answer(document)


def test_all_ids_take_one_request_that_states_how_many_it_wants(api: ArxivApi, metadata: ArxivMetadata) -> None:
    natives = [seed["arxiv_id"] for seed in seeds() if seed["arxiv_id"]]
    found = metadata.lookup(ids(*natives))
    assert {paper.native for paper in found} == set(natives)
    assert [asked["max_results"] for asked in api.asked] == ["25"]


def test_many_ids_are_asked_for_in_chunks_of_a_hundred() -> None:
    natives = [f"2606.{n:05d}" for n in range(250)]
    with ArxivApi({"arxiv_id": n, "title": "T", "abstract": "", "authors": ["A B"]} for n in natives) as api:
        assert len(metadata_of(api).lookup(ids(*natives))) == 250
        assert [asked["max_results"] for asked in api.asked] == ["100", "100", "50"]


def test_a_page_that_comes_empty_by_accident_is_asked_for_again(api: ArxivApi, metadata: ArxivMetadata) -> None:
    api.empty_page()
    assert len(metadata.lookup(ids("2304.08485", "2310.15166"))) == 2
    api.empty_page()
    assert metadata.search(Query("Visual Instruction Tuning", (), "Liu"))[0].id.native == "2304.08485"
    assert len(api.asked) == 4


def test_pages_that_stay_empty_are_an_error_and_no_paper_is_called_unknown(
    api: ArxivApi, metadata: ArxivMetadata
) -> None:
    api.empty_page(times=4)
    with pytest.raises(FeedError, match="none of 2 ids"):
        metadata.lookup(ids("2304.08485", "2310.15166"))
    with pytest.raises(FeedError, match="none is listed"):
        metadata.search(Query("Visual Instruction Tuning", (), "Liu"))


def test_an_id_nobody_has_is_left_out(metadata: ArxivMetadata) -> None:
    assert set(metadata.lookup(ids("2304.08485", "2399.99999"))) == ids("2304.08485")


def test_an_error_of_arxiv_is_passed_on_in_its_words(api: ArxivApi, metadata: ArxivMetadata) -> None:
    api.answer_with(captured("id_abc"))
    with pytest.raises(FeedError, match="incorrect id format"):
        metadata.search(Query("Anything at all", (), ""))


def test_a_query_holds_only_signs_the_api_takes() -> None:
    hostile = Query('“Mind’s Eye” (of) LLMs: ti:"x" OR 世界 AND Δ', ("Mind’s Eye of LLMs", "Δ"), "Müller")
    query = search_query(hostile)
    assert query.isascii()
    assert query.count("(") == query.count(")")
    assert "’" not in query
    assert search_query(Query("世界モデル", (), "")) == ""
