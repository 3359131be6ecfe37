"""Reads JSON Feed (https://www.jsonfeed.org/version/1.1/), which feedparser does not know."""

from __future__ import annotations

import json
from typing import Any

from watcher.adapters.sources.paper import day_of
from watcher.adapters.sources.raw_entry import RawEntry
from watcher.domain.errors import FeedError

_VERSION = "jsonfeed.org/version/1"


def read_json_feed(document: bytes, about: str) -> list[RawEntry | str]:
    """The entries in their order; a string says what is wrong with one. Raises FeedError if it is no JSON Feed."""
    try:
        feed = json.loads(document.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise FeedError(f"cut off or not JSON: {str(error)[:120]}", about=about) from error
    if not isinstance(feed, dict) or _VERSION not in str(feed.get("version", "")):
        raise FeedError("JSON came that is no JSON Feed", about=about, remedy="check the feed's address")
    items = feed.get("items")
    if not isinstance(items, list):
        raise FeedError("the JSON Feed has no list of items", about=about)
    return [_entry(item) if isinstance(item, dict) else "no object" for item in items]


def _entry(item: dict[str, Any]) -> RawEntry:
    people = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    return RawEntry(
        title=_text(item, "title"),
        links=tuple(filter(None, (_text(item, "url"), _text(item, "external_url")))),
        identifiers=tuple(filter(None, (_text(item, "id"), _text(item, "doi"), _text(item, "_doi")))),
        summary=_text(item, "summary"),
        content=_text(item, "content_html") or _text(item, "content_text"),
        creators=tuple(name for one in people or () if isinstance(one, dict) and (name := _text(one, "name"))),
        dated=day_of(_text(item, "date_published")) or day_of(_text(item, "date_modified")),
    )


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
