"""oaipmh.arxiv.org's answers, rendered from records: sets, dates, paging and tokens as arXiv does them.

Facts from arXiv's own service (github.com/arXiv/oaipmh): 2,500 records a page, ordered by the moment of their last
change; a token is the percent-encoded query with a count to skip, and it restarts `from` the page's last day; it
expires at the next midnight UTC; an empty window and an expired token are errors in a document with HTTP 200.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode
from xml.sax.saxutils import escape

ALLOWED = {"verb", "metadataPrefix", "from", "until", "set"}
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">
    <responseDate>{now:%Y-%m-%dT%H:%M:%SZ}</responseDate>
    <request verb="ListRecords">http://oaipmh.arxiv.org/oai</request>
"""


@dataclass(frozen=True, slots=True)
class OaiItem:
    """A paper as arXiv holds it. `versions` are moments with arXiv's source flag (`I` means withdrawn)."""

    id: str
    changed: datetime
    versions: Sequence[tuple[datetime, str]]
    categories: Sequence[str]
    title: str
    abstract: str = "An abstract."
    authors: str = "Hana Mori"
    fields: Mapping[str, str] = field(default_factory=dict)  # comments, journal-ref, doi, license …
    deleted: bool = False
    xml: str | None = None  # stands in for the metadata, to be as broken as a test wants

    @property
    def sets(self) -> tuple[str, ...]:
        return tuple(oai_set(category) for category in self.categories)

    def render(self) -> str:
        sets = "".join(f"<setSpec>{name}</setSpec>" for name in self.sets)
        status = ' status="deleted"' if self.deleted else ""
        head = (
            f"<record><header{status}><identifier>oai:arXiv.org:{self.id}</identifier>"
            f"<datestamp>{self.changed:%Y-%m-%d}</datestamp>{sets}</header>"
        )
        return f"{head}</record>" if self.deleted else f"{head}<metadata>{self._metadata()}</metadata></record>"

    def _metadata(self) -> str:
        if self.xml is not None:
            return self.xml
        versions = "".join(
            f'<version version="v{number}"><date>{moment:%a, %d %b %Y %H:%M:%S} GMT</date><size>34kb</size>'
            + (f"<source_type>{flag}</source_type></version>" if flag else "</version>")
            for number, (moment, flag) in enumerate(self.versions, start=1)
        )
        rest = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in self.fields.items())
        return (
            f'<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{self.id}</id><submitter>Hana Mori</submitter>'
            f"{versions}<title>{escape(self.title)}</title><authors>{escape(self.authors)}</authors>"
            f"<categories>{' '.join(self.categories)}</categories>{rest}"
            f"<abstract>{escape(self.abstract)}</abstract></arXivRaw>"
        )


class OaiArchive:
    """Answers ListRecords from `items` as of `now`. `expire()` makes every token given so far a bad one."""

    def __init__(self, items: Iterable[OaiItem] = (), *, now: datetime, page_size: int = 2500) -> None:
        self.items = list(items)
        self.now = now
        self.page_size = page_size
        self._good: set[str] = set()

    def expire(self) -> None:
        self._good.clear()

    def answer(self, query: str) -> bytes:
        """The document for a query string."""
        given = {name: values[0] for name, values in parse_qs(query, strict_parsing=True).items()}
        if given.get("verb") != "ListRecords":
            return self._error("badVerb", "Value of the verb argument is not a legal OAI-PMH verb.")
        skip = 0
        if token := given.get("resumptionToken"):
            if set(given) != {"verb", "resumptionToken"}:
                return self._error("badArgument", "No other paramters allowed with resumptionToken")
            if token not in self._good:
                return self._error("badResumptionToken", "The value of the resumptionToken is invalid or expired.")
            given = {name: values[0] for name, values in parse_qs(unquote(token)).items()}
            skip = int(given.pop("skip"))
        if set(given) - ALLOWED or given.get("metadataPrefix") != "arXivRaw":
            return self._error("badArgument", "The request includes illegal arguments.")
        return self._list(given, skip, resumed=bool(token))

    def _list(self, given: dict[str, str], skip: int, *, resumed: bool) -> bytes:
        start = datetime.combine(date.fromisoformat(given.get("from", "2005-09-16")), time(), UTC)
        end = self.now + timedelta(days=1)
        wanted = given.get("set", "")
        found = sorted(
            (i for i in self.items if start <= i.changed < end and any(_within(name, wanted) for name in i.sets)),
            key=lambda item: (item.changed, item.id),
        )[skip:]
        if not found:
            return self._error("noRecordsMatch", "The combination of the values results in an empty list.")
        page, rest = found[: self.page_size], found[self.page_size :]
        last = "<resumptionToken/>" if resumed else ""
        if rest:
            last = self._token(given, page, skip)
        records = "".join(item.render() for item in page)
        return f"{HEAD.format(now=self.now)}<ListRecords>{records}{last}</ListRecords></OAI-PMH>".encode()

    def _token(self, given: dict[str, str], page: Sequence[OaiItem], skip: int) -> str:
        first, last = page[0].changed.date(), page[-1].changed.date()
        if first == last:
            skip += self.page_size
        else:
            given = {**given, "from": last.isoformat()}
            skip = sum(item.changed.date() == last for item in page)
        token = quote(urlencode({**given, "skip": skip}))
        self._good.add(token)
        return f"<resumptionToken expirationDate='{self.now + timedelta(days=1):%Y-%m-%dT00:00:00Z}'>{token}</resumptionToken>"

    def _error(self, code: str, text: str) -> bytes:
        return f"{HEAD.format(now=self.now)}<error code='{code}'>{text}</error></OAI-PMH>".encode()


def oai_set(category: str) -> str:
    """The three-level set of a category, e.g. cs:cs:CL, physics:cond-mat:str-el, physics:quant-ph."""
    archive, _, subject = category.partition(".")
    group = archive if archive in {"cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"} else "physics"
    return ":".join(filter(None, (group, archive, subject)))


def _within(name: str, wanted: str) -> bool:
    return not wanted or name == wanted or name.startswith(wanted + ":")


def items_from_facts(path: Path) -> list[OaiItem]:
    """The records of a real day, from its facts as JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [_item(json.loads(line)["record"]) for line in stream]


def _item(record: Mapping[str, Any]) -> OaiItem:
    metadata = record["metadata"]
    names = {"comments": "comment", "journal-ref": "journal_ref", "doi": "doi", "license": "license"}
    return OaiItem(
        id=record["base_arxiv_id"],
        changed=datetime.combine(date.fromisoformat(record["source_datestamp"]), time(1), UTC),
        versions=[(datetime.fromisoformat(version["submitted_at"]), "") for version in record["version_history"]],
        categories=metadata["categories"],
        title=metadata["title"],
        abstract=metadata["abstract"],
        authors=metadata["authors_raw"],
        fields={tag: metadata[name] for tag, name in names.items() if metadata[name]},
    )
