"""Many questions -> parcels of OpenAI's Batch API, and what comes back -> the reply log, each reply paid for once."""

from __future__ import annotations

import io
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any, Protocol, TypeVar

import openai

from watcher.adapters.llm.dialects import DIALECTS, RUNGS, Answer, Dialect
from watcher.adapters.llm.durable import key_of
from watcher.adapters.llm.failures import translated
from watcher.adapters.llm.parcel_lines import answers, written
from watcher.adapters.llm.purse import Purse
from watcher.bounded import BoundedClient
from watcher.domain.budget import Cap, Price, Spending
from watcher.domain.card import Usage
from watcher.domain.errors import CapReached, ModelError, ModelRefused
from watcher.ports import Abilities, Clock, Ledger, Parcel, ParcelLog, Question, Reply, ReplyLog, Request, Sent

_TAG = "literature_watcher_parcel"
_HALF = 0.5  # what the Batch API costs of the full price
_MOST_QUESTIONS = 2000  # of at most 50,000 and 200 MB a file; a question of 20 papers has about 30 kB
_FILE_SECONDS = 600.0  # 60 MB at a megabit a second
_MOST_TRIES = 3
_LATE = timedelta(hours=30)  # the window is 24 hours
_OVER = frozenset({"completed", "expired", "cancelled", "failed"})

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Memory(ReplyLog, ParcelLog, Ledger, Abilities, Protocol):
    """What bulk asking needs of the store."""


@dataclass(frozen=True, slots=True)
class Server:
    """The model and how it is asked."""

    model: str
    base_url: str
    api_key: str
    dialect: Dialect
    price: Price
    timeout: float = 120.0


class BatchApi:
    """Implements ports.Bulk. A parcel is recorded before it is sent, and looked for before it is sent again."""

    def __init__(self, server: Server, memory: Memory, clock: Clock, purse: Purse | None = None) -> None:
        self._server = server
        self._memory = memory
        self._clock = clock
        self._purse = purse
        price = server.price
        self._price = Price(price.sent * _HALF, price.cached * _HALF, price.written * _HALF)

    @cached_property
    def _client(self) -> openai.OpenAI:
        """Made when it is needed: most starts never ask it anything."""
        server = self._server
        return openai.OpenAI(
            api_key=server.api_key or "none",
            base_url=server.base_url,
            timeout=server.timeout,
            max_retries=0,
            http_client=BoundedClient(follow_redirects=True),
        )

    def send(self, questions: Sequence[tuple[int, Request]]) -> Sent:
        """Send what has no reply and is not on its way yet. Raises ModelError; what was packed is sent later then."""
        ready: set[int] = set()
        fresh: dict[str, Question] = {}
        for batch, request in questions:
            key = key_of(self._server.model, request)
            if self._memory.reply(key) is not None or self._memory.tries(key) >= _MOST_TRIES:
                ready.add(batch)
            elif not self._memory.awaited(key):
                fresh[key] = Question(key, batch, request)
        packed, cap = self._reserved(list(fresh.values()))
        for start in range(0, len(packed), _MOST_QUESTIONS):
            self._forward(self._pack(packed[start : start + _MOST_QUESTIONS]))
        unsent = {question.batch for question in fresh.values()} - {question.batch for question in packed}
        return Sent(frozenset(ready), frozenset(unsent), cap)

    def collect(self) -> Sequence[str]:
        """Record what has come, send again what was not answered, take up what a kill left; gives what failed."""
        failures: list[str] = []
        for parcel in self._memory.open_parcels():
            try:
                failures += self._look_after(parcel)
            except ModelError as error:
                failures.append(str(error))
        return failures

    def _reserved(self, questions: Sequence[Question]) -> tuple[list[Question], Cap | None]:
        """The questions that the day's caps have room for, in their order, and the cap that left others out."""
        if self._purse is None:
            return list(questions), None
        packed: list[Question] = []
        for question in questions:
            text = question.request.system + question.request.user + str(question.request.schema)
            try:
                packed.append(replace(question, reservation=self._purse.set_aside(text, self._price)))
            except CapReached as reached:
                return packed, reached.cap
        return packed, None

    def _pack(self, questions: Sequence[Question]) -> Parcel:
        server = self._server
        parcel = Parcel(0, uuid.uuid4().hex, server.model, server.dialect.path, self._clock())
        return self._memory.pack(parcel, questions)

    def _look_after(self, parcel: Parcel) -> list[str]:
        if parcel.ref is None:
            found = self._found(parcel)
            if found is None:
                self._forward(parcel)
                return []
            self._memory.forwarded(parcel.number, found)
            parcel = replace(parcel, ref=found)
        state = self._asked(lambda: self._client.batches.retrieve(str(parcel.ref)))
        if state.status not in _OVER:
            late = self._clock() - parcel.packed > _LATE
            return [f"the batch {parcel.ref} is {state.status} for more than a day"] if late else []
        return self._unpack(parcel, state)

    def _found(self, parcel: Parcel) -> str | None:
        """The server's name of a parcel that may have been sent before a kill: the look before it is sent again."""
        oldest = (parcel.packed - timedelta(hours=1)).timestamp()

        def look() -> str | None:
            for batch in self._client.batches.list(limit=100):  # newest first, page by page
                if (batch.metadata or {}).get(_TAG) == parcel.key:
                    return batch.id
                if batch.created_at < oldest:
                    break
            return None

        return self._asked(look)

    def _forward(self, parcel: Parcel) -> None:
        """Upload and begin. A server that will not take it leaves nothing awaited. Raises ModelError."""
        questions = self._memory.questions(parcel.number)
        lines = io.BytesIO(written(questions, parcel.path, {q.key: self._body(q.request) for q in questions}))
        file = (f"{parcel.key}.jsonl", lines)
        try:
            upload = self._asked(lambda: self._client.files.create(file=file, purpose="batch", timeout=_FILE_SECONDS))
            batch = self._asked(
                lambda: self._client.batches.create(
                    input_file_id=upload.id,
                    endpoint="/v1/responses" if parcel.path == "/responses" else "/v1/chat/completions",
                    completion_window="24h",
                    metadata={_TAG: parcel.key},
                )
            )
        except ModelRefused as error:
            self._give_up(parcel, questions, "refused")
            raise ModelRefused(
                f"questions cannot be sent as a batch: {error.message}",
                about=error.about,
                remedy=error.remedy or "leave out --batch",
            ) from None
        self._memory.forwarded(parcel.number, batch.id)

    def _body(self, request: Request) -> dict[str, Any]:
        known = self._memory.ability(self._server.base_url, self._server.model)
        body = self._server.dialect.body(self._server.model, request, known or RUNGS[0])
        if self._purse is not None:
            body[self._server.dialect.limit] = self._purse.answer_tokens
        return body

    def _unpack(self, parcel: Parcel, state: Any) -> list[str]:
        """Record every reply, book what it took, and send again what has none."""
        questions = {question.key: question for question in self._memory.questions(parcel.number)}
        files = [name for name in (state.output_file_id, state.error_file_id) if name]
        texts = self._asked(lambda: [self._client.files.content(name, timeout=_FILE_SECONDS).content for name in files])
        dialect = next(d for d in DIALECTS.values() if d.path == parcel.path)  # the settings may have changed
        found = answers(texts, questions, dialect, parcel.model)
        for key, answer in found.items():
            self._keep(questions[key], answer)
        left = [question for key, question in questions.items() if key not in found]
        self._give_up(parcel, left, state.status)
        if state.status == "failed":
            said = "; ".join(str(error.message) for error in (state.errors.data if state.errors else None) or ())
            return [f"the batch {parcel.ref} failed: {said[:200]} (its questions are sent again, then asked singly)"]
        again = [(q.batch, q.request) for q in left if self._memory.tries(q.key) < _MOST_TRIES]
        if again:
            _log.info("batch %s is %s: %d questions are sent again", parcel.ref, state.status, len(again))
            self.send(again)
        return []

    def _keep(self, question: Question, answer: Answer) -> None:
        cost = self._price.of(answer.sent, answer.cached, answer.written)
        chars = len(question.request.system) + len(question.request.user)
        usage = Usage(1, answer.sent, chars, answer.written, cost)
        reply = Reply(answer.text, answer.model, answer.finish, usage)
        self._memory.record_reply(question.key, question.request, reply, self._clock())
        if question.reservation is not None and (answer.sent or answer.written or not answer.text):
            self._memory.settle(question.reservation, Spending(answer.sent + answer.written, cost))

    def _give_up(self, parcel: Parcel, unanswered: Sequence[Question], outcome: str) -> None:
        """Close a parcel; what was not answered takes nothing."""
        for question in unanswered:
            if question.reservation is not None:
                self._memory.settle(question.reservation, Spending(0, 0.0))
        self._memory.close_parcel(parcel.number, outcome, self._clock())

    def _asked(self, call: Callable[[], T]) -> T:
        """What the SDK gives, or its errors as the product's."""
        try:
            return call()
        except (openai.OpenAIError, ValueError) as error:
            about = f"{self._server.model}'s batches"
            raise translated(error, about, self._server.api_key) from None
