"""Renders the web interface's Jinja templates; all text is HTML-escaped here, as the last step."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from watcher.adapters.desks.web import views
from watcher.adapters.desks.web.guard import FormGuard, own_page
from watcher.domain.text import without_escapes
from watcher.words_ja import common, handover
from watcher.words_ja import web as words


class Pages:
    """Renders the web interface's Jinja templates, with the Japanese texts and the reader's session."""

    def __init__(
        self, guard: FormGuard, *, requires_sign_in: bool, has_audits: bool = False, has_add: bool = False
    ) -> None:
        self.guard = guard
        self._requires_sign_in = requires_sign_in
        self._environment = Environment(
            loader=PackageLoader("watcher.adapters.desks.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            w=words, common=common, views=views, has_audits=has_audits, has_add=has_add, handover=handover
        )
        self._environment.filters["tex"] = without_escapes

    def show(self, request: Request, template: str, code: int = HTTPStatus.OK, **facts: Any) -> HTMLResponse:
        """Render a page of the web interface in the site's layout, with a CSRF token for its forms. `facts` are the
        template's variables.
        """
        frame = {
            "csrf": self.guard.token(request),
            "path": own_page(request.url.path),
            "reader": request.session.get("name", ""),
            "can_sign_out": self._requires_sign_in and bool(request.session.get("signed_in")),
            "recorded": False,
        }
        return HTMLResponse(self._render(template, **{**frame, **facts}), code)

    def error(self, code: int, detail: str = "") -> HTMLResponse:
        """Render the error page for an HTTP status; it needs no session, so that it can be shown after any failure."""
        title = words.TITLES.get(code, words.TITLE)
        note = words.NOTES.get(code, words.NOTE)
        return HTMLResponse(self._render("error.html", title=title, note=note, detail=detail), code)

    def arrival(self, path: str) -> HTMLResponse:
        """Render a page that navigates to `path` at once. Only a navigation from the site itself sends the
        SameSite=Strict cookie.
        """
        return HTMLResponse(self._render("arrival.html", path=path))

    def _render(self, template: str, **facts: Any) -> str:
        return self._environment.get_template(template).render(**facts)
