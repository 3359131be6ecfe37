"""Parses OAI-PMH records in arXiv's format (arXivRaw), and decides whether a record stands for a new paper, a
cross-list or a replacement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from watcher.adapters.sources.document import only, only_text, optional_text, text_of
from watcher.adapters.sources.paper import RawPaper, announcement, read_paper
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import WITHDRAWN, Announcement, AnnounceType, Paper, PaperId, arxiv_id

OAI: Final = "{http://www.openarchives.org/OAI/2.0/}"
_RAW = "{http://arxiv.org/OAI/arXivRaw/}"
_NUMBER = re.compile(r"v([1-9]\d*)")

_NOTHING_READ: Final[Mapping[str, PaperId]] = MappingProxyType({})

# Submissions wait for moderation, most for less than two weeks (info.arxiv.org/help/availability).
OVERLAP: Final = timedelta(days=14)
"""How far before a window a paper announced in it may have been submitted."""
_USUALLY: Final = timedelta(days=5)  # most papers are announced within so long of their submission


@dataclass(frozen=True, slots=True)
class OaiVersion:
    """A version of a paper in an OAI-PMH record. It is `withdrawn` if arXiv's source type contains the flag `I`."""

    number: int
    submitted: datetime
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class OaiRecord:
    """An OAI-PMH record of a paper in its newest version; `datestamp` is the day (UTC) on which the record was last
    changed.
    """

    paper: Paper
    versions: tuple[OaiVersion, ...]
    datestamp: date

    @property
    def withdrawn(self) -> bool:
        """Whether the newest version of the paper is a withdrawal."""
        return self.versions[-1].withdrawn

    def first_announced_since(
        self, day: date, oldest: Mapping[str, PaperId] = _NOTHING_READ, *, announced: bool = False
    ) -> bool:
        """Whether the paper may have been announced for the first time on `day` or later, in a watched category.
        `oldest` names for each watched category the first paper of the first announcements that were read; `announced`
        says that the paper was announced to some topic before.

        A paper with a lower id than these was announced before them; it counts only if it was submitted just before
        `day`, because those announcements may have been read in part. One with a higher id than one of them that was
        never announced has come into that category since. Any other paper counts if it was submitted at most 14 days
        before `day`, or has an id of that time's month or later, since arXiv assigns ids at the announcement: of 8,841
        papers announced in three weeks of 2026, 1 % had been submitted earlier.

        The answer is yes too often (for a paper of the same month that was only edited), which is harmless because
        known papers are skipped; it is never wrongly no.
        """
        submitted = self.versions[0].submitted.date()
        firsts = [oldest[category] for category in self.paper.categories if category in oldest]
        if firsts and all(_is_before(self.paper.id, first) for first in firsts):
            return submitted >= day - _USUALLY
        if firsts and not announced:
            return True
        floor = day - OVERLAP
        month = self.paper.first_month
        return submitted >= floor or (month is not None and month >= (floor.year, floor.month))

    def announcement(
        self,
        categories: AbstractSet[str],
        feed: str,
        *,
        since: date,
        known: bool,
        announced: bool = False,
        cross_listed: bool = False,
        oldest: Mapping[str, PaperId] = _NOTHING_READ,
    ) -> Announcement | None:
        """The announcement that the record stands for in a harvest that begins at the day `since`; None if the paper
        was only edited.

        A paper that is not `known` and was first announced since then counts as new, even if it has been replaced;
        `oldest` and `announced` are for `first_announced_since`, which decides that. A paper that was `cross_listed`
        since then is new to those who watch its new category. Otherwise a version submitted since then is a
        replacement. The first category is the primary one; if it is not watched, the type is a cross-list.
        `announced_on` is None, because OAI-PMH does not tell the day. A withdrawal gets the anomaly `withdrawn`.
        """
        watched = self.paper.categories[0] in categories
        newest = self.versions[-1]
        if cross_listed or (not known and self.first_announced_since(since, oldest, announced=announced)):
            kind = AnnounceType.NEW if watched else AnnounceType.CROSS
        elif newest.number > 1 and newest.submitted.date() >= since - OVERLAP:
            kind = AnnounceType.REPLACE if watched else AnnounceType.REPLACE_CROSS
        else:
            return None
        found = announcement(self.paper, kind, feed, None)
        return replace(found, anomalies=(*found.anomalies, WITHDRAWN)) if self.withdrawn else found


def _is_before(paper: PaperId, other: PaperId) -> bool:
    """Whether a paper's id was assigned before another one's."""
    return paper.place is not None and other.place is not None and paper.place < other.place


def read_record(record: Element) -> OaiRecord | PaperId:
    """Parse an OAI-PMH record; for a deleted record return only its paper id. Raises FeedError, which says what is
    wrong.
    """
    header = only(record, f"{OAI}header")
    identifier = only_text(header, f"{OAI}identifier")
    if header.get("status") == "deleted":
        return read_paper_id(identifier)
    raw = only(only(record, f"{OAI}metadata"), f"{_RAW}arXivRaw")
    # Two records that ran into each other would give a version twice.
    versions = tuple(sorted((_version(v) for v in raw.findall(f"{_RAW}version")), key=lambda v: v.number))
    if not versions or versions[0].number != 1 or len({v.number for v in versions}) != len(versions):
        raise FeedError(f"not the versions of a paper: {[v.number for v in versions]}")
    paper = _paper(raw, versions)
    if read_paper_id(identifier) != paper.id:
        raise FeedError(f"the header speaks of {identifier[:60]!r}, the metadata of {paper.id.native!r}")
    return OaiRecord(paper, versions, _day(only_text(header, f"{OAI}datestamp")))


def read_paper_id(identifier: str) -> PaperId:
    """The paper id in an OAI identifier such as oai:arXiv.org:2306.12672. Raises UsageError."""
    return arxiv_id(identifier)[0]


def _paper(raw: Element, versions: tuple[OaiVersion, ...]) -> Paper:
    categories = only_text(raw, f"{_RAW}categories").split()
    if not categories:
        raise FeedError("no categories")
    source = RawPaper(
        identifier=f"{only_text(raw, f'{_RAW}id').strip()}v{versions[-1].number}",
        title=only_text(raw, f"{_RAW}title"),
        abstract=only_text(raw, f"{_RAW}abstract"),
        authors_raw=only_text(raw, f"{_RAW}authors"),
        categories=categories,
        published=versions[0].submitted.date(),
        doi=optional_text(raw, f"{_RAW}doi"),
        journal_ref=optional_text(raw, f"{_RAW}journal-ref"),
        comment=optional_text(raw, f"{_RAW}comments"),
        license=optional_text(raw, f"{_RAW}license"),
    )
    return read_paper(source, "")


def _version(element: Element) -> OaiVersion:
    name = _NUMBER.fullmatch(element.get("version", ""))
    if name is None:
        raise FeedError(f"not a version: {element.get('version', '')[:20]!r}")
    stated = text_of(element.find(f"{_RAW}date")).strip()
    try:
        submitted = parsedate_to_datetime(stated)
    except (ValueError, OverflowError) as error:
        raise FeedError(f"not a date of submission: {stated[:40]!r}") from error
    if submitted.tzinfo is None:
        submitted = submitted.replace(tzinfo=UTC)
    flags = text_of(element.find(f"{_RAW}source_type"))
    return OaiVersion(int(name[1]), submitted, "I" in flags)


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError as error:
        raise FeedError(f"not a datestamp: {text[:40]!r}") from error
