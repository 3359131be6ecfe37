"""What cites the catalog comes into the pipeline once a week, from any category, and says which rows it cites."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.adapters.catalogs.rows import SEED
from tests.adapters.enrich.conftest import metadata_of
from tests.cards import real_papers
from tests.factories import a_relevance, a_screening, a_summary, a_topic, an_announcement
from tests.scenarios.conftest import CATEGORIES, DATA, Deployment
from tests.servers.arxiv import ArxivServer
from tests.servers.arxiv_api import ArxivApi, Record
from tests.servers.citations import FORBIDDEN, TOO_MANY, CitationServices, Work
from tests.servers.oai import OaiArchive
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.desks.slack.messages.card import card_message
from watcher.adapters.desks.slack.messages.digest import digest_message
from watcher.adapters.desks.web import pages
from watcher.adapters.enrich.openalex import OpenAlexCitations
from watcher.adapters.enrich.semantic_scholar import SemanticScholarCitations
from watcher.adapters.enrich.service import RequestBudget, ServiceClient
from watcher.adapters.sources.fetch import Fetcher, Limits
from watcher.adapters.store import SqlStore
from watcher.domain.curation.weekly import Week
from watcher.domain.papers.citations import CitedRow, NetCounts, SearchOutcome
from watcher.domain.papers.paper import AnnounceType
from watcher.ports import CitationIndex
from watcher.upkeep.citations import CitationNet
from watcher.words_ja import cli, common
from watcher.words_ja import history as log
from watcher.words_ja import report as words

MONDAY = datetime(2026, 6, 29, 1, tzinfo=UTC)
LLAVA, RAP, VOYAGER = "2304.08485", "2305.14992", "2305.16291"
TOPIC = a_topic(citations=100)


class Killed(BaseException):
    """The process ends."""


@dataclass
class World:
    """The seed's catalog, both services, arXiv and a database."""

    services: CitationServices
    arxiv: ArxivApi
    store: SqlStore
    catalog: Path
    keyed: bool = True
    before_request: Callable[[str], object] = str  # nothing

    def net(self) -> CitationNet:
        client = Fetcher(own_urls=[self.services.url], limits=Limits(attempts=1)).ask

        def ask(
            url: str, *, about: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
        ) -> bytes | None:
            self.before_request(url)
            return client(url, about=about, body=body, headers=headers)

        def indexes(purpose: str, most: int, since: datetime, now: datetime) -> Iterator[CitationIndex]:
            def made(name: str) -> ServiceClient:
                budget = RequestBudget(f"{purpose}/{name}", most // 2, since)
                requests = self.store.services
                return ServiceClient(name, ask, requests, budget, now, {"x-api-key": "k"}, sleep=lambda _: None)

            yield SemanticScholarCitations(made("Semantic Scholar"), keyed=self.keyed, base_url=self.services.url)
            yield OpenAlexCitations(made("OpenAlex"), self.services.url)

        document = MarkdownCatalog(self.catalog, "Watcher", "watcher@example.org")
        return CitationNet(lambda _: document, metadata_of(self.arxiv), indexes, self.store)

    def search(self, now: datetime = MONDAY, citations: int = 100) -> Sequence[str]:
        return self.net()(replace(TOPIC, citations=citations), f"run-{now:%d%H}", now)

    def candidates(self) -> list[str]:
        return [one.paper.id.native for one in self.store.papers.to_screen(TOPIC.slug, 999)]

    def works(self, *works: Work) -> None:
        self.services.works = works
        self.arxiv.records.update({work.arxiv: record(work.arxiv) for work in works})


def judge(store: SqlStore, number: int) -> None:
    """Screening, score and summary of a paper that belongs."""
    store.papers.add_screenings([(number, a_screening())], "judge", MONDAY)
    store.scoring.batches(TOPIC.slug, 10, None)
    store.scoring.add_relevances([(number, a_relevance())], [], "judge", MONDAY)
    store.summaries.add(number, a_summary(), "judge", MONDAY)


def record(native: str) -> Record:
    title = f"Plants that water themselves, {native}"
    return {"arxiv_id": native, "title": title, "abstract": "A study.", "authors": ["A. B"], "categories": ["q-bio.QM"]}


def work(native: str, *cites: str, day: date = date(2026, 6, 20)) -> Work:
    return Work(native, day, cites)


@pytest.fixture
def world(store: SqlStore, tmp_path: Path) -> Iterator[World]:
    path = tmp_path / "catalog.md"
    path.write_bytes(SEED.read_bytes())
    with CitationServices(today=MONDAY.date()) as services, ArxivApi([]) as arxiv:
        yield World(services, arxiv, store, path)


def test_papers_of_any_category_are_taken_in_those_that_cite_most_first(world: World) -> None:
    world.works(work("2606.00001", RAP), work("2606.00002", LLAVA, RAP, VOYAGER), work("2606.00003", LLAVA, RAP))

    assert world.search(citations=2) == []

    assert world.candidates() == ["2606.00002", "2606.00003"]
    assert world.search(MONDAY + timedelta(days=7), citations=2) == []
    assert set(world.candidates()) == {"2606.00001", "2606.00002", "2606.00003"}


def test_a_week_asks_once_and_within_ten_requests(world: World) -> None:
    world.works(*(work(f"2606.{number:05}", RAP) for number in range(1, 60)))
    asked = []
    for hours in (0, 1, 30, 24 * 6, 24 * 7, 24 * 8):
        world.search(MONDAY + timedelta(hours=hours))
        asked.append(len(world.services.asked))

    assert asked == [4, 4, 4, 4, 7, 7]  # 14 rows: two batches, OpenAlex's ids once a month, a page
    assert len(world.arxiv.asked) == 1


def test_a_card_says_which_rows_its_paper_cites_and_so_do_digest_and_history(world: World) -> None:
    world.works(work("2606.00001", LLAVA, VOYAGER))
    world.search()
    (found,) = world.store.papers.to_screen(TOPIC.slug, 9)
    judge(world.store, found.number)

    card = world.store.cards.get(found.number)
    digest = world.store.reports.digest(TOPIC, MONDAY.date(), None, recorded=False)
    told = [log.entry(one) for one in world.store.history.of(found.paper.id)]

    numbers = sorted(row.number for row in card.cites)
    assert len(numbers) == 2
    assert digest.found[0].cites == " ".join(f"#{number}" for number in numbers)
    assert digest.announced == 0
    named = common.cites(card.cites)
    assert named.startswith(f"#{numbers[0]} ")
    assert f"引用：{named}" in str(card_message(card)[0])
    assert f"引用 #{numbers[0]} #{numbers[1]}" in str(digest_message(digest)[0])
    assert ("引用", named) in pages.facts(card)
    assert f"引用 {named}" in cli.card(card)
    assert sum("引用：カタログの#" in line and "Semantic Scholar" in line for line in told) == 2
    assert any("引用で発見" in line for line in told)


def test_what_a_feed_announces_later_is_no_second_candidate_and_counts_as_found_by_both(world: World) -> None:
    world.works(work("2606.00001", LLAVA), work("2606.00002", LLAVA))
    world.search()
    late = an_announcement("2606.00001", AnnounceType.CROSS)
    fed = an_announcement("2606.00003")

    assert world.store.papers.known_ids([late.paper], [TOPIC]) == frozenset()
    world.store.papers.announce([late, fed], [TOPIC], "later", MONDAY + timedelta(days=2))
    for candidate in world.store.papers.to_screen(TOPIC.slug, 9):
        judge(world.store, candidate.number)

    report = world.store.reports.weekly(TOPIC, Week.of(MONDAY))
    assert report.nets == NetCounts(feeds=1, citations=1, both=1)
    (line,) = (line for line in words.lines(report) if line.label == "該当した論文を見つけた道筋")
    assert line.text == "配信だけ1本・引用だけ1本・両方1本"
    assert "Semantic Scholar 最後まで調べました（2本・要求2回）" in line.detail


def test_a_paper_that_a_feed_announced_first_stays_as_it_is(world: World) -> None:
    world.store.papers.announce([an_announcement("2606.00001")], [TOPIC], "feed", MONDAY - timedelta(days=3))
    world.works(work("2606.00001", LLAVA))

    world.search()

    (found,) = world.store.papers.to_screen(TOPIC.slug, 9)
    judge(world.store, found.number)
    assert found.announce_type is AnnounceType.NEW
    assert world.store.cards.get(found.number).cites == ()
    assert world.store.reports.weekly(TOPIC, Week.of(MONDAY)).nets == NetCounts(both=1)
    assert world.arxiv.asked == []


def test_rows_of_the_catalog_and_papers_that_do_not_exist_are_not_asked_about_again(world: World) -> None:
    world.works(work("2606.00001", LLAVA), work(VOYAGER, LLAVA, day=date(2026, 6, 1)), work("2606.00002", LLAVA))
    del world.arxiv.records["2606.00002"]

    world.search()
    asked = len(world.arxiv.asked)
    world.search(MONDAY + timedelta(days=1))

    assert world.candidates() == ["2606.00001"]
    assert len(world.arxiv.asked) == asked


def test_a_service_that_fails_costs_nothing_is_told_and_asked_another_day(world: World) -> None:
    world.works(work("2606.00001", LLAVA))
    world.services.fail("s2", 429, TOO_MANY, Retry_After="54000")

    (told,) = world.search()

    assert "Semantic Scholar: the server answers HTTP 429" in told
    assert world.candidates() == ["2606.00001"]
    world.search(MONDAY + timedelta(hours=3))
    assert world.services.count("s2") == 1
    report = world.store.reports.weekly(TOPIC, Week.of(MONDAY))
    assert [search.outcome for search in report.searches] == [SearchOutcome.COMPLETE, SearchOutcome.FAILED]
    detail = words.lines(report)[2].detail
    assert "引用の検索：Semantic Scholar 調べられませんでした" in detail
    assert "S2_API_KEY" in detail

    assert world.search(MONDAY + timedelta(hours=21)) == []
    assert world.services.count("s2") == 3
    report = world.store.reports.weekly(TOPIC, Week.of(MONDAY))
    assert [search.outcome for search in report.searches] == [SearchOutcome.COMPLETE] * 2


def test_where_arxiv_does_not_answer_the_papers_wait(world: World) -> None:
    world.works(work("2606.00001", LLAVA))
    world.arxiv.answer_with(b"<html>")

    (told,) = world.search()
    world.search(MONDAY + timedelta(hours=1))

    assert "arXiv" in told
    assert world.candidates() == []
    assert world.search(MONDAY + timedelta(hours=21)) == []
    assert world.candidates() == ["2606.00001"]
    assert len(world.services.asked) == 4


@pytest.mark.parametrize("at", [3, *(pytest.param(n, marks=pytest.mark.endurance) for n in (1, 2, 4, 5))])
def test_a_kill_at_any_point_loses_nothing_and_asks_nothing_twice(world: World, at: int) -> None:
    world.works(*(work(f"2606.{number:05}", LLAVA, RAP) for number in range(1, 131)))
    sent = 0

    def die(url: str) -> None:
        nonlocal sent
        assert url.startswith("http")
        sent += 1
        if sent == at:
            raise Killed

    world.before_request = die
    with suppress(Killed):
        world.search(citations=200)
    world.search(citations=200)

    assert len(world.candidates()) == 130
    paths = [(asked.path, str(asked.body)) for asked in world.services.asked]
    assert len(paths) == len(set(paths)) == 5


def test_a_topic_that_wants_none_asks_nobody(world: World) -> None:
    world.works(work("2606.00001", LLAVA))

    assert list(world.search(citations=0)) == []
    assert world.services.asked == []


def test_a_catalog_without_numbers_names_rows_by_title() -> None:
    assert CitedRow(0, "A Title").label == "A Title"
    assert CitedRow(3, "A Title").label == "#3"


@pytest.mark.endurance
def test_a_run_brings_a_citing_paper_of_another_category_to_the_desk(deployment: Deployment) -> None:
    (paper,) = (paper for paper in real_papers() if paper.id.native == "2606.27483")
    text = {"arxiv_id": paper.id.native, "title": paper.title, "abstract": paper.abstract, "authors": ["A. B"]}
    day = DATA / "feeds" / "rss_cs.AI+cs.CL_2026-06-30.xml"
    archive = OaiArchive(now=datetime(2026, 6, 30, 5, tzinfo=UTC))
    with (
        ArxivServer({CATEGORIES: day.read_bytes()}, archive) as feeds,
        ArxivApi([{**text, "categories": ["math.RA"]}]) as api,
        CitationServices([work(paper.id.native, LLAVA)]) as services,
    ):
        services.fail("s2", 403, FORBIDDEN)
        deployment.env |= {"WATCHER_ARXIV_RSS_URL": feeds.rss_url, "WATCHER_ARXIV_OAI_URL": feeds.oai_url}
        deployment.env |= {"WATCHER_ARXIV_API_URL": api.url, "WATCHER_S2_URL": services.url}
        deployment.env["WATCHER_OPENALEX_URL"] = services.url
        runs = [deployment("run", "--now", "2026-06-30T05:00:00+00:00", "--json") for _ in range(2)]
        status = deployment("status").out
        history = deployment("log", paper.id.native).out
        page = deployment("decide", paper.id.native, "approve").out
        told = deployment("report", "--week", "2026-W27", "--json").json[0]["nets"]

    assert runs[0].code == 0, runs[0].err
    assert sum("citations." in asked.path for asked in services.asked) == 1  # and one for the card's figures
    assert services.count("openalex") == 2
    assert "引用の検索：Semantic Scholar 調べられませんでした" in status
    assert "引用で発見：第1版" in history
    assert "引用：カタログの#" in history
    assert "引用 #" in page
    assert (told["citations"], told["both"]) == (1, 0)
    assert {one["service"]: one["outcome"] for one in told["searches"]} == {
        "OpenAlex": "complete",
        "Semantic Scholar": "failed",
    }
