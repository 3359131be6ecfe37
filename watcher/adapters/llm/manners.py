"""Learns which variant of request (response format, limits, fields) a model server accepts, from requests that failed
and succeeded.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from watcher.adapters.llm.dialects import FORMATS, Dialect
from watcher.adapters.llm.failures import OWN_FIELDS, Broke, FormRefused, Kind, Unexplained, less_than
from watcher.domain.errors import ModelError
from watcher.ports import AbilityStore, Clock, Manner

_KEPT = timedelta(days=1)  # servers are updated: what was refused may be accepted later
_ENOUGH = 2  # failures running, on different questions
_IN_VAIN_SECONDS = 60.0  # after a request found no response format that gives JSON, others do not try either
_ASPECTS = tuple(field.name for field in fields(Manner))
_OTHER_LIMIT = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


class Manners:
    """The learned variant of request (response format, limits, fields) for one server and model, shared by all threads.

    Another variant than the usual one is learned after the usual one has failed for two different requests in a row
    without a success; a day later the usual one is tried again.
    """

    def __init__(self, abilities: AbilityStore, base_url: str, model: str, clock: Clock) -> None:
        self._abilities, self._place = abilities, (base_url, model)
        self._clock = clock
        self._lock = threading.Lock()
        self._read = False
        self._learned, self._at = Manner(), datetime.min.replace(tzinfo=clock().tzinfo)
        self._failed: dict[str, dict[str, Any]] = {}  # aspect -> question -> what was taken in its place
        self._worked: dict[tuple[str, bool], datetime] = {}  # response format, system message -> when last taken
        self._turn = threading.Lock()  # of the one question that explores other response formats
        self._in_vain_until = 0.0
        self._answered = 0  # questions answered with JSON

    def now(self) -> Manner:
        """The variant of request (response format, limits, fields) to use for a new request to the model server."""
        with self._lock:
            if not self._read:
                self._read = True
                known = self._abilities.manner(*self._place)
                if known is not None:
                    self._learned, self._at = known
                    self._worked[known[0].format, known[0].system] = known[1]
            if self._learned != Manner() and self._clock() - self._at >= _KEPT:
                self._learned, self._failed = Manner(), {}
            return self._learned

    @contextmanager
    def exploring(self) -> Iterator[Callable[[], bool]]:
        """Context manager around one model request; yields a function to be called when an answer held no JSON.

        The function returns whether to try other response formats. It waits while another request tries them, and
        returns False if none gave JSON within the last minute, because then the model itself writes no JSON.
        """
        answered_before: int | None = None

        def worth_exploring() -> bool:
            nonlocal answered_before
            if answered_before is None:
                turn.enter_context(self._turn)
                answered_before = self._answered
            return time.monotonic() >= self._in_vain_until

        with ExitStack() as turn:
            yield worth_exploring
            if answered_before == self._answered and time.monotonic() >= self._in_vain_until:
                self._in_vain_until = time.monotonic() + _IN_VAIN_SECONDS

    def takes(self, manner: Manner) -> bool:
        """Whether the server accepted a request with this response format, and with or without a system message, within
        the last day.
        """
        with self._lock:
            at = self._worked.get((manner.format, manner.system))
            return at is not None and self._clock() - at < _KEPT

    def note(self, begun: Manner, taken: Manner, question: str) -> None:
        """Learn from a success: the request was first sent in the variant `begun` and answered in the variant `taken`.
        `question` identifies the prompt.
        """
        now = self._clock()
        with self._lock:
            self._answered += 1
            self._in_vain_until = 0.0
            put = (taken.format, taken.system)
            fresh = put not in self._worked
            self._worked[put] = now
            learned = self._learned
            for aspect in _ASPECTS:
                if getattr(begun, aspect) == getattr(taken, aspect):
                    self._failed.pop(aspect, None)
                    continue
                failed = self._failed.setdefault(aspect, {})
                failed[question] = getattr(taken, aspect)
                if len(failed) >= _ENOUGH:
                    learned = replace(learned, **{aspect: _agreed(aspect, list(failed.values()))})
            if learned == self._learned and not (fresh and taken == learned):
                return
            if self._learned == Manner():
                self._at = now
            self._learned = learned
            self._abilities.put_manner(*self._place, learned, self._at)


def _agreed(aspect: str, taken: list[Any]) -> Any:
    """The value that suits all requests: the smallest of limits, of other values the last."""
    return min(value for value in taken if value) if aspect == "most" else taken[-1]


def other(
    manner: Manner, error: ModelError | None, dialect: Dialect, limit: int | None, *, proven: bool
) -> Manner | None:
    """The next variant of request to try after one failed, or after an answer without JSON (`error` is None); None if
    there is none left.

    `limit` is the answer length that was requested. `proven` says that the server accepted this response format lately,
    so a failure without a stated cause is not blamed on it.
    """
    if isinstance(error, FormRefused) and error.kind is not Kind.FORMAT:
        return _otherwise(manner, error, dialect, limit)
    if error is None or isinstance(error, FormRefused) or (isinstance(error, Unexplained | Broke) and not proven):
        place = FORMATS.index(manner.format) + 1
        if place < len(FORMATS):
            return replace(manner, format=FORMATS[place])
        if isinstance(error, Unexplained) and manner.system:  # it may be the system message that is refused
            return replace(manner, system=False)
    return None


def _otherwise(manner: Manner, error: FormRefused, dialect: Dialect, limit: int | None) -> Manner | None:
    match error.kind:
        case Kind.LIMIT:
            less = less_than(limit, error.said) if limit else None
            return replace(manner, most=less) if less else None
        case Kind.LIMIT_NAME:
            name = _OTHER_LIMIT.get(dialect.limit)
            return replace(manner, limit=name) if name and not manner.limit else None
        case Kind.SYSTEM:
            return replace(manner, system=False) if manner.system else None
        case _:
            told = f"{error.said.words} {' '.join(error.said.codes)}"
            unknown = {name for name in OWN_FIELDS if name in told} - set(manner.without)
            return replace(manner, without=(*manner.without, *sorted(unknown))) if unknown else None
