"""Has a model check each sentence of a finished summary against title and abstract, in one request and at most one more
if the answer cannot be accepted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from watcher.domain.errors import BadReply, QuestionRefused
from watcher.domain.facts import SentenceVerdict, Summary, Verification
from watcher.domain.papers.paper import Paper
from watcher.domain.prompts import Prompt
from watcher.domain.replies import read_object
from watcher.domain.summaries.verification import (
    SCHEMA,
    SentenceEvidence,
    evidence_by_sentence,
    question,
    read_verdicts,
    source_of,
)
from watcher.domain.text import fingerprint
from watcher.ports import LanguageModel, Reply, Request

STAGE = "verify"
GAPS = frozenset({"language"})
_FIELDS = (
    "\n\nA numbered line that begins with a name in square brackets, such as [comment] or [task], is a cell beside the "
    "summary. Check the words behind the brackets in the same way; a name of a topic needs no verb."
)
_AGAIN = "\n\nAn earlier answer could not be used: {error}. Answer again, for every sentence."


def verify(
    paper: Paper, summary: Summary, model: LanguageModel, prompt: Prompt, attempt: int = 0, language: str = "Japanese"
) -> Verification:
    """Ask the model for a verdict on every sentence of a summary, and on every further field it filled; ask once more
    if the answer is not accepted.

    The result has no verdicts if neither answer is accepted or the server refuses this request. A new `attempt` is not
    answered from the cache; `language` is the summary's. Raises the model's other errors.
    """
    fields = [SentenceEvidence(text, (), name) for name, text in summary.fields.items()]
    sentences = [*evidence_by_sentence(summary.summary_ja, summary.evidence), *fields]
    first = Request(
        stage=STAGE,
        system=prompt.fill(language=language) + (_FIELDS if fields else ""),
        user=question(paper, sentences),
        schema_name="verification",
        schema=SCHEMA,
        attempt=attempt,
        once=attempt > 0,
    )
    made_by = fingerprint(first.system, json.dumps(first.schema, sort_keys=True))
    try:
        reply = model.ask(first)
        try:
            verdicts = _read(reply, sentences, paper)
        except BadReply as error:
            reply = model.ask(_again(first, error))
            verdicts = _read(reply, sentences, paper, last=True)
    except (BadReply, QuestionRefused):
        return Verification(prompt=made_by, model=model.name)
    return Verification(verdicts, prompt=made_by, model=reply.model or model.name)


def _again(first: Request, error: BadReply) -> Request:
    return replace(first, user=first.user + _AGAIN.format(error=error.message))


def _read(
    reply: Reply, sentences: Sequence[SentenceEvidence], paper: Paper, *, last: bool = False
) -> tuple[SentenceVerdict, ...]:
    """The verdicts in a reply, after repairing its JSON if necessary. Raises BadReply."""
    try:
        answer = read_object(reply.text, reply.finish, "sentences", "verdict")
    except BadReply:
        if not reply.mended:
            raise
        answer = read_object(reply.mended, reply.finish, "sentences", "verdict")
    return read_verdicts(answer, sentences, source_of(paper), last=last)
