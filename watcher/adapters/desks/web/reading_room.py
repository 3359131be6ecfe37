"""The catalog's page, feed and files for readers: the same bytes as `watcher catalog export` gives, cached by mark."""

from __future__ import annotations

from collections.abc import Callable
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
    "/catalog.atom": "atom",
}


class Copy(Protocol):
    """The catalog in one form. `mark` changes whenever the bytes do; `policy` is a page's own, "" for what is no page."""

    @property
    def data(self) -> bytes:
        """The bytes."""
        ...

    @property
    def media_type(self) -> str:
        """What they are."""
        ...

    @property
    def mark(self) -> str:
        """Their name."""
        ...

    @property
    def policy(self) -> str:
        """The content security policy."""
        ...


Copies = Callable[[str], Copy]
"""Gives the catalog in a form of FORMS as it stands now. Raises CatalogError."""


def reading_room(copies: Copies, topic: str = "") -> list[Route]:
    """The addresses of FORMS, of a topic's own catalog below its name (`/catalog/NAME.json`). A reader who has the newest
    copy is told so instead of getting it again.
    """
    forms = {address_of(topic, path): form for path, form in FORMS.items()}

    async def give(request: Request) -> Response:
        copy = await run_in_threadpool(copies, forms[request.url.path])
        mark = f'"{copy.mark}"'
        headers = {"ETag": mark, "Cache-Control": "private, no-cache"}
        if copy.policy:
            headers["Content-Security-Policy"] = f"{copy.policy}; frame-ancestors 'none'"
        if mark in [asked.strip().removeprefix("W/") for asked in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(copy.data, media_type=copy.media_type, headers=headers)

    return [Route(path, give) for path in forms]


def address_of(topic: str, form: str = "/catalog") -> str:
    """Where a form of the catalog is, of a topic's own if named."""
    return form.replace("/catalog", f"/catalog/{topic}", 1) if topic else form
