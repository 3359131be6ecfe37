"""Request handlers of the web interface: papers to decide about, editing, sign-in, requests for papers, proposals to
change the catalog, and audits. A POST is answered by a redirect (303), except where it shows a form again.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from unicodedata import normalize

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from watcher.adapters.desks.web.guard import Attempt, SignIn, own_page
from watcher.adapters.desks.web.pages import Pages, Queue, StatusView
from watcher.domain.catalog.proposals import ProposalCard, ProposalState, ProposalVerdict, Suggestion
from watcher.domain.curation.card import EDITABLE, Card
from watcher.domain.curation.weekly import Week
from watcher.domain.errors import UsageError
from watcher.domain.facts import Cells, Revision, Verdict, Violation
from watcher.domain.papers.paper import papers_named
from watcher.domain.summaries.cells import check_cells
from watcher.domain.text import fingerprint, visible
from watcher.ports import Audits, Curation, Inquiries, Nominee, Proposals
from watcher.words_ja import web as words
from watcher.words_ja.cli import nominee

DESK = "web"
_NUMBER = re.compile(r"[0-9]{1,9}")
_NAME_LENGTH = 40
_ACTS = 100
_REASON_LENGTH = 500
_MOST_PAPERS = 10  # papers at once: arXiv is asked for them while the reader waits
_PROPOSAL_NUMBERS = re.compile(r"[0-9]{1,9}(?:,[0-9]{1,9}){0,199}")
_SETTLED_SHOWN = _ANSWERED_SHOWN = 30


class CardPages:
    """Request handlers for the list of papers to decide about ("cards"), the page of each, its edit form, and curators'
    actions.
    """

    def __init__(self, curation: Curation, pages: Pages, status: Callable[[], StatusView]) -> None:
        self._curation = curation
        self._pages = pages
        self._status = status

    def routes(self) -> list[Route]:
        """The routes of the list of papers, of the page and the edit form of each, and of the log."""
        return [
            Route("/", self.queue),
            Route("/log", self.log),
            Route("/card/{number}", self.card),
            Route("/card/{number}/edit", self.edit),
            Route("/card/{number}/edit", self.save, methods=["POST"]),
            Route("/card/{number}/decide", self.decide, methods=["POST"]),
        ]

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
        return await run_in_threadpool(self._decide, request, fields)

    def _decide(self, request: Request, fields: dict[str, str]) -> Response:
        is_retry = fields.get("verdict") == "retry"  # the model is asked again about a paper
        card = (self._editable if is_retry else self._card)(request.path_params["number"])
        number, by = card.candidate.number, _curator(request)
        if is_retry:
            self._curation.retry(number, by, DESK)
        else:
            try:
                verdict = Verdict(fields.get("verdict", ""))
            except ValueError as error:
                raise UsageError("no such verdict", remedy="use the buttons of the card") from error
            if verdict is Verdict.APPROVE and check_cells(card.cells):
                return _see(f"/card/{number}/edit")
            reason = visible(fields.get("reason", "")) or visible(fields.get("choice", ""))
            self._curation.decide(number, verdict, by, DESK, reason[:_REASON_LENGTH])
        return _see(f"/card/{number}" if fields.get("back") == "card" else f"/?done={number}")

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
                self._curation.revise(number, cells, _curator(request), DESK, based_on)
            except UsageError:
                current = self._curation.card(number)
                if current.revision == based_on:
                    raise
                changes = self._curation.changes(number)[based_on:]
                return self._form(request, current, cells, current.revision, HTTPStatus.CONFLICT, changes=changes)
        if fields.get("then") != "approve":
            return _see(f"/card/{number}?saved")
        self._curation.decide(number, Verdict.APPROVE, _curator(request), DESK)
        return _see(f"/?done={number}")

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
        if card.state not in EDITABLE:
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

    def routes(self) -> list[Route]:
        """The routes of the form for the reader's name, and of signing in and out if there is a secret."""
        named = [Route("/name", self.name, methods=["POST"])]
        if self._sign_in is None:
            return named
        return [
            *named,
            Route("/sign-in", self.sign_in_form),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
        ]

    async def name(self, request: Request) -> Response:
        """POST /name: store the reader's name in the session; an empty one removes it."""
        fields = await self._pages.guard.fields(request)
        name = " ".join(fields.get("name", "").split())
        if len(name) > _NAME_LENGTH or not name.isprintable():
            raise UsageError(words.too_long_name(_NAME_LENGTH))
        request.session["name"] = name
        return _see(own_page(fields.get("next", "/")))

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
        return _see(own_page(back))

    async def sign_out(self, request: Request) -> Response:
        """POST /sign-out: end the session, so that even a copy of its cookie is no longer accepted."""
        await self._pages.guard.fields(request)
        if isinstance(session := request.session.get("signed_in"), str):
            await run_in_threadpool(self._end, session)
        request.session.clear()
        return _see("/sign-in")

    def _ask(self, request: Request, back: str, status: HTTPStatus = HTTPStatus.OK, wrong: str = "") -> Response:
        return self._pages.show(request, "sign_in.html", status, back=own_page(back), wrong=wrong)


class NominationPages:
    """Request handlers for the form by which curators request that papers are considered, by arXiv id or link, and
    which shows what became of each.
    """

    def __init__(self, inquiries: Inquiries, pages: Pages) -> None:
        self._inquiries = inquiries
        self._pages = pages

    def routes(self) -> list[Route]:
        """The routes (GET and POST) of the form by which curators request that papers are considered."""
        return [Route("/add", self.form), Route("/add", self.add, methods=["POST"])]

    def form(self, request: Request) -> Response:
        """GET /add: the empty form for arXiv ids and links of papers to consider."""
        return self._show(request)

    async def add(self, request: Request) -> Response:
        """POST /add: request that the named papers are considered, and show the state of each; repeating it changes
        nothing.
        """
        fields = await self._pages.guard.fields(request)
        typed, topics = fields.get("papers", ""), [topic.slug for topic in self._inquiries.topics]
        chosen = fields.get("topic", "") if len(topics) > 1 else topics[0]
        papers = papers_named(normalize("NFKC", typed))
        if not papers:
            return self._show(request, HTTPStatus.UNPROCESSABLE_ENTITY, typed, chosen, fault=words.ADD_NONE)
        if len(papers) > _MOST_PAPERS:
            fault = words.add_too_many(len(papers), _MOST_PAPERS)
            return self._show(request, HTTPStatus.UNPROCESSABLE_ENTITY, typed, chosen, fault=fault)
        found = await run_in_threadpool(self._inquiries.nominate, papers, chosen, _curator(request), DESK)
        return self._show(request, chosen=chosen, found=found)

    def _show(
        self,
        request: Request,
        code: HTTPStatus = HTTPStatus.OK,
        typed: str = "",
        chosen: str = "",
        fault: str = "",
        found: Sequence[Nominee] = (),
    ) -> Response:
        told = {"typed": typed[:2000], "chosen": chosen, "fault": fault, "found": found}
        return self._pages.show(request, "add.html", code, topics=self._inquiries.topics, nominee=nominee, **told)


class ProposalPages:
    """Request handlers for the page of proposals to change the catalog, where curators accept or reject them."""

    def __init__(self, proposals: Proposals, pages: Pages) -> None:
        self._proposals = proposals
        self._pages = pages

    def routes(self) -> list[Route]:
        """The routes of the page of proposals to change the catalog, and of its form."""
        return [Route("/proposals", self.show), Route("/proposals/decide", self.decide, methods=["POST"])]

    def show(self, request: Request) -> Response:
        """GET /proposals: the proposals that wait for a decision or for the catalog, by row, and those settled, newest
        first; `?done=N,M` shows the result for those just decided.
        """
        done = request.query_params.get("done", "")
        numbers = _proposal_numbers(done) if done else []
        cards = self._proposals.cards(settled=True)
        known = {one.number: one for card in cards for one in card.suggestions}
        waiting = [ProposalCard(card.number, tuple(filter(_waits, card.suggestions))) for card in cards]
        settled = [one for one in known.values() if not _waits(one) and one.state is not ProposalState.OVERTAKEN]
        left = [one.proposal.after for one in known.values() if one.state is ProposalState.OPEN]
        return self._pages.show(
            request,
            "proposals.html",
            waiting=[card for card in waiting if card.suggestions],
            settled=sorted(settled, key=_when, reverse=True)[:_SETTLED_SHOWN],
            open_changes=len(left) - left.count(None),
            open_questions=left.count(None),
            done=[known[number] for number in numbers if number in known],
        )

    async def decide(self, request: Request) -> Response:
        """POST /proposals/decide: record a verdict on proposals to change the catalog; repeating a verdict records
        nothing.
        """
        fields = await self._pages.guard.fields(request)
        try:
            verdict = ProposalVerdict(fields.get("verdict", ""))
        except ValueError as error:
            raise UsageError("no such verdict", remedy="use the buttons of the page") from error
        numbers = _proposal_numbers(fields.get("numbers", ""))
        await run_in_threadpool(self._proposals.decide, numbers, verdict, _curator(request), DESK)
        return _see(f"/proposals?done={','.join(map(str, numbers))}")


def _waits(one: Suggestion) -> bool:
    """Whether a proposal waits for a decision or, accepted, for the catalog to be changed."""
    return one.state in {ProposalState.OPEN, ProposalState.ACCEPTED}


def _when(one: Suggestion) -> float:
    """The time of the last event of a proposal, as a timestamp."""
    last = one.outcome.at if one.outcome else one.decision.at if one.decision else one.at
    return last.timestamp()


def _proposal_numbers(text: str) -> list[int]:
    """Parse comma-separated numbers. Raises UsageError."""
    if not _PROPOSAL_NUMBERS.fullmatch(text):
        raise UsageError("the form names no proposals", remedy="use the buttons of the page")
    return [int(number) for number in text.split(",")]


class AuditPages:
    """Request handlers for the page where curators check a sample of filtered-out papers, and for the page of weekly
    reports.
    """

    def __init__(self, audits: Audits, curation: Curation, pages: Pages) -> None:
        self._audits = audits
        self._curation = curation
        self._pages = pages

    def routes(self) -> list[Route]:
        """The routes of the page of sampled papers, of the answers about them, and of the weekly reports."""
        return [
            Route("/audit", self.audit),
            Route("/audit/{number}", self.answer, methods=["POST"]),
            Route("/report", self.report),
        ]

    def audit(self, request: Request) -> Response:
        """GET /audit: the sampled papers that were filtered out, for curators to check; those without an answer first,
        then those answered recently.
        """
        cards = self._audits.audit_cards()
        answered = [card for card in cards if card.answer is not None]
        waiting = [card for card in cards if card.answer is None]
        return self._show(request, "audit.html", waiting=waiting, answered=answered[:_ANSWERED_SHOWN])

    async def answer(self, request: Request) -> Response:
        """POST /audit/{number}: record a curator's answer whether a filtered-out paper belongs to the topic after all;
        repeating an answer records nothing.
        """
        fields = await self._pages.guard.fields(request)
        number, said = request.path_params["number"], fields.get("belongs", "")
        if not _NUMBER.fullmatch(number):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        if said not in {"yes", "no"}:
            raise UsageError("no such answer", remedy="use the buttons of the page")
        await run_in_threadpool(self._audits.answer, int(number), _curator(request), DESK, belongs=said == "yes")
        return _see("/audit")

    def report(self, request: Request) -> Response:
        """GET /report?week=2026-W27: the weekly reports, by default those of the last complete week."""
        named = request.query_params.get("week")
        reports = self._audits.reports(Week.named(named) if named else None)
        return self._show(request, "report.html", reports=reports, present=self._audits.this_week())

    def _show(self, request: Request, template: str, **facts: Any) -> Response:
        digest = self._curation.digest()
        return self._pages.show(request, template, recorded=digest is not None and digest.recorded_replies, **facts)


def _texts(cells: Cells) -> str:
    """A hash of the texts that the style sheet applies to."""
    return fingerprint(cells.summary, cells.categories, *cells.own.values())


def _curator(request: Request) -> str:
    """The name under which the actions of a web session are recorded."""
    return words.curator(request.session.get("name", ""))


def _see(path: str) -> Response:
    """Redirect (HTTP 303) to a page of this site after a form was submitted."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)
