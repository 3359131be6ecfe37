"""Pages of the web desk for audit samples and weekly reports."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from watcher.adapters.desks.web.handlers import DESK, curator_of, see
from watcher.adapters.desks.web.pages import Pages
from watcher.domain.curation.weekly import Week
from watcher.domain.errors import UsageError
from watcher.ports import Audits, Curation
from watcher.words_ja import report as words

_NUMBER = re.compile(r"[0-9]{1,9}")
_ANSWERED_SHOWN = 30


class AuditPages:
    """Request handlers for the page of the audit sample, its answers, and the page of weekly reports."""

    def __init__(self, audits: Audits, curation: Curation, pages: Pages) -> None:
        self._audits = audits
        self._curation = curation
        self._pages = pages

    def audit(self, request: Request) -> Response:
        """GET /audit: papers without an answer first, then those answered recently."""
        cards = self._audits.audit_cards()
        answered = [card for card in cards if card.answer is not None]
        waiting = [card for card in cards if card.answer is None]
        return self._show(request, "audit.html", a=words, waiting=waiting, answered=answered[:_ANSWERED_SHOWN])

    async def answer(self, request: Request) -> Response:
        """POST /audit/{number}: record whether a paper belongs to the topic; repeating an answer records nothing."""
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
        return self._show(request, "report.html", r=words, reports=reports, present=self._audits.this_week())

    def _show(self, request: Request, template: str, **facts: Any) -> Response:
        digest = self._curation.digest()
        return self._pages.show(request, template, recorded=digest is not None and digest.recorded_replies, **facts)
