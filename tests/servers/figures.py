"""Semantic Scholar, Hugging Face, GitHub, OpenAlex and Crossref on loopback: what they say is given, every question counted."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, unquote, urlsplit

MOST_IDS = 500


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


class Figures:
    """Answers while the `with` block lasts. `citations` and `dblp` go by arXiv id, `pages` holds Hugging Face's pages,
    `daily` those listed by day, `stars` goes by repository, `openalex` by DOI. Whole records go by arXiv id in `records`
    (Semantic Scholar), by DOI in `works` (OpenAlex) and `registered` (Crossref), what a search for a title gives by title
    in `titled`.
    """

    def __init__(self) -> None:
        self.citations: dict[str, int] = {}
        self.dblp: dict[str, str] = {}
        self.pages: dict[str, dict[str, Any]] = {}
        self.daily: dict[str, list[str]] = {}
        self.stars: dict[str, int] = {}
        self.openalex: dict[str, int] = {}
        self.records: dict[str, dict[str, Any]] = {}
        self.works: dict[str, dict[str, Any]] = {}
        self.registered: dict[str, dict[str, Any]] = {}
        self.titled: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[Asked] = []
        self._faults: deque[tuple[int, bytes, dict[str, str]]] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"figures": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        """What WATCHER_S2_URL, WATCHER_HF_URL, WATCHER_GITHUB_API_URL and WATCHER_OPENALEX_URL would name."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def next_answer(self, status: int, body: bytes = b"{}", times: int = 1, **headers: str) -> None:
        """The next answers are these, whatever is asked."""
        self._faults.extend([(status, body, headers)] * times)

    def forgive(self) -> None:
        """Answer as usual from now on."""
        self._faults.clear()

    def answer(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        self.asked.append(asked)
        if self._faults:
            return self._faults.popleft()
        found = self._found(asked)
        return (404, b'{"error": "not found"}', {}) if found is None else (200, json.dumps(found).encode(), {})

    def _found(self, asked: Asked) -> Any:
        place, query = urlsplit(asked.path).path, parse_qs(urlsplit(asked.path).query)
        found: Any = None
        match place.strip("/").split("/"):
            case ["graph", "v1", "paper", "batch"] if asked.method == "POST" and len(asked.body["ids"]) <= MOST_IDS:
                found = [self._record(name) for name in asked.body["ids"]]
            case ["graph", "v1", "paper", "search"]:
                listed = self.titled.get(query["query"][0], [])
                found = {"total": len(listed), "offset": 0, **({"data": listed} if listed else {})}
            case ["api", "daily_papers"]:
                found = [{"paper": self.pages[native]} for native in self.daily.get(query["date"][0], [])]
            case ["api", "papers", *native]:
                found = self.pages.get(unquote("/".join(native)))
            case ["repos", owner, name] if f"{owner}/{name}" in self.stars:
                found = {"stargazers_count": self.stars[f"{owner}/{name}"]}
            case ["works"]:
                found = self._works(query)
        return found

    def _works(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """A list of works as Crossref gives it if asked with `rows`, else as OpenAlex does."""
        if "rows" not in query:
            wanted = query["filter"][0].removeprefix("doi:").split("|")
            return {"results": [self._work(doi) for doi in wanted if doi in self.openalex or doi in self.works]}
        dois = [one.removeprefix("doi:") for one in query["filter"][0].split(",")]
        items = [_selected(self.registered[doi], query["select"][0]) for doi in dois if doi in self.registered]
        return {"status": "ok", "message-type": "work-list", "message": {"total-results": len(items), "items": items}}

    def _record(self, name: str) -> dict[str, Any] | None:
        native = name.partition(":")[2]
        if native in self.records:
            return self.records[native]
        if native not in self.citations:
            return None
        ids = {"ArXiv": native, **({"DBLP": self.dblp[native]} if native in self.dblp else {})}
        return record(citationCount=self.citations[native], externalIds=ids)

    def _work(self, doi: str) -> dict[str, Any]:
        if doi in self.works:
            return self.works[doi]
        return {
            "doi": f"https://doi.org/{doi}",
            "title": None,
            "cited_by_count": self.openalex[doi],
            "primary_location": None,
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def record(**said: Any) -> dict[str, Any]:
    """A paper's record as Semantic Scholar gives it: fields asked for always come."""
    silent = {
        "title": None,
        "citationCount": 0,
        "externalIds": None,
        "venue": "",
        "publicationVenue": None,
        "journal": None,
    }
    return {"paperId": "x", **silent, **said}


def _selected(work: dict[str, Any], fields: str) -> dict[str, Any]:
    """The fields of a work that were asked for; Crossref leaves out those it does not have."""
    return {field: work[field] for field in fields.split(",") if field in work}


def page(native: str, **figures: Any) -> dict[str, Any]:
    """A paper's page as Hugging Face gives it."""
    return {"id": native, "title": "T", "upvotes": 0, **figures}


class _Handler(BaseHTTPRequestHandler):
    figures: ClassVar[Figures]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("GET", None)

    def do_POST(self) -> None:
        self._answer("POST", json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def _answer(self, method: str, body: Any) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, answer, more = self.figures.answer(Asked(method, self.path, headers, body))
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **more}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Silence: `asked` keeps what tests want to know."""
