"""Serves the catalog over HTTP in every format of the command `watcher catalog export`, with ETags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FORMS: Final = {
    "/catalog": "html",
    "/catalog.json": "json",
    "/catalog.csv": "csv",
    "/catalog.bib": "bibtex",
    "/catalog.ris": "ris",
    "/catalog.csl.json": "csl-json",
    "/catalog.atom": "atom",
}
"""The format at each path."""


class Export(Protocol):
    """Protocol of a catalog exported to one format (HTML, JSON, CSV …), ready to be served over HTTP."""

    @property
    def data(self) -> bytes:
        """The bytes of the exported catalog file (HTML, CSV, JSON, BibTeX or Atom)."""
        ...

    @property
    def media_type(self) -> str:
        """The media type of the exported catalog, for the Content-Type header."""
        ...

    @property
    def etag(self) -> str:
        """A hash of the content, for the ETag header."""
        ...

    @property
    def policy(self) -> str:
        """The Content-Security-Policy header of an exported HTML page, "" for other formats."""
        ...


Exports = Callable[[str], Export]
"""A function that returns the catalog as it is now in a format of FORMS. Raises CatalogError."""


def catalog_pages(exports: Exports, topic: str = "") -> list[Route]:
    """Build the routes that serve a catalog in all formats (`/catalog.json`, or `/catalog/NAME.json` for a topic's
    own).

    A request with the current ETag is answered with HTTP 304.
    """
    return _pages(exports, {address_of(topic, path): form for path, form in FORMS.items()})


def candidate_pages(candidates: Exports) -> list[Route]:
    """Build the route of the Atom feed of the papers that wait for a decision."""
    return _pages(candidates, {"/candidates.atom": "atom"})


def _pages(exports: Exports, forms: Mapping[str, str]) -> list[Route]:

    async def give(request: Request) -> Response:
        copy = await run_in_threadpool(exports, forms[request.url.path])
        etag = f'"{copy.etag}"'
        # no-cache: browsers ask every time and get a 304 unless a row has been added.
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if copy.policy:
            headers["Content-Security-Policy"] = f"{copy.policy}; frame-ancestors 'none'"
        if etag in [asked.strip().removeprefix("W/") for asked in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(copy.data, media_type=copy.media_type, headers=headers)

    return [Route(path, give) for path in forms]


def address_of(topic: str, form: str = "/catalog") -> str:
    """The URL path of the catalog in one format, of a topic's own catalog if a topic is given."""
    return form.replace("/catalog", f"/catalog/{topic}", 1) if topic else form
