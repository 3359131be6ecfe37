"""Reads arXiv's daily RSS feeds from the network, files or folders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from watcher.adapters.sources.feed import read_feed
from watcher.adapters.sources.fetch import MAX_BYTES, DocumentFetcher
from watcher.adapters.sources.reach import parse_url
from watcher.domain.errors import ConfigError, FeedError
from watcher.ports import Reading

BASE_URL = "https://rss.arxiv.org/rss/"
_CATEGORY = re.compile(r"[a-z-]+(?:\.[A-Za-z-]+)?")
_URL = re.compile(r"https?://", re.IGNORECASE)


class ArxivRss:
    """Source that reads arXiv's daily RSS feeds, each once per run. With one category per feed a stale category is
    noticed separately.

    `categories` are arXiv's (`cs.CL`), or several joined with `+`, requested from `base_url`. `feeds` are files,
    folders of *.xml files, or URLs whose hosts the fetcher allows. Raises ConfigError for an invalid category.
    """

    name = "arxiv"

    def __init__(
        self,
        fetcher: DocumentFetcher,
        *,
        categories: Sequence[str] = (),
        feeds: Sequence[str | Path] = (),
        base_url: str = BASE_URL,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        for category in categories:
            if not all(_CATEGORY.fullmatch(part) for part in category.split("+")):
                raise ConfigError("not a category of arXiv", about=repr(category), remedy="write e.g. cs.CL")
        self._fetcher = fetcher
        self._categories = tuple(categories)
        self._feeds = tuple(feeds)
        self._base_url = base_url.rstrip("/") + "/"
        self._max_bytes = max_bytes

    def read(self) -> Iterable[Reading]:
        """Fetch the feeds one after another and yield a Reading (announcements or an error) for each."""
        for category in self._categories:
            yield self._read_url(self._base_url + category, category)
        for feed in self._feeds:
            if isinstance(feed, str) and _URL.match(feed):
                yield self._read_url(feed, None)
            else:
                yield from self._read_path(Path(feed))

    def _read_url(self, url: str, name: str | None) -> Reading:
        try:
            asked = name.split("+") if name else ()
            name = name or feed_name(url)
            return read_feed(self._fetcher.get(url, about=name, remember=True), name, asked)
        except FeedError as error:
            return Reading(name or "?", error=error)

    def _read_path(self, path: Path) -> Iterator[Reading]:
        files = sorted(path.glob("*.xml")) if path.is_dir() else [path]
        if not files:
            error = FeedError("no *.xml file in this folder", about=path.name, remedy="check the path")
            yield Reading(path.name, error=error)
        for file in files:
            try:
                yield read_feed(self._bytes(file), file.name)
            except FeedError as error:
                yield Reading(file.name, error=error)

    def _bytes(self, file: Path) -> bytes:
        try:
            with file.open("rb") as stream:
                document = stream.read(self._max_bytes + 1)
        except OSError as error:
            raise FeedError(f"cannot be read: {error.strerror}", about=file.name, remedy="check the path") from error
        if len(document) > self._max_bytes:
            raise FeedError(f"the document is larger than {self._max_bytes} bytes", about=file.name)
        return document


def feed_name(url: str) -> str:
    """The name by which messages call a feed: host and path of its URL, without user, password and query. Raises
    FeedError.
    """
    parsed = parse_url(url)
    return f"{parsed.host}{parsed.path}"
