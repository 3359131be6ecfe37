"""Each service's answers become signals: over the wire, in few questions, and whatever it answers instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cards import paper
from tests.fakes import NOON
from tests.servers.figures import Figures, page, record
from watcher.adapters.enrich.crossref import Crossref
from watcher.adapters.enrich.hugging_face_github import GithubStars, HuggingFace
from watcher.adapters.enrich.openalex import OpenAlex
from watcher.adapters.enrich.semantic_scholar import SemanticScholar
from watcher.adapters.enrich.service import JsonClient
from watcher.adapters.sources.fetch import Fetcher, Limits
from watcher.domain.catalog.attention import Signal
from watcher.domain.catalog.match import FoundWork
from watcher.domain.catalog.venue_claims import Trust, weigh
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import PaperId

ONE, TWO = PaperId("arxiv", "2304.08485"), PaperId("arxiv", "2606.27483")


@pytest.fixture
def figures() -> Iterator[Figures]:
    with Figures() as server:
        yield server


@pytest.fixture
def ask(figures: Figures) -> JsonClient:
    return Fetcher(own_urls=[figures.url], limits=Limits(attempts=1)).with_pauses((0.0,)).ask


def test_one_question_gives_citations_and_venues_of_all(figures: Figures, ask: JsonClient) -> None:
    figures.citations = {ONE.native: 7000}
    figures.dblp = {ONE.native: "conf/nips/LiuLWL23a"}

    found = SemanticScholar(ask, "secret", figures.url).signals([ONE, TWO], {}, NOON)

    first, second = found
    assert (first.citations, second) == (7000, Signal(TWO, "Semantic Scholar", NOON))
    assert [(claim.field, claim.text) for claim in first.claims] == [
        ("externalIds.DBLP", "NeurIPS 2023"),
        ("publicationVenue", ""),
    ]
    (asked,) = figures.asked
    assert asked.body == {"ids": ["ARXIV:2304.08485", "ARXIV:2606.27483"]}
    assert asked.headers["x-api-key"] == "secret"


def test_more_than_five_hundred_papers_are_asked_about_in_turns(figures: Figures, ask: JsonClient) -> None:
    papers = [PaperId("arxiv", f"2606.{number:05}") for number in range(1, 1202)]
    waits: list[float] = []

    found = SemanticScholar(ask, "", figures.url, sleep=waits.append).signals(papers, {}, NOON)

    assert [len(asked.body["ids"]) for asked in figures.asked] == [500, 500, 201]
    assert (len(found), waits) == (1201, [1.1, 1.1])
    assert "x-api-key" not in figures.asked[0].headers


def test_a_refusal_is_asked_again_once_and_then_told(figures: Figures, ask: JsonClient) -> None:
    figures.next_answer(429)
    figures.citations = {ONE.native: 3}
    assert SemanticScholar(ask, "", figures.url).signals([ONE], {}, NOON)[0].citations == 3

    figures.next_answer(429, times=2)
    with pytest.raises(FeedError, match="HTTP 429"):
        SemanticScholar(ask, "", figures.url).signals([ONE], {}, NOON)
    assert len(figures.asked) == 4


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, b"[]", "0 answers for 1 papers"),
        (200, b'[{"citationCount": -1}]', "another shape"),
        (200, b'{"message": "try later"}', "another shape"),
        (200, b"<html>", "another shape"),
        (404, b"{}", "not there"),
        (500, b"{}", "HTTP 500"),
        (302, b"", "redirected"),
    ],
)
def test_whatever_else_comes_is_a_failure_and_no_figure(
    figures: Figures, ask: JsonClient, status: int, body: bytes, told: str
) -> None:
    figures.next_answer(status, body, Location=f"{figures.url}/elsewhere")

    with pytest.raises(FeedError, match=told):
        SemanticScholar(ask, "secret", figures.url).signals([ONE], {}, NOON)
    assert len(figures.asked) == 1


# What is odd about real records: a workshop under the name of a conference, two conferences that met as one, a workshop
# under the key of its conference, a journal that published a preprint of another server.
@pytest.mark.parametrize(
    ("ids", "publication", "venue", "texts"),
    [
        ({"ACL": "2023.gem-1.31", "DBLP": "journals/corr/abs-2311-02049"}, "IEEE Games Entertainment Media Conference", "IEEE Games Entertainment Media Conference", []),
        ({"ACL": "2024.lrec-main.592", "DBLP": "conf/coling/SunE24"}, "International Conference on Language Resources and Evaluation", "", ["LREC 2024", "COLING 2024", "LREC"]),
        ({"DBLP": "conf/cvpr/SomebodyE22"}, None, "CVPR Workshops", []),
        ({"DOI": "10.21203/rs.3.rs-1/v1"}, "PLoS ONE", "PLoS ONE", []),
        ({"ACL": "2022.emnlp-main.215", "DBLP": "conf/emnlp/GrosLY22"}, "Conference on Empirical Methods in Natural Language Processing", "EMNLP", ["EMNLP 2022", "EMNLP 2022", "EMNLP"]),
        ({"DBLP": 7, "ACL": None}, None, None, []),
        (None, None, None, []),
    ],
)  # fmt: skip
def test_a_record_that_contradicts_itself_names_no_venue_that_is_not_exact(
    figures: Figures, ask: JsonClient, ids: Any, publication: str | None, venue: str | None, texts: list[str]
) -> None:
    where = None if publication is None else {"name": publication, "alternate_names": []}
    figures.records = {ONE.native: record(externalIds=ids, publicationVenue=where, venue=venue)}

    (found,) = SemanticScholar(ask, "k", figures.url).signals([ONE], {}, NOON)

    assert [claim.text for claim in found.claims if claim.text] == texts
    assert found.claims, "that it names none is kept"


@pytest.mark.parametrize(
    ("ids", "text", "sure"),
    [
        ({"DBLP": "conf/emnlp/ShuHLSC23", "DOI": "10.18653/v1/2023.findings-emnlp.504"}, "EMNLP 2023 Findings", True),
        ({"DBLP": "conf/emnlp/ShuHLSC23", "DOI": "10.48550/arXiv.2310.13394"}, "EMNLP 2023", False),
        ({"DBLP": "conf/icml/SomebodyE23"}, "ICML 2023", True),
    ],
)
def test_findings_are_told_from_the_conference_or_it_is_left_open(
    figures: Figures, ask: JsonClient, ids: dict[str, str], text: str, sure: bool
) -> None:
    figures.records = {ONE.native: record(externalIds=ids)}
    (found,) = SemanticScholar(ask, "k", figures.url).signals([ONE], {}, NOON)
    verdict = weigh(paper(comment=None, journal_ref=None), found.claims)
    assert (verdict.text, verdict.sure) == (text, sure)


def test_a_title_is_searched_for_and_only_the_same_title_counts(figures: Figures, ask: JsonClient) -> None:
    figures.titled = {
        "Cola: A Study": [
            {"paperId": "x", "title": "Another Study of Cola", "year": 2020, "venue": "ICML"},
            {"paperId": "y", "title": "COLA - a study", "year": 2024, "venue": "CEUR Workshop Proceedings"},
        ]
    }
    scholar = SemanticScholar(ask, "key", figures.url)

    assert scholar.find("Cola: A Study") == [
        FoundWork("Semantic Scholar", "COLA - a study", 2024, "CEUR Workshop Proceedings")
    ]
    assert scholar.find("Nothing & Nobody") == [FoundWork("Semantic Scholar")]
    assert figures.asked[0].headers["x-api-key"] == "key"
    for body in (b'{"total": 2, "offset": 0}', b'{"data": []}', b"[]", b'{"total": 1, "data": [{"name": "x"}]}'):
        figures.next_answer(200, body)
        with pytest.raises(FeedError):
            scholar.find("Cola: A Study")


def test_a_registered_work_tells_venue_pages_and_length(figures: Figures, ask: JsonClient) -> None:
    acl = "10.18653/v1/2023.acl-short.53"
    figures.registered = {
        acl: {
            "DOI": acl,
            "type": "proceedings-article",
            "title": ["T"],
            "container-title": ["Proceedings of the 61st Annual Meeting of the Association for Computational Linguistics (Volume 2: Short Papers)"],
            "page": "1-9",
            "published": {"date-parts": [[2023]]},
        }
    }  # fmt: skip
    known = {
        ONE: [Signal(ONE, "Semantic Scholar", NOON, doi=acl.upper())],
        TWO: [Signal(TWO, "arXiv", NOON, doi="10.48550/arXiv.2606.27483")],
    }

    (found,) = Crossref(ask, "curator@example.org", figures.url).signals([ONE, TWO], known, NOON)

    (claim,) = found.claims
    assert (claim.text, claim.pages, claim.length, claim.title) == ("ACL 2023", "1-9", "short", "T")
    assert (found.paper, claim.trust) == (ONE, Trust.RECORD)
    (asked,) = figures.asked
    assert parse_qs(urlsplit(asked.path).query)["mailto"] == ["curator@example.org"]


@pytest.mark.parametrize(
    ("work", "text"),
    [
        ({"type": "proceedings-article", "event": {"acronym": "MM '24", "name": "MM '24: The 32nd ACM …"}, "container-title": ["Proceedings of the 32nd …"]}, "ACM MM 2024"),
        ({"type": "journal-article", "container-title": ["Nature Communications"]}, "Nature Communications"),
        ({"type": "proceedings-article", "container-title": ["Proceedings of the 2nd Workshop on X"], "event": {"acronym": "KDD '24"}}, "Proceedings of the 2nd Workshop on X"),
        ({"type": "book-chapter", "container-title": ["Lecture Notes in Computer Science", "The Semantic Web"]}, "The Semantic Web"),
        ({"type": "proceedings-article", "container-title": ["Companion Proceedings of the ACM Web Conference"], "event": {"acronym": "WWW '24"}}, "Companion Proceedings of the ACM Web Conference"),
        ({"type": "proceedings-article", "container-title": ["SIGGRAPH Asia Papers"], "event": {"acronym": "SA '23"}}, "SIGGRAPH Asia Papers"),
        ({"type": "posted-content", "container-title": ["Research Square"]}, ""),
        ({"type": "dissertation"}, ""),
    ],
)  # fmt: skip
def test_what_is_registered_is_taken_for_what_it_says(
    figures: Figures, ask: JsonClient, work: dict[str, Any], text: str
) -> None:
    figures.registered = {"10.1145/1": {"DOI": "10.1145/1", "title": ["T"], **work}}
    known = {ONE: [Signal(ONE, "arXiv", NOON, doi="10.1145/1")]}
    (found,) = Crossref(ask, "", figures.url).signals([ONE], known, NOON)
    assert [claim.text for claim in found.claims] == [text]


def test_nobody_is_asked_about_papers_without_the_doi_of_a_publication(figures: Figures, ask: JsonClient) -> None:
    odd = [Signal(ONE, "x", NOON, doi=doi) for doi in ("", "10.48550/arXiv.1", "10.1145/a,doi:10.1145/b", "no doi")]
    assert Crossref(ask, "", figures.url).signals([ONE, TWO], {ONE: odd}, NOON) == []
    assert figures.asked == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"message": {"total-results": 3, "items": []}}', "none is listed"),
        (b'{"message": {"total-results": 1, "items": [{"DOI": "10.1145/1", "type": "journal-article"}]}}', "another shape"),
        (b'{"message": {"items": []}}', "another shape"),
        (b'{"message": {"total-results": 1, "items": [{"doi": "10.1145/1"}]}}', "another shape"),
    ],
)  # fmt: skip
def test_a_list_of_works_that_names_nothing_is_no_empty_answer(
    figures: Figures, ask: JsonClient, body: bytes, told: str
) -> None:
    figures.next_answer(200, body)
    with pytest.raises(FeedError, match=told):
        Crossref(ask, "", figures.url).signals([ONE], {ONE: [Signal(ONE, "arXiv", NOON, doi="10.1145/1")]}, NOON)


def test_two_days_lists_tell_of_all_papers(figures: Figures, ask: JsonClient) -> None:
    figures.pages = {
        TWO.native: page(TWO.native, upvotes=35, githubRepo="https://github.com/a/b.git", githubStars=1200)
    }
    figures.daily = {"2026-06-28": [TWO.native]}

    found = HuggingFace(ask, figures.url, pages=False).signals([ONE, TWO], {}, NOON)

    assert found == [Signal(TWO, "Hugging Face", NOON, upvotes=35, stars=1200, repository="a/b")]
    assert [asked.path for asked in figures.asked] == [
        "/api/daily_papers?date=2026-06-29",
        "/api/daily_papers?date=2026-06-28",
    ]


def test_a_paper_without_a_page_has_no_figures(figures: Figures, ask: JsonClient) -> None:
    figures.pages = {ONE.native: page(ONE.native, upvotes=4, githubRepo="https://evil.example/a/b")}

    found = HuggingFace(ask, figures.url, pages=True).signals([ONE, TWO], {}, NOON)

    assert found == [Signal(ONE, "Hugging Face", NOON, upvotes=4), Signal(TWO, "Hugging Face", NOON)]


def test_stars_are_asked_for_where_a_repository_is_known(figures: Figures, ask: JsonClient) -> None:
    figures.stars = {"a/b": 77}
    known = {ONE: [Signal(ONE, "Hugging Face", NOON, repository="a/b")]}

    found = GithubStars(ask, "ghp_x", figures.url).signals([ONE, TWO], known, NOON)

    assert found == [Signal(ONE, "GitHub", NOON, stars=77)]
    assert figures.asked[0].headers["authorization"] == "Bearer ghp_x"


def test_a_second_opinion_is_asked_of_counted_papers_alone(figures: Figures, ask: JsonClient) -> None:
    figures.openalex = {"10.48550/arxiv.2304.08485": 53}
    known = {ONE: [Signal(ONE, "Semantic Scholar", NOON, citations=7000)]}

    found = OpenAlex(ask, "key", figures.url).signals([ONE, TWO], known, NOON)

    assert [(signal.paper, signal.citations) for signal in found] == [(ONE, 53)]
    assert len(figures.asked) == 1


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ({"source": None, "raw_source_name": "2025 IEEE/CVF Conference on Computer Vision and Pattern Recognition (CVPR)"}, "CVPR 2025"),
        ({"source": {"display_name": "arXiv (Cornell University)", "type": "repository"}, "raw_source_name": None}, ""),
        ({"source": {"display_name": "Some Journal", "type": "journal"}}, ""),
        (None, ""),
    ],
)  # fmt: skip
def test_a_second_opinion_names_known_venues_alone(
    figures: Figures, ask: JsonClient, place: dict[str, Any] | None, text: str
) -> None:
    doi = "10.48550/arxiv.2304.08485"
    work = {"doi": f"https://doi.org/{doi}", "title": "T", "cited_by_count": 1, "primary_location": place}
    figures.works = {doi: work}
    (found,) = OpenAlex(ask, "k", figures.url).signals([ONE], {ONE: [Signal(ONE, "x", NOON, citations=1)]}, NOON)
    assert [(claim.text, claim.trust) for claim in found.claims] == [(text, Trust.HINT)]

    figures.next_answer(200, b'{"results": [{"doi": "x", "count": 3}]}')
    with pytest.raises(FeedError, match="another shape"):
        OpenAlex(ask, "k", figures.url).signals([ONE], {ONE: [Signal(ONE, "x", NOON, citations=1)]}, NOON)


def test_a_secret_never_stands_in_an_error(figures: Figures, ask: JsonClient) -> None:
    figures.next_answer(500)
    with pytest.raises(FeedError) as raised:
        OpenAlex(ask, "very-secret", figures.url).signals([ONE], {ONE: [Signal(ONE, "x", NOON, citations=1)]}, NOON)
    assert "very-secret" not in str(raised.value)
