"""Reads any web feed that a topic names: RSS, Atom or JSON Feed of a journal, a preprint server, a search or a blog."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from watcher.adapters.sources.fetch import JSON, XML, Document
from watcher.adapters.sources.paper import announcement
from watcher.adapters.sources.web_feed_entry import announced
from watcher.adapters.sources.web_feed_formats import read_json_feed, read_xml_feed
from watcher.domain.errors import FeedError
from watcher.domain.papers.feeds import FeedMemory
from watcher.domain.papers.paper import Announcement, AnnounceType, Paper, PaperId
from watcher.domain.text import fingerprint, letters_and_figures
from watcher.ports import Reading

# Feeds come under nearly any type; the document decides. A web page is refused when it is read.
_TYPES: Final = (
    *XML, *JSON, "application/feed+json", "application/rdf+xml", "application/x-rss+xml", "application/octet-stream",
    "text/json", "text/plain", "text/html", "application/xhtml+xml", "text/rss+xml", "text/x-opml", "",
)  # fmt: skip
_MOST_ENTRIES: Final = 3000
_MOST_LOOKUPS: Final = 200
"""So many papers are looked up at arXiv for one feed in one run."""
OLD: Final = timedelta(days=60)
"""What is older than the newest entry by more is no news when a feed is read for the first time."""
_TELLING: Final = 20  # letters and figures of a title that stand for no other one
_WHOLE_EACH: Final = timedelta(hours=20)
"""A document is asked for whole after so long, whatever the server says of its validators."""

Lookup = Callable[[Collection[PaperId]], Mapping[PaperId, Paper]]


class ConditionalFetcher(Protocol):
    """Protocol of HTTP clients that download a document unless it is unchanged (Fetcher is one)."""

    def changed(self, url: str, *, about: str, media_types: Iterable[str], since: Document) -> Document | None:
        """Download the document at `url`; None if it is unchanged since `since` (see Fetcher.changed)."""
        ...


@dataclass(frozen=True, slots=True)
class WebFeed:
    """A web feed to read: its URL, the names that topics give it, and the slugs of those topics."""

    url: str
    names: tuple[str, ...]
    topics: tuple[str, ...]

    @property
    def watched_by(self) -> str:
        """A hash of the feed's names and topics. If it changes, the whole feed is read again, because a topic that is
        new must see what the feed lists already.
        """
        return fingerprint(*self.names, "", *self.topics)


class WebFeeds:
    """Source that reads web feeds, each by one conditional request.

    `remembered` returns by URL what a feed held when it was last read. Papers of arXiv that a feed lists are looked up
    by `lookup`, to have arXiv's own metadata.
    """

    name = "feeds"

    def __init__(
        self,
        fetcher: ConditionalFetcher,
        feeds: Sequence[WebFeed],
        *,
        remembered: Callable[[str], FeedMemory | None],
        lookup: Lookup,
        clock: Callable[[], datetime],
    ) -> None:
        self._fetcher = fetcher
        self._feeds = tuple(feeds)
        self._remembered = remembered
        self._lookup = lookup
        self._clock = clock

    def read(self) -> Iterable[Reading]:
        """Fetch the feeds one after another and yield a Reading (announcements or an error) for each."""
        for feed in self._feeds:
            before, now, ask = self._remembered(feed.url), self._clock(), Document(b"")
            known = before if before and before.watched_by == feed.watched_by else None
            if known and now - known.read_at < _WHOLE_EACH:
                ask = Document(b"", known.etag, known.modified)
            try:
                document = self._fetcher.changed(feed.url, about=feed.names[0], media_types=_TYPES, since=ask)
                if document is None:
                    reading = Reading(feed.names[0], by_day=False, memory=before)
                else:
                    listed = remembered(read_web_feed(document.body, feed, now), feed, before, document, now)
                    reading = self._with_arxiv(listed, known.seen if known else frozenset())
            except FeedError as error:
                reading = Reading(feed.names[0], error=error, by_day=False)
            yield reading

    def _with_arxiv(self, reading: Reading, known: Collection[str]) -> Reading:
        """The reading with arXiv's own record of each of its papers, without those that were announced before."""
        news = [a for a in reading.announcements if a.paper.id.source != "arxiv" or str(a.paper.id) not in known]
        wanted = sorted({a.paper.id for a in news if a.paper.id.source == "arxiv"})
        records, later, told = dict[PaperId, Paper](), wanted[_MOST_LOOKUPS:], "more than are looked up at once"
        try:
            records.update(self._lookup(wanted[:_MOST_LOOKUPS]) if wanted else {})
        except FeedError as error:
            later, told = wanted, str(error)
        found = tuple(_as_arxiv_has_it(a, records) for a in news if a.paper.id not in later)
        if not later:
            return replace(reading, announcements=found)
        # They count as not read, so that the next run asks for the document, and about them, again.
        unread = frozenset(map(str, later))
        memory = reading.memory and replace(reading.memory, seen=reading.memory.seen - unread, etag="", modified="")
        broken = (*reading.broken, f"entry of arXiv, {len(later)} in all: {told}")
        return replace(reading, announcements=found, broken=broken, memory=memory)


def _as_arxiv_has_it(said: Announcement, records: Mapping[PaperId, Paper]) -> Announcement:
    """The announcement with arXiv's record; a paper that arXiv does not know is known by its address alone."""
    if said.paper.id.source != "arxiv":
        return said
    record = records.get(said.paper.id)
    if record is None:
        return replace(said, paper=replace(said.paper, id=PaperId("link", f"arxiv.org/abs/{said.paper.id.native}")))
    paper = replace(record, categories=tuple(dict.fromkeys((*record.categories, *said.paper.categories))))
    return announcement(paper, AnnounceType.CROSS, said.feed, said.announced_on)


def read_web_feed(document: bytes, feed: WebFeed, now: datetime) -> Reading:
    """Parse a web feed (RSS, Atom or JSON Feed) into a Reading; entries that cannot be parsed are listed in `broken`.
    Raises FeedError if it is no complete feed, or if none of its entries can be parsed. A feed without entries is normal:
    nothing was published yet.
    """
    about = feed.names[0]
    is_json = document.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}
    entries = (read_json_feed if is_json else read_xml_feed)(document, about, feed.url)
    if len(entries) > _MOST_ENTRIES:
        raise FeedError(
            f"{len(entries)} entries, more than {_MOST_ENTRIES}", about=about, remedy="look for a shorter feed"
        )
    found: dict[tuple[PaperId, int], Announcement] = {}
    broken: list[str] = []
    for number, entry in enumerate(entries, start=1):
        wrong, label = "", ""
        if isinstance(entry, str):
            wrong = entry
        else:
            label = f" ({entry.label})"
            try:
                said = announced(entry, feed.names, now.date())
                first = found.setdefault((said.paper.id, said.paper.version), said)
                if not _same_entry(first.paper.title, said.paper.title):
                    wrong = f"the id {said.paper.id.native[:60]} is that of another entry"
            except FeedError as error:
                wrong = error.message
        if wrong:
            broken.append(f"entry {number}{label}: {wrong}")
    if broken and not found:
        raise FeedError(f"none of {len(broken)} entries can be read; {broken[0]}", about=about)
    return Reading(about, tuple(found.values()), broken=tuple(broken), by_day=False)


def _same_entry(one: str, other: str) -> bool:
    """Whether two titles are of one entry: the same letters and figures, or one of them with an addition."""
    short, long = sorted(map(letters_and_figures, (one, other)), key=len)
    return short == long or (len(short) >= _TELLING and short in long)


def remembered(listed: Reading, feed: WebFeed, before: FeedMemory | None, document: Document, now: datetime) -> Reading:
    """Compare a feed's new Reading `listed` with `before`, what was stored of its last complete reading (None if there
    was none), and return a copy of it with three changes: papers that are too old to be news are removed from
    `announcements`; `memory` is what to store for the next reading, with the HTTP validators of `document` and the time
    `now`; `forgot` says what may have been missed, if the feed no longer lists any paper of the last reading, else "".

    Too old are papers dated over 60 days before the newest one, when the feed is read for the first time or lists
    nothing of the last reading; they stay removed later. Raises FeedError for a feed that listed papers before and
    lists none now.
    """
    first = before is None or not before.seen
    if not (first or listed.announcements):
        raise FeedError("the feed lists nothing", about=feed.names[0], remedy="check its address")
    days = {str(a.paper.id): a.announced_on for a in listed.announcements}
    dated = [day for day in days.values() if day is not None and day <= now.date() + timedelta(days=1)]
    newest = max(dated, default=None)
    gap = before is not None and not first and before.seen.isdisjoint(days)
    skipped = before.skipped & days.keys() if before else frozenset[str]()
    if newest is not None and (first or gap):
        skipped = frozenset(paper for paper, day in days.items() if day is not None and newest - day > OLD)
    memory = FeedMemory(
        url=feed.url,
        watched_by=feed.watched_by,
        seen=frozenset(days),
        skipped=skipped,
        newest=newest,
        etag="" if listed.broken else document.etag,  # what could not be read is read, and told, again
        modified="" if listed.broken else document.modified,
        read_at=now,
    )
    return replace(
        listed,
        announcements=tuple(a for a in listed.announcements if str(a.paper.id) not in skipped),
        memory=memory,
        forgot=_gap(before, min(dated, default=None)) if before and gap else "",
    )


def _gap(before: FeedMemory, oldest: date | None) -> str:
    last = f"read on {before.read_at.date()}" + (f", newest of {before.newest}" if before.newest else "")
    now = f"; its oldest is of {oldest}" if oldest else ""
    return f"nothing is left of the {len(before.seen)} entries {last}{now}; what it listed between is not known"
