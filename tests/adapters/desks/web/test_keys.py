"""A morning by keys alone, in a real browser: walk, decide, take back, edit, help."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.adapters.desks.web.test_browser import opened
from tests.fakes import MemoryCuration
from watcher.adapters.desks.web.site import WebServer
from watcher.domain.curation.card import CardState

pytestmark = pytest.mark.endurance


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement?.closest('article')?.dataset.paper ?? ''")
    return found


def test_every_card_of_the_day_is_decided_by_keys_and_the_focus_follows(
    browser: Browser, desk: WebServer, curation: MemoryCuration
) -> None:
    page = opened(browser, desk.url)
    papers = page.locator("article[data-state=open]").evaluate_all("cards => cards.map(card => card.dataset.paper)")
    page.keyboard.press("j")
    for place, (key, left) in enumerate(zip("arlarar", range(6, -1, -1), strict=True)):
        assert focused(page) == papers[place]
        page.keyboard.press(key)
        expect(page.locator("article.card[data-state=open]")).to_have_count(left)
        if left:
            expect(page.locator(f"article[data-paper='{papers[place + 1]}']")).to_be_focused()

    assert len(curation.recorded) == 7
    page.context.close()


def test_a_letter_decides_nothing_without_a_card_in_focus_or_while_somebody_types(
    browser: Browser, desk: WebServer, curation: MemoryCuration
) -> None:
    page = opened(browser, desk.url)
    page.keyboard.press("a")
    assert focused(page), "the first card takes the focus instead"
    page.get_by_text("理由を添える").first.click()
    page.get_by_label("判断の理由（任意）").first.fill("")
    page.get_by_label("判断の理由（任意）").first.press_sequentially("real")
    page.keyboard.press("Control+a")

    assert curation.recorded == []
    assert page.get_by_label("判断の理由（任意）").first.input_value() == "real"
    page.context.close()


@pytest.mark.parametrize("fold", ["お名前を入力", "理由を添える"])
def test_what_is_typed_into_a_fold_just_opened_is_no_key(
    browser: Browser, desk: WebServer, curation: MemoryCuration, fold: str
) -> None:
    page = opened(browser, desk.url)
    page.keyboard.press("j")
    page.get_by_text(fold).first.click()
    page.keyboard.type("akira")

    assert page.evaluate("document.activeElement.value") == "akira"
    page.get_by_text(fold).first.focus()
    page.keyboard.type("akira")
    assert curation.recorded == []
    page.context.close()


def test_a_decision_is_taken_back_and_a_card_edited_by_keys(
    browser: Browser, desk: WebServer, curation: MemoryCuration
) -> None:
    page = opened(browser, desk.url)
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator("article.card[data-state=open]")).to_have_count(6)
    page.keyboard.press("u")
    expect(page.locator("article.card[data-state=open]")).to_have_count(7)
    assert all(card.state is CardState.OPEN for card in curation.cards())

    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile(r"/card/\d+/edit$"))
    page.context.close()


def test_the_question_mark_shows_the_keys_and_escape_hides_them(browser: Browser, desk: WebServer) -> None:
    page = opened(browser, desk.url)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="キー操作")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("次のカードへ")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.context.close()
