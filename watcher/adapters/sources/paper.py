"""Builds papers and announcements from the fields of an arXiv document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final

from watcher.adapters.sources.authors import split_authors
from watcher.adapters.sources.tex import readable
from watcher.domain.errors import FeedError, UsageError
from watcher.domain.hostile.anomalies import anomalies
from watcher.domain.papers.paper import Announcement, AnnounceType, Paper, arxiv_id
from watcher.domain.text import encodable

_HIGHEST_VERSION: Final = 9999  # far above any real version
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_FIRST: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?(?!\d)")
_DAY_FIRST: Final = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)(?!\d)")
_MONTH_NAMED: Final = re.compile(
    rf"\b(?:(\d{{1,2}})[ .-]+)?(?P<month>{'|'.join(_MONTHS)})[a-z]*[ .-]+(?:(\d{{1,2}}),? +)?(?P<year>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RawPaper:
    """The fields of a paper as its source writes them. `identifier` holds id and version in any form that arXiv uses.
    `authors` is set if the source lists names one by one; otherwise `authors_raw` is split.
    """

    identifier: str
    title: str
    abstract: str
    authors_raw: str
    categories: Iterable[str]
    authors: tuple[str, ...] | None = None
    published: date | None = None
    doi: str | None = None
    journal_ref: str | None = None
    comment: str | None = None
    license: str | None = None


def read_paper(raw: RawPaper, about: str) -> Paper:
    """Build a paper from an arXiv document's fields, with readable title, abstract and authors. Raises FeedError if id
    or version is missing.
    """
    try:
        paper_id, version = arxiv_id(raw.identifier)
    except UsageError as error:
        raise FeedError(" ".join(str(error).split())[:200], about=about) from error
    if version is None or version > _HIGHEST_VERSION:
        raise FeedError(f"no version in {raw.identifier[:60]!r}", about=about)
    names = split_authors(raw.authors_raw) if raw.authors is None else tuple(readable(name) for name in raw.authors)
    return Paper(
        id=paper_id,
        version=version,
        title_raw=raw.title,
        abstract_raw=raw.abstract,
        authors_raw=raw.authors_raw,
        title=readable(raw.title),
        abstract=readable(raw.abstract),
        authors=names,
        categories=tuple(dict.fromkeys(raw.categories)),
        url=f"https://arxiv.org/abs/{paper_id.native}",
        published=raw.published,
        doi=raw.doi,
        journal_ref=raw.journal_ref,
        comment=raw.comment,
        license=raw.license,
    )


def announce(raw: RawPaper, announce_type: str, feed: str, announced_on: date | None) -> Announcement:
    """Build the announcement of a paper. Raises FeedError if id or version is missing or the announce type is unknown."""
    try:
        kind = AnnounceType(announce_type)
    except ValueError as error:
        raise FeedError(f"unknown announce_type {announce_type[:60]!r}", about=feed) from error
    return announcement(read_paper(raw, feed), kind, feed, announced_on)


def announcement(paper: Paper, kind: AnnounceType, feed: str, announced_on: date | None) -> Announcement:
    """Build the announcement of a paper, noting suspicious passages of its text (anomalies). Characters that no
    database can store become U+FFFD.
    """
    kept = _keepable(paper)
    return Announcement(kept, kind, feed, announced_on, anomalies(kept))


def _keepable(paper: Paper) -> Paper:
    """The paper with U+FFFD for characters that no database can store."""
    changed: dict[str, Any] = {}
    for field in fields(paper):
        value = getattr(paper, field.name)
        if isinstance(value, str):
            changed[field.name] = encodable(value)
        elif isinstance(value, tuple):
            changed[field.name] = tuple(map(encodable, value))
    return replace(paper, **changed)


def day_of(text: str) -> date | None:
    """Parse the date at the beginning of a text in ISO format; None for another text."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def day_in(text: str) -> date | None:
    """Find the first date in a text: year first (2026-11-24, 2026/11, 2026年11月24日), with an English month, or day first
    with points (24.11.2026); None if there is none.
    """
    if found := _YEAR_FIRST.search(text):
        year, month, day = int(found[1]), int(found[2]), int(found[3] or 1)
    elif found := _MONTH_NAMED.search(text):
        year, month, day = int(found["year"]), _MONTHS.index(found["month"].lower()) + 1, int(found[1] or found[3] or 1)
    elif found := _DAY_FIRST.search(text):
        day, month, year = int(found[1]), int(found[2]), int(found[3])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
