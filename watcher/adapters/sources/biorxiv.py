"""Reads bioRxiv's RSS 1.0 feeds, one for each subject.

A feed lists the newest papers of a subject; for an unknown subject bioRxiv answers HTTP 200 with an empty feed.
feedparser is used here: it copes with foreign RSS dialects, and its changes to some characters (U+0093 becomes a
quotation mark) are acceptable, unlike for arXiv.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from watcher.adapters.sources.document import local_name, parse_xml
from watcher.adapters.sources.fetch import DocumentFetcher
from watcher.adapters.sources.paper import announcement, day_of
from watcher.adapters.sources.web_feed_formats import parsed_entries
from watcher.domain.errors import ConfigError, FeedError
from watcher.domain.papers.paper import Announcement, AnnounceType, Paper, PaperId
from watcher.ports import Reading

BASE_URL: Final = "https://connect.biorxiv.org/biorxiv_xml.php"

_CATEGORY = re.compile(r"biorxiv\.([a-z]+(?:_[a-z]+)*)")
_DOI = re.compile(r"(?:doi:\s*)?(10\.\d{4,9}/[\w.-]+)", re.ASCII | re.IGNORECASE)
_VERSION = re.compile(r"v([1-9]\d*)(?:\?.*)?")
_POSTED = re.compile(r"/(\d{4})\.(\d{2})\.(\d{2})\.\d+$")  # since December 2019 a DOI holds the paper's first day
_CREATOR = re.compile(r"([^ ,][^,]*)(?:, ((?:[^\W\d_]{1,2}\.[ -]?)+)(?=,|$))?")


class Biorxiv:
    """Source that reads bioRxiv's feed of each watched subject. Categories are `biorxiv.` and bioRxiv's name of the
    subject, e.g. `biorxiv.cancer_biology`. Raises ConfigError for anything else.
    """

    name = "biorxiv"

    def __init__(self, fetcher: DocumentFetcher, *, categories: Sequence[str], base_url: str = BASE_URL) -> None:
        for category in categories:
            if not _CATEGORY.fullmatch(category):
                raise ConfigError("not a category of bioRxiv", about=repr(category), remedy="write biorxiv.SUBJECT")
        self._fetcher = fetcher
        self._categories = tuple(categories)
        self._base_url = base_url

    def read(self) -> Iterable[Reading]:
        """Fetch the feeds of the subjects one after another and yield a Reading (announcements or an error) for
        each.
        """
        for category in self._categories:
            url = f"{self._base_url}?{urlencode({'subject': category.partition('.')[2]})}"
            try:
                yield read_biorxiv(self._fetcher.get(url, about=category, remember=True), category)
            except FeedError as error:
                yield Reading(category, error=error, by_day=False)


def read_biorxiv(document: bytes, category: str) -> Reading:
    """Parse a bioRxiv feed into a Reading; entries that cannot be parsed are listed in `broken`. Raises FeedError."""
    root = parse_xml(document, category)  # feedparser would give the first entries of a document that was cut off
    items = sum(local_name(element) == "item" for element in root.iter())
    entries = parsed_entries(root, items, category)
    if not items:
        raise FeedError("the feed holds no papers", about=category, remedy="check the name of the subject")
    announcements: list[Announcement] = []
    broken: list[str] = []
    for place, entry in enumerate(entries, start=1):
        try:
            announcements.append(_announcement(entry, category))
        except FeedError as error:
            broken.append(f"entry {place} ({str(entry.get('id', ''))[:60]!r}): {error.message}")
    if not announcements:
        raise FeedError(f"none of {len(broken)} entries can be read; {broken[0]}", about=category)
    return Reading(category, tuple(announcements), broken=tuple(broken), by_day=False)


def _announcement(entry: Any, category: str) -> Announcement:
    doi = _DOI.fullmatch(entry.get("dc_identifier", "").strip())
    if doi is None:
        raise FeedError(f"not a DOI: {entry.get('dc_identifier', '')[:60]!r}")
    version = _VERSION.search(entry.get("link", ""))
    if version is None:
        raise FeedError(f"no version in {entry.get('link', '')[:80]!r}")
    title, abstract, creators = (str(entry.get(name, "")) for name in ("title", "summary", "author"))
    if not title:
        raise FeedError("no title")
    posted = day_of(entry.get("updated", ""))
    paper = Paper(
        id=PaperId("biorxiv", doi[1].lower()),
        version=int(version[1]),
        title_raw=title,
        abstract_raw=abstract,
        authors_raw=creators,
        title=" ".join(title.split()),
        abstract=" ".join(abstract.split()),
        authors=split_creators(creators),
        categories=(category,),
        url=f"https://doi.org/{doi[1].lower()}",
        published=_first_day(doi[1]) or posted,
        doi=doi[1].lower(),
    )
    # bioRxiv's feed does not state why it lists a paper.
    kind = AnnounceType.NEW if paper.version == 1 else AnnounceType.REPLACE
    return announcement(paper, kind, category, posted)


def split_creators(line: str) -> tuple[str, ...]:
    """Split bioRxiv's authors such as `Kukla, D., van der Waals, J. D.` into names, initials first. A group without
    initials stays as it is.
    """
    found = _CREATOR.findall(" ".join(line.split()))
    return tuple(f"{initials} {name}".strip() for name, initials in found)


def _first_day(doi: str) -> date | None:
    """The day on which the first version was posted, from the DOI; None before December 2019."""
    found = _POSTED.search(doi)
    return day_of("-".join(found.groups())) if found else None
