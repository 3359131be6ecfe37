"""The catalog page in a real browser, opened from a file: search, filters, charts, an address for each paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.adapters.catalogs.exports.exported import export
from tests.adapters.catalogs.exports.test_exports import TEXT
from tests.adapters.catalogs.rows import content, table_line
from tests.adapters.catalogs.test_hostile_text import HOSTILE
from tests.adapters.catalogs.test_other_hands import small
from tests.tools import CHROMIUM_ARGS, chromium

pytestmark = pytest.mark.endurance

Open = Callable[..., Page]
ACTIVE = [
    *HOSTILE,
    "</script><script>document.title='owned'</script>",
    "</title></style><svg onload=\"document.title='owned'\">",
    '"><img src=x onerror="document.title=\'owned\'">',
    "x" * 300,
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=str(chromium()), args=CHROMIUM_ARGS)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a catalog; whatever the browser complains about fails the test."""
    faults: list[str] = []
    contexts = []

    def go(address: str = "", text: str = TEXT, **settings: object) -> Page:
        path = tmp_path / "catalog.html"
        path.write_text(str(export(text, "html")), encoding="utf-8")
        context = browser.new_context(locale="ja-JP", **settings)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda request: None if request.url.startswith(("file:", "data:")) else faults.append(request.url),
        )
        page.goto(f"{path.as_uri()}{address}")
        return page

    yield go
    for context in contexts:
        context.close()
    assert faults == []


def shown(page: Page) -> list[str]:
    return page.locator("article:visible .number").all_inner_texts()


def test_a_japanese_search_finds_the_papers_that_say_it(visit: Open) -> None:
    page = visit()
    assert len(shown(page)) == 26
    page.get_by_label("検索").fill("世界モデル")
    expect(page.locator("#count")).to_have_text("9本")
    found = page.locator("article:visible").all_inner_texts()
    assert len(found) == 9
    assert all("世界モデル" in text for text in found)
    page.get_by_label("検索").fill("世界もでる")
    expect(page.locator("#count")).to_have_text("9本")
    page.get_by_label("検索").fill("世界モデル　存在しない語")
    expect(page.get_by_text("条件に合う論文はありません。")).to_be_visible()
    page.get_by_role("button", name="条件を消す").click()
    expect(page.locator("#count")).to_have_text("26本")


def test_an_english_search_takes_words_in_any_order_case_and_width(visit: Open) -> None:
    page = visit()
    page.get_by_label("検索").fill("ＭＩＮＥＣＲＡＦＴ voyager")
    expect(page.locator("#count")).to_have_text("2本")
    assert shown(page) == ["9", "21"]


def test_filters_narrow_together_and_stand_in_the_address(visit: Open) -> None:
    page = visit()
    page.get_by_label("発表年").select_option("2023")
    page.get_by_label("注目度").select_option("高")
    assert shown(page) == ["3", "8", "9"]
    page.get_by_label("検索").fill("Minecraft")
    assert shown(page) == ["9"]
    again = visit(page.evaluate("location.hash"))
    assert shown(again) == ["9"]
    expect(again.get_by_label("発表年")).to_have_value("2023")


def test_bars_and_tags_are_filters(visit: Open) -> None:
    page = visit()
    page.get_by_role("link", name="2025: 3").click()
    assert shown(page) == ["23", "24", "25"]
    page.get_by_role("button", name="条件を消す").click()
    page.get_by_role("link", name="強化学習: 4", exact=True).click()
    assert len(shown(page)) == 4
    page.get_by_role("link", name="強化学習 + LLM", exact=True).click()
    assert shown(page) == ["5"]


def test_a_bar_keeps_the_year_that_was_chosen(visit: Open) -> None:
    page = visit()
    page.get_by_label("発表年").select_option("2023")
    page.get_by_role("link", name="強化学習: 4", exact=True).click()
    expect(page.get_by_label("発表年")).to_have_value("2023")
    assert 0 < len(shown(page)) < 4


@pytest.mark.parametrize(
    "pasted",
    [
        "arXiv:2310.15166",
        "https://arxiv.org/abs/2310.15166v3",
        "https://arxiv.org/pdf/2310.15166",
        "２３１０．１５１６６",
    ],
)
def test_a_pasted_id_or_link_finds_its_paper(visit: Open, pasted: str) -> None:
    page = visit()
    page.get_by_label("検索").fill(pasted)
    expect(page.locator("#count")).to_have_text("1本")
    expect(page.locator("article:visible")).to_contain_text("2310.15166")


def test_papers_are_sorted_newest_first_on_request(visit: Open) -> None:
    page = visit()
    before = shown(page)
    page.get_by_label("並び順").select_option("new")
    years = page.locator("article:visible").evaluate_all("found => found.map(one => Number(one.dataset.year))")
    assert years == sorted(years, reverse=True)
    assert sorted(shown(page)) == sorted(before)
    again = visit(page.evaluate("location.hash"))
    assert shown(again)[0] == shown(page)[0]
    page.get_by_label("並び順").select_option("")
    assert shown(page) == before


def test_a_paper_has_an_address_of_its_own(visit: Open) -> None:
    page = visit("#arxiv-2310.02207")
    paper = page.locator("article:target")
    expect(paper).to_contain_text("Language Models Represent Space and Time")
    expect(paper.locator("h3")).to_be_in_viewport()
    assert len(shown(page)) == 26
    assert paper.locator("h3 a").get_attribute("href") == "https://arxiv.org/abs/2310.02207"
    filtered = visit(f"#q={quote('視覚')}")
    filtered.evaluate("location.hash = 'arxiv-2310.02207'")
    expect(filtered.locator("article:target h3")).to_be_in_viewport()


def test_nothing_makes_the_page_scroll_sideways(visit: Open) -> None:
    for text in (TEXT, _hostile()):
        page = visit(text=text)
        for width in (320, 375, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_the_paper_in_light_and_dark(visit: Open, scheme: str) -> None:
    page = visit(color_scheme=scheme)
    for place in (".summary", ".byline", "h3 a", ".kicker", ".tags a", ".note"):
        assert page.evaluate(_CONTRAST, place) >= 4.5, place


def test_hostile_titles_are_shown_and_do_nothing(visit: Open) -> None:
    page = visit(text=_hostile())
    assert page.title() == "論文カタログ"
    assert page.locator("article").count() == len(ACTIVE)
    assert page.locator("article img, article script, article svg, article style").count() == 0
    hrefs = page.eval_on_selector_all("article a", "links => links.map(link => link.getAttribute('href'))")
    assert all(href.startswith(("https://arxiv.org/abs/2606.", "#")) for href in hrefs)


def test_without_scripts_every_paper_is_there(visit: Open) -> None:
    page = visit(java_script_enabled=False)
    assert page.locator("article").count() == 26
    expect(page.get_by_role("search")).to_be_hidden()


def _hostile() -> str:
    rows = (
        content(f"2606.{n:05d}", title=text, summary=text, venue=text[:90], categories=text[:90], attention=text[:90])
        for n, text in enumerate(ACTIVE, 1)
    )
    return small(*(table_line(n, row) for n, row in enumerate(rows, 1)))


# The contrast of an element's text with what lies behind it, by WCAG 2.2.
_CONTRAST = """place => {
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const element = document.querySelector(place);
  let behind = element;
  while (behind.parentElement && getComputedStyle(behind).backgroundColor.endsWith(', 0)')) behind = behind.parentElement;
  const pair = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(light).sort();
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}"""
