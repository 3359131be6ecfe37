"""The page of proposals: what it shows, what its buttons record, and that text from outside stays text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.adapters.desks.web.conftest import Reader, Serving, Visit
from tests.adapters.desks.web.test_browser import HOSTILE, opened
from tests.factories import NOW, RUN, a_proposal, a_question
from watcher.adapters.desks.web.pages import StatusView
from watcher.adapters.desks.web.site import WebServer
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.catalog.check import FindingKind
from watcher.domain.catalog.proposals import Ending, ProposalOutcome, ProposalState
from watcher.domain.papers.paper import PaperId
from watcher.services import Events
from watcher.services.reviews import ProposalService

OTHER = PaperId("arxiv", "2310.15166")
FOUND = [
    a_proposal(),
    a_proposal(kind=FindingKind.VENUE, cell="venue", before="arXiv", after="NeurIPS 2023 (Oral)"),
    a_question(paper=OTHER, title="Visual Reasoning Coordinators"),
]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[SqlStore]:
    database = open_database(tmp_path / "watcher.db")
    upgrade(database)
    store = SqlStore(database)
    store.proposals.add(FOUND, RUN, NOW)
    yield store
    database.close()


@pytest.fixture
def reviewing(serving: Serving, kept: SqlStore) -> WebServer:
    return serving(proposals=ProposalService(kept, lambda: NOW, Events()), status=lambda: StatusView(proposals=3))


@pytest.fixture
def curator(visit: Visit, reviewing: WebServer) -> Reader:
    return visit(reviewing)


def decide(reader: Reader, numbers: str, verdict: str) -> int:
    return reader.post("/proposals/decide", {"numbers": numbers, "verdict": verdict}).status_code


def test_the_page_shows_before_after_and_evidence_row_by_row(curator: Reader) -> None:
    page = curator.get("/proposals").text

    assert page.count('<article class="card proposal"') == 2
    assert "変更の提案が 2 件、人の確認が必要な点が 1 件" in page
    assert "<del>arXiv</del>" in page
    assert "<ins>NeurIPS 2023 (Oral)</ins>" in page
    assert "arXiv（title）：Visual Instruction Tuning" in page
    assert "/proposals" in curator.get("/").text


@pytest.mark.endurance
def test_each_cell_is_decided_by_itself(curator: Reader, kept: SqlStore) -> None:
    curator.post("/name", {"name": "花"})
    assert [decide(curator, "1", "accept"), decide(curator, "2", "reject"), decide(curator, "3", "accept")] == [200] * 3

    found = kept.proposals.all(settled=True)
    assert [one.state for one in found] == [ProposalState.ACCEPTED, ProposalState.REJECTED, ProposalState.ANSWERED]
    assert found[0].decision is not None
    assert (found[0].decision.curator, found[0].decision.desk) == ("花（Web）", "web")


@pytest.mark.endurance
def test_a_stale_proposal_says_so(curator: Reader, kept: SqlStore) -> None:
    decide(curator, "1", "accept")
    kept.proposals.add_outcome(1, ProposalOutcome(Ending.STALE, "", NOW))

    assert "その後に欄が書き換えられたため、反映しませんでした" in curator.get("/proposals?done=1").text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"numbers": "", "verdict": "accept"}, 400),
        ({"numbers": "1;drop", "verdict": "accept"}, 400),
        ({"numbers": "1", "verdict": "later"}, 400),
        ({"numbers": "99", "verdict": "accept"}, 400),
    ],
)
def test_a_form_of_another_shape_records_nothing(
    curator: Reader, kept: SqlStore, fields: dict[str, str], code: int
) -> None:
    assert curator.post("/proposals/decide", fields).status_code == code
    assert kept.proposals.count_open() == 3


def test_a_form_without_the_session_s_token_records_nothing(curator: Reader, kept: SqlStore) -> None:
    answer = curator.http.post("/proposals/decide", data={"numbers": "1", "verdict": "accept"})

    assert answer.status_code == 403
    assert kept.proposals.count_open() == 3


@pytest.mark.endurance
def test_a_whole_row_is_accepted_with_one_click(browser: Browser, reviewing: WebServer, kept: SqlStore) -> None:
    page = opened(browser, f"{reviewing.url}/proposals")
    page.get_by_role("button", name="この行の 2 件をすべて採用").click()
    expect(page.get_by_role("status")).to_contain_text("採用（反映待ち） 2 件")
    assert kept.proposals.to_change() == [1, 2]
    kept.proposals.add_outcome(1, ProposalOutcome(Ending.WRITTEN, "0123456789abcdef", NOW))
    kept.proposals.add_outcome(2, ProposalOutcome(Ending.WRITTEN, "0123456789abcdef", NOW))
    expect(page.get_by_role("status")).to_contain_text("反映済み 2 件")
    page.context.close()


@pytest.mark.endurance
def test_hostile_text_is_shown_and_does_nothing(browser: Browser, serving: Serving, kept: SqlStore) -> None:
    made = [
        a_proposal(title=text, before=text, after=text[::-1], paper=None, url="javascript:document.title='owned'")
        for text in HOSTILE
    ]
    kept.proposals.add(made, RUN, NOW)
    server = serving(proposals=ProposalService(kept, lambda: NOW, Events()))
    page = opened(browser, f"{server.url}/proposals", viewport={"width": 390, "height": 844})

    assert "カタログの見直し" in page.title()
    assert page.locator("article.proposal").count() == 2 + len(HOSTILE)
    assert page.locator("a[href^=javascript]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()
