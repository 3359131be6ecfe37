"""The real catalog against what arXiv says of its papers: 40 of the 42 known errors are found, and nothing wrong is proposed.

The two that metadata cannot show: whether EMNLP took a paper as a short or a long one, and which volume of CEUR-WS
holds a paper that nothing was found of (that it cannot be confirmed is reported).
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.adapters.catalogs.rows import SUMMARY, paper
from tests.adapters.enrich.conftest import DATA, metadata_of, seeds
from tests.servers.arxiv_api import ArxivApi
from tests.shipped import STYLE
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.domain.catalog.catalog import CatalogEntry, Place, Section
from watcher.domain.catalog.check import Finding, FindingKind
from watcher.domain.catalog.findings import findings
from watcher.domain.catalog.match import CONFIDENT, best, query_for
from watcher.domain.summaries.cells import cells_of
from watcher.domain.summaries.style import Style
from watcher.upkeep.check import identify

# In the order of known_errors.md: what is proposed, "?" for a report without a proposal, None where nothing is found.
REPORTED = "?"
TITLES: dict[int, str] = {seed["seed_no"]: seed["title"] for seed in seeds()}
EXPECTED: list[tuple[int | None, FindingKind | None, str | None]] = [
    (1, FindingKind.TITLE, TITLES[1]),
    (1, FindingKind.AUTHORS, "Wong et al."),
    (2, FindingKind.SPELLING, "Cola"),
    (3, FindingKind.TITLE, TITLES[3]),
    (3, FindingKind.VENUE, "NeurIPS 2023 (Oral)"),
    (6, FindingKind.LINK, "arXiv:2310.13394"),
    (6, None, None),
    (7, FindingKind.UNCONFIRMED, REPORTED),
    (7, None, None),
    (10, FindingKind.TITLE, TITLES[10]),
    (10, FindingKind.LINK, "arXiv:2401.14151"),
    (11, FindingKind.TITLE, TITLES[11]),
    (11, FindingKind.LINK, "arXiv:2410.07484"),
    (12, FindingKind.TITLE, TITLES[12]),
    (12, FindingKind.LINK, "arXiv:2306.03604"),
    (12, FindingKind.YEAR, "2023"),
    (13, FindingKind.TITLE, TITLES[13]),
    (13, FindingKind.LINK, "arXiv:2402.12275"),
    (13, FindingKind.VENUE, "NeurIPS 2024 (ポスター)"),
    (14, FindingKind.TITLE, TITLES[14]),
    (14, FindingKind.LINK, "arXiv:2305.17144"),
    (14, FindingKind.YEAR, "2023"),
    (14, FindingKind.UNCONFIRMED, REPORTED),
    (15, FindingKind.LINK, "arXiv:2306.03917"),
    (15, FindingKind.YEAR, REPORTED),
    (15, FindingKind.AUTHORS, "Binz & Schulz"),
    (17, FindingKind.VENUE, "ACM MM 2024 (Oral)"),
    (18, FindingKind.LINK, "arXiv:2405.15383"),
    (18, FindingKind.TITLE, TITLES[18]),
    (19, FindingKind.LINK, "arXiv:2404.03622"),
    (20, FindingKind.AUTHORS, "Sun et al."),
    (21, FindingKind.LINK, "arXiv:2406.00765"),
    (21, FindingKind.AUTHORS, "Haijima et al."),
    (21, FindingKind.TITLE, TITLES[21]),
    (22, FindingKind.LINK, "arXiv:2411.06559"),
    (22, FindingKind.TITLE, TITLES[22]),
    (23, FindingKind.TITLE, TITLES[23]),
    (23, FindingKind.VENUE, "ICML 2025"),
    (24, FindingKind.SUMMARY, REPORTED),
    (25, FindingKind.SUMMARY, REPORTED),
    (25, FindingKind.VENUE, "AAAI 2025"),
    (None, FindingKind.TOTAL, REPORTED),
]  # fmt: skip

# Right as well, though the list of known errors does not name them: what the metadata says in so many words.
ALSO_RIGHT = {
    (10, FindingKind.VENUE, "arXiv (2024年1月)"),  # "to be presented within the year"
    (11, FindingKind.VENUE, "arXiv (2024年10月)"),  # "submitted"
    (12, FindingKind.VENUE, "arXiv (2023年6月)"),  # "submitted"
    (16, FindingKind.SPELLING, "Llama-2"),
    (20, FindingKind.SPELLING, "Llama"),
    (22, FindingKind.VENUE, "TMLR"),
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
def found(api: ArxivApi, style: Style) -> tuple[Finding, ...]:
    reading = read_entries((DATA / "catalog" / "catalog.md").read_bytes(), "catalog.md")
    before = len(api.asked)
    truth = dict(identify(reading, metadata_of(api), style.aliases))
    assert len(api.asked) - before == 13  # one for all ids, one for each of the twelve papers without
    return findings(reading, truth, style)


def key(finding: Finding) -> tuple[int | None, FindingKind, str]:
    number = finding.entry.number if finding.entry else None
    return number, finding.kind, REPORTED if finding.proposal is None else finding.proposal


def test_forty_of_the_forty_two_known_errors_are_proposed_or_reported(found: tuple[Finding, ...]) -> None:
    text = (DATA / "catalog" / "known_errors.md").read_text(encoding="utf-8")
    known = [int(line.split("|")[1]) for line in text.splitlines() if re.match(r"\| \d", line)]
    assert known == [26 if number is None else number for number, _, _ in EXPECTED]
    assert len(known) == 42
    keys = {key(finding) for finding in found}
    wanted = [expected for expected in EXPECTED if expected[1] is not None]
    assert [expected for expected in wanted if expected not in keys] == []
    assert len(wanted) == 40


def test_no_proposal_is_wrong(found: tuple[Finding, ...]) -> None:
    proposed = {key(finding) for finding in found if finding.proposal is not None}
    assert proposed == {e for e in EXPECTED if e[2] not in {REPORTED, None}} | ALSO_RIGHT


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
    assert {(16, FindingKind.YEAR), (12, FindingKind.ORDER), (None, FindingKind.UNLISTED)} <= open_questions
    assert {number for number, kind in open_questions if kind is FindingKind.UNCONFIRMED} == {2, 5, 7, 8, 14}
    assert {number for number, kind in open_questions if kind is FindingKind.SUMMARY} == {3, 6, 12, 18, 19, 24, 25}


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
