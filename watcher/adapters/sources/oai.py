"""Harvests arXiv's OAI-PMH service: everything announced since a day, to catch up and to check that nothing was missed. It
parses the pages of records in arXiv's format (arXivRaw), and decides whether a record stands for a new paper, a
cross-list or a replacement.

The library oaipmh (4.0) was tried first. It can use our fetcher, but one bad header loses it the whole page, and an
empty page with a resumption token ends its list without an error. oaipmh-scythe (0.16) insists on its own HTTP client.
Sources: info.arxiv.org/help/oa, openarchives.org/OAI/openarchivesprotocol.html, and arXiv's own service
(github.com/arXiv/oaipmh).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

from watcher.adapters.sources.document import local_name, only, only_text, optional_text, parse_xml, text_of
from watcher.adapters.sources.fetch import DocumentFetcher
from watcher.adapters.sources.paper import announcement, read_paper
from watcher.domain.errors import FeedError, UsageError
from watcher.domain.papers.paper import WITHDRAWN, Announcement, AnnounceType, Paper, PaperId, arxiv_id
from watcher.ports import Reading

BASE_URL = "https://oaipmh.arxiv.org/oai"
_RESTARTS = 3  # times that the list is begun anew because a resumption token expired
_GROUPS = frozenset({"cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"})  # every other archive is in `physics`


def sets_of(categories: Iterable[str]) -> tuple[str, ...]:
    """The OAI-PMH sets to request for arXiv categories, one per archive (`cs` for `cs.CL`)."""
    archives = sorted({category.partition(".")[0] for category in categories})
    return tuple(archive if archive in _GROUPS else f"physics:{archive}" for archive in archives)


def harvest(
    fetcher: DocumentFetcher, base_url: str, name: str, *, since: date, categories: AbstractSet[str]
) -> Iterator[OaiPage]:
    """Request the records of the OAI-PMH set `name` that changed on the day `since` (UTC) or later, and yield them page
    by page, at least one page. Only records of papers in at least one of `categories` are kept, so a page may be empty.
    Each record is given once, even if the list must be started again because its resumption token expired: arXiv's do
    at midnight UTC.

    There is no end date: arXiv moves a record to the day of its last change, so an end would lose records that changed
    after it. The next harvest should begin at the day of the first page's `response_date`. Raises FeedError.
    """
    feed = f"oai:{name}"
    begin = {"metadataPrefix": "arXivRaw", "set": name, "from": since.isoformat()}
    query, restarts = begin, 0
    given, followed = set[tuple[PaperId, date]](), set[str]()
    while True:
        url = f"{base_url}?{urlencode({'verb': 'ListRecords', **query})}"
        try:
            page = read_page(fetcher.get(url, about=feed), feed)
        except BadToken:
            restarts += 1
            if query is begin or restarts > _RESTARTS:
                raise
            followed.clear()
            query = begin
            continue
        if page.token in followed:
            raise FeedError("the list goes round in circles", about=feed)
        near = (record for record in page.records if not categories.isdisjoint(record.paper.categories))
        new = tuple(record for record in near if (record.paper.id, record.datestamp) not in given)
        given.update((record.paper.id, record.datestamp) for record in new)
        yield replace(page, records=new)
        if page.token is None:
            return
        followed.add(page.token)
        query = {"resumptionToken": page.token}


class ArxivOai:
    """Source that reads from arXiv's OAI-PMH service everything announced since a day (`since`), one Reading per page.

    `known` returns which of some papers need no announcement as new, because they were announced to all their topics
    before. `announced` returns those announced as new to any topic (by default the known ones), `cross_listed` those
    that have since been cross-listed into the categories of another topic. `left_off` says by Reading name how far an
    interrupted harvest had come; `oldest` names for each category the first paper of the first announcements read while
    it was watched.

    After `read`, `complete_as_of` is the time (arXiv's clock) up to which everything was read and at which the next
    harvest begins; None if any set failed.
    """

    name = "arXiv OAI-PMH"

    def __init__(
        self,
        fetcher: DocumentFetcher,
        *,
        categories: AbstractSet[str],
        since: date,
        known: Callable[[Sequence[Paper]], AbstractSet[PaperId]],
        announced: Callable[[Sequence[Paper]], AbstractSet[PaperId]] | None = None,
        cross_listed: Callable[[Sequence[Paper]], AbstractSet[PaperId]] | None = None,
        left_off: Mapping[str, date] = MappingProxyType({}),
        oldest: Mapping[str, PaperId] = MappingProxyType({}),
        base_url: str = BASE_URL,
    ) -> None:
        self._fetcher = fetcher
        self._categories = categories
        self._since = since
        self._known, self._announced, self._cross_listed = known, announced, cross_listed
        self._left_off, self._oldest = left_off, oldest
        self._base_url = base_url
        self.complete_as_of: datetime | None = None

    def read(self) -> Iterable[Reading]:
        """Harvest the OAI-PMH sets one after another and yield a Reading for each page, named after its set (`oai:cs`).
        A set that fails yields a last Reading with `error`; the others are read all the same.
        """
        self.complete_as_of = None
        begun: list[datetime] = []
        failed = False
        for name in sets_of(self._categories):
            pages = harvest(
                self._fetcher,
                self._base_url,
                name,
                since=self._left_off.get(f"oai:{name}", self._since),
                categories=self._categories,
            )
            try:
                for place, page in enumerate(pages):
                    # The first page's clock: what changes while later pages are read belongs to the next window.
                    begun += [page.response_date] if place == 0 else []
                    yield self._reading(page)
            except FeedError as error:
                failed = True
                yield Reading(f"oai:{name}", error=error)
        self.complete_as_of = min(begun) if begun and not failed else None

    def _reading(self, page: OaiPage) -> Reading:
        papers = [record.paper for record in page.records]
        known = self._known(papers)
        announced = known | self._announced(papers) if self._announced else known
        cross_listed = self._cross_listed(papers) if self._cross_listed else frozenset[PaperId]()
        news = (
            record.announcement(
                self._categories,
                page.feed,
                since=self._since,
                known=record.paper.id in known,
                announced=record.paper.id in announced,
                cross_listed=record.paper.id in cross_listed,
                oldest=self._oldest,
            )
            for record in page.records
        )
        found = tuple(announcement for announcement in news if announcement)
        first = tuple((record.datestamp, record.paper.id) for record in page.records if len(record.versions) == 1)
        return Reading(page.feed, found, broken=page.broken, reached=page.reached, first_versions=first)


class BadToken(FeedError):
    """Error: the OAI-PMH server no longer accepts the resumption token it gave, so the list must be read from the
    beginning.
    """


@dataclass(frozen=True, slots=True)
class OaiPage:
    """A page of records from OAI-PMH. `token` is the resumption token for the next page, None on the last.
    `response_date` is the time by the server's clock.
    """

    feed: str
    records: tuple[OaiRecord, ...]
    response_date: datetime
    token: str | None = None
    deleted: tuple[PaperId, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def reached(self) -> date | None:
        """The newest datestamp on the page. arXiv lists records by datestamp, so an interrupted harvest can continue
        from it.
        """
        return max((record.datestamp for record in self.records), default=None)


def read_page(document: bytes, feed: str) -> OaiPage:
    """Parse a page of OAI-PMH records; those that cannot be read are listed in `broken`.

    An empty result (`noRecordsMatch`) is an empty page. Raises BadToken for an expired token, and FeedError for any
    other error the server reports, for an incomplete document, and if no record can be read.
    """
    root = parse_xml(document, feed)
    if root.tag != f"{_OAI}OAI-PMH":
        raise FeedError(f"a <{root.tag[:60]}> document came instead of an OAI-PMH answer", about=feed)
    stated = text_of(root.find(f"{_OAI}responseDate"))
    response_date = _moment(stated, "response date", datetime.fromisoformat, feed)
    listed = root.findall(f"{_OAI}ListRecords")
    if _is_empty(root, feed) and not listed:
        return OaiPage(feed, (), response_date)
    if len(listed) != 1:
        raise FeedError(f"{len(listed)} lists of records where one belongs", about=feed)
    # Records are read wherever they are in the document. Any other element in the list counts as broken, so that nothing
    # is lost unnoticed.
    elements = [element for element in root.iter() if local_name(element) == "record"]
    elements += [element for element in listed[0] if local_name(element) not in {"record", "resumptionToken"}]
    records: list[OaiRecord] = []
    deleted: list[PaperId] = []
    broken: list[str] = []
    for place, element in enumerate(elements, start=1):
        try:
            found = _read_record(element)
        except (FeedError, UsageError) as error:
            identifier = text_of(element.find(f"{_OAI}header/{_OAI}identifier")).strip()[:60]
            broken.append(f"record {place} ({identifier!r}): {error.message}")
            continue
        if isinstance(found, OaiRecord):
            records.append(found)
        else:
            deleted.append(found)
    if broken and not (records or deleted):
        raise FeedError(f"none of {len(broken)} records can be read; {broken[0]}", about=feed)
    return OaiPage(feed, tuple(records), response_date, _token(root, feed), tuple(deleted), tuple(broken))


def _token(root: Element, feed: str) -> str | None:
    """The resumption token. It is looked for everywhere, because missing one would end the list early
    without an error.
    """
    tokens = [text_of(element).strip() for element in root.iter() if local_name(element) == "resumptionToken"]
    if len(tokens) > 1:
        raise FeedError(f"{len(tokens)} resumption tokens where one belongs", about=feed)
    return "".join(tokens) or None


def _is_empty(root: Element, feed: str) -> bool:
    """Whether the server reports that no records match. Raises FeedError for any other error it reports."""
    errors = [(error.get("code", ""), text_of(error)) for error in root.findall(f"{_OAI}error")]
    for code, text in errors:
        if code == "noRecordsMatch":
            continue
        kind = BadToken if code == "badResumptionToken" else FeedError
        raise kind(f"arXiv says {code[:40]}: {text[:200]}", about=feed, remedy="check the set and the dates asked for")
    return bool(errors)


_OAI: Final = "{http://www.openarchives.org/OAI/2.0/}"
_RAW = "{http://arxiv.org/OAI/arXivRaw/}"
_NUMBER = re.compile(r"v([1-9]\d*)")

_NOTHING_READ: Final[Mapping[str, PaperId]] = MappingProxyType({})

# Submissions wait for moderation, most for less than two weeks (info.arxiv.org/help/availability).
_OVERLAP: Final = timedelta(days=14)
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
        floor = day - _OVERLAP
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
        elif newest.number > 1 and newest.submitted.date() >= since - _OVERLAP:
            kind = AnnounceType.REPLACE if watched else AnnounceType.REPLACE_CROSS
        else:
            return None
        found = announcement(self.paper, kind, feed, None)
        return replace(found, anomalies=(*found.anomalies, WITHDRAWN)) if self.withdrawn else found


def _is_before(paper: PaperId, other: PaperId) -> bool:
    """Whether a paper's id was assigned before another one's."""
    return paper.place is not None and other.place is not None and paper.place < other.place


def _read_record(record: Element) -> OaiRecord | PaperId:
    """Parse an OAI-PMH record; for a deleted record return only its paper id. Raises FeedError or UsageError, which says
    what is wrong.
    """
    if record.tag != f"{_OAI}record":
        raise FeedError(f"an element <{record.tag[:60]}> where records belong")
    header = only(record, f"{_OAI}header")
    identifier = only_text(header, f"{_OAI}identifier")
    if header.get("status") == "deleted":
        return arxiv_id(identifier)[0]
    raw = only(only(record, f"{_OAI}metadata"), f"{_RAW}arXivRaw")
    # Two records that ran into each other would give a version twice.
    versions = tuple(sorted((_version(v) for v in raw.findall(f"{_RAW}version")), key=lambda v: v.number))
    if not versions or versions[0].number != 1 or len({v.number for v in versions}) != len(versions):
        raise FeedError(f"not the versions of a paper: {[v.number for v in versions]}")
    categories = only_text(raw, f"{_RAW}categories").split()
    if not categories:
        raise FeedError("no categories")
    paper = read_paper(
        f"{only_text(raw, f'{_RAW}id').strip()}v{versions[-1].number}",
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
    if arxiv_id(identifier)[0] != paper.id:
        raise FeedError(f"the header speaks of {identifier[:60]!r}, the metadata of {paper.id.native!r}")
    datestamp = _moment(only_text(header, f"{_OAI}datestamp"), "datestamp", datetime.fromisoformat)
    return OaiRecord(paper, versions, datestamp.date())


def _version(element: Element) -> OaiVersion:
    name = _NUMBER.fullmatch(element.get("version", ""))
    if name is None:
        raise FeedError(f"not a version: {element.get('version', '')[:20]!r}")
    submitted = _moment(text_of(element.find(f"{_RAW}date")), "date of submission", parsedate_to_datetime)
    flags = text_of(element.find(f"{_RAW}source_type"))
    return OaiVersion(int(name[1]), submitted, "I" in flags)


def _moment(text: str, what: str, read: Callable[[str], datetime], about: str = "") -> datetime:
    """The time in a text; without a zone it is UTC, as the protocol prescribes. Raises FeedError."""
    try:
        stated = read(text.strip())
    except (ValueError, OverflowError) as error:
        raise FeedError(f"not a {what}: {text.strip()[:40]!r}", about=about) from error
    return stated if stated.tzinfo else stated.replace(tzinfo=UTC)
