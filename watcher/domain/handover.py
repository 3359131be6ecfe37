"""Handover: papers about which the model failed in several runs are given to curators without the model's answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watcher.domain.errors import BadReply, QuestionRefused, WatcherError

RUNS = 3
"""The number of runs in which the model must fail on a paper alone, while answering other requests, before it is handed
over.
"""

EMPTY_CELL = "—"
"""The text of the catalog's summary cell if nobody wrote a summary."""


class Cause(StrEnum):
    """Why the model fails on requests about one paper: the server refuses them, the answer is unusable, or none comes."""

    REFUSED = "refused"  # the server refuses the question for what it holds
    UNUSABLE = "unusable"  # the answer never has the agreed form
    BROKEN = "broken"  # the server fails, breaks the connection off or does not answer in time

    @classmethod
    def of(cls, error: WatcherError) -> Cause:
        """Classify an exception raised by a model call: QuestionRefused as REFUSED, BadReply as UNUSABLE, any other as
        BROKEN.
        """
        if isinstance(error, QuestionRefused):
            return cls.REFUSED
        return cls.UNUSABLE if isinstance(error, BadReply) else cls.BROKEN


@dataclass(frozen=True, slots=True)
class LoneFailure:
    """Fact: in one run the model failed on a request about this paper alone, while it answered other requests.

    `prompt` is the hash of the prompt and `asked` the name of the model, because the same paper may be asked about for
    another topic.
    """

    stage: str
    cause: Cause
    error: str
    prompt: str = ""
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """Fact: after repeated failures the model is no longer asked about a paper at a `stage` (e.g. score, summarize);
    curators decide without its answer.
    """

    stage: str
    cause: Cause
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Retry:
    """Fact: a curator wants the model to be asked once more about a paper that was handed over; earlier failures no
    longer count.
    """

    curator: str
    at: datetime
    desk: str
