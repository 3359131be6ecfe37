"""axe-core finds no fault of accessibility on any page, in light and dark, on a wide screen and on a phone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.adapters.catalogs.rows import SEED
from tests.adapters.desks.web.conftest import Serving
from tests.adapters.desks.web.test_adding import Asked
from tests.audits import MemoryAudits, an_audit_card
from tests.cards import card, decided, recorded_cards, recorded_digest, unanswered
from tests.factories import NOW, RUN, a_proposal, a_question
from tests.fakes import NOON, MemoryCuration
from tests.tools import axe
from watcher.adapters.catalogs.exports import ExportCache
from watcher.adapters.desks.web.pages import StatusView
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.facts import AuditAnswer, CatalogRow, RowChange, Verdict
from watcher.services import Events
from watcher.services.reviews import ProposalService

pytestmark = pytest.mark.endurance

SECRET = "a long pass phrase"
PAGES = (
    ("/", "/log", "/card/3"),
    ("/card/3/edit", "/card/40", "/card/41", "/card/42"),
    ("/add", "/audit", "/report", "/proposals"),
    ("/catalog", "/card/999", "/nowhere"),
)
LOOKS: tuple[tuple[Literal["light", "dark"], int], ...] = (
    ("light", 1280), ("light", 390), ("dark", 390), ("dark", 1280),
)  # fmt: skip


@pytest.fixture
def url(serving: Serving, store: SqlStore) -> str:
    """A site with every page, and cards in every state."""
    store.proposals.add([a_proposal(), a_question()], RUN, NOW)
    row = CatalogRow(RowChange.ADDED, 26, "a1b2c3d4", NOON)
    shown = [
        *recorded_cards()[:6],
        unanswered(40),
        decided(Verdict.APPROVE, card(41), row=row),
        decided(Verdict.REJECT, card(42)),
    ]
    curation = MemoryCuration(shown, recorded_digest())
    said = AuditAnswer(belongs=True, curator="hana", at=NOON, desk="web")
    audits = MemoryAudits([an_audit_card(1, line_ja="世界モデルの研究"), an_audit_card(2, answer=said)])
    server = serving(
        curation,
        audits=audits,
        proposals=ProposalService(store, lambda: NOW, Events()),
        inquiries=Asked("llm", "vision"),
        exports=ExportCache(SEED, dict).export,
        status=lambda: StatusView(proposals=2),
    )
    return str(server.url)


@pytest.fixture
def store(tmp_path: Any) -> Iterator[SqlStore]:
    database = open_database(tmp_path / "watcher.db")
    upgrade(database)
    yield SqlStore(database)
    database.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="ja-JP")
    yield context.new_page()
    context.close()


def faults(page: Page) -> Sequence[str]:
    """What axe-core finds wrong with the page however it is looked at, by rule and element."""
    page.evaluate(axe().read_text(encoding="utf-8"))
    found: list[str] = []
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(ViewportSize(width=width, height=900))
        found += page.evaluate(
            """async () => (await axe.run()).violations.flatMap(
                rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 200)}`))"""
        )
    return found


@pytest.mark.parametrize("paths", PAGES, ids=" ".join)
def test_no_page_has_a_fault_that_axe_finds(page: Page, url: str, paths: Sequence[str]) -> None:
    found = {}
    for path in paths:
        page.goto(url + path)
        if wrong := faults(page):
            found[path] = wrong

    assert found == {}


def test_neither_has_the_page_where_people_sign_in_nor_the_help_about_keys(
    page: Page, serving: Serving, url: str
) -> None:
    page.set_content("<html><img src='x'><button></button>")
    assert {fault.partition(":")[0] for fault in faults(page)} >= {"image-alt", "button-name", "html-has-lang"}
    page.goto(serving(secret=SECRET).url)
    assert faults(page) == []
    page.goto(url)
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    assert faults(page) == []
