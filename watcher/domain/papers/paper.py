"""Papers, their ids, and announcements of their versions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum

from watcher.domain.errors import Misuse, UsageError
from watcher.domain.text import fold

# Identifier forms: info.arxiv.org/help/arxiv_identifier; six digits after the dot are reserved for growth.
_NEW_ID = r"\d{4}\.\d{4,6}"
_OLD_ID = r"[a-z-]+(?:\.[A-Z]{2})?/\d{7}"  # until March 2007, e.g. math.GT/0309136
ARXIV_ID = re.compile(rf"(?P<id>{_NEW_ID}|{_OLD_ID})(?:v(?P<version>[1-9]\d*))?")
_ARXIV_WRAPPED = re.compile(
    r"^\s*(?:https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|oai:arXiv\.org:|arxiv:)?"
    rf"{ARXIV_ID.pattern}(?:\.pdf)?/?(?:[?#]\S*)?\s*$",
    re.IGNORECASE,
)


class AnnounceType(StrEnum):
    """arXiv's announce types (new, cross, replace, replace-cross): why a feed lists a paper. One paper may have
    different types in the feeds of different categories.
    """

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"

    @property
    def rank(self) -> int:
        """The order in which announce types override each other, from 0 (new) to 3 (replace-cross): a paper that
        several feeds announce gets the lowest.
        """
        return list(AnnounceType).index(self)

    @property
    def is_news(self) -> bool:
        """Whether a paper is announced for the first time (new or cross), rather than a later version of it."""
        return self in {AnnounceType.NEW, AnnounceType.CROSS}


@dataclass(frozen=True, slots=True, order=True)
class PaperId:
    """The id of a paper, without version: the name of its source and the source's own id."""

    source: str
    native: str

    def __str__(self) -> str:
        """The key of the paper in tables and logs, e.g. `arxiv:2306.12672`."""
        return f"{self.source}:{self.native}"

    @property
    def place(self) -> tuple[int, int] | None:
        """The sortable position (YYMM, number) of an arXiv id in the order of announcement; None for other sources and
        ids before 2007.

        arXiv gives ids when it announces papers, counting through the month (info.arxiv.org/help/arxiv_identifier).
        """
        match = re.fullmatch(r"(\d{4})\.(\d{4,6})", self.native) if self.source == "arxiv" else None
        return (int(match[1]), int(match[2])) if match else None

    @classmethod
    def from_key(cls, key: str) -> PaperId:
        """Parse a paper's key such as `arxiv:2306.12672`, as written by `str()`. Raises UsageError if it names no
        source.
        """
        source, colon, native = key.partition(":")
        if not (source and colon and native):
            raise UsageError(f"not a paper key: {key!r}", remedy="use SOURCE:ID, e.g. arxiv:2306.12672")
        return cls(source, native)


def arxiv_id(text: str) -> tuple[PaperId, int | None]:
    """Parse an arXiv id, `arXiv:` id, OAI identifier or abs/pdf URL into the id without version, and the version or
    None.

    Old ids lose their subject class (math.GT/0309136 is math/0309136). Raises UsageError for anything else.
    """
    match = _ARXIV_WRAPPED.match(text)
    if match is None:
        raise Misuse(f"not an arXiv id or URL: {text[:80]!r}", remedy="use e.g. 2306.12672")
    native = match["id"]
    if "/" in native:
        archive, _, number = native.partition("/")
        native = f"{archive.partition('.')[0].lower()}/{number}"
    version = int(match["version"]) if match["version"] else None
    return PaperId("arxiv", native), version


@dataclass(frozen=True, slots=True)
class Paper:
    """One version of a paper.

    `title_raw`, `abstract_raw` and `authors_raw` are the source's own characters, with TeX; `title`, `abstract` and
    `authors` are the same text for people (accents as Unicode, single spaces). `published` is the day on which the
    first version was submitted.
    """

    id: PaperId
    version: int
    title_raw: str
    abstract_raw: str
    authors_raw: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    url: str
    published: date | None = None
    doi: str | None = None
    journal_ref: str | None = None
    comment: str | None = None
    license: str | None = None

    @property
    def year(self) -> int:
        """The year of the first version: from `published`, else from the arXiv id."""
        if self.published is not None:
            return self.published.year
        digits = re.search(r"(?:^|/)(\d{2})\d{2}", self.id.native)
        if digits is None:
            raise UsageError("no date and no year in the identifier", about=str(self.id))
        two = int(digits[1])
        return 1900 + two if two >= 91 else 2000 + two  # arXiv began in 1991

    @property
    def first_month(self) -> tuple[int, int] | None:
        """Year and month of the first announcement, from a new-style arXiv id (YYMM.number); else None."""
        match = re.match(r"(\d{2})(0[1-9]|1[0-2])\.", self.id.native)
        return (2000 + int(match[1]), int(match[2])) if match else None


@dataclass(frozen=True, slots=True)
class Announcement:
    """The fact that a source announced a version of a paper.

    `announced_on` is the feed's own date (US Eastern), None if it has none. `anomalies` are the codes of what is
    unusual about the text (see `domain.hostile.anomalies`).
    """

    paper: Paper
    announce_type: AnnounceType
    feed: str
    announced_on: date | None = None
    anomalies: tuple[str, ...] = field(default=())


# Authors may replace a paper by another one under the same id (info.arxiv.org/help/versions).
_ALIKE = 0.6  # ratio of matching characters


def same_work(before: str, after: str) -> bool:
    """Whether the titles of two versions of a paper are similar enough to be of the same work, ignoring case and white
    space.
    """
    return SequenceMatcher(None, fold(before).lower(), fold(after).lower(), autojunk=False).ratio() >= _ALIKE


def unite(first: Announcement, second: Announcement) -> Announcement:
    """Merge two announcements of the same paper version: all categories, and the stronger announce_type.

    arXiv's announce_type depends on the category asked for: a paper that is `cross` in one feed may be `new` in
    another. If both are equal, the first announcement is kept.
    """
    strong, weak = (second, first) if second.announce_type.rank < first.announce_type.rank else (first, second)
    categories = tuple(dict.fromkeys(first.paper.categories + second.paper.categories))
    return replace(
        strong,
        paper=replace(strong.paper, categories=categories),
        announced_on=strong.announced_on or weak.announced_on,
        anomalies=tuple(dict.fromkeys(strong.anomalies + weak.anomalies)),
    )


def merge(announcements: Iterable[Announcement]) -> list[Announcement]:
    """Merge announcements of several feeds: one for each (paper, version), in the order of first occurrence."""
    merged: dict[tuple[PaperId, int], Announcement] = {}
    for announcement in announcements:
        key = (announcement.paper.id, announcement.paper.version)
        merged[key] = unite(merged[key], announcement) if key in merged else announcement
    return list(merged.values())


_IDS = re.sub(r"\?P<\w+>", "?:", ARXIV_ID.pattern)
_NAMED = re.compile(
    rf"(?:https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|\barxiv:\s?|10\.48550/arxiv\.)({_IDS})"
    rf"|(?<![\w./-])(\d{{4}}\.\d{{4,6}}(?:v[1-9]\d*)?)(?![\w-]|\.\d)",
    re.IGNORECASE,
)


def papers_named(text: str) -> tuple[PaperId, ...]:
    """The ids of the papers that a text mentions by link, `arXiv:` id, DOI or bare new-style id, in order, without
    repetition.
    """
    found = (match[1] or match[2] for match in _NAMED.finditer(text))
    return tuple(dict.fromkeys(arxiv_id(identifier)[0] for identifier in found))
