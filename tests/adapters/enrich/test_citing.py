"""Both services tell which papers cite a catalog's: in few requests, without gaps where lists are cut, and in words where
they fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.fakes import NOON
from tests.servers import citations as server
from tests.servers.citations import CitationServices, Work
from watcher.adapters.enrich.openalex import OpenAlexCitations
from watcher.adapters.enrich.semantic_scholar import SemanticScholarCitations
from watcher.adapters.enrich.service import RequestBudget, ServiceClient
from watcher.adapters.sources.fetch import Fetcher, Limits
from watcher.adapters.store import SqlStore
from watcher.domain.papers.citations import CitingPapers, SearchOutcome
from watcher.domain.papers.paper import PaperId

SINCE = date(2026, 3, 30)
ROWS = [PaperId("arxiv", f"2401.{number:05}") for number in range(1, 31)]
NEW = date(2026, 6, 1)


def arxiv(native: str) -> PaperId:
    return PaperId("arxiv", native)


def works(count: int, cites: tuple[str, ...] = ("2401.00001",), published: date = NEW) -> list[Work]:
    return [Work(f"2606.{number:05}", published - timedelta(days=number % 30), cites) for number in range(1, count + 1)]


@pytest.fixture
def services() -> Iterator[CitationServices]:
    with CitationServices() as running:
        yield running


def client(name: str, services: CitationServices, store: SqlStore, most: int, key: str) -> ServiceClient:
    ask = Fetcher(own_urls=[services.url], limits=Limits(attempts=1)).ask
    budget = RequestBudget(f"test/{name}", most, NOON - timedelta(days=1))
    headers = {"x-api-key": key} if key else {}
    return ServiceClient(name, ask, store.services, budget, NOON, headers, bool(key), sleep=lambda _: None)


def scholar(services: CitationServices, store: SqlStore, most: int = 6, key: str = "k") -> CitingPapers:
    made = client("Semantic Scholar", services, store, most, key)
    return SemanticScholarCitations(made, keyed=bool(key), base_url=services.url).citing(ROWS, SINCE)


def alex(services: CitationServices, store: SqlStore, most: int = 6) -> CitingPapers:
    made = client("OpenAlex", services, store, most, "k")
    return OpenAlexCitations(made, services.url).citing(ROWS, SINCE)


def test_thirty_rows_take_four_batches_and_each_pair_is_told(services: CitationServices, store: SqlStore) -> None:
    services.works = [
        Work("2606.00001", NEW, ("2401.00001", "2401.00030")),
        Work("2512.00001", date(2025, 12, 1), ("2401.00001",)),
        Work("", NEW, ("2401.00002",)),
    ]

    found = scholar(services, store)

    assert found.pairs == {(arxiv("2606.00001"), ROWS[0]), (arxiv("2606.00001"), ROWS[29])}
    assert (found.requests, found.outcome) == (4, SearchOutcome.COMPLETE)
    assert [len(asked.body["ids"]) for asked in services.asked] == [9, 9, 9, 3]
    assert services.asked[0].headers["x-api-key"] == "k"


def test_a_list_that_is_cut_inside_the_window_is_asked_for_by_date(services: CitationServices, store: SqlStore) -> None:
    services.works = works(2300)
    services.older = {"2401.00002": 8000}  # of which the newest thousand reach back far enough

    found = scholar(services, store, most=7)

    assert len(found.pairs) == 2300
    assert found.requests == 4 + 3
    assert all("publicationDateOrYear=2026-03-30%3A" in asked.path for asked in services.asked[4:])


def test_lists_that_come_empty_although_papers_cite_are_asked_for_again(
    services: CitationServices, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_CITATIONS", 4)
    services.works = [*works(3), Work("2605.00009", NEW, ("2401.00002", "2401.00003"))]

    found = scholar(services, store)

    assert {cited.native for _, cited in found.pairs} == {"2401.00001", "2401.00002", "2401.00003"}
    assert found.outcome is SearchOutcome.COMPLETE


def test_without_a_key_one_batch_is_asked_about_other_rows_each_week(
    services: CitationServices, store: SqlStore
) -> None:
    services.works = [Work(f"2606.{n:05}", NEW, (row.native,)) for n, row in enumerate(ROWS, 1)]
    asked = set[PaperId]()
    for week in range(4):
        made = client("Semantic Scholar", services, store, 99, "")
        found = SemanticScholarCitations(made, keyed=False, base_url=services.url).citing(
            ROWS, SINCE + timedelta(weeks=week)
        )
        assert (found.requests, found.outcome) == (1, SearchOutcome.CUT)
        asked |= {cited for _, cited in found.pairs}

    assert asked == set(ROWS)
    assert "x-api-key" not in services.asked[0].headers


def test_openalex_joins_ids_and_reads_page_after_page(services: CitationServices, store: SqlStore) -> None:
    services.works = [*works(230, ("2401.00001", "2401.00007")), Work("", NEW, ("2401.00001",))]
    services.unknown = frozenset({"2401.00030"})

    found = alex(services, store)

    assert len(found.pairs) == 2 * 230
    assert (found.requests, found.outcome) == (1 + 3, SearchOutcome.COMPLETE)
    assert services.asked[0].path.count("%7C") == 29
    assert "cites%3AW" in services.asked[1].path
    assert "cursor" not in services.asked[1].path


def test_a_budget_that_ends_keeps_what_was_found_newest_first(services: CitationServices, store: SqlStore) -> None:
    services.works = works(1500)

    found = alex(services, store, most=3)

    assert (len(found.pairs), found.requests, found.outcome) == (200, 3, SearchOutcome.CUT)
    assert services.count("openalex") == 3


FAULTS: list[tuple[int, bytes, dict[str, str], str]] = [
    (401, server.NO_KEY, {}, "HTTP 401"),
    (403, server.FORBIDDEN, {}, "HTTP 403"),
    (200, server.BOT_PAGE, {"Content_Type": "text/html; charset=UTF-8"}, "text/html"),
    (200, server.BOT_PAGE, {}, "another shape"),
    (429, server.TOO_MANY, {"Retry_After": "54000"}, "HTTP 429"),
    (500, b'{"message": "Internal Server Error"}', {}, "HTTP 500"),
    (503, b"", {}, "HTTP 503"),
    (504, b'{"message": "Endpoint request timed out"}', {}, "HTTP 504"),
    (200, b'[{"paperId": "x", "citationCount": 4, "citati', {}, "another shape"),
    (200, b'{"meta": {"count": 4, "page": 1}, "results": [{"id": "https://open', {}, "another shape"),
    (200, b"", {}, "another shape"),
    (200, b"{}", {}, "another shape"),
    (200, b"[]", {}, ""),
    (200, b'{"results": []}', {}, "another shape"),
    (200, b'{"meta": {"count": 7}, "results": []}', {}, ""),
    (200, b'{"message": "Forbidden"}', {}, "another shape"),
]


@pytest.mark.parametrize(("status", "body", "headers", "told"), FAULTS)
@pytest.mark.parametrize("ask", [scholar, alex])
def test_a_fault_is_told_and_never_taken_for_an_empty_answer(
    services: CitationServices, store: SqlStore, ask: Any, status: int, body: bytes, headers: dict[str, str], told: str
) -> None:
    services.works = works(3)
    services.fail("s2", status, body, 1, **headers)
    services.fail("openalex", status, body, 1, **headers)

    first = ask(services, store)
    second = ask(services, store)

    assert (first.outcome, first.pairs) == (SearchOutcome.FAILED, frozenset())
    assert told in first.error
    assert (second.outcome, len(second.pairs)) == (SearchOutcome.COMPLETE, 3)


@pytest.mark.parametrize(
    "record",
    [
        '{"citationCount": 1, "citations": [{"paperId": "x", "publicationDate": null}]}',
        '{"citationCount": 1, "citations": [{"paperId": "x", "externalIds": {}, "published": null}]}',
        '{"citationCount": 1, "cited_by": []}',
        '{"count": 1, "citations": []}',
    ],
)
def test_a_record_in_another_form_is_no_list_without_papers(
    services: CitationServices, store: SqlStore, record: str
) -> None:
    services.fail("s2", 200, f"[{','.join([record] * 9)}]".encode())

    assert scholar(services, store).outcome is SearchOutcome.FAILED


def test_what_was_answered_before_a_fault_counts_and_is_not_asked_again(
    services: CitationServices, store: SqlStore
) -> None:
    services.works = works(150)
    broken = [alex(services, store, most=2), alex(services, store, most=9)]
    services.fail("s2", 200, b"null")

    assert [(len(found.pairs), found.requests, found.outcome) for found in broken] == [
        (100, 2, SearchOutcome.CUT),
        (150, 1, SearchOutcome.COMPLETE),
    ]
    assert services.count("openalex") == 3
