"""Take the pictures of audit and weekly report for the README: python -m tests.adapters.desks.weekly_screenshots FOLDER.

Papers of the real stream as an audit might draw them, and a week's report with made-up counts.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import islice
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.audits import MemoryAudits, a_report, a_sheet, an_audit_card
from tests.cards import real_papers
from tests.fakes import MemoryCuration
from tests.servers.slack import BOT_TOKEN, CHANNEL, running_local_slack
from tests.tools import CHROMIUM_ARGS, chromium, local_slack
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.web.site import build_site, serve

_LINES = (
    "Orchestra-o1：多様なモダリティーを扱うエージェント群の統率",
    "開かれた環境での三者の共進化による、深い調査を行うエージェントの改善",
    "TSA：物体中心の動画表現を持続させる、時間に応じたスロットの活性化",
)


def take(folder: Path) -> None:
    """Write slack-report.png (report and audit sheet), web-report.png and web-audit.png into `folder`."""
    shown = zip(islice(real_papers(), 5, 8), _LINES, strict=True)
    cards = [an_audit_card(number, of, line_ja=line) for number, (of, line) in enumerate(shown, 1)]
    audits = MemoryAudits(cards)
    site = build_site(MemoryCuration(), secret=None, audits=audits)
    with (
        tempfile.TemporaryDirectory() as scratch,
        running_local_slack(local_slack(), Path(scratch)) as slack,
        serve(site) as web,
        sync_playwright() as playwright,
    ):
        desk = SlackDesk(make_client(BOT_TOKEN, slack.api), CHANNEL, pause=0.0)
        desk.send("report", a_report())
        desk.send("audit", a_sheet(*cards))
        browser = playwright.chromium.launch(executable_path=str(chromium()), args=CHROMIUM_ARGS)
        page = browser.new_page(viewport={"width": 1100, "height": 900}, device_scale_factor=1.5)
        for name in ("report", "audit"):
            page.goto(f"{web.url}/{name}")
            page.screenshot(path=folder / f"web-{name}.png")
        page.set_viewport_size({"width": 1180, "height": 1100})
        page.goto(slack.page)
        page.locator(".msg").nth(1).wait_for()
        page.screenshot(path=folder / "slack-report.png")
        browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]))
