"""Cache for replies of a language model, in the database, so that no reply is paid for twice."""

from __future__ import annotations

import json
from dataclasses import replace

from watcher.domain.budget import Usage
from watcher.domain.prompt import fingerprint
from watcher.domain.replies import answer_spans, holds_json
from watcher.ports import Clock, LanguageModel, Locks, Reply, ReplyStore, Request


class CachedModel:
    """Caching wrapper around a language model: it answers from the database if it can, else it asks the `inner` model
    and stores the reply.
    """

    def __init__(self, inner: LanguageModel, replies: ReplyStore, locks: Locks, clock: Clock) -> None:
        self.name = inner.name
        self.recorded = inner.recorded
        self._inner = inner
        self._replies = replies
        self._locks = locks
        self._clock = clock

    def ask(self, request: Request) -> Reply:
        """The reply to a request, from the cache or from the inner model. A cached reply has no usage, because it was
        paid for before.

        Raises ModelError / ModelRefused like the inner model; failures are not cached.
        """
        key = key_of(self.name, request)
        with self._locks.hold(key):  # two with one question pay once
            known = self._replies.get(key)
            if known is not None:
                return replace(known, usage=Usage(), mended=mended(known))
            reply = self._inner.ask(request)
            self._replies.add(key, request, reply, self._clock())  # before anything that could fail looks at it
            return replace(reply, mended=mended(reply))


def key_of(model: str, request: Request) -> str:
    """The cache key of a request to a model: a hash of the model's name, pipeline stage, prompt, response schema and
    attempt.
    """
    schema = json.dumps(request.schema, sort_keys=True)
    return fingerprint(model, request.stage, request.system, request.user, schema, str(request.attempt))


_LONGEST = 200_000  # characters
_WHOLE = frozenset({"stop", "eos", "eos_token", "end_turn", "tool_calls", "function_call"})


def mended(reply: Reply) -> str:
    """Repair the broken JSON in a model's reply; "" if it is not broken, or was cut off, because the library would
    invent the end.
    """
    text = reply.text
    if reply.finish.lower() not in _WHOLE or not holds_json(text) or len(text) > _LONGEST:
        return ""
    spans = answer_spans(text)
    broken = next((span for span in spans if span.error.startswith("the answer is not JSON")), None)
    if broken is None:
        return ""
    part = text[broken.start : broken.end]
    end = max(part.rfind("}"), part.rfind("]"))
    after = part[end + 1 :].strip()
    # What goes on behind the last bracket was cut off, and the library would invent the rest.
    if end < 0 or after[:1] in {'"', "'", ",", ":"}:
        return ""
    from json_repair import repair_json  # noqa: PLC0415 - `decide` asks no model

    try:
        return repair_json(part[: end + 1], ensure_ascii=False, skip_json_loads=True)
    except (ValueError, RecursionError):
        return ""
