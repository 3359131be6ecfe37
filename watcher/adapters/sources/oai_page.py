"""Parses one page of an OAI-PMH ListRecords answer (openarchives.org/OAI/openarchivesprotocol.html)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from xml.etree.ElementTree import Element

from watcher.adapters.sources.document import local_name, parse_xml, text_of
from watcher.adapters.sources.oai_record import OAI, OaiRecord, read_record
from watcher.domain.errors import FeedError, UsageError
from watcher.domain.papers.paper import PaperId


class BadToken(FeedError):
    """Error: the OAI-PMH server no longer accepts the resumption token it gave, so the list must be read from the
    beginning.
    """


@dataclass(frozen=True, slots=True)
class OaiPage:
    """A page of records from OAI-PMH. `token` is the resumption token for the next page, None on the last.
    `response_date` is the time by the server's clock. `elsewhere` counts records outside the requested categories.
    """

    feed: str
    records: tuple[OaiRecord, ...]
    response_date: datetime
    token: str | None = None
    deleted: tuple[PaperId, ...] = ()
    broken: tuple[str, ...] = ()
    elsewhere: int = 0

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
    if root.tag != f"{OAI}OAI-PMH":
        raise FeedError(f"a <{root.tag[:60]}> document came instead of an OAI-PMH answer", about=feed)
    response_date = _response_date(root, feed)
    listed = root.findall(f"{OAI}ListRecords")
    if _is_empty(root, feed) and not listed:
        return OaiPage(feed, (), response_date)
    if len(listed) != 1:
        raise FeedError(f"{len(listed)} lists of records where one belongs", about=feed)
    return _page(root, listed[0], feed, response_date)


def _page(root: Element, listed: Element, feed: str, response_date: datetime) -> OaiPage:
    """The records, wherever they are in the document. Any other element in the list counts as broken, so that nothing
    is lost unnoticed.
    """
    elements = [element for element in root.iter() if local_name(element) == "record"]
    elements += [element for element in listed if local_name(element) not in {"record", "resumptionToken"}]
    records: list[OaiRecord] = []
    deleted: list[PaperId] = []
    broken: list[str] = []
    for place, element in enumerate(elements, start=1):
        try:
            found = _record(element)
        except (FeedError, UsageError) as error:
            identifier = text_of(element.find(f"{OAI}header/{OAI}identifier")).strip()[:60]
            broken.append(f"record {place} ({identifier!r}): {error.message}")
            continue
        if isinstance(found, OaiRecord):
            records.append(found)
        else:
            deleted.append(found)
    if broken and not (records or deleted):
        raise FeedError(f"none of {len(broken)} records can be read; {broken[0]}", about=feed)
    return OaiPage(feed, tuple(records), response_date, _token(root, feed), tuple(deleted), tuple(broken))


def _record(element: Element) -> OaiRecord | PaperId:
    if element.tag != f"{OAI}record":
        raise FeedError(f"an element <{element.tag[:60]}> where records belong")
    return read_record(element)


def _token(root: Element, feed: str) -> str | None:
    """The resumption token. It is looked for everywhere, because missing one would end the list early
    without an error.
    """
    tokens = [text_of(element).strip() for element in root.iter() if local_name(element) == "resumptionToken"]
    if len(tokens) > 1:
        raise FeedError(f"{len(tokens)} resumption tokens where one belongs", about=feed)
    return "".join(tokens) or None


def _response_date(root: Element, feed: str) -> datetime:
    text = text_of(root.find(f"{OAI}responseDate")).strip()
    try:
        stated = datetime.fromisoformat(text)
    except ValueError as error:
        raise FeedError(f"not a response date: {text[:40]!r}", about=feed) from error
    return stated if stated.tzinfo else stated.replace(tzinfo=UTC)  # the protocol prescribes UTC


def _is_empty(root: Element, feed: str) -> bool:
    """Whether the server reports that no records match. Raises FeedError for any other error it reports."""
    errors = [(error.get("code", ""), text_of(error)) for error in root.findall(f"{OAI}error")]
    for code, text in errors:
        if code == "noRecordsMatch":
            continue
        kind = BadToken if code == "badResumptionToken" else FeedError
        raise kind(f"arXiv says {code[:40]}: {text[:200]}", about=feed, remedy="check the set and the dates asked for")
    return bool(errors)
