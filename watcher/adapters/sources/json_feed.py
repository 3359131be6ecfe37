"""Parses JSON Feed (https://www.jsonfeed.org/version/1.1/), which feedparser does not know."""

from __future__ import annotations

import json
from typing import Any

from watcher.adapters.sources.paper import day_in
from watcher.adapters.sources.raw_entry import RawEntry, absolute
from watcher.domain.errors import FeedError

_VERSION = "jsonfeed.org/version/1"


def read_json_feed(document: bytes, about: str, url: str = "") -> list[RawEntry | str]:
    """Parse a JSON Feed into its entries, in order; an entry that cannot be parsed is replaced by a text that says why.
    Relative links are resolved by the feed's `url`, or by the home page that it names. Raises FeedError if it is no
    JSON Feed.
    """
    try:
        feed = json.loads(document.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise FeedError(f"cut off or not JSON: {str(error)[:120]}", about=about) from error
    if not isinstance(feed, dict) or _VERSION not in str(feed.get("version", "")):
        raise FeedError("JSON came that is no JSON Feed", about=about, remedy="check the feed's address")
    items = feed.get("items")
    if not isinstance(items, list):
        raise FeedError("the JSON Feed has no list of items", about=about)
    base = absolute(url, _text(feed, "home_page_url"))
    return [_entry(item, base, _people(feed)) if isinstance(item, dict) else "no object" for item in items]


def _entry(item: dict[str, Any], base: str, of_all: tuple[str, ...]) -> RawEntry:
    links = filter(None, (_text(item, "url"), _text(item, "external_url")))
    return RawEntry(
        title=_text(item, "title"),
        links=tuple(absolute(base, link) for link in links),
        identifiers=tuple(filter(None, (_text(item, "id"), _text(item, "doi"), _text(item, "_doi")))),
        summary=_text(item, "summary"),
        content=_text(item, "content_html") or _text(item, "content_text"),
        creators=_people(item) or of_all,
        dated=day_in(_text(item, "date_published")) or day_in(_text(item, "date_modified")),
    )


def _people(said: dict[str, Any]) -> tuple[str, ...]:
    """The authors that an item, or the feed for all of its items, names."""
    people = said.get("authors") if isinstance(said.get("authors"), list) else [said.get("author")]
    return tuple(name for one in people or () if isinstance(one, dict) and (name := _text(one, "name")))


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
