"""Candidate -> Summary: the stage that has a model write the catalog cells of a relevant paper, in one request and at
most one more to repair them, and check each sentence of the summary against title and abstract (verification).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from watcher.domain.errors import BadReply, QuestionRefused
from watcher.domain.facts import Candidate, Relevance, SentenceVerdict, Summary, Verification, Violation
from watcher.domain.papers.paper import Paper
from watcher.domain.papers.topic import Topic
from watcher.domain.prompts import Prompt, quoted
from watcher.domain.replies import read_object
from watcher.domain.summaries.cells import fields_prompt, schema_with, terms_in, texts_in
from watcher.domain.summaries.style import Style, autofixed, sentences
from watcher.domain.summaries.verification import SCHEMA as VERDICTS
from watcher.domain.summaries.verification import (
    SentenceEvidence,
    evidence_by_sentence,
    question,
    read_verdicts,
    source_of,
)
from watcher.domain.summaries.violations import advertised, field_violations, unsupported, violations
from watcher.domain.text import encodable, fold, has_japanese, visible
from watcher.ports import LanguageModel, Reply, Request

GAPS = frozenset({"style", "terms", "theme", "language"})
VERIFY_GAPS = frozenset({"language"})

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "summary_ja": {"type": "string"},
        "categories_ja": {"type": "array", "items": {"type": "string"}},
        "evidence": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["summary_ja", "categories_ja", "evidence"],
    "additionalProperties": False,
}

_REPAIR = {
    "length": "summary_ja has {detail} characters; write {shortest} to {longest}",
    "ending": "summary_ja must end with 「。」, and no sentence with a particle: {detail}",
    "register": "summary_ja holds polite forms ({detail}), talk, or だ beside である; write である style",
    "kana": "summary_ja is hardly Japanese (kana share {detail})",
    "stop": "summary_ja must end with a period: {detail}",
    "tone": "summary_ja speaks in the first person, to the reader or informally: {detail}",
    "latin": "summary_ja is hardly English (share of letters {detail})",
    "number": "title and abstract do not state these numbers: {detail}",
    "name": "title and abstract do not hold these names in this spelling: {detail}",
    "unit": "title and abstract give these numbers with another unit: {detail}",
    "hedge": "the evidence hedges ({detail}) and its sentence does not; keep it as careful (可能性, 示唆, 〜し得る)",
    "claim": "title and abstract claim nothing so absolute: {detail}",
    "ground": "every sentence needs a passage in evidence, in their order; these have none: {detail}",
    "quote": "these passages are not in title or abstract character for character, or there are none: {detail}",
    "categories": "categories_ja must be one to three short Japanese terms; wrong: {detail}",
    "markup": "these characters may not stand in a cell: {detail}",
    "address": "no URL, address, account or number of a document may stand in a cell: {detail}",
    "citations": "how often something was cited does not belong in a summary: {detail}",
    "field": "a text of fields is too long, or holds an address or markup or what title and abstract do not state: {detail}",
}
_NOT_BORNE_OUT = (
    "sentence {v.number} says 「{v.words}」, which the abstract does not bear out ({v.fault}): {v.reason_ja}"
)
_WRONG_FIELD = "{v.field} in fields says 「{v.words}」, which the abstract does not bear out ({v.fault}): {v.reason_ja}"
_FIELDS = (
    "\n\nA numbered line that begins with a name in square brackets, such as [comment] or [task], is a cell beside the "
    "summary. Check the words behind the brackets in the same way; a name of a topic needs no verb."
)
_AGAIN = "\n\nAn earlier answer could not be used: {error}. Answer again, for every sentence."
_NO_TERMS = "(none yet: choose short, general ones)"
_UNREADABLE = (Violation("reply"),)
_LONGEST_ANSWER = 2000  # characters; beyond it is no summary but a runaway, and not worth checking
_MOST_ITEMS = 10  # categories or quotes; the prompt asks for a few, and each is checked and shown
_MOST_SHOWN = 5


def summarize(
    candidate: Candidate,
    relevance: Relevance,
    topic: Topic,
    model: LanguageModel,
    prompt: Prompt,
    style: Style,
    attempt: int = 0,
) -> Summary:
    """Ask the model for a summary, check it against the style sheet, request one repair with the violations listed, and
    keep the better answer.

    Remaining violations are in `Summary.violations`. `attempt` is the number of earlier failures, so that each attempt
    is a new request. Raises BadReply if neither answer can be read, and the model's errors.
    """
    first = _question(candidate, relevance, topic, prompt, style, attempt)
    reply = model.ask(first)
    answers: list[Summary] = []
    try:
        answers.append(_checked(reply, first, model, candidate.paper, style))
        if not answers[0].violations:
            return _with_reason(answers[0], candidate.paper, relevance, topic, style)
        wrong = answers[0].violations
    except BadReply:
        wrong = _UNREADABLE
    second = _repair(first, reply.text, _broken_rules(wrong, style))
    try:
        answers.append(_checked(model.ask(second), second, model, candidate.paper, style))
    except (BadReply, QuestionRefused) as error:
        if isinstance(error, QuestionRefused) and not answers:
            raise
        if not answers:
            raise BadReply(error.message, about=candidate.key, remedy="it is asked again in the next run") from None
    best = _without_addresses(min(answers, key=lambda answer: len(answer.violations)))
    return _with_reason(best, candidate.paper, relevance, topic, style)


def repair(
    summary: Summary,
    wrong: Sequence[SentenceVerdict],
    candidate: Candidate,
    relevance: Relevance,
    topic: Topic,
    model: LanguageModel,
    prompt: Prompt,
    style: Style,
    *,
    attempt: int = 0,
) -> Summary:
    """Ask the model once to correct the sentences of a summary that verification found wrong, and check the answer
    against the style sheet. Raises BadReply if it cannot be read, and the model's errors.
    """
    first = _question(candidate, relevance, topic, prompt, style, attempt)
    names = ("summary_ja", "categories_ja", "evidence", *(["fields"] if style.cells.asked else []))
    echo = {name: getattr(summary, name) for name in names}
    faults = [(_WRONG_FIELD if verdict.field else _NOT_BORNE_OUT).format(v=verdict) for verdict in wrong]
    request = _repair(first, json.dumps(echo, ensure_ascii=False), faults)
    mended = _checked(model.ask(request), request, model, candidate.paper, style)
    return _with_reason(_without_addresses(mended), candidate.paper, relevance, topic, style)


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
        stage="verify",
        system=prompt.fill(language=language) + (_FIELDS if fields else ""),
        user=question(paper, sentences),
        schema_name="verification",
        schema=VERDICTS,
        attempt=attempt,
        once=attempt > 0,
    )
    try:
        reply = model.ask(first)
        try:
            verdicts = _verdicts(reply, sentences, paper)
        except BadReply as error:
            reply = model.ask(replace(first, user=first.user + _AGAIN.format(error=error.message)))
            verdicts = _verdicts(reply, sentences, paper, last=True)
    except (BadReply, QuestionRefused):
        return Verification(prompt=first.made_from, model=model.name)
    return Verification(verdicts, prompt=first.made_from, model=reply.model or model.name)


def _without_addresses(summary: Summary) -> Summary:
    """The summary without sentences, terms and fields in which an address or a citation count is left after the repair.
    Raises BadReply if no sentence is left.
    """
    fields = {name: text for name, text in summary.fields.items() if not any(advertised(text))}
    summary = replace(summary, fields=fields)
    if not any(violation.code in {"address", "citations"} for violation in summary.violations):
        return summary
    glue = "" if has_japanese(summary.summary_ja) else " "
    kept = glue.join(piece for piece in sentences(summary.summary_ja) if not any(advertised(piece)))
    if not kept:
        raise BadReply("every sentence of the summary holds an address or a citation count")
    terms = tuple(term for term in summary.categories_ja if not any(advertised(term)))
    return replace(summary, summary_ja=kept, categories_ja=terms)


def _with_reason(summary: Summary, paper: Paper, relevance: Relevance, topic: Topic, style: Style) -> Summary:
    """The summary, with a violation added if the reason for the score names something that neither paper nor criteria
    hold; repairing the summary cannot mend that.
    """
    known = f"{source_of(paper)}\n{topic.title}\n{topic.criteria}"
    foreign = unsupported(relevance.reason_ja, known, style)
    flagged = (
        (*summary.violations, Violation("reason", "、".join(foreign[:_MOST_SHOWN]))) if foreign else summary.violations
    )
    return replace(summary, violations=flagged)


def _question(
    candidate: Candidate, relevance: Relevance, topic: Topic, prompt: Prompt, style: Style, attempt: int
) -> Request:
    tie, asked = topic.labels.get(relevance.criterion), style.cells.asked
    chosen = f"\n\nThe catalog wants it for: {tie}" if tie else ""
    return Request(
        stage="summarize",
        system=prompt.fill(
            theme=topic.title,
            style=style.guide,
            terms=style.cells.separator.join(style.terms) or _NO_TERMS,
            language=style.language,
        )
        + fields_prompt(asked, style.language),
        user=quoted(candidate.paper) + chosen,
        schema_name="summary",
        schema=schema_with(SCHEMA, asked),
        attempt=attempt,
        once=attempt > 0,
    )


def _broken_rules(wrong: Sequence[Violation], style: Style) -> list[str]:
    """The broken rules of a summary as sentences for the model that is to repair it."""
    if wrong == _UNREADABLE:
        return ["it is not the one whole JSON object asked for"]
    told = {**_REPAIR, **style.repair}
    return [told[v.code].format(detail=v.detail, shortest=style.shortest, longest=style.longest) for v in wrong]


def _repair(first: Request, answer: str, faults: Sequence[str]) -> Request:
    """Build the request for a repair: the whole answer again, with its violations corrected."""
    listed = "\n".join(f"- {fault}" for fault in faults)
    # The answer may quote the paper, so it is untrusted too; a runaway would cost as much again.
    echo = visible(answer)[:_LONGEST_ANSWER]
    user = f"{first.user}\n\nYour answer was:\n{echo}\n\nIt breaks these rules:\n{listed}\n\nGive the whole answer again, mended."
    return replace(first, user=user)


def _checked(reply: Reply, request: Request, model: LanguageModel, paper: Paper, style: Style) -> Summary:
    """The cells in a reply with the rules they break. Raises BadReply if the reply has no usable cells."""
    answer = _object(reply)
    text = answer.get("summary_ja")
    if not isinstance(text, str) or not text.strip():
        raise BadReply("the answer holds no summary_ja")
    if len(text) > _LONGEST_ANSWER:
        raise BadReply(f"summary_ja has {len(text)} characters")
    glue = "" if style.stop == "。" else " "
    summary_ja = autofixed(encodable(glue.join(line.strip() for line in text.splitlines())), style.preferred)
    given = terms_in("、".join(_texts(answer.get("categories_ja"))))
    terms = (autofixed(encodable(term), style.preferred) for term in given)
    categories_ja = tuple(dict.fromkeys(term for term in terms if term))
    evidence = tuple(encodable(fold(quote)) for quote in _texts(answer.get("evidence")))
    source, texts = source_of(paper), texts_in(style.cells.asked, answer.get("fields"))
    fields = {name: autofixed(encodable(text[:_LONGEST_ANSWER]), style.preferred) for name, text in texts}
    broken = violations(summary_ja, categories_ja, evidence, source, style)
    return Summary(
        summary_ja=summary_ja,
        categories_ja=categories_ja,
        evidence=evidence,
        violations=(*broken, *field_violations(fields, source, style)),
        prompt=request.made_from,
        model=reply.model or model.name,
        fields=fields,
    )


def _object(reply: Reply) -> Mapping[str, Any]:
    """The JSON object in a reply; one that a library repaired counts only if its summary is in the reply character for
    character.
    """
    try:
        return read_object(reply.text, reply.finish, "summary_ja")
    except BadReply:
        if not reply.mended:
            raise
        answer = read_object(reply.mended, reply.finish, "summary_ja")
        summary = str(answer["summary_ja"])
        if not any(spelled in reply.text for spelled in (summary, json.dumps(summary, ensure_ascii=False)[1:-1])):
            raise
        return answer


def _texts(value: object) -> list[str]:
    """The first strings of a list, also where each stands in an object, or a lone string where a model forgot the list."""
    items = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else [value]
    strings = [next(iter(item.values()), None) if isinstance(item, dict) else item for item in items]
    return [item[:_LONGEST_ANSWER] for item in strings if isinstance(item, str)][:_MOST_ITEMS]


def _verdicts(
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
