"""arXiv's search API on loopback: ids and queries in its language, answered from given papers, with its odd manners.

The ranking is the plain sum of how rare each matching term is, which is what "relevance" comes down to in arXiv's
search engine. Ids nobody has are left out; of a malformed id it says so in an entry titled "Error", with HTTP 400.
"""

from __future__ import annotations

import math
import re
import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from watcher.domain.papers.paper import ARXIV_ID

Record = Mapping[str, Any]
"""arxiv_id, title, abstract, authors; published, comment, journal_ref, categories, version may be missing."""

_TOKEN = re.compile(r'\s*(?:(\()|(\))|(AND|OR)\b|(ti|abs|au):(?:"([^"]*)"|([^\s()"]+)))')
_WORD = re.compile(r"[a-z0-9]+")
_EMPTY = "no results although some are said to exist"

_FEED = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" \
xmlns="http://www.w3.org/2005/Atom">
  <id>https://arxiv.org/api/x</id>
  <title>arXiv Query</title>
  <opensearch:totalResults>{total}</opensearch:totalResults>
  {entries}
</feed>
"""


class ArxivApi:
    """Answers while the `with` block lasts; `asked` keeps the parameters of every request."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.records = {record["arxiv_id"]: record for record in records if record["arxiv_id"]}
        self.asked: list[dict[str, str]] = []
        self._faults: deque[str | bytes] = deque()
        self._index: dict[tuple[str, str], set[str]] = defaultdict(set)
        for native, record in self.records.items():
            for field, text in _fields(record).items():
                for word in _WORD.findall(text):
                    self._index[field, word].add(native)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"api": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        """What WATCHER_ARXIV_API_URL would name."""
        return f"http://127.0.0.1:{self._server.server_port}/api/query"

    def empty_page(self, times: int = 1) -> None:
        """The next answers state their results and list none."""
        self._faults.extend([_EMPTY] * times)

    def answer_with(self, document: bytes) -> None:
        """The next answer is this document."""
        self._faults.append(document)

    def answer(self, parameters: Mapping[str, str]) -> tuple[int, bytes]:
        self.asked.append(dict(parameters))
        limit = int(parameters.get("max_results", "10"))
        if "search_query" in parameters:
            found = self._search(parameters["search_query"])
        else:
            ids = parameters.get("id_list", "").split(",")
            bad = next((native for native in ids if not ARXIV_ID.fullmatch(native)), None)
            if bad is not None:
                return 400, _page(1, [_error(f"incorrect id format for {bad}")])
            found = [native for native in ids if native in self.records]
        fault = self._faults.popleft() if self._faults else None
        if isinstance(fault, bytes):
            return 200, fault
        listed = [] if fault == _EMPTY else found[:limit]
        return 200, _page(len(found), [_entry(self.records[native]) for native in listed])

    def _search(self, query: str) -> list[str]:
        tokens = deque(_tokens(query))
        scores = self._either(tokens)
        assert not tokens, f"not a query: {query}"
        return sorted(scores, key=lambda native: (-scores[native], native))

    def _either(self, tokens: deque[tuple[str, str]]) -> dict[str, float]:
        scores = self._all(tokens)
        while tokens and tokens[0] == ("op", "OR"):
            tokens.popleft()
            for native, score in self._all(tokens).items():
                scores[native] = scores.get(native, 0.0) + score
        return scores

    def _all(self, tokens: deque[tuple[str, str]]) -> dict[str, float]:
        scores = self._one(tokens)
        while tokens and tokens[0] == ("op", "AND"):
            tokens.popleft()
            other = self._one(tokens)
            scores = {native: score + other[native] for native, score in scores.items() if native in other}
        return scores

    def _one(self, tokens: deque[tuple[str, str]]) -> dict[str, float]:
        kind, text = tokens.popleft()
        if kind == "(":
            scores = self._either(tokens)
            assert tokens.popleft()[0] == ")"
            return scores
        words = _WORD.findall(text.lower())
        hits = set.intersection(*(self._index.get((kind, word), set()) for word in words)) if words else set()
        phrase = " ".join(words)
        hits = {native for native in hits if f" {phrase} " in f" {_fields(self.records[native])[kind]} "}
        worth = sum(math.log(1 + len(self.records) / (1 + len(self._index.get((kind, word), ())))) for word in words)
        return dict.fromkeys(hits, worth)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _fields(record: Record) -> dict[str, str]:
    texts = {"ti": record["title"], "abs": record["abstract"] or "", "au": " ".join(record["authors"])}
    return {field: " ".join(_WORD.findall(text.lower())) for field, text in texts.items()}


def _tokens(query: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(query):
        found = _TOKEN.match(query, place)
        assert found, f"not a query: {query[place:]}"
        opened, closed, operator, field, phrase, word = found.groups()
        if opened or closed:
            yield found[0].strip(), ""
        elif operator:
            yield "op", operator
        else:
            yield field, phrase if phrase is not None else word
        place = found.end()


def _page(total: int, entries: Iterable[str]) -> bytes:
    return _FEED.format(total=total, entries="\n  ".join(entries)).encode()


def _error(message: str) -> str:
    anchor = message.replace(" ", "_")
    return (
        f"<entry><id>https://arxiv.org/api/errors#{anchor}</id><title>Error</title><summary>{message}</summary></entry>"
    )


def _entry(record: Record) -> str:
    parts = [
        f"<id>http://arxiv.org/abs/{record['arxiv_id']}v{record.get('version') or 1}</id>",
        f"<title>{escape(record['title'])}</title>",
        f"<summary>{escape(record['abstract'] or '')}</summary>",
        *(f"<author><name>{escape(name)}</name></author>" for name in record["authors"]),
        *(f'<category term="{escape(name)}"/>' for name in record.get("categories") or ()),
    ]
    if published := record.get("published"):
        parts.append(f"<published>{published if 'T' in published else published + 'T00:00:00Z'}</published>")
    stated = {field: record.get(field) for field in ("comment", "journal_ref", "doi")}
    parts += [f"<arxiv:{field}>{escape(value)}</arxiv:{field}>" for field, value in stated.items() if value]
    return f"<entry>{''.join(parts)}</entry>"


class _Handler(BaseHTTPRequestHandler):
    api: ClassVar[ArxivApi]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        status, body = self.api.answer(query)
        self.send_response(status)
        self.send_header("Content-Type", "application/atom+xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Silence: `asked` keeps what tests want to know."""
