"""Semantic Scholar's and OpenAlex's lists of citing papers on loopback, with their limits and odd manners.

Where the forms are from: `paper/batch` and `paper/{id}/citations` from the API's own documentation as copied in
github.com/Ricardo-ChenTY/SealedHistory (docs/S2/graph_v1_paper_citations.md, graph_v1_paper_batch.md); lists that come
empty beyond 9,999 citations from allenai/s2-folks issue 199, newest first from issue 70; HTTP 403 and 429 with their
texts from allenai/s2-folks issue 224 and SakanaAI/AI-Scientist issue 84. OpenAlex's pages, `meta` and errors from
developers.openalex.org (guides/page-through-results, api-reference/errors); its headers from SMTG-Bham/PaperMinerToolkit
issue 75, the long Retry-After from rpatrik96/bibtexupdater pull request 50; a work's `locations` from
cs3991/research_assistant (packages/open_alex_api/test/models/json_response.dart).
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, unquote, urlsplit

MOST_CITATIONS, MOST_OF_ONE, MOST_IDS = 9_999, 1_000, 500
FORBIDDEN = b'{"message":"Forbidden"}'
TOO_MANY = (
    b'{"message": "Too Many Requests. Please wait and try again or apply for a key for higher rate limits. '
    b'https://www.semanticscholar.org/product/api#api-key-form", "code": "429"}'
)
BOT_PAGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
NO_KEY = b'{"error": "Unauthorized", "message": "API key required. Get a free key at openalex.org/settings/api"}'
INVALID = b'{"error": "Invalid query parameters error.", "message": "1111 is not a valid filter."}'


@dataclass(frozen=True)
class Work:
    """A paper that cites others: `arxiv` is its id there ("" for none), `cites` are the arXiv ids of the cited papers.
    `by_scholar` and `by_alex` are the days from which each service knows it, None for never.
    """

    arxiv: str
    published: date
    cites: tuple[str, ...]
    by_scholar: date | None = date.min
    by_alex: date | None = date.min


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    service: str
    path: str
    headers: Mapping[str, str]
    body: Any = None


@dataclass
class CitationServices:
    """Both services while the `with` block lasts. `today` is the present day, `older` how many more papers cite each one
    that no service lists by itself, `faults` what comes next whatever is asked, by service.
    """

    works: Sequence[Work] = ()
    today: date = date.max
    older: Mapping[str, int] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    asked: list[Asked] = field(default_factory=list)
    faults: dict[str, deque[tuple[int, bytes, dict[str, str]]]] = field(
        default_factory=lambda: {"s2": deque(), "openalex": deque()}
    )

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"services": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        """What WATCHER_S2_URL and WATCHER_OPENALEX_URL would name."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def fail(self, service: str, status: int, body: bytes = b"{}", times: int = 1, **headers: str) -> None:
        """The next answers of a service ("s2" or "openalex") are these."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.faults[service].extend([(status, body, named)] * times)

    def count(self, service: str) -> int:
        """How many requests came to a service."""
        return sum(one.service == service for one in self.asked)

    def answer(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        self.asked.append(asked)
        if self.faults[asked.service]:
            return self.faults[asked.service].popleft()
        place, query = urlsplit(asked.path).path, parse_qs(urlsplit(asked.path).query)
        found = self._scholar(place, query, asked.body) if asked.service == "s2" else self._alex(query)
        return (404, b'{"error": "Paper not found"}', {}) if found is None else (200, json.dumps(found).encode(), {})

    def _scholar(self, place: str, query: Mapping[str, list[str]], body: Any) -> Any:
        if place == "/graph/v1/paper/batch":
            return self._batch(body["ids"])
        native = unquote(place).removeprefix("/graph/v1/paper/ARXIV:").removesuffix("/citations")
        if native in self.unknown:
            return None
        since = query["publicationDateOrYear"][0].rstrip(":")
        offset, limit = int(query["offset"][0]), int(query["limit"][0])
        found = [work for work in self._known(native) if work.published.isoformat() >= since]
        page = [{"citingPaper": _cited_in(work)} for work in found[offset : offset + limit]]
        more = {"next": offset + limit} if offset + limit < len(found) else {}
        return {"offset": offset, **more, "data": page}

    def _batch(self, names: Sequence[str]) -> list[dict[str, Any] | None]:
        assert len(names) <= MOST_IDS
        room, records = MOST_CITATIONS, list[dict[str, Any] | None]()
        for name in names:
            native = name.removeprefix("ARXIV:")
            listed = [_cited_in(work) for work in self._known(native)]
            listed += [_old(native, number) for number in range(self.older.get(native, 0))]
            shown = listed[:MOST_OF_ONE]
            shown, room = (shown, room - len(shown)) if len(shown) <= room else ([], 0)
            record = {"paperId": f"s2-{native}", "citationCount": len(listed), "citations": shown}
            records.append(None if native in self.unknown else record)
        return records

    def _known(self, native: str) -> list[Work]:
        found = [w for w in self.works if native in w.cites and w.by_scholar is not None and w.by_scholar <= self.today]
        return sorted(found, key=lambda work: work.published, reverse=True)

    def _alex(self, query: Mapping[str, list[str]]) -> Any:
        filters = dict(one.split(":", 1) for one in query["filter"][0].split(","))
        size, page = int(query["per_page"][0]), int(query.get("page", ["1"])[0])
        if "doi" in filters:
            wanted = [doi.removeprefix("10.48550/arxiv.") for doi in filters["doi"].split("|")]
            found = [
                {"id": f"https://openalex.org/W{_number(native)}", "doi": f"https://doi.org/10.48550/arxiv.{native}"}
                for native in wanted
                if native not in self.unknown
            ]
        else:
            cited = set(filters["cites"].split("|"))
            found = [
                _as_work(work)
                for work in sorted(self.works, key=lambda work: work.published, reverse=True)
                if work.by_alex is not None
                and work.by_alex <= self.today
                and work.published.isoformat() >= filters["from_publication_date"]
                and cited & {f"W{_number(native)}" for native in work.cites}
            ]
        meta = {"count": len(found), "db_response_time_ms": 31, "page": page, "per_page": size, "groups_count": None}
        return {"meta": meta, "results": found[(page - 1) * size : page * size], "group_by": []}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _cited_in(work: Work) -> dict[str, Any]:
    ids = {"ArXiv": work.arxiv, "DOI": f"10.48550/arXiv.{work.arxiv}"} if work.arxiv else {"DOI": "10.1038/s41586-1"}
    return {
        "paperId": f"s2-{work.arxiv or work.published}",
        "externalIds": {**ids, "CorpusId": 215416146},
        "publicationDate": work.published.isoformat(),
    }


def _old(native: str, number: int) -> dict[str, Any]:
    return {"paperId": f"s2-{native}-{number}", "externalIds": None, "publicationDate": "2024-01-15"}


def _number(native: str) -> int:
    return 4_000_000_000 + int(native.replace(".", "")[:9] or 0)


def _as_work(work: Work) -> dict[str, Any]:
    place = {
        "is_oa": True,
        "landing_page_url": f"http://arxiv.org/abs/{work.arxiv}" if work.arxiv else "https://doi.org/10.1038/s41586-1",
        "pdf_url": None,
        "source": {"id": "https://openalex.org/S4306400194", "display_name": "arXiv (Cornell University)"},
    }
    return {
        "id": f"https://openalex.org/W{_number(work.arxiv or '1')}",
        "doi": None if work.arxiv else "https://doi.org/10.1038/s41586-1",
        "publication_date": work.published.isoformat(),
        "referenced_works": ["https://openalex.org/W1", *(f"https://openalex.org/W{_number(n)}" for n in work.cites)],
        "locations": [place],
    }


class _Handler(BaseHTTPRequestHandler):
    services: ClassVar[CitationServices]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def _answer(self, body: Any) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        service = "s2" if self.path.startswith("/graph/") else "openalex"
        status, answer, more = self.services.answer(Asked(service, self.path, headers, body))
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **more}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Silence: `asked` keeps what tests want to know."""
