"""Candidate -> Relevance: the stage that has a model judge a batch of papers against the topic's criteria in one
request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from watcher.domain.errors import BadReply, UsageError
from watcher.domain.facts import Relevance
from watcher.domain.papers.paper import DOI, Paper, arxiv_id, paper_of_doi
from watcher.domain.papers.topic import Topic
from watcher.domain.prompts import Gist, Prompt, asked_id, quoted
from watcher.domain.replies import read_list, repeats_title, stands
from watcher.domain.text import clipped, fingerprint, narrow, visible
from watcher.ports import Batch, Failure, LanguageModel, Reply, Request

_STAGE = "score"
GAPS = frozenset({"criteria"})

# The subset of JSON Schema that servers share: no ranges, patterns or empty and integer enums, which some
# reject as a whole; what they would say is checked below.
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "papers": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "arxiv_id": {"type": "string"},
                    "title_words": {"type": "string"},
                    "score": {"type": "integer"},
                    "criterion": {"type": "string"},
                    "reason_ja": {"type": "string"},
                },
                "required": ["arxiv_id", "title_words", "score", "criterion", "reason_ja"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["papers"],
    "additionalProperties": False,
}

_SCORE = re.compile(r"[0-4](?:\.0+)?(?:\s*(?:点|points?))?")
_ID = re.compile(r"(?<![\d.])\d{4}\.\d{4,5}(?!\d|\.\d)")
_PREFIX = re.compile(r"(?:arxiv\s*:\s*|doi\s*:\s*|https?://(?:dx\.)?doi\.org/)+", re.IGNORECASE)
_HASHED = re.compile("w[0-9a-f]{12}")
# Models write (a), a) or a. for the criterion a.
_LETTER = re.compile(r"\(?([a-z])[).:]?")
_LONGEST_REASON = 400  # characters; the prompt asks for at most 60


class CutOff(BadReply):
    """Error: the model's answer about a batch of papers was cut off at the length limit; an answer about fewer papers
    may be short enough.
    """


@dataclass(frozen=True, slots=True)
class Scored:
    """The result of scoring one batch of papers: scores by candidate number, failures of candidates without a score,
    and ids in the reply that were not asked for.
    """

    found: tuple[tuple[int, Relevance], ...]
    missed: tuple[Failure, ...]
    invented: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Verdict:
    score: int
    criterion: str
    reason_ja: str


def score(batch: Batch, topic: Topic, model: LanguageModel, prompt: Prompt, gist: Gist | None = None) -> Scored:
    """Ask the model to score a batch of papers against the topic's criteria in one request, and keep only verdicts that
    are complete, asked for and unambiguous. With `gist`, abstracts are shortened.

    A candidate that the reply leaves out gets a Failure and is asked about again. Raises BadReply for a reply without
    any verdict (CutOff if it was too long), and the model's errors.
    """
    request = question(batch, topic, prompt, gist)
    reply = model.ask(request)
    try:
        answers = _answers(reply)
    except BadReply as error:
        raise (CutOff if reply.finish == "length" else BadReply)(error.message) from None
    # All or none: a model that is held to no schema may leave the words out everywhere, never here and there.
    echoed = any(entry.get("title_words") for entries in answers.values() for entry in entries)
    found: list[tuple[int, Relevance]] = []
    missed: list[Failure] = []
    for candidate in batch.candidates:
        try:
            said = answers.pop(asked_id(candidate.paper.id), [])
            verdict = _agreed(said, candidate.paper if echoed else None, topic.labels)
        except BadReply as error:
            missed.append(Failure(_STAGE, candidate.number, str(error)))
            continue
        relevance = Relevance(
            score=verdict.score,
            criterion=verdict.criterion,
            reason_ja=verdict.reason_ja,
            relevant=verdict.score >= topic.post_at,
            threshold=topic.post_at,
            prompt=request.made_from,
            model=reply.model or model.name,
            asked=model.name,
            label=topic.labels.get(verdict.criterion, ""),
        )
        found.append((candidate.number, relevance))
    # Without any verdict the reply fails as a whole, and the batch is halved until the paper that spoils it is alone.
    if missed and not found:
        raise BadReply(missed[0].error)
    return Scored(tuple(found), tuple(missed), tuple(sorted(answers)))


def question(batch: Batch, topic: Topic, prompt: Prompt, gist: Gist | None = None) -> Request:
    """Build the request to score a batch of papers. The same papers give the same request, whatever the batch's number,
    so that its cached reply is found. With `gist`, abstracts are shortened.

    Models are influenced by position, so the order of papers is derived from a hash of all their ids; no paper's text
    influences it.
    """
    papers = {f"{candidate.paper.id}v{candidate.paper.version}": candidate.paper for candidate in batch.candidates}
    seed = fingerprint(*sorted(papers))
    shuffled = [papers[name] for name in sorted(papers, key=lambda name: fingerprint(seed, name))]
    if gist is not None:
        shuffled = [replace(paper, abstract_raw=gist(paper.title_raw, paper.abstract_raw)) for paper in shuffled]
    return Request(
        stage=_STAGE,
        system=prompt.fill(criteria=topic.criteria.strip()),
        user="\n\n".join(map(quoted, shuffled)),
        schema_name="relevance",
        schema=SCHEMA,
        attempt=batch.attempt,
        once=batch.once,
    )


def inherited(relevance: Relevance, topic: Topic) -> Relevance:
    """Adapt a score to a topic: the result of the same prompt for the same paper version, given for another topic or
    day, with this topic's threshold and label.
    """
    return replace(
        relevance,
        relevant=relevance.score >= topic.post_at,
        threshold=topic.post_at,
        label=topic.labels.get(relevance.criterion, ""),
    )


def _answers(reply: Reply) -> dict[str, list[Mapping[str, Any]]]:
    """The reply's entries by base id. Raises BadReply when the reply as a whole cannot be read."""
    try:
        papers = read_list(reply.text, reply.finish, "papers", "arxiv_id")
    except BadReply:
        if not reply.mended:
            raise
        papers = [
            entry
            for entry in read_list(reply.mended, reply.finish, "papers", "arxiv_id")
            if isinstance(entry, dict) and stands(reply.text, entry, "arxiv_id", ("title_words", "score"))
        ]
    answers: dict[str, list[Mapping[str, Any]]] = {}
    for entry in papers:
        if isinstance(entry, dict):
            answers.setdefault(_base_id(entry.get("arxiv_id")), []).append(entry)
    return answers


def _base_id(value: object) -> str:
    """The arXiv id in a reply without its prefix and version, or the only id in a text; of a number the digits as
    written.
    """
    text = visible(str(value)) if isinstance(value, str | int | Decimal) else ""
    try:
        return arxiv_id(text)[0].native
    except UsageError:
        bare = _PREFIX.sub("", text).lower()
        if DOI.fullmatch(bare):
            return paper_of_doi(bare).native
        if _HASHED.fullmatch(bare):
            return bare
        found = _ID.findall(text)
        return found[0] if len(found) == 1 else text[:40]


def _agreed(entries: Sequence[Mapping[str, Any]], echoed: Paper | None, labels: Mapping[str, str]) -> _Verdict:
    if echoed and not all(repeats_title(entry.get("title_words"), echoed) for entry in entries):
        raise BadReply("the answer under this id is about a paper of another title")
    verdicts = [_verdict(entry, labels) for entry in entries]
    if not verdicts:
        raise BadReply("the answer leaves this paper out")
    if len({verdict.score for verdict in verdicts}) > 1:
        raise BadReply("the answer judges this paper twice and differently")
    return replace(
        verdicts[0],
        criterion=_if_one(verdict.criterion for verdict in verdicts),
        reason_ja=_if_one(verdict.reason_ja for verdict in verdicts),
    )


def _if_one(said: Iterable[str]) -> str:
    """The value of a field if all entries about the paper agree on it, else ""."""
    values = set(said)
    return values.pop() if len(values) == 1 else ""


def _verdict(entry: Mapping[str, Any], labels: Mapping[str, str]) -> _Verdict:
    """The score with criterion and reason. Only the score must be right: a criterion or reason that is not as it should
    be is left out or cut, since both are only shown. Where no criterion has a label, any letter is taken.
    """
    letter, reason = entry.get("criterion"), entry.get("reason_ja")
    match = _LETTER.fullmatch(narrow(letter).strip().lower()) if isinstance(letter, str) else None
    return _Verdict(
        _score(entry.get("score")),
        match[1] if match and (not labels or match[1] in labels) else "",
        clipped(visible(reason), _LONGEST_REASON) if isinstance(reason, str) else "",
    )


def _score(value: object) -> int:
    """The score as an integer 0–4, also from a string, a number with a fraction of zero, or "3点"; None for other
    values.
    """
    text = narrow(str(value)).strip() if isinstance(value, str | int | float | Decimal) else ""
    if isinstance(value, bool) or not _SCORE.fullmatch(text):
        raise BadReply(f"score is not an integer 0-4: {str(value)[:20]!r}")
    return int(text[0])
