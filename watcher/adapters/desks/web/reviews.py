"""Web pages on which curators check a sample of filtered-out papers, decide about proposals to change the catalog, and
read weekly reports.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from watcher.adapters.desks.web.handlers import DESK, curator_of, see
from watcher.adapters.desks.web.pages import Pages
from watcher.domain.catalog.proposals import ProposalCard, ProposalState, ProposalVerdict, Suggestion
from watcher.domain.curation.weekly import Week
from watcher.domain.errors import UsageError
from watcher.ports import Audits, Curation, Proposals
from watcher.words_ja import proposals as words
from watcher.words_ja import report as report_words
from watcher.words_ja import web

PATH = "/proposals"
SETTLED_SHOWN = 30
_NUMBERS = re.compile(r"[0-9]{1,9}(?:,[0-9]{1,9}){0,199}")


@dataclass(frozen=True, slots=True)
class ProposalList:
    """The content of the page of proposals to change the catalog: undecided and accepted proposals by catalog row,
    recently settled ones, and the numbers of undecided changes and questions.
    """

    waiting: tuple[ProposalCard, ...]
    settled: tuple[Suggestion, ...]
    changes: int
    questions: int

    @classmethod
    def of(cls, cards: Sequence[ProposalCard]) -> Self:
        """Build the content of the proposals page; rows in the given order, settled proposals newest first."""
        ones = [one for card in cards for one in card.suggestions]
        waiting = {ProposalState.OPEN, ProposalState.ACCEPTED}
        told = {ProposalState.OVERTAKEN} | waiting
        settled = sorted((one for one in ones if one.state not in told), key=_when, reverse=True)
        left = [one for one in ones if one.state is ProposalState.OPEN]
        return cls(
            waiting=tuple(_left(card) for card in cards if any(one.state in waiting for one in card.suggestions)),
            settled=tuple(settled[:SETTLED_SHOWN]),
            changes=sum(one.proposal.after is not None for one in left),
            questions=sum(one.proposal.after is None for one in left),
        )


def _left(card: ProposalCard) -> ProposalCard:
    """The group of proposals without those that are settled."""
    waiting = {ProposalState.OPEN, ProposalState.ACCEPTED}
    return ProposalCard(card.number, tuple(one for one in card.suggestions if one.state in waiting))


def _when(one: Suggestion) -> float:
    """The time of the last event, as a timestamp."""
    last = one.outcome.at if one.outcome else one.decision.at if one.decision else one.at
    return last.timestamp()


class ProposalPages:
    """Request handlers for the page of proposals to change the catalog, where curators accept or reject them."""

    def __init__(self, proposals: Proposals, pages: Pages) -> None:
        self._proposals = proposals
        self._pages = pages

    def routes(self) -> list[Route]:
        """The routes of the page of proposals to change the catalog, and of its form."""
        return [
            Route(PATH, self.show),
            Route(f"{PATH}/decide", self.decide, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """GET /proposals: all waiting proposals to change the catalog, by row; `?done=N,M` shows the result for those
        just decided.
        """
        done = request.query_params.get("done", "")
        numbers = _read(done) if done else []
        cards = self._proposals.cards(settled=True)
        known = {one.number: one for card in cards for one in card.suggestions}
        told = [known[number] for number in numbers if number in known]
        return self._pages.show(request, "proposals.html", pile=ProposalList.of(cards), done=told, p=words)

    async def decide(self, request: Request) -> Response:
        """POST /proposals/decide: record a verdict on proposals to change the catalog; repeating a verdict records
        nothing.
        """
        fields = await self._pages.guard.fields(request)
        try:
            verdict = ProposalVerdict(fields.get("verdict", ""))
        except ValueError as error:
            raise UsageError("no such verdict", remedy="use the buttons of the page") from error
        numbers = _read(fields.get("numbers", ""))
        curator = web.curator(request.session.get("name", ""))
        await run_in_threadpool(self._proposals.decide, numbers, verdict, curator, DESK)
        listed = ",".join(map(str, numbers))
        return RedirectResponse(f"{PATH}?done={listed}", HTTPStatus.SEE_OTHER)


def _read(text: str) -> list[int]:
    """Parse comma-separated numbers. Raises UsageError."""
    if not _NUMBERS.fullmatch(text):
        raise UsageError("the form names no proposals", remedy="use the buttons of the page")
    return [int(number) for number in text.split(",")]


_NUMBER = re.compile(r"[0-9]{1,9}")
_ANSWERED_SHOWN = 30


class AuditPages:
    """Request handlers for the page where curators check a sample of filtered-out papers, and for the page of weekly
    reports.
    """

    def __init__(self, audits: Audits, curation: Curation, pages: Pages) -> None:
        self._audits = audits
        self._curation = curation
        self._pages = pages

    def audit(self, request: Request) -> Response:
        """GET /audit: the sampled papers that were filtered out, for curators to check; those without an answer first,
        then those answered recently.
        """
        cards = self._audits.audit_cards()
        answered = [card for card in cards if card.answer is not None]
        waiting = [card for card in cards if card.answer is None]
        return self._show(request, "audit.html", a=report_words, waiting=waiting, answered=answered[:_ANSWERED_SHOWN])

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
        await run_in_threadpool(self._audits.answer, int(number), curator_of(request), DESK, belongs=said == "yes")
        return see("/audit")

    def report(self, request: Request) -> Response:
        """GET /report?week=2026-W27: the weekly reports, by default those of the last complete week."""
        named = request.query_params.get("week")
        reports = self._audits.reports(Week.named(named) if named else None)
        return self._show(request, "report.html", r=report_words, reports=reports, present=self._audits.this_week())

    def _show(self, request: Request, template: str, **facts: Any) -> Response:
        digest = self._curation.digest()
        return self._pages.show(request, template, recorded=digest is not None and digest.recorded_replies, **facts)
