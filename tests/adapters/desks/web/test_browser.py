import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.adapters.desks.web.conftest import Serving
from tests.cards import card, decided, paper, recorded_digest, scored, summarized
from tests.fakes import NOON, MemoryCuration
from watcher.adapters.desks import web
from watcher.adapters.desks.web.pages import StatusView
from watcher.adapters.desks.web.site import WebServer
from watcher.domain.curation.card import Borderline, CardState
from watcher.domain.facts import CatalogRow, RowChange, Verdict
from watcher.domain.papers.feeds import FeedReport, SourceState

HOSTILE = [
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    '"><svg onload="document.title=\'owned\'">',
    "{{ 7*7 }}{% for x in y %}${7*7}#{7*7}",
    "</title><script>document.title='owned'</script>",
    "]]><!-- --!><style>*{display:none}</style>",
    "x" * 400,
]


def opened(browser: Browser, url: str, **settings: object) -> Page:
    page = browser.new_context(locale="ja-JP", **settings).new_page()  # type: ignore[arg-type]
    page.goto(url)
    return page


@pytest.mark.endurance
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_curator_approves_with_one_click(
    browser: Browser, desk: WebServer, curation: MemoryCuration, scripts: bool
) -> None:
    page = opened(browser, desk.url, java_script_enabled=scripts)
    page.locator("article[data-paper='2606.27483']").get_by_role("button", name="追加").click()
    expect(page.get_by_role("status")).to_contain_text("追加を記録しました")
    expect(page.locator("article[data-state=open]")).to_have_count(6)
    assert len(curation.recorded) == 1
    page.context.close()


@pytest.mark.endurance
def test_the_row_appears_by_itself_once_it_is_written(
    browser: Browser, desk: WebServer, curation: MemoryCuration
) -> None:
    page = opened(browser, desk.url)
    page.locator("#card-3").get_by_role("button", name="追加").click()
    expect(page.locator("#card-3[data-state=approved]")).to_have_count(1)
    curation.put(replace(curation.card(3), row=CatalogRow(RowChange.ADDED, 26, "", NOON)))
    expect(page.get_by_role("status")).to_contain_text("第26行")
    page.context.close()


@pytest.mark.endurance
def test_what_waits_is_told_anew_at_the_foot_with_every_decision(browser: Browser, serving: Serving) -> None:
    curation = MemoryCuration([card(2), card(3)])

    def status() -> StatusView:
        waiting = sum(found.state is CardState.OPEN for found in curation.cards())
        return StatusView(waiting={"decide": waiting}, catalog="catalog.md")

    page = opened(browser, serving(curation, status=status).url)
    expect(page.locator("footer")).to_contain_text("判断 2件")
    page.locator("#card-3").get_by_role("button", name="却下").click()
    expect(page.locator("footer")).to_contain_text("判断 1件")
    expect(page.locator("footer").get_by_role("link", name="見直しの提案")).to_have_attribute("href", "/proposals")
    page.context.close()


@pytest.mark.endurance
def test_a_reader_edits_a_cell_and_saves_with_enter_without_approving(
    browser: Browser, desk: WebServer, curation: MemoryCuration
) -> None:
    page = opened(browser, f"{desk.url}/card/3")
    page.get_by_role("link", name="編集").click()
    page.get_by_label("カンファレンス名/出版情報").fill("ACL 2026")
    page.get_by_label("カンファレンス名/出版情報").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("編集を保存しました")
    assert curation.card(3).cells.venue == "ACL 2026"
    assert curation.card(3).state is CardState.OPEN
    page.context.close()


@pytest.mark.endurance
def test_a_reason_typed_with_enter_decides_nothing_until_a_button_is_pressed(
    browser: Browser, desk: WebServer, curation: MemoryCuration
) -> None:
    page = opened(browser, f"{desk.url}/card/3")
    page.get_by_text("理由を添える").click()
    page.get_by_label("判断の理由（任意）").fill("範囲外")
    page.get_by_label("判断の理由（任意）").press("Enter")
    assert curation.recorded == []
    page.get_by_role("button", name="却下").click()
    expect(page.locator("article[data-state=rejected]")).to_contain_text("範囲外")
    page.context.close()


@pytest.mark.endurance
def test_hostile_text_is_shown_and_does_nothing(browser: Browser, serving: Serving) -> None:
    cards = []
    for number, text in enumerate(HOSTILE, 1):
        bad = card(number, paper(title=text, abstract=text, authors=(text,), url="javascript:document.title='owned'"))
        bad = replace(
            bad,
            trouble=text,
            summary=replace(summarized(bad), evidence=(text,)),
            relevance=replace(scored(bad), reason_ja=text, criterion=text),
            cells=replace(bad.cells, title=text, summary=text, categories=text, venue=text),
        )
        cards += [bad, decided(Verdict.REJECT, replace(bad, candidate=replace(bad.candidate, number=number + 100)))]
    digest = replace(
        recorded_digest(),
        topic_title=HOSTILE[0],
        failures=tuple(HOSTILE),
        sources=(FeedReport(HOSTILE[1], SourceState.FAILED, error=HOSTILE[0]),),
        borderline=(Borderline(HOSTILE[0], "javascript:document.title='owned'", 2, HOSTILE[1]),),
    )
    server = serving(MemoryCuration(cards, digest))
    page = browser.new_page(viewport={"width": 390, "height": 844})
    noises: list[str] = []
    page.on("console", lambda message: noises.append(message.text))
    for path in ("/", "/card/1", "/card/2/edit"):
        page.goto(server.url + path)
        assert page.title() != "owned"
        assert page.locator("main script, main img, main svg, main style, [onerror], [onload]").count() == 0
        assert page.locator("a[href^='javascript:']").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert noises == []
    page.goto(server.url)
    for number, text in enumerate(HOSTILE, 1):
        expect(page.locator(f"#title-{number}")).to_have_text(text)
    page.close()


@pytest.mark.endurance
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_scrolls_sideways_or_breaks_the_policy(browser: Browser, desk: WebServer, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    noises: list[str] = []
    page.on("console", lambda message: noises.append(message.text))
    for path in ("/", "/card/3", "/card/3/edit", "/nowhere"):
        page.goto(desk.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert [text for text in noises if "404 (Not Found)" not in text] == []
    page.close()


@pytest.mark.endurance
def test_a_link_from_another_site_keeps_the_reader_signed_in(browser: Browser, serving: Serving) -> None:
    desk = serving(secret="correct horse battery")
    page = opened(browser, desk.url)
    page.get_by_label("パスワード").fill("correct horse battery")
    page.get_by_role("button", name="サインイン").click()
    expect(page.locator("article").first).to_be_visible()
    link = f"<a href='{desk.url}/card/3'>go</a>"
    page.route("http://elsewhere.test/", lambda route: route.fulfill(body=link, content_type="text/html"))
    page.goto("http://elsewhere.test/")
    page.get_by_text("go").click()
    expect(page.locator("article[data-state=open]")).to_have_count(1)
    assert page.url == f"{desk.url}/card/3"
    page.context.close()


def test_text_can_be_read_in_both_color_schemes() -> None:
    css = (Path(web.__file__).parent / "static" / "desk.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    for scheme in (light, dark):
        color = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", scheme))
        pairs = [(text, on) for text in ("ink", "soft", "blue", "gold", "red", "green") for on in ("paper", "sheet")]
        pairs += [("on-blue", "blue"), ("red", "red-wash"), ("soft", "wash")]
        worst = min(_contrast(color[text], color[on]) for text, on in pairs)
        assert worst >= 4.5  # WCAG 2.2, 1.4.3


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
