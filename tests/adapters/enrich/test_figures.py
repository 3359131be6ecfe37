"""Each service's answers become signals: over the wire, in few questions, and whatever it answers instead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes import NOON
from tests.servers.figures import Figures, page
from watcher.adapters.enrich.github import GithubStars
from watcher.adapters.enrich.hugging_face import DailyPapers, PaperPages
from watcher.adapters.enrich.openalex import OpenAlex
from watcher.adapters.enrich.semantic_scholar import SemanticScholar, venue_of
from watcher.adapters.sources.backoff import RetryingClient
from watcher.adapters.sources.fetch import Fetcher, Limits
from watcher.domain.catalog.attention import Signal
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import PaperId

ONE, TWO = PaperId("arxiv", "2304.08485"), PaperId("arxiv", "2606.27483")


@pytest.fixture
def figures() -> Iterator[Figures]:
    with Figures() as server:
        yield server


@pytest.fixture
def ask(figures: Figures) -> RetryingClient:
    return RetryingClient(Fetcher(own_urls=[figures.url], limits=Limits(attempts=1)), (0.0,))


def test_one_question_gives_citations_and_venues_of_all(figures: Figures, ask: RetryingClient) -> None:
    figures.citations = {ONE.native: 7000}
    figures.dblp = {ONE.native: "conf/nips/LiuLWL23a"}

    found = SemanticScholar(ask, "secret", figures.url).signals([ONE, TWO], {}, NOON)

    assert found == [
        Signal(ONE, "Semantic Scholar", NOON, citations=7000, venue="NeurIPS 2023"),
        Signal(TWO, "Semantic Scholar", NOON),
    ]
    (asked,) = figures.asked
    assert asked.body == {"ids": ["ARXIV:2304.08485", "ARXIV:2606.27483"]}
    assert asked.headers["x-api-key"] == "secret"


def test_more_than_five_hundred_papers_are_asked_about_in_turns(figures: Figures, ask: RetryingClient) -> None:
    papers = [PaperId("arxiv", f"2606.{number:05}") for number in range(1, 1202)]
    waits: list[float] = []

    found = SemanticScholar(ask, "", figures.url, sleep=waits.append).signals(papers, {}, NOON)

    assert [len(asked.body["ids"]) for asked in figures.asked] == [500, 500, 201]
    assert (len(found), waits) == (1201, [1.1, 1.1])
    assert "x-api-key" not in figures.asked[0].headers


def test_a_refusal_is_asked_again_once_and_then_told(figures: Figures, ask: RetryingClient) -> None:
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
    figures: Figures, ask: RetryingClient, status: int, body: bytes, told: str
) -> None:
    figures.next_answer(status, body, Location=f"{figures.url}/elsewhere")

    with pytest.raises(FeedError, match=told):
        SemanticScholar(ask, "secret", figures.url).signals([ONE], {}, NOON)
    assert len(figures.asked) == 1


@pytest.mark.parametrize(
    ("key", "venue"),
    [
        ("conf/iclr/GurneeT24", "ICLR 2024"),
        ("conf/mm/GeHZLFZLT24", "ACM MM 2024"),
        ("conf/emnlp/ShuWMZ23", "EMNLP 2023"),
        ("journals/tmlr/GuZ25", "TMLR"),
        ("journals/corr/abs-2304-08485", ""),
        ("conf/ceurws/X23", ""),
        ("", ""),
    ],
)
def test_a_key_of_dblp_tells_the_venue(key: str, venue: str) -> None:
    assert venue_of(key) == venue


def test_two_days_lists_tell_of_all_papers(figures: Figures, ask: RetryingClient) -> None:
    figures.pages = {
        TWO.native: page(TWO.native, upvotes=35, githubRepo="https://github.com/a/b.git", githubStars=1200)
    }
    figures.daily = {"2026-06-28": [TWO.native]}

    found = DailyPapers(ask, figures.url).signals([ONE, TWO], {}, NOON)

    assert found == [Signal(TWO, "Hugging Face", NOON, upvotes=35, stars=1200, repository="a/b")]
    assert [asked.path for asked in figures.asked] == [
        "/api/daily_papers?date=2026-06-29",
        "/api/daily_papers?date=2026-06-28",
    ]


def test_a_paper_without_a_page_has_no_figures(figures: Figures, ask: RetryingClient) -> None:
    figures.pages = {ONE.native: page(ONE.native, upvotes=4, githubRepo="https://evil.example/a/b")}

    found = PaperPages(ask, figures.url).signals([ONE, TWO], {}, NOON)

    assert found == [Signal(ONE, "Hugging Face", NOON, upvotes=4), Signal(TWO, "Hugging Face", NOON)]


def test_stars_are_asked_for_where_a_repository_is_known(figures: Figures, ask: RetryingClient) -> None:
    figures.stars = {"a/b": 77}
    known = {ONE: [Signal(ONE, "Hugging Face", NOON, repository="a/b")]}

    found = GithubStars(ask, "ghp_x", figures.url).signals([ONE, TWO], known, NOON)

    assert found == [Signal(ONE, "GitHub", NOON, stars=77)]
    assert figures.asked[0].headers["authorization"] == "Bearer ghp_x"


def test_a_second_opinion_is_asked_of_counted_papers_alone(figures: Figures, ask: RetryingClient) -> None:
    figures.openalex = {"10.48550/arxiv.2304.08485": 53}
    known = {ONE: [Signal(ONE, "Semantic Scholar", NOON, citations=7000)]}

    found = OpenAlex(ask, "key", figures.url).signals([ONE, TWO], known, NOON)

    assert found == [Signal(ONE, "OpenAlex", NOON, citations=53)]
    assert len(figures.asked) == 1


def test_a_secret_never_stands_in_an_error(figures: Figures, ask: RetryingClient) -> None:
    figures.next_answer(500)
    with pytest.raises(FeedError) as raised:
        OpenAlex(ask, "very-secret", figures.url).signals([ONE], {ONE: [Signal(ONE, "x", NOON, citations=1)]}, NOON)
    assert "very-secret" not in str(raised.value)
