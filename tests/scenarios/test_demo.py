"""`watcher demo` as a newcomer sees it: a page in a real browser, a click, a row."""

from __future__ import annotations

import difflib
import re
import signal
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.scenarios.conftest import DATA, RELEVANT, Deployment
from tests.servers.slack import eventually
from tests.tools import CHROMIUM_ARGS, chromium
from watcher.demo import DAY, DayClock

SEED = DATA / "catalog" / "catalog.md"


@pytest.fixture
def demo(deployment: Deployment) -> Iterator[str]:
    """The address of a running demo, with an environment that must not leak into it."""
    deployment.env["DATABASE_URL"] = "sqlite:////nowhere/x.db"
    process = deployment.start("demo", "--no-browser", "--fast", "--port", "0")
    try:
        yield eventually(lambda: address(deployment.folder))
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(20)
    assert code == 0


def address(folder: Path) -> str:
    found = re.findall(r"http://127\.0\.0\.1:\d+", (folder / "serve.log").read_text(encoding="utf-8"))
    return found[-1] if found else ""


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of the system's Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium()), args=CHROMIUM_ARGS)
        yield browser.new_page()
        browser.close()


@pytest.mark.endurance
def test_the_page_holds_the_papers_of_the_day_and_one_click_adds_row_26(
    deployment: Deployment, demo: str, page: Page
) -> None:
    catalog = deployment.folder / "var" / "demo" / "catalog" / "catalog.md"
    page.goto(demo)

    shown = page.locator("article").evaluate_all("cards => cards.map(card => card.dataset.paper)")
    assert set(shown) == RELEVANT
    assert len(shown) == 7
    assert "記録済みの応答" in page.inner_text("header")
    assert page.locator("article .verification").all_inner_texts() == ["✓ 要旨と照合済み"] * 7
    page.locator("article[data-paper='2606.27483']").get_by_role("button", name="追加").click()

    eventually(lambda: "合計：26本" in catalog.read_text(encoding="utf-8"))
    before, after = SEED.read_text(encoding="utf-8"), catalog.read_text(encoding="utf-8")
    changes = [line for line in difflib.ndiff(before.split("\n"), after.split("\n")) if line[0] in "+-"]
    assert [line[:8] for line in changes] == ["+ | **26", "- **合計：2", "+ **合計：2"]
    eventually(lambda: page.goto(demo) and page.locator("article[data-state='cataloged']").count() == 1)
    assert deployment.catalog.read_text(encoding="utf-8") == before, "the real catalog is left alone"

    page.goto(f"{demo}/report")
    assert "2026年第27週（6月29日〜7月5日）" in page.inner_text("main"), "the demo lives in its day's week"
    page.goto(f"{demo}/log")
    assert page.locator("time").first.inner_text().startswith("6月29日")


def test_a_later_demo_goes_on_after_the_decisions_of_an_earlier_one() -> None:
    clock = DayClock()
    before = clock()
    decided = DAY + timedelta(hours=3)

    clock.go_on_after(decided)

    assert DAY <= before < decided < clock()


def test_a_port_that_is_taken_is_told_before_the_day_is_run(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = Deployment(tmp_path)("demo", "--no-browser", "--port", str(port))

    assert (done.code, done.out) == (1, "")
    assert f"127.0.0.1:{port}：このアドレスでは待ち受けられません" in done.err
