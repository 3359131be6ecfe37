"""A model's answer as text, turned into a JSON object or a BadReply."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from watcher.domain.errors import BadReply

_UNANSWERED = frozenset({"refusal", "content_filter"})
_END_OF_THOUGHT = "</think>"


def read_object(text: str, finish: str = "stop") -> Mapping[str, Any]:
    """The one JSON object in a model's answer, whatever thoughts, fences or chatter stand around it.

    `finish` is the server's word for why the answer ended. Raises BadReply if the model declined, if there is no
    object, if it is cut off, or if a name stands twice in one object (which of the two was meant cannot be known).
    """
    if finish in _UNANSWERED:
        raise BadReply(f"the model did not answer ({finish})")
    failure = "the answer ends inside a thought"
    for answer in _answers(text):
        try:
            return _outermost(answer)
        except BadReply as error:
            failure = error.message
    raise BadReply(f"{failure} (finish: {finish})")


def _answers(text: str) -> Iterator[str]:
    """The text where it can be the answer itself, then what follows a thought.

    Servers without a reasoning parser leave thoughts in the text, some without the opening tag; but a paper
    about such models may put the tag inside an answer, so the whole text comes first.
    """
    head, tag, tail = text.partition(_END_OF_THOUGHT)
    if not head.lstrip().startswith("<think"):
        yield text
    if tag:
        yield tail
        yield text.rpartition(_END_OF_THOUGHT)[2]


def _outermost(answer: str) -> Mapping[str, Any]:
    start, end = answer.find("{"), answer.rfind("}")
    if start < 0 or end < start:
        raise BadReply("no JSON object in the answer" if answer.strip() else "the answer is empty")
    try:
        value: dict[str, Any] = json.loads(answer[start : end + 1], object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise BadReply(f"the answer is not JSON: {str(error)[:80]}") from None
    return value


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise BadReply("the answer names a field twice")
    return value
