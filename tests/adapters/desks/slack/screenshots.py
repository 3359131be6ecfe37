"""Take the pictures of the Slack desk for the README: python -m tests.adapters.desks.slack.screenshots FOLDER.

The real papers of 2026-06-29 with recorded replies, in local-slack's page (see tests/tools.py for what it needs).
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import FloatRect, Locator, Page, expect, sync_playwright

from tests.cards import decided, recorded_cards, recorded_digest, scored, summarized
from tests.factories import a_proposal, a_question
from tests.fakes import NOON, MemoryCuration
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, CHANNEL, HANA, LocalSlack, running_local_slack
from tests.tools import CHROMIUM_ARGS, chromium, local_slack
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.app import build_app
from watcher.adapters.desks.slack.messages.home import Reader, home_view
from watcher.adapters.desks.slack.transport.socket_mode import SlackSocket
from watcher.demo import PASSES
from watcher.domain.catalog.check import Evidence, FindingKind
from watcher.domain.catalog.proposals import (
    Ending,
    ProposalCard,
    ProposalDecision,
    ProposalOutcome,
    ProposalVerdict,
    Suggestion,
)
from watcher.domain.curation.card import Borderline, Card, Decided, Digest
from watcher.domain.facts import CatalogRow, Fault, RowChange, SentenceVerdict, Verdict, Verification
from watcher.domain.summaries.cells import cells_of
from watcher.words_ja import common
from watcher.words_ja import slack as inquiry_words
from watcher.words_ja import slack as looking
from watcher.words_ja.common import REASONS

LINK = "https://lab.slack.com/archives/C01PAPERS/p1"


def named(digest: Digest) -> Digest:
    """The digest with the papers that have cards, linked to them."""
    shown = [one for one in recorded_cards() if scored(one).relevant]
    found = tuple(
        Borderline(one.cells.title, one.candidate.paper.url, one.score, "", None, one.candidate.number) for one in shown
    )
    apart = replace(digest.borderline[-1], score=0, probability=0.98)
    links = {one.url: f"{LINK}{number:015d}" for number, one in enumerate(found)}
    return replace(digest, found=found, links=links, borderline=(*digest.borderline[:-1], apart))


def verified(card: Card) -> Card:
    """The card with the recorded verdicts on its summary."""
    passes = map(json.loads, PASSES.read_text(encoding="utf-8").splitlines())
    native = card.candidate.paper.id.native
    said = next(one["sentences"] for one in passes if one["kind"] == "verify" and one["arxiv_id"] == native)
    verdicts = tuple(SentenceVerdict(one["n"], one["sentence"], quote=one["quote"]) for one in said)
    return replace(card, summary=replace(summarized(card), verification=Verification(verdicts)))


def _accused(card: Card) -> Card:
    """The card with a word that was made wrong and was found to be so."""
    summary, right, wrong = summarized(card), "メモリの最大使用量", "メモリの平均使用量"
    assert summary.verification is not None
    assert right in summary.summary_ja
    said = tuple(
        replace(
            one,
            sentence=one.sentence.replace(right, wrong),
            fault=Fault.NUMBER,
            words=wrong,
            reason_ja="最大使用量（peak memory）である",
        )
        if right in one.sentence
        else one
        for one in summary.verification.verdicts
    )
    text = summary.summary_ja.replace(right, wrong)
    summary = replace(summary, summary_ja=text, verification=Verification(said))
    return replace(card, summary=summary, cells=cells_of(card.candidate.paper, summary))


def take(folder: Path) -> None:
    """Post a digest and four cards, open the edit form, and publish the Home tab, and write slack-*.png into `folder`."""
    cards = [verified(card) for card in recorded_cards()[:4]]
    cards[0] = _accused(cards[0])
    cards[2] = decided(Verdict.APPROVE, cards[2], row=CatalogRow(RowChange.ADDED, 26, "a1b2c3d4", NOON))
    cards[3] = decided(Verdict.REJECT, cards[3])
    rejected = cards[3].decision
    cards[3] = replace(cards[3], decision=rejected and replace(rejected, reason=REASONS[1]))
    with tempfile.TemporaryDirectory() as scratch, running_local_slack(local_slack(), Path(scratch)) as slack:
        client = make_client(BOT_TOKEN, slack.api)
        desk = SlackDesk(client, CHANNEL, pause=0.0)
        socket = SlackSocket(APP_TOKEN, build_app(client, desk, MemoryCuration(cards), frozenset()))
        socket.start()
        told = (Decided("hana (U01HANA)", 3, 4, 1), Decided("ken (U02KEN)", 1, 2, 0))
        desk.send("digest", replace(named(recorded_digest()), decided=told))
        for card in cards:
            desk.send(f"card/{card.candidate.number}", card)
        desk.send("proposals/1", _row())
        shown = home_view([recorded_digest()], recorded_cards()[:4], Reader(HANA), links=dict.fromkeys(range(9), LINK))
        client.views_publish(user_id=HANA, view=shown)
        try:
            _photograph(slack, folder)
        finally:
            socket.stop()


def _row() -> ProposalCard:
    """A row with a change that was made, one that waits, and a question."""
    venue = a_proposal(
        kind=FindingKind.VENUE,
        cell="venue",
        before="arXiv (プレプリント)、実装公開",
        after="NeurIPS 2023 (Oral)",
        evidence=Evidence("arXiv", "comment", "NeurIPS 2023 Oral; project page: https://llava-vl.github.io/"),
    )
    made = ProposalDecision(ProposalVerdict.ACCEPT, "hana (U01HANA)", "slack", NOON)
    written = ProposalOutcome(Ending.WRITTEN, "a1b2c3d4", NOON)
    ones = (Suggestion(1, 1, a_proposal(), NOON, made, written), Suggestion(2, 1, venue, NOON))
    return ProposalCard(1, (*ones, Suggestion(3, 1, a_question(), NOON)))


def _photograph(slack: LocalSlack, folder: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium()), args=CHROMIUM_ARGS)
        page = browser.new_page(viewport={"width": 1180, "height": 1000}, device_scale_factor=1.5)
        page.goto(slack.page)
        page.get_by_text("🏠").first.click()
        expect(page.get_by_text(inquiry_words.HOME, exact=True)).to_be_visible()
        page.screenshot(path=folder / "slack-home.png", clip={"x": 225, "y": 45, "width": 775, "height": 712})
        page = browser.new_page(viewport={"width": 1180, "height": 3400}, device_scale_factor=1.5)
        page.goto(slack.page)
        expect(page.get_by_role("button", name=common.EDIT, exact=True)).to_have_count(2)
        messages = page.locator(".msg")
        _picture(page, folder / "slack-digest.png", messages.nth(0), messages.nth(0))
        _picture(page, folder / "slack-cards.png", messages.nth(1), messages.nth(4))
        _picture(page, folder / "slack-proposals.png", messages.nth(5), messages.nth(5))
        page.set_viewport_size({"width": 1180, "height": 1000})
        page.get_by_role("button", name=common.EDIT, exact=True).first.click()
        expect(page.get_by_text(common.SAVE_APPROVE)).to_be_visible()
        _shut(page, folder / "slack-edit.png")
        _choose(page, looking.LOOKS[looking.EVIDENCE], 0)
        expect(page.get_by_text(common.ABSTRACT)).to_be_visible()
        _shut(page, folder / "slack-evidence.png")
        _choose(page, looking.REASONS[looking.OTHER], 0)
        expect(page.get_by_text(looking.REASON_HINT)).to_be_visible()
        _shut(page, folder / "slack-reason.png")
        browser.close()


def _choose(page: Page, option: str, which: int) -> None:
    """Choose from the menu that offers this."""
    menus = page.locator("select", has=page.locator("option", has_text=option))
    menus.nth(which).select_option(label=option)


def _shut(page: Page, path: Path) -> None:
    """Photograph the window that stands open, and close it."""
    page.screenshot(path=path, scale="css")
    page.get_by_role("button", name=common.CLOSE, exact=True).click()


def _box(message: Locator) -> FloatRect:
    box = message.bounding_box()
    if box is None:
        raise AssertionError("the message is not on the page")
    return box


def _picture(page: Page, path: Path, first: Locator, last: Locator) -> None:
    """The part of the page from the top of `first` to the end of `last`, as wide as messages are."""
    top, end = _box(first), _box(last)
    height = end["y"] + end["height"] - top["y"]
    page.screenshot(path=path, clip={"x": top["x"], "y": top["y"] - 4, "width": 730, "height": height + 8})


if __name__ == "__main__":
    take(Path(sys.argv[1]))
