"""Request handlers of the web interface: papers to decide about, editing, sign-in and the reader's name. A POST is
answered by a redirect (303).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from watcher.adapters.desks.web.guard import Attempt, SignIn, own_page
from watcher.adapters.desks.web.pages import Pages
from watcher.adapters.desks.web.views import Queue, StatusView, undecided
from watcher.domain.curation.card import Card
from watcher.domain.errors import UsageError
from watcher.domain.facts import Cells, Revision, Verdict, Violation
from watcher.domain.summaries.cells import check_cells
from watcher.domain.text import fingerprint, visible
from watcher.ports import Curation
from watcher.words_ja import web as words

DESK = "web"
_NUMBER = re.compile(r"[0-9]{1,9}")
_NAME_LENGTH = 40
_ACTS = 100
_REASON_LENGTH = 500


class CardPages:
    """Request handlers for the list of papers to decide about ("cards"), the page of each, its edit form, and curators'
    actions.
    """

    def __init__(self, curation: Curation, pages: Pages, status: Callable[[], StatusView]) -> None:
        self._curation = curation
        self._pages = pages
        self._status = status

    def queue(self, request: Request) -> Response:
        """GET /: the daily digest and the papers to decide about; `?done=N` shows the result of an action on candidate
        N.
        """
        query = request.query_params
        done = query.get("done", "")
        return self._show(
            request,
            "queue.html",
            queue=Queue.of(self._curation.cards(), all_decided=query.get("decided") == "all"),
            done=self._card(done) if done else None,
            status=self._status(),
        )

    def card(self, request: Request) -> Response:
        """GET /card/{number}: a paper with its score, summary, abstract and all authors; `?saved` confirms an edit."""
        card = self._card(request.path_params["number"])
        return self._show(request, "card.html", card=card, saved="saved" in request.query_params)

    def log(self, request: Request) -> Response:
        """GET /log: the decisions and edits of curators, newest first; `?skip=N` skips the N newest."""
        skip = request.query_params.get("skip", "0")
        start = int(skip) if _NUMBER.fullmatch(skip) else 0
        acts = self._curation.acts(_ACTS + 1, start)
        return self._show(request, "log.html", acts=acts[:_ACTS], older=start + _ACTS if len(acts) > _ACTS else None)

    def edit(self, request: Request) -> Response:
        """GET /card/{number}/edit: the cells of a paper's catalog row as a form, with the errors that would keep them
        out of the catalog.
        """
        card = self._editable(request.path_params["number"])
        faults = words.cell_faults(check_cells(card.cells))
        return self._form(request, card, card.cells, card.revision, faults=faults)

    async def save(self, request: Request) -> Response:
        """POST /card/{number}/edit: store the edited cells of a paper's catalog row, and approve the paper if
        requested; invalid cells are shown again with the errors.
        """
        fields = await self._pages.guard.fields(request)
        return await run_in_threadpool(self._save, request, fields)

    async def decide(self, request: Request) -> Response:
        """POST /card/{number}/decide: record a verdict on a paper; repeating a verdict records nothing. If a paper is
        approved whose cells are invalid, nothing is recorded and the edit form opens with the errors.
        """
        fields = await self._pages.guard.fields(request)
        if fields.get("verdict") == "retry":
            return await run_in_threadpool(self._retry, request, fields)
        try:
            verdict = Verdict(fields.get("verdict", ""))
        except ValueError as error:
            raise UsageError("no such verdict", remedy="use the buttons of the card") from error
        written = visible(fields.get("reason", ""))
        reason = (written or visible(fields.get("choice", "")))[:_REASON_LENGTH]
        card = await run_in_threadpool(self._card, request.path_params["number"])
        number = card.candidate.number
        if verdict is Verdict.APPROVE and check_cells(card.cells):
            return see(f"/card/{number}/edit")
        await run_in_threadpool(self._curation.decide, number, verdict, curator_of(request), DESK, reason)
        return see(f"/card/{number}" if fields.get("back") == "card" else f"/?done={number}")

    def _retry(self, request: Request, fields: dict[str, str]) -> Response:
        """Ask the model once more about a paper for which it gave no answer."""
        number = self._editable(request.path_params["number"]).candidate.number
        self._curation.retry(number, curator_of(request), DESK)
        return see(f"/card/{number}" if fields.get("back") == "card" else f"/?done={number}")

    def _save(self, request: Request, fields: dict[str, str]) -> Response:
        card = self._editable(request.path_params["number"])
        number = card.candidate.number
        # A form holds line ends of its own making; a row is one line.
        names = card.cells.all_names
        cells = card.cells.with_texts({name: " ".join(fields.get(name, "").split()) for name in names})
        if not _NUMBER.fullmatch(fields.get("based_on", "")):
            raise UsageError("the form does not say what it is based on", remedy="open the edit page again")
        based_on = int(fields["based_on"])
        if found := check_cells(cells):
            return self._form(request, card, cells, based_on, HTTPStatus.UNPROCESSABLE_ENTITY, words.cell_faults(found))
        if hints := self._hints(card, cells, fields.get("hinted", "")):
            return self._form(request, card, cells, based_on, HTTPStatus.UNPROCESSABLE_ENTITY, hints=hints)
        if cells != card.cells:
            try:
                self._curation.revise(number, cells, curator_of(request), DESK, based_on)
            except UsageError:
                current = self._curation.card(number)
                if current.revision == based_on:
                    raise
                changes = self._curation.changes(number)[based_on:]
                return self._form(request, current, cells, current.revision, HTTPStatus.CONFLICT, changes=changes)
        if fields.get("then") != "approve":
            return see(f"/card/{number}?saved")
        self._curation.decide(number, Verdict.APPROVE, curator_of(request), DESK)
        return see(f"/?done={number}")

    def _hints(self, card: Card, cells: Cells, hinted: str) -> Sequence[Violation]:
        """Style warnings for changed texts, each shown once before the texts are stored."""
        if _texts(cells) in {_texts(card.cells), hinted}:
            return ()
        return self._curation.hints(card.candidate.number, cells)

    def _form(
        self,
        request: Request,
        card: Card,
        cells: Cells,
        based_on: int,
        code: HTTPStatus = HTTPStatus.OK,
        faults: Mapping[str, str] = MappingProxyType({}),
        changes: Sequence[Revision] = (),
        hints: Sequence[Violation] = (),
    ) -> Response:
        conflict = code is HTTPStatus.CONFLICT
        told = {"faults": faults, "conflict": conflict, "changes": changes, "hints": hints}
        told["hinted"] = _texts(cells) if hints else ""
        return self._show(request, "edit.html", code, card=card, cells=cells, based_on=based_on, **told)

    def _show(self, request: Request, template: str, code: HTTPStatus = HTTPStatus.OK, **facts: Any) -> Response:
        digest = self._curation.digest()
        recorded = digest is not None and digest.recorded_replies
        return self._pages.show(request, template, code, digest=digest, recorded=recorded, **facts)

    def _card(self, number: str) -> Card:
        """The card with this number. Raises HTTPException (404) if there is none."""
        if not _NUMBER.fullmatch(number):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        try:
            return self._curation.card(int(number))
        except UsageError as error:
            raise HTTPException(HTTPStatus.NOT_FOUND) from error

    def _editable(self, number: str) -> Card:
        """The card with this number. Raises HTTPException (409) if it has been decided."""
        card = self._card(number)
        if not undecided(card):
            raise HTTPException(HTTPStatus.CONFLICT)
        return card


class ReaderPages:
    """Request handlers for the reader's name, under which decisions are recorded, and for sign-in if there is a
    secret.
    """

    def __init__(self, pages: Pages, sign_in: SignIn | None, end: Callable[[str], None]) -> None:
        """`end` records that the session with an id is over."""
        self._pages = pages
        self._sign_in = sign_in
        self._end = end

    async def name(self, request: Request) -> Response:
        """POST /name: store the reader's name in the session; an empty one removes it."""
        fields = await self._pages.guard.fields(request)
        name = " ".join(fields.get("name", "").split())
        if len(name) > _NAME_LENGTH or not name.isprintable():
            raise UsageError(words.too_long_name(_NAME_LENGTH))
        request.session["name"] = name
        return see(own_page(fields.get("next", "/")))

    def sign_in_form(self, request: Request) -> Response:
        """GET /sign-in: the form that asks for the secret."""
        return self._ask(request, request.query_params.get("next", "/"))

    async def sign_in(self, request: Request) -> Response:
        """POST /sign-in: start a new signed-in session if the secret is right."""
        assert self._sign_in is not None  # noqa: S101 - the route exists only then
        fields = await self._pages.guard.fields(request)
        address = request.client.host if request.client else ""
        back = fields.get("next", "/")
        attempt = await self._sign_in.attempt(fields.get("secret", ""), address)
        if attempt is Attempt.THROTTLED:
            return self._ask(request, back, HTTPStatus.TOO_MANY_REQUESTS, words.SIGN_IN_THROTTLED)
        if attempt is Attempt.WRONG:
            return self._ask(request, back, HTTPStatus.FORBIDDEN, words.SIGN_IN_WRONG)
        request.session.clear()  # a new session id, against session fixation
        request.session["signed_in"] = secrets.token_urlsafe(16)
        return see(own_page(back))

    async def sign_out(self, request: Request) -> Response:
        """POST /sign-out: end the session, so that even a copy of its cookie is no longer accepted."""
        await self._pages.guard.fields(request)
        if isinstance(session := request.session.get("signed_in"), str):
            await run_in_threadpool(self._end, session)
        request.session.clear()
        return see("/sign-in")

    def _ask(self, request: Request, back: str, status: HTTPStatus = HTTPStatus.OK, wrong: str = "") -> Response:
        return self._pages.show(request, "sign_in.html", status, back=own_page(back), wrong=wrong)


def _texts(cells: Cells) -> str:
    """A hash of the texts that the style sheet applies to."""
    return fingerprint(cells.summary, cells.categories, *cells.own.values())


def curator_of(request: Request) -> str:
    """The name under which the actions of a web session are recorded."""
    return words.curator(request.session.get("name", ""))


def see(path: str) -> Response:
    """Redirect (HTTP 303) to a page of this site after a form was submitted."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)
