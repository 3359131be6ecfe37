"""Any language model, turned into one that never pays twice for the same question."""

from __future__ import annotations

import json
from dataclasses import replace

from watcher.adapters.llm.mending import mended
from watcher.domain.budget import Usage
from watcher.domain.prompt import fingerprint
from watcher.ports import Clock, LanguageModel, Locks, Reply, ReplyStore, Request


class CachedModel:
    """Answers from the store where it can; else asks and records the reply before anyone sees it."""

    def __init__(self, inner: LanguageModel, replies: ReplyStore, locks: Locks, clock: Clock) -> None:
        self.name = inner.name
        self.recorded = inner.recorded
        self._inner = inner
        self._replies = replies
        self._locks = locks
        self._clock = clock

    def ask(self, request: Request) -> Reply:
        """The reply to this very question. One that was paid for before comes back with no usage.

        Raises ModelError / ModelRefused as the model does; a failure is not recorded.
        """
        key = key_of(self.name, request)
        with self._locks.hold(key):  # two with one question pay once
            known = self._replies.get(key)
            if known is not None:
                return replace(known, usage=Usage(), mended=mended(known))
            reply = self._inner.ask(request)
            self._replies.add(key, request, reply, self._clock())
            return replace(reply, mended=mended(reply))


def key_of(model: str, request: Request) -> str:
    """What makes a question this very question."""
    schema = json.dumps(request.schema, sort_keys=True)
    return fingerprint(model, request.stage, request.system, request.user, schema, str(request.attempt))
