"""Candidate -> Triage: the stage that has a model name what could belong among the papers that screening did not let
through, by one line a paper and many papers in one request.
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
from watcher.domain.prompt import Prompt, fingerprint
from watcher.domain.screening.line import Line
from watcher.domain.screening.triage import Entry, Lines, read_answer
from watcher.ports import KnownPaper, LanguageModel, Request, TriageBatch

STAGE = "triage"
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
    """What an answer about a batch gave: what became of the batch, and by candidate number what it says of papers.

    Where the answer is not accepted, or does not name a plant, nothing is put aside by it.
    """

    reading: TriageReading
    found: tuple[tuple[int, Triage], ...]


def triage(batch: TriageBatch, topic: Topic, model: LanguageModel, prompt: Prompt, line: Line) -> Triaged:
    """Ask once about the whole batch. Raises what the model raises; an answer that breaks the agreed form is a reading
    that was not accepted.
    """
    entries = {candidate.number: entry_of(candidate.paper, line) for candidate in batch.candidates}
    lines = Lines((*entries.values(), *batch.plants))
    reply = model.ask(question(lines, topic, prompt, batch.attempt))
    made, answered = made_from(topic, prompt), reply.model or model.name
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
    """A paper as a line of a question."""
    return Entry(str(paper.id), line(paper.title_raw, paper.abstract_raw), paper.title)


def question(lines: Lines, topic: Topic, prompt: Prompt, attempt: int = 0) -> Request:
    """The Request about these lines: the same papers and plants make the same question."""
    return Request(
        stage=STAGE,
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
    """What could belong to a topic: its text for triage, or where there is none its criteria."""
    return topic.triage.strip() or topic.criteria.strip()


def made_from(topic: Topic, prompt: Prompt) -> str:
    """The hash of what is told the model about every line: the rules, what could belong, and the form of the answer."""
    return fingerprint(prompt.text, hints(topic), json.dumps(SCHEMA, sort_keys=True))
