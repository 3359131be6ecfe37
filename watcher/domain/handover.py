"""A paper that a model never gives an answer about, handed over to curators: why, and what they may ask for again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watcher.domain.errors import BadReply, QuestionRefused, WatcherError

RUNS = 3
"""So many runs in which a model failed on a paper alone, while it answered other questions, are enough."""

EMPTY_CELL = "—"
"""What stands in the catalog for a summary that nobody wrote."""


class Cause(StrEnum):
    """How a model fails on a question about one paper alone."""

    REFUSED = "refused"  # the server refuses the question for what it holds
    UNUSABLE = "unusable"  # the answer never has the agreed form
    BROKEN = "broken"  # the server fails, breaks the connection off or does not answer in time

    @classmethod
    def of(cls, error: WatcherError) -> Cause:
        """What an error of a question amounts to."""
        if isinstance(error, QuestionRefused):
            return cls.REFUSED
        return cls.UNUSABLE if isinstance(error, BadReply) else cls.BROKEN


@dataclass(frozen=True, slots=True)
class LoneFailure:
    """In a run a model failed on a paper alone, while it answered other questions.

    `prompt` and `asked` say what the question was made from and by what name the model was asked, where the same paper
    may be asked about for another topic.
    """

    stage: str
    cause: Cause
    error: str
    prompt: str = ""
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """The model is not asked about the paper any more at this stage; curators decide without its answer."""

    stage: str
    cause: Cause
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Retry:
    """A curator asked that the model be asked once more; failures are counted from the beginning."""

    curator: str
    at: datetime
    desk: str
