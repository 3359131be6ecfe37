"""From arXiv's feed to a committed row by clicks in Slack: every service a real server on loopback."""

from __future__ import annotations

import pytest
from playwright.sync_api import sync_playwright

from tests.scenarios.conftest import RELEVANT, Deployment
from tests.scenarios.slack import actions, cards
from tests.servers.slack import HANA, LocalSlack, eventually
from tests.tools import CHROMIUM_ARGS, chromium
from watcher.words_ja import common
from watcher.words_ja import slack as words
from watcher.words_ja.common import CELL

pytestmark = pytest.mark.endurance


@pytest.mark.parametrize("live", ["socket", "http"], indirect=True)
def test_a_digest_and_cards_are_posted_and_decided_in_slack(live: Deployment, slack: LocalSlack) -> None:
    process = live.start("serve", "--port", str(live.port))
    try:
        eventually(lambda: len(cards(slack)) == 7, 90)
        assert set(cards(slack)) == RELEVANT
        assert len(slack.posts()) == 8, "the digest opens the day"

        slack.click(cards(slack)["2606.27483"]["ts"], "approve", HANA)
        slack.click(cards(slack)["2606.27757"]["ts"], "reject", HANA)

        eventually(lambda: "合計：26本" in live.catalog.read_text(encoding="utf-8"))
        eventually(lambda: "No. 26" in str(cards(slack)["2606.27483"]["blocks"]))
        eventually(lambda: actions(cards(slack)["2606.27757"]) == {"undo"})
        assert live.git("log", "-1", "--format=%s").strip() == "catalog: add arXiv:2606.27483"

        slack.click(cards(slack)["2606.27483"]["ts"], "undo", HANA)

        eventually(lambda: "合計：25本" in live.catalog.read_text(encoding="utf-8"))
        eventually(lambda: "approve" in actions(cards(slack)["2606.27483"]))
        assert len(slack.posts()) == 8
    finally:
        process.kill()
        process.wait(20)


def test_clicks_of_other_days_find_the_truth_after_a_restart(live: Deployment, slack: LocalSlack) -> None:
    process = live.start("serve", "--port", "0")
    try:
        eventually(lambda: len(cards(slack)) == 7, 90)
    finally:
        process.kill()
        process.wait(20)
    live("decide", "2606.28127", "approve")

    process = live.start("serve", "--port", "0")
    try:
        eventually(lambda: "No. 26" in str(cards(slack)["2606.28127"]["blocks"]))
        assert len(slack.posts()) == 8
    finally:
        process.kill()
        process.wait(20)


def test_an_edit_in_slack_becomes_the_cells_of_the_row(live: Deployment, slack: LocalSlack) -> None:
    process = live.start("serve", "--port", "0")
    try:
        eventually(lambda: len(cards(slack)) == 7, 90)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(chromium()), args=CHROMIUM_ARGS)
            page = browser.new_page()
            page.goto(slack.page)
            page.get_by_role("button", name=common.EDIT, exact=True).first.click()
            title = page.locator(".bk-input", has_text=CELL["title"]).locator("input, textarea").first.input_value()
            venue = page.locator(".bk-input", has_text=CELL["venue"]).locator("input")
            venue.fill("ICLR 2027 | 口頭発表")
            page.get_by_text(common.SAVE_APPROVE).click()
            page.get_by_role("button", name=words.EDIT_SAVE, exact=True).click()
            eventually(lambda: "合計：26本" in live.catalog.read_text(encoding="utf-8"))
            browser.close()
    finally:
        process.kill()
        process.wait(20)

    (row,) = [line for line in live.catalog.read_text(encoding="utf-8").split("\n") if line.startswith("| **26.")]
    assert title in row
    assert "ICLR 2027 \\| 口頭発表" in row
    (paper,) = [p for p in RELEVANT if f"abs/{p}" in row]
    assert "編集：カンファレンス名" in live("log", paper).out
