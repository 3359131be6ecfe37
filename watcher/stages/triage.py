"""Candidate -> Triage: the stage that shows the model the papers that did not pass screening, one line each and many in
one request, and records which of them could belong to the topic.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from watcher.domain.errors import BadReply
from watcher.domain.facts import Triage, TriageOutcome, TriageReading
from watcher.domain.papers.paper import Paper
from watcher.domain.papers.topic import Topic
from watcher.domain.prompts import Prompt
from watcher.domain.screening.triage import Entry, Line, Lines, read_answer
from watcher.domain.text import fingerprint
from watcher.ports import KnownPaper, LanguageModel, Request, TriageBatch

GAPS = frozenset({"theme", "count", "hints", "checks"})

_PLACE = {
    "type": "object",
    "properties": {"n": {"type": "integer"}, "words": {"type": "string"}},
    "required": ["n", "words"],
    "additionalProperties": False,
}
# The subset of JSON Schema that servers share, as for scores.
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "checks": {"type": "array", "items": _PLACE},
        "named": {"type": "array", "items": _PLACE},
        "odd": {"type": "array", "items": {"type": "integer"}},
        "read": {"type": "integer"},
    },
    "required": ["checks", "named", "odd", "read"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Triaged:
    """The result of asking the model about one triage batch: whether its answer was accepted, and the outcomes by
    candidate number.

    If the answer is not accepted, or does not name a plant (a paper known to be relevant, hidden in the batch), no
    paper is put aside.
    """

    reading: TriageReading
    found: tuple[tuple[int, Triage], ...]


def triage(batch: TriageBatch, topic: Topic, model: LanguageModel, prompt: Prompt, line: Line) -> Triaged:
    """Ask the model in one request which papers of a batch could belong to the topic, judging by one line of each. An
    answer in the wrong form gives a result that is not accepted. Raises the model's errors.
    """
    entries = {candidate.number: entry_of(candidate.paper, line) for candidate in batch.candidates}
    lines = Lines((*entries.values(), *batch.plants))
    reply = model.ask(question(lines, topic, prompt, batch.attempt))
    made, answered = triage_made_from(topic, prompt), reply.model or model.name
    try:
        answer = read_answer(reply.text, reply.finish, lines)
    except BadReply as error:
        return Triaged(TriageReading(accepted=False, error=error.message, prompt=made, model=answered), ())
    missed = answer.missed(plant.key for plant in batch.plants)
    outcomes = {
        **dict.fromkeys(answer.unsure, TriageOutcome.UNSURE),
        **dict.fromkeys(answer.odd, TriageOutcome.ODD),
        **dict.fromkeys(answer.named, TriageOutcome.NAMED),
    }
    found = [
        (number, Triage(outcome, batch.number, made, answered, model.name))
        for number, entry in entries.items()
        if (outcome := outcomes.get(entry.key, TriageOutcome.PUT_ASIDE)) is not TriageOutcome.PUT_ASIDE or not missed
    ]
    return Triaged(TriageReading(accepted=True, missed=missed, prompt=made, model=answered), tuple(found))


def entry_of(paper: Paper | KnownPaper, line: Line) -> Entry:
    """A paper as an entry of a triage request: its key, line and title."""
    return Entry(str(paper.id), line(paper.title_raw, paper.abstract_raw), paper.title)


def question(lines: Lines, topic: Topic, prompt: Prompt, attempt: int = 0) -> Request:
    """Build the request to the model about the lines of a triage batch; the same lines give the same request, except
    for `attempt`.
    """
    return Request(
        stage="triage",
        system=prompt.fill(
            theme=topic.title,
            count=str(len(lines.entries)),
            hints=hints(topic),
            checks=", ".join(map(str, lines.checks)),
        ),
        user=lines.text,
        schema_name="triage",
        schema=SCHEMA,
        attempt=attempt,
    )


def hints(topic: Topic) -> str:
    """The topic's description for triage: which papers could belong, judging by one line; the criteria if the topic has
    none.
    """
    return topic.triage.strip() or topic.criteria.strip()


def triage_made_from(topic: Topic, prompt: Prompt) -> str:
    """The hash that is recorded with a triage outcome as its prompt: of the prompt, the topic's description for triage
    and the response format, which are the same for every line.
    """
    return fingerprint(prompt.text, hints(topic), json.dumps(SCHEMA, sort_keys=True))
