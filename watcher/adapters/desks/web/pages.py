"""Turns a template and its facts into an HTML response; everything is escaped here, last."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from watcher.adapters.desks.web import views
from watcher.adapters.desks.web.guard import FormGuard, own_page
from watcher.words_ja import common, handover, web_errors, web_log
from watcher.words_ja import web as words


class Pages:
    """Renders the package's templates with the words of the desk and the reader's session."""

    def __init__(self, guard: FormGuard, *, requires_sign_in: bool, has_audits: bool = False) -> None:
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
            w=words, common=common, log=web_log, views=views, has_audits=has_audits, handover=handover
        )

    def show(self, request: Request, template: str, code: int = HTTPStatus.OK, **facts: Any) -> HTMLResponse:
        """A page within the site's frame, its forms bound to the session."""
        frame = {
            "csrf": self.guard.token(request),
            "path": own_page(request.url.path),
            "reader": request.session.get("name", ""),
            "can_sign_out": self._requires_sign_in and request.session.get("signed_in", False),
            "recorded": False,
        }
        return HTMLResponse(self._render(template, **{**frame, **facts}), code)

    def error(self, code: int, detail: str = "") -> HTMLResponse:
        """A calm page for whatever went wrong; needs no session, so that it stands in every case."""
        title = web_errors.TITLES.get(code, web_errors.TITLE)
        note = web_errors.NOTES.get(code, web_errors.NOTE)
        return HTMLResponse(self._render("error.html", title=title, note=note, detail=detail), code)

    def arrival(self, path: str) -> HTMLResponse:
        """Goes on to `path` as a navigation of this site's own, which carries the session cookie."""
        return HTMLResponse(self._render("arrival.html", path=path))

    def _render(self, template: str, **facts: Any) -> str:
        return self._environment.get_template(template).render(**facts)
