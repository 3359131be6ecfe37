"""The catalog for readers: its page, feed and files, newest at once and not sent twice."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from tests.adapters.catalogs.rows import SEED, content
from tests.fakes import NOON, MemoryCuration
from watcher.adapters.catalogs.exports import EXPORTS, ExportCache
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.desks.web.catalog import FORMS, address_of
from watcher.adapters.desks.web.site import WebServer, build_site, serve
from watcher.domain.errors import CatalogError, UsageError
from watcher.domain.papers.paper import PaperId

PHRASE = "a long pass phrase"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.md"
    path.write_bytes(SEED.read_bytes())
    return path


@pytest.fixture
def added() -> dict[PaperId, object]:
    return {}


@pytest.fixture
def shelf(path: Path, added: dict[PaperId, object]) -> ExportCache:
    return ExportCache(path, lambda: dict(added))  # type: ignore[arg-type]


@pytest.fixture
def room(shelf: ExportCache) -> Iterator[WebServer]:
    with serve(build_site(MemoryCuration(), secret=None, exports=shelf.export)) as server:
        yield server


def test_every_form_has_an_address_and_the_bytes_of_the_export(room: WebServer, shelf: ExportCache) -> None:
    assert set(FORMS.values()) == set(EXPORTS)
    for address, form in FORMS.items():
        answer = httpx2.get(f"{room.url}{address}")
        assert (answer.status_code, answer.content) == (200, shelf.export(form).data)
        assert answer.headers["content-type"].partition(";")[0] == shelf.export(form).media_type.partition(";")[0]
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_candidates_have_a_feed(shelf: ExportCache) -> None:
    with serve(build_site(MemoryCuration(), secret=None, candidates=shelf.export)) as server:
        answer = httpx2.get(f"{server.url}/candidates.atom")

    assert (answer.status_code, answer.content) == (200, shelf.export("atom").data)


@pytest.mark.endurance
def test_a_topic_s_own_catalog_is_read_below_its_name(shelf: ExportCache, tmp_path: Path) -> None:
    own = tmp_path / "own.md"
    own.write_bytes(SEED.read_bytes().replace(b"LLM", b"VLM"))
    theirs = ExportCache(own, dict)
    with serve(
        build_site(MemoryCuration(), secret=None, exports=shelf.export, other_exports={"vlm": theirs.export})
    ) as site:
        for path, form in FORMS.items():
            found = httpx2.get(f"{site.url}{address_of('vlm', path)}")
            assert found.content == theirs.export(form).data
        assert httpx2.get(f"{site.url}/catalog/vlm").content != httpx2.get(f"{site.url}/catalog").content
        assert httpx2.get(f"{site.url}/catalog/llm").status_code == 404


def test_a_copy_the_reader_has_is_not_sent_again_until_the_file_changes(room: WebServer, path: Path) -> None:
    first = httpx2.get(f"{room.url}/catalog")
    known = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
    again = httpx2.get(f"{room.url}/catalog", headers=known)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    MarkdownCatalog(path, "W", "w@example.org").add(content(), NOON)
    newer = httpx2.get(f"{room.url}/catalog", headers=known)
    assert newer.status_code == 200
    assert "2606.27483" in newer.text


def test_an_addition_recorded_after_the_row_was_written_dates_it_in_the_feed(
    room: WebServer, path: Path, added: dict[PaperId, object]
) -> None:
    MarkdownCatalog(path, "W", "w@example.org").add(content(), NOON)
    recorded = f"<updated>{NOON:%Y-%m-%dT%H:%M:%SZ}</updated>"
    assert recorded not in httpx2.get(f"{room.url}/catalog.atom").text
    added[PaperId("arxiv", "2606.27483")] = NOON
    assert recorded in httpx2.get(f"{room.url}/catalog.atom").text


def test_a_file_that_is_no_catalog_is_an_error_page_that_says_so_and_mends_itself(room: WebServer, path: Path) -> None:
    path.write_text("# Only prose\n")
    answer = httpx2.get(f"{room.url}/catalog")
    assert answer.status_code == 503
    assert "no table with the seven columns" in answer.text
    path.write_bytes(SEED.read_bytes())
    assert httpx2.get(f"{room.url}/catalog").status_code == 200


def test_an_unchanged_file_is_read_once(shelf: ExportCache, path: Path) -> None:
    first = shelf.export("html")
    seen = path.stat()
    path.write_bytes(b"x" * seen.st_size)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert shelf.export("html") is first
    path.unlink()
    with pytest.raises(CatalogError, match="cannot be read"):
        shelf.export("html")
    with pytest.raises(UsageError, match="unknown form"):
        shelf.export("pdf")


def test_readers_sign_in_where_curators_do_and_come_back_to_the_page(shelf: ExportCache) -> None:
    with serve(build_site(MemoryCuration(), secret=PHRASE, exports=shelf.export)) as server:
        for address in FORMS:
            answer = httpx2.get(f"{server.url}{address}")
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/sign-in")
            assert "世界モデル" not in answer.text
        assert httpx2.get(f"{server.url}/catalog").headers["location"] == "/sign-in?next=/catalog"


def test_a_site_without_a_catalog_has_no_such_pages() -> None:
    with serve(build_site(MemoryCuration(), secret=None)) as server:
        assert httpx2.get(f"{server.url}/catalog").status_code == 404


@pytest.fixture
def link_from_elsewhere(tmp_path: Path) -> Callable[[str], str]:
    def page(address: str) -> str:
        path = tmp_path / "elsewhere.html"
        path.write_text(f'<!doctype html><a id="go" href="{address}">paper</a>')
        return path.as_uri()

    return page


@pytest.mark.endurance
def test_the_served_page_searches_and_a_link_from_elsewhere_leads_to_the_paper(
    room: WebServer, browser: Browser, link_from_elsewhere: Callable[[str], str]
) -> None:
    page = browser.new_page(locale="ja-JP")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(link_from_elsewhere(f"{room.url}/catalog#arxiv-2310.02207"))
    page.locator("#go").click()
    expect(page.locator("article:target h3")).to_be_in_viewport()
    expect(page.locator("article:target")).to_contain_text("Language Models Represent Space and Time")
    page.get_by_label("検索").fill("世界モデル")
    expect(page.locator("#count")).to_have_text("9本")
    assert complaints == []
    page.close()


@pytest.mark.endurance
def test_a_large_catalog_is_made_once_and_given_at_once(path: Path, shelf: ExportCache) -> None:
    row = SEED.read_text().splitlines(keepends=True)[10]
    lines = SEED.read_text().splitlines(keepends=True)
    lines[11:11] = [row.replace("**1.", f"**{n}.").replace("2306.12672", f"2306.{n:05d}") for n in range(100, 1100)]
    path.write_text("".join(lines))
    shelf.export("html")
    began = time.thread_time()
    assert len(shelf.export("html").data) > 1_000_000
    assert time.thread_time() - began < 0.05


def test_the_page_at_the_desk_leads_back_to_the_cards_and_an_exported_one_leads_nowhere(path: Path) -> None:
    at_the_desk = ExportCache(path, dict, home="/").export("html").data.decode()
    exported = ExportCache(path, dict).export("html").data.decode()

    assert '<a href="/">← 一覧へ戻る</a>' in at_the_desk
    assert all(
        f'href="/catalog{form}"' in at_the_desk for form in (".csv", ".json", ".bib", ".ris", ".csl.json", ".atom")
    )
    assert "/catalog.csv" not in exported
    assert "一覧へ戻る" not in exported


def test_the_page_says_why_it_counts_more_papers_than_the_total(path: Path) -> None:
    page = ExportCache(path, dict).export("html").data.decode()

    assert "表に25本、表の外に1本。カタログの「合計」は表の25本を数えます。" in page
