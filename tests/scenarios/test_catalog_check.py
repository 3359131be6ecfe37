"""The real catalog against what arXiv and services say of its papers: all 42 known errors are proposed or asked about, and
nothing wrong is proposed.

arXiv alone shows all but one, and asks about five venues that services confirm.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.adapters.catalogs.rows import SUMMARY, paper
from tests.adapters.enrich.conftest import DATA, metadata_of, seeds
from tests.fakes import NOON
from tests.servers.arxiv_api import ArxivApi
from tests.servers.figures import Figures
from tests.services import that_know_the_venues
from tests.shipped import STYLE
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.enrich.crossref import Crossref
from watcher.adapters.enrich.openalex import OpenAlex
from watcher.adapters.enrich.semantic_scholar import SemanticScholar
from watcher.adapters.sources.fetch import Fetcher, Limits
from watcher.adapters.store import SqlStore
from watcher.domain.catalog.catalog import CatalogEntry, CatalogReading, Place, Section
from watcher.domain.catalog.check import Finding, FindingKind, findings
from watcher.domain.catalog.match import CONFIDENT, Match, best, query_for
from watcher.domain.papers.paper import Paper, PaperId
from watcher.domain.summaries.cells import cells_of
from watcher.domain.summaries.style import Style
from watcher.ports import Enricher
from watcher.upkeep.check import identify
from watcher.upkeep.enrich import Gathered, gather

# In the order of known_errors.md: what is proposed for which cell, "?" for a question to people.
REPORTED = "?"
TITLES: dict[int, str] = {seed["seed_no"]: seed["title"] for seed in seeds()}
Known = tuple[int | None, FindingKind, str, str]
EXPECTED: list[Known] = [
    (1, FindingKind.TITLE, "title", TITLES[1]),
    (1, FindingKind.AUTHORS, "authors", "Wong et al."),
    (2, FindingKind.SPELLING, "summary", "Cola"),
    (3, FindingKind.TITLE, "title", TITLES[3]),
    (3, FindingKind.VENUE, "venue", "NeurIPS 2023 (Oral)"),
    (6, FindingKind.LINK, "authors", "arXiv:2310.13394"),
    (6, FindingKind.UNCONFIRMED, "venue", REPORTED),
    (7, FindingKind.UNCONFIRMED, "title", REPORTED),
    (7, FindingKind.UNCONFIRMED, "venue", REPORTED),
    (10, FindingKind.TITLE, "title", TITLES[10]),
    (10, FindingKind.LINK, "authors", "arXiv:2401.14151"),
    (11, FindingKind.TITLE, "title", TITLES[11]),
    (11, FindingKind.LINK, "authors", "arXiv:2410.07484"),
    (12, FindingKind.TITLE, "title", TITLES[12]),
    (12, FindingKind.LINK, "authors", "arXiv:2306.03604"),
    (12, FindingKind.YEAR, "year", "2023"),
    (13, FindingKind.TITLE, "title", TITLES[13]),
    (13, FindingKind.LINK, "authors", "arXiv:2402.12275"),
    (13, FindingKind.VENUE, "venue", "NeurIPS 2024 (ポスター)"),
    (14, FindingKind.TITLE, "title", TITLES[14]),
    (14, FindingKind.LINK, "authors", "arXiv:2305.17144"),
    (14, FindingKind.YEAR, "year", "2023"),
    (14, FindingKind.UNCONFIRMED, "venue", REPORTED),
    (15, FindingKind.LINK, "authors", "arXiv:2306.03917"),
    (15, FindingKind.YEAR, "year", REPORTED),
    (15, FindingKind.AUTHORS, "authors", "Binz & Schulz"),
    (17, FindingKind.VENUE, "venue", "ACM MM 2024 (Oral)"),
    (18, FindingKind.LINK, "authors", "arXiv:2405.15383"),
    (18, FindingKind.TITLE, "title", TITLES[18]),
    (19, FindingKind.LINK, "authors", "arXiv:2404.03622"),
    (20, FindingKind.AUTHORS, "authors", "Sun et al."),
    (21, FindingKind.LINK, "authors", "arXiv:2406.00765"),
    (21, FindingKind.AUTHORS, "authors", "Haijima et al."),
    (21, FindingKind.TITLE, "title", TITLES[21]),
    (22, FindingKind.LINK, "authors", "arXiv:2411.06559"),
    (22, FindingKind.TITLE, "title", TITLES[22]),
    (23, FindingKind.TITLE, "title", TITLES[23]),
    (23, FindingKind.VENUE, "venue", "ICML 2025"),
    (24, FindingKind.SUMMARY, "summary", REPORTED),
    (25, FindingKind.SUMMARY, "summary", REPORTED),
    (25, FindingKind.VENUE, "venue", "AAAI 2025"),
    (None, FindingKind.TOTAL, "", REPORTED),
]  # fmt: skip
# Whether EMNLP took a paper as a short or a long one: only the pages in a service's record make it a question.
NOT_BY_ARXIV: Known = (6, FindingKind.UNCONFIRMED, "venue", REPORTED)

# Right as well, though the list of known errors does not name them: what the metadata says in so many words.
ALSO_RIGHT = {
    (10, FindingKind.VENUE, "venue", "arXiv (2024年1月)"),  # "to be presented within the year"
    (11, FindingKind.VENUE, "venue", "arXiv (2024年10月)"),  # "submitted"
    (12, FindingKind.VENUE, "venue", "arXiv (2023年6月)"),  # "submitted"
    (22, FindingKind.VENUE, "venue", "TMLR"),
}
# The same with services, which know where the tenth was published.
ALSO_RIGHT_BY_SERVICES = {found for found in ALSO_RIGHT if found[0] != 10} | {
    (10, FindingKind.VENUE, "venue", "ICLR 2024")
}

# A later paper of the same people under the same name, written by hand in the form of the others.
SEQUEL = {
    "arxiv_id": "2504.15785",
    "title": "WALL-E 2.0: World Alignment by NeuroSymbolic Learning improves World Model-based LLM Agents",
    "abstract": "We present WALL-E 2.0, a neurosymbolic agent in Minecraft and ALFWorld.",
    "authors": ["Siyu Zhou", "Tianyi Zhou"],
    "published": "2025-04-22",
}


@pytest.fixture(scope="module")
def others() -> list[dict[str, Any]]:
    """Real papers that are none of the catalog's."""
    with gzip.open(DATA / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line, _ in zip(lines, range(1500), strict=False)]


@pytest.fixture(scope="module")
def api(others: list[dict[str, Any]]) -> Iterator[ArxivApi]:
    with ArxivApi([*seeds(), SEQUEL, *others]) as server:
        yield server


@pytest.fixture(scope="module")
def style() -> Style:
    return STYLE


@pytest.fixture(scope="module")
def reading() -> CatalogReading:
    return read_entries((DATA / "catalog" / "catalog.md").read_bytes(), "catalog.md")


@pytest.fixture(scope="module")
def truth(api: ArxivApi, reading: CatalogReading, style: Style) -> dict[Place, Match]:
    before = len(api.asked)
    truth = dict(identify(reading, metadata_of(api), style.aliases))
    assert len(api.asked) - before == 13  # one for all ids, one for each of the twelve papers without
    return truth


@pytest.fixture(scope="module")
def found(reading: CatalogReading, truth: dict[Place, Match], style: Style) -> tuple[Finding, ...]:
    """By arXiv alone."""
    return findings(reading, truth, style)


class Services:
    """Semantic Scholar, OpenAlex and Crossref, asked as the command asks them."""

    def __init__(self, figures: Figures, store: SqlStore) -> None:
        ask = Fetcher(own_urls=[figures.url], limits=Limits(attempts=1)).ask
        self.figures, self.store = figures, store
        scholar = SemanticScholar(ask, "key", figures.url)
        self.find = scholar.find
        self.asked: list[Enricher] = [
            scholar,
            OpenAlex(ask, "key", figures.url),
            Crossref(ask, "curator@example.org", figures.url),
        ]

    def __call__(self, papers: Collection[Paper], at: datetime = NOON) -> Gathered:
        return gather({paper.id for paper in papers}, self.asked, self.store, at, papers)


@pytest.fixture
def services(store: SqlStore) -> Iterator[Services]:
    with Figures() as figures:
        yield Services(that_know_the_venues(figures), store)


def papers_of(truth: dict[Place, Match]) -> list[Paper]:
    return [match.paper for match in truth.values() if match.paper is not None]


def key(finding: Finding) -> Known:
    number = finding.entry.number if finding.entry else None
    return number, finding.kind, finding.cell, REPORTED if finding.proposal is None else finding.proposal


def missing(found: Iterable[Finding]) -> list[Known]:
    keys = {key(finding) for finding in found}
    return [expected for expected in EXPECTED if expected not in keys]


def proposed(found: Iterable[Finding]) -> set[Known]:
    return {key(finding) for finding in found if finding.proposal is not None}


RIGHT = {expected for expected in EXPECTED if expected[3] != REPORTED}


def test_every_known_error_has_an_expectation() -> None:
    text = (DATA / "catalog" / "known_errors.md").read_text(encoding="utf-8")
    known = [int(line.split("|")[1]) for line in text.splitlines() if re.match(r"\| \d", line)]
    assert known == [26 if number is None else number for number, *_ in EXPECTED]
    assert len(known) == 42


def test_arxiv_alone_shows_all_known_errors_but_one_and_proposes_nothing_wrong(found: tuple[Finding, ...]) -> None:
    assert missing(found) == [NOT_BY_ARXIV]
    assert proposed(found) == RIGHT | ALSO_RIGHT


def test_with_services_all_known_errors_are_proposed_or_asked_and_nothing_wrong_is_proposed(
    reading: CatalogReading, truth: dict[Place, Match], style: Style, services: Services
) -> None:
    said = services(papers_of(truth))
    found = findings(reading, truth, style, said.claims)

    assert said.troubles == ()
    assert missing(found) == []
    assert proposed(found) == RIGHT | ALSO_RIGHT_BY_SERVICES
    questions = {(one.entry.number if one.entry else None, one.kind, one.cell) for one in found if not one.proposal}
    assert len(questions) == 12
    assert (16, FindingKind.YEAR, "year") not in questions, "it is named in the question about the fifteenth"
    assert {number for number, kind, _ in questions if kind is FindingKind.UNCONFIRMED} == {6, 7, 14}
    assert {number for number, kind, _ in questions if kind is FindingKind.SUMMARY} == {6, 24, 25}
    assert [asked.path.partition("?")[0] for asked in services.figures.asked] == [
        "/graph/v1/paper/batch",
        "/works",
        "/works",
    ]
    assert services(papers_of(truth)).claims == said.claims
    assert len(services.figures.asked) == 3, "what was answered is not asked again within the week"


def test_where_arxiv_s_record_names_no_venue_services_do(
    reading: CatalogReading, truth: dict[Place, Match], style: Style, services: Services
) -> None:
    """No journal reference in this data is arXiv's own: arXiv itself has a comment for one of the five papers."""
    silent = {
        place: replace(match, paper=match.paper and replace(match.paper, journal_ref=None, doi=None))
        for place, match in truth.items()
    }
    found = findings(reading, silent, style, services(papers_of(silent)).claims)

    venues = {(number, text) for number, kind, _, text in proposed(found) if kind is FindingKind.VENUE}
    assert venues == {
        *((3, "NeurIPS 2023 (Oral)"), (10, "ICLR 2024"), (11, "arXiv (2024年10月)"), (12, "arXiv (2023年6月)")),
        *((13, "NeurIPS 2024"), (17, "ACM MM 2024"), (22, "TMLR"), (23, "ICML 2025"), (25, "AAAI 2025")),
    }  # fmt: skip
    by_services = {13: "NeurIPS 2024", 17: "ACM MM 2024"}  # that it was a poster or an oral is told by nobody
    assert set(missing(found)) == {e for e in EXPECTED if e[1] is FindingKind.VENUE and e[0] in by_services}
    reason = next(one.evidence for one in found if one.cell == "venue" and one.proposal == "NeurIPS 2024")
    assert reason.source == "Semantic Scholar、Crossref"
    assert "Advances in Neural Information Processing Systems 37" in reason.value


HTML = b"<!DOCTYPE html><html><title>Just a moment...</title></html>"
BATCH = b'[{"paperId": "x", "citationCount": 3}]'


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (401, b'{"message": "Unauthorized"}', {}),
        (403, b'{"message": "Forbidden"}', {}),
        (429, b'{"message": "Too Many Requests", "code": "429"}', {}),
        (500, b"", {}),
        (503, b"", {"Retry-After": "3600"}),
        (200, HTML, {"Content-Type": "text/html"}),
        (200, HTML, {}),
        (200, b'[{"paperId": "x", "exter', {}),
        (200, b"", {}),
        (200, b"[]", {}),
        (200, b"{}", {}),
        (200, BATCH, {}),
        (200, b'{"results": []}', {}),
        (200, b'{"status": "ok", "message": {"works": []}}', {}),
    ],
)
def test_whatever_services_answer_instead_is_told_and_taken_for_nothing(
    truth: dict[Place, Match], services: Services, status: int, body: bytes, headers: dict[str, str]
) -> None:
    services.figures.next_answer(status, body, times=9, **headers)
    said = services(papers_of(truth))

    assert [trouble.partition(":")[0] for trouble in said.troubles] == ["Semantic Scholar", "Crossref"]
    assert said.claims == {}
    assert len(services.figures.asked) == 2, "each is asked once; OpenAlex gives second opinions alone"
    services.figures.forgive()
    assert services(papers_of(truth)).claims[PaperId("arxiv", "2310.13394")], "it is asked again next time"


@pytest.mark.endurance
def test_what_stands_is_a_piece_of_its_cell(found: tuple[Finding, ...]) -> None:
    for finding in found:
        if finding.proposal is not None and finding.entry is not None and finding.cell in {"title", "summary", "venue"}:
            assert finding.stands in getattr(finding.entry, finding.cell)
            assert finding.stands != finding.proposal
        assert 0 <= finding.confidence <= 1
        assert finding.evidence.source


@pytest.mark.endurance
def test_what_only_people_can_say_is_reported_without_a_proposal(found: tuple[Finding, ...]) -> None:
    open_questions = {
        (finding.entry.number, finding.kind) for finding in found if finding.entry and finding.proposal is None
    }
    assert {(15, FindingKind.YEAR), (12, FindingKind.ORDER), (None, FindingKind.UNLISTED)} <= open_questions
    assert {number for number, kind in open_questions if kind is FindingKind.UNCONFIRMED} == {2, 5, 7, 8, 14}
    assert {number for number, kind in open_questions if kind is FindingKind.SUMMARY} == {6, 24, 25}


@pytest.mark.endurance
def test_a_paper_arxiv_does_not_have_is_not_taken_for_another(
    api: ArxivApi, style: Style, others: list[dict[str, Any]]
) -> None:
    metadata = metadata_of(api)
    for record in others[::30]:
        own = paper(record["arxiv_id"], title=record["title"], authors=tuple(record["authors"]))
        authors = cells_of(own, SUMMARY).authors
        entry = CatalogEntry(Place(Section.TABLE, 1), 1, record["title"], authors=authors, year=2026)
        listed = metadata.search(query_for(entry, style.aliases))
        assert own.id in {candidate.id for candidate in listed}
        assert best(entry, listed, style.aliases).confidence == 0.99
        without = [candidate for candidate in listed if candidate.id != own.id]
        assert best(entry, without, style.aliases).confidence < CONFIDENT
