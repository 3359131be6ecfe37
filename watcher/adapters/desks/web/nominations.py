"""The web page on which curators request that papers, by arXiv id or link, are considered."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from unicodedata import normalize

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from watcher.adapters.desks.web.handlers import DESK, curator_of
from watcher.adapters.desks.web.pages import Pages
from watcher.domain.papers.paper import papers_named
from watcher.ports import Inquiries, Nominee
from watcher.words_ja import web as words
from watcher.words_ja.cli import nominee

PATH = "/add"
_MOST = 10  # papers at once: arXiv is asked for them while the reader waits


class NominationPages:
    """Request handlers for the form by which curators request that papers are considered, by arXiv id or link, and
    which shows what became of each.
    """

    def __init__(self, inquiries: Inquiries, pages: Pages) -> None:
        self._inquiries = inquiries
        self._pages = pages

    def routes(self) -> list[Route]:
        """The routes (GET and POST) of the form by which curators request that papers are considered."""
        return [Route(PATH, self.form), Route(PATH, self.add, methods=["POST"])]

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
        if len(papers) > _MOST:
            fault = words.add_too_many(len(papers), _MOST)
            return self._show(request, HTTPStatus.UNPROCESSABLE_ENTITY, typed, chosen, fault=fault)
        found = await run_in_threadpool(self._inquiries.nominate, papers, chosen, curator_of(request), DESK)
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
