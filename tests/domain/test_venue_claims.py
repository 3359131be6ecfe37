"""What sources say of a venue is weighed: agreement is proposed, a single word or a dispute is asked, errors are not believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.cards import paper
from tests.shipped import STYLE
from watcher.domain.catalog.catalog import CatalogEntry, Place, Section
from watcher.domain.catalog.check import Finding, FindingKind, entry_findings
from watcher.domain.catalog.match import Match
from watcher.domain.catalog.venue_claims import Trust, VenueClaim, page_count, weigh
from watcher.domain.papers.paper import Paper, PaperId

ID = PaperId("arxiv", "2305.00001")
PAPER = paper(
    id=ID,
    title="Cola: Coordinating Language Models",
    abstract="We propose Cola.",
    authors=("Ada Chen", "Bo Li", "Cy Shen"),
    published=date(2023, 5, 1),
    comment=None,
    journal_ref=None,
)
ROW = CatalogEntry(
    Place(Section.TABLE, 10), 1, PAPER.title, "Colaを提案。", "Chen et al.", (), (ID,), 2023, ("計画",), "", "中"
)
DBLP = VenueClaim("Semantic Scholar", "externalIds.DBLP", "conf/emnlp/ChenLS23", "EMNLP 2023", Trust.RECORD)
ACL = VenueClaim("Semantic Scholar", "externalIds.ACL", "2023.findings-emnlp.5", "EMNLP 2023 Findings", Trust.RECORD)
NAME = VenueClaim("Semantic Scholar", "publicationVenue", "Conference on Empirical …", "EMNLP")
CROSSREF = VenueClaim("Crossref", "container-title", "Findings of …: EMNLP 2023", "EMNLP 2023 Findings", Trust.RECORD)
OTHER = VenueClaim("Crossref", "event", "ICML 2024", "ICML 2024", Trust.RECORD)
HINT = VenueClaim("OpenAlex", "primary_location", "ICML 2024", "ICML 2024")


def checked(cell: str, *claims: VenueClaim, of: Paper = PAPER) -> list[Finding]:
    entry = replace(ROW, venue=cell)
    return [one for one in entry_findings(entry, Match(of, 1.0, by_id=True), STYLE, claims) if one.cell == "venue"]


@pytest.mark.parametrize(
    ("cell", "claims", "outcome"),
    [
        # nothing stands: a record is proposed, in its most exact form; a hint or a dispute is asked
        ("arXiv", (DBLP,), (FindingKind.VENUE, "EMNLP 2023")),
        ("（投稿中）", (DBLP, ACL, NAME), (FindingKind.VENUE, "EMNLP 2023 Findings")),
        ("", (DBLP, CROSSREF), (FindingKind.VENUE, "EMNLP 2023 Findings")),
        ("arXiv", (NAME,), (FindingKind.VENUE, None)),
        ("arXiv", (HINT,), (FindingKind.VENUE, None)),
        ("arXiv", (DBLP, OTHER), (FindingKind.VENUE, None)),
        ("arXiv", (DBLP, HINT), (FindingKind.VENUE, "EMNLP 2023")),
        ("arXiv", (DBLP, replace(ACL, text="ACL 2023")), (FindingKind.VENUE, None)),  # two that met as one
        ("arXiv", (), None),
        # a venue stands: it is confirmed, contradicted by two, asked about for one, or backed by nobody
        ("EMNLP 2023", (DBLP,), None),
        ("EMNLP 2023", (NAME,), None),
        ("EMNLP 2023", (ACL, OTHER), None),
        ("ICML 2024", (DBLP, CROSSREF), (FindingKind.VENUE, "EMNLP 2023 Findings")),
        ("ICML 2024", (DBLP,), (FindingKind.VENUE, None)),
        ("ICML 2024", (DBLP, HINT), None),
        ("EMNLP 2022", (DBLP, NAME), (FindingKind.VENUE, None)),
        ("ICML 2024", (VenueClaim("Semantic Scholar", "publicationVenue", "arXiv.org"),), (FindingKind.UNCONFIRMED, None)),
    ],
)  # fmt: skip
def test_what_services_say_is_proposed_asked_or_left_alone(
    cell: str, claims: tuple[VenueClaim, ...], outcome: tuple[FindingKind, str | None] | None
) -> None:
    assert [(one.kind, one.proposal) for one in checked(cell, *claims)] == ([outcome] if outcome else [])


def test_the_reason_names_every_source_and_what_it_says() -> None:
    (proposed,) = checked("arXiv", DBLP, CROSSREF, of=replace(PAPER, comment="EMNLP 2023 Findings"))
    assert proposed.evidence.source == "arXiv、Semantic Scholar、Crossref"
    assert all(one.raw in proposed.evidence.value for one in (DBLP, CROSSREF))
    (asked,) = checked("ICLR 2024", VenueClaim("Semantic Scholar", "publicationVenue", "arXiv.org"))
    assert asked.evidence.value == "arXiv comment, journal_ref: –; Semantic Scholar publicationVenue: arXiv.org"


def test_arxiv_and_a_service_that_disagree_are_a_question() -> None:
    said = replace(PAPER, comment="Accepted at ICML 2024")
    (asked,) = checked("arXiv", DBLP, of=said)
    assert asked.proposal is None
    assert {"ICML 2024", "conf/emnlp/ChenLS23"} <= set(
        asked.evidence.value.replace("Accepted at ", "").replace("; ", ": ").split(": ")
    )
    (proposed,) = checked("arXiv", DBLP, CROSSREF, of=said)
    assert proposed.proposal == "EMNLP 2023 Findings"


@pytest.mark.parametrize(
    ("cell", "raw", "asked"),
    [
        ("SIGIR 2023", "conf/sigir/ChenLS23", False),
        ("SIGIR 2023", "Annual International ACM SIGIR Conference on Research and Development in …", False),
        ("SIGIR 2023", "conf/sigir/ChenLS22", True),
        ("SIGIR 2023", "arXiv.org", True),
    ],
)
def test_a_venue_is_backed_by_a_key_or_a_name_that_is_not_among_the_known_ones(
    cell: str, raw: str, asked: bool
) -> None:
    claim = VenueClaim("Semantic Scholar", "externalIds.DBLP", raw)
    assert [(one.kind, one.proposal) for one in checked(cell, claim)] == [(FindingKind.UNCONFIRMED, None)] * asked


def test_a_workshop_is_backed_by_the_comment_that_names_it_and_not_taken_for_the_conference() -> None:
    said = replace(PAPER, comment="Accepted at the NeurIPS 2023 AI for Science Workshop")
    assert checked("NeurIPS 2023 AI4Science Workshop", of=said) == []
    record = VenueClaim(
        "Crossref", "container-title", "ICLR 2024 Workshop on X", "ICLR 2024 Workshop on X", Trust.RECORD
    )
    assert [one.proposal for one in checked("ICLR 2024", record)] == [None]
    assert checked("ICLR 2024 Workshop on X", replace(record, text="ICLR 2024")) == []


def test_the_record_of_a_work_with_another_title_is_a_hint_at_most() -> None:
    version = replace(CROSSREF, title="Cola for Journals: An Extended Framework of Many Other Parts")
    (asked,) = checked("arXiv", version)
    assert asked.proposal is None
    assert checked("arXiv", replace(HINT, title=version.title)) == []
    (same,) = checked("arXiv", replace(CROSSREF, title="COLA - coordinating language models"))
    assert same.proposal == "EMNLP 2023 Findings"


@pytest.mark.parametrize(
    ("cell", "claim", "asked"),
    [
        ("EMNLP 2023 Findings (短報)", replace(ACL, pages="7518-7531"), True),
        ("EMNLP 2023 Findings (短報)", replace(ACL, pages="7518-7525"), False),
        ("EMNLP 2023 Findings (短報)", ACL, False),
        ("EMNLP 2023 (長編論文)", replace(DBLP, pages="8154–8173"), False),
        ("EMNLP 2023 (長編論文)", replace(DBLP, length="short"), True),
        ("EMNLP 2023 (短報)", replace(DBLP, length="short"), False),
        ("EMNLP 2023 (ポスター)", replace(DBLP, pages="1-20"), False),
    ],
)
def test_a_length_that_the_record_speaks_against_is_asked_about(cell: str, claim: VenueClaim, asked: bool) -> None:
    assert [(one.kind, one.proposal) for one in checked(cell, claim)] == [(FindingKind.UNCONFIRMED, None)] * asked


@pytest.mark.parametrize(
    ("pages", "count"),
    [("7518-7531", 14), ("1–9", 9), ("1-22", 22), ("483", None), ("9-1", None), ("e12-e19", None), ("", None)],
)
def test_pages_are_counted_where_they_are_a_range(pages: str, count: int | None) -> None:
    assert page_count(pages) == count


def test_without_claims_the_paper_s_own_metadata_is_all_there_is() -> None:
    assert weigh(PAPER, ()).text == ""
    own = weigh(replace(PAPER, journal_ref="ICML 2025, PMLR 267:1-9"), ())
    assert (own.text, own.strong, set(own.years)) == ("ICML 2025", True, {2025})
