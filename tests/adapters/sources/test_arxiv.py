"""Feeds from the network, files and folders become one Reading each; one that fails hides no other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.servers.arxiv import ArxivServer, Fault
from watcher.adapters.sources.arxiv import BASE_URL, ArxivRss
from watcher.adapters.sources.fetch import MAX_BYTES, Fetcher, Limits
from watcher.domain.errors import ConfigError, FeedError
from watcher.ports import Reading, Source

FEEDS = Path(__file__).parents[2] / "data" / "feeds"
MONDAY = FEEDS / "rss_cs.AI+cs.CL_2026-06-29.xml"
LEARNING = FEEDS / "rss_cs.LG_2026-04-27_excerpt.xml"


@pytest.fixture
def server() -> Iterator[ArxivServer]:
    documents = {"cs.AI+cs.CL": MONDAY.read_bytes(), "cs.LG": LEARNING.read_bytes()}
    with ArxivServer(documents) as running:
        yield running


def read(server: ArxivServer | None, *categories: str, feeds: tuple[str | Path, ...] = ()) -> list[Reading]:
    urls = [server.rss_url] if server else []
    fetcher = Fetcher(own_urls=urls, limits=Limits(timeout=2, attempts=1))
    base_url = server.rss_url if server else BASE_URL
    source: Source = ArxivRss(fetcher, categories=categories, feeds=feeds, base_url=base_url)
    return list(source.read())


def test_each_category_is_asked_by_itself_and_joined_ones_together(server: ArxivServer) -> None:
    joined, single = read(server, "cs.AI+cs.CL", "cs.LG")
    assert [seen.path for seen in server.requests] == ["/rss/cs.AI+cs.CL", "/rss/cs.LG"]
    assert (joined.feed, len(joined.announcements), joined.error) == ("cs.AI+cs.CL", 202, None)
    assert (single.feed, len(single.announcements), single.error) == ("cs.LG", 3, None)
    assert joined.announced_on == date(2026, 6, 29)


def test_an_unknown_category_is_an_error_and_hides_no_other(server: ArxivServer) -> None:
    unknown, known = read(server, "cs.XX", "cs.LG")
    assert isinstance(unknown.error, FeedError)
    assert "HTTP 400" in str(unknown.error)
    assert "categories" in unknown.error.remedy
    assert unknown.announcements == ()
    assert len(known.announcements) == 3


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(body=MONDAY.read_bytes()[:50_000]), "cut off"),
        (Fault(body=b""), "empty"),
        (Fault(body=b"<html>"), "web page"),
        (Fault(body=b"Rate exceeded."), "Rate exceeded."),
        (Fault(content_type="text/html"), "text/html"),
        (Fault(status=429, headers={"Retry-After": "30"}), "HTTP 429"),
        (Fault(reset=True), "broke off"),
    ],
)
def test_a_document_that_cannot_be_believed_gives_nothing(server: ArxivServer, fault: Fault, words: str) -> None:
    server.fault(fault)
    (reading,) = read(server, "cs.AI+cs.CL")
    assert words in str(reading.error)
    assert reading.announcements == ()


def test_the_error_feed_is_an_error_even_with_status_200(server: ArxivServer) -> None:
    server.feeds["cs.QQ"] = FEED_ERROR
    (reading,) = read(server, "cs.QQ")
    assert "Feed error for query" in str(reading.error)


FEED_ERROR = b"<rss version='2.0'><channel><title>Feed error for query: cs.QQ</title></channel></rss>"


def test_a_category_is_asked_again_on_every_reading(server: ArxivServer) -> None:
    fetcher = Fetcher(own_urls=[server.rss_url])
    source = ArxivRss(fetcher, categories=["cs.LG"], base_url=server.rss_url.rstrip("/"))
    assert list(source.read()) == list(source.read())
    assert len(server.requests) == 2


def test_files_folders_and_addresses_are_read_in_their_order(server: ArxivServer, tmp_path: Path) -> None:
    for name in ("b.xml", "a.xml"):
        (tmp_path / name).write_bytes(LEARNING.read_bytes())
    (tmp_path / "notes.txt").write_text("no feed")
    found = read(server, feeds=(MONDAY, tmp_path, server.rss_url + "cs.LG?key=hush"))
    assert [(reading.feed, len(reading.announcements)) for reading in found] == [
        (MONDAY.name, 202),
        ("a.xml", 3),
        ("b.xml", 3),
        ("127.0.0.1/rss/cs.LG", 3),
    ]


def test_a_path_that_gives_nothing_is_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    missing, bare, kept = read(None, feeds=(tmp_path / "no.xml", tmp_path / "empty", LEARNING))
    assert "No such file" in str(missing.error)
    assert "no *.xml file" in str(bare.error)
    assert len(kept.announcements) == 3


def test_a_file_is_bounded_like_an_answer(tmp_path: Path) -> None:
    with (tmp_path / "long.xml").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    (reading,) = read(None, feeds=(tmp_path / "long.xml",))
    assert f"larger than {MAX_BYTES} bytes" in str(reading.error)


def test_an_address_keeps_its_secrets_in_names_and_errors(server: ArxivServer) -> None:
    address = server.rss_url.replace("127.0.0.1", "user:hush@127.0.0.1") + "cs.XX?key=hush"
    (reading,) = read(server, feeds=(address,))
    assert reading.error is not None
    assert reading.feed == "127.0.0.1/rss/cs.XX"
    assert "hush" not in str(reading.error) + reading.feed


def test_an_address_that_is_none_hides_no_other_feed() -> None:
    bad, good = read(None, feeds=("https://", LEARNING))
    assert isinstance(bad.error, FeedError)
    assert len(good.announcements) == 3


@pytest.mark.parametrize("category", ["../admin", "cs.CL?x=1", "cs CL", "", "cs.CL+", "CS/CL"])
def test_what_cannot_be_a_category_is_refused_before_anything_is_asked(category: str) -> None:
    with pytest.raises(ConfigError, match="category"):
        ArxivRss(Fetcher(), categories=[category])
