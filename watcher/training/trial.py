"""Runs labeled papers through a language model as the pipeline would (triage, scores, summaries with verification), so
that a group can measure its own model server.

No fact about a candidate is recorded; the replies are cached, so that the same trial is paid for once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from watcher.domain.errors import BadReply, QuestionRefused
from watcher.domain.facts import Candidate, Relevance, Summary
from watcher.domain.hostile.anomalies import anomalies
from watcher.domain.papers.paper import is_suspicious
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.triage import can_be_listed, halves, in_batches
from watcher.pipeline.dependencies import Dependencies
from watcher.pipeline.summarizing import SummaryWriter
from watcher.ports import Batch, TriageBatch
from watcher.stages.score import score
from watcher.stages.summarize import verify
from watcher.stages.triage import triage
from watcher.training.files import Announced

SUMMARIES = 20
"""The most summaries that a trial writes and verifies."""
_FEWEST_TO_SWAP = 2


@dataclass
class Verified:
    """Counts of the verifications in a trial: summaries without a fault (`sound`), with one (`faulty`) and unchecked;
    and of the sentences that were inserted from another paper's summary (`planted`), how many were found wrong
    (`named`).
    """

    sound: int = 0
    faulty: int = 0
    unchecked: int = 0
    planted: int = 0
    named: int = 0


@dataclass
class Trial:
    """The results of a trial of a model on labeled papers, by the papers' keys.

    `forward` are those that triage passes on to scoring, `relevant` maps scored ones to whether they are relevant.
    `lines` counts the papers put to triage; `unread` and `unscored` those without an accepted answer, about which the
    pipeline would ask again.
    """

    forward: set[str] = field(default_factory=set)
    relevant: dict[str, bool] = field(default_factory=dict)
    lines: int = 0
    unread: int = 0
    unscored: int = 0
    verified: Verified = field(default_factory=Verified)


def put_to_triage(trial: Trial, topic: Topic, deps: Dependencies, papers: Mapping[str, Announced]) -> None:
    """Ask the model about papers in triage batches without hidden known papers, and add the results to the trial;
    papers that can be in no batch count as passed on to scoring.
    """
    candidates = _candidates(topic, papers)
    plain = [c for c in candidates if not is_suspicious(c.anomalies) and can_be_listed(c.paper.title)]
    batches, _ = in_batches(plain, deps.options.triage_batch, _key)
    asked = {_key(candidate) for batch in batches for candidate in batch}
    trial.lines += len(asked)
    trial.forward |= papers.keys() - asked
    for batch in batches:
        _triage(trial, topic, deps, batch, again=True)


def _triage(trial: Trial, topic: Topic, deps: Dependencies, batch: Sequence[Candidate], *, again: bool) -> None:
    keys = {candidate.number: _key(candidate) for candidate in batch}
    prompt, line = deps.options.triage_prompt, deps.lines[topic.slug]
    try:
        found = triage(TriageBatch(tuple(batch)), topic, deps.triager, prompt, line)
        accepted = found.reading.accepted
    except QuestionRefused:
        accepted = False
    if accepted:
        trial.forward |= {keys[number] for number, outcome in found.found if outcome.goes_on}
    elif again:
        for half in halves(batch):
            _triage(trial, topic, deps, half, again=False)
    else:
        trial.unread += len(batch)
        trial.forward |= set(keys.values())


def score_and_verify(
    trial: Trial, topic: Topic, deps: Dependencies, papers: Mapping[str, Announced], belonging: AbstractSet[str]
) -> None:
    """Have the model score papers, and write and verify summaries of at most 20 that are in `belonging` and found
    relevant; add the results to the trial.
    """
    candidates, size = _candidates(topic, papers), deps.options.batch_size
    alone = [candidate for candidate in candidates if is_suspicious(candidate.anomalies)]
    plain = [candidate for candidate in candidates if candidate not in alone]
    batches = [[one] for one in alone] + [plain[start : start + size] for start in range(0, len(plain), size)]
    found = {_key(candidate): relevance for batch in batches for candidate, relevance in _scores(topic, deps, batch)}
    trial.unscored += len(candidates) - len(found)
    trial.relevant |= {key: relevance.relevant for key, relevance in found.items()}
    written = list[tuple[Candidate, Summary]]()
    for candidate in candidates:
        relevance = found.get(_key(candidate))
        if len(written) < SUMMARIES and relevance and relevance.relevant and _key(candidate) in belonging:
            written += _summary(topic, deps, candidate, relevance)
    _verify(trial.verified, deps, written)


def _scores(topic: Topic, deps: Dependencies, batch: Sequence[Candidate]) -> Iterator[tuple[Candidate, Relevance]]:
    """The scores of a batch; if its answer cannot be used, of its halves, asked about one by one."""
    by_number = {candidate.number: candidate for candidate in batch}
    try:
        gist = deps.gists.get(topic.slug)
        scored = score(Batch(0, tuple(batch)), topic, deps.scorer, deps.options.score_prompt, gist)
    except (BadReply, QuestionRefused):
        for half in halves(batch) if len(batch) > 1 else ():
            yield from _scores(topic, deps, half)
        return
    for number, relevance in scored.found:
        yield by_number[number], relevance


def _summary(
    topic: Topic, deps: Dependencies, candidate: Candidate, relevance: Relevance
) -> Iterator[tuple[Candidate, Summary]]:
    try:
        yield candidate, SummaryWriter(topic, deps.summarizer, deps.options).write(candidate, relevance)
    except (BadReply, QuestionRefused):
        return


def _verify(told: Verified, deps: Dependencies, written: Sequence[tuple[Candidate, Summary]]) -> None:
    """Count the results of the summaries' verification, and verify each again with a sentence swapped in from another
    summary.
    """
    for place, (candidate, summary) in enumerate(written):
        found = summary.verification
        if found is None or not found.is_checked:
            told.unchecked += 1
            continue
        told.faulty += bool(found.wrong or found.corrected or found.planted)
        told.sound += not (found.wrong or found.corrected or found.planted)
        other = written[place - 1][1].summary_ja
        if len(written) < _FEWEST_TO_SWAP or not other:
            continue
        swapped = replace(summary, summary_ja=summary.summary_ja + other.rstrip("。").rpartition("。")[2] + "。")
        again = verify(candidate.paper, swapped, deps.summarizer, deps.options.verify_prompt)
        told.planted += again.is_checked
        told.named += again.is_checked and again.verdicts[-1].fault is not None


def _candidates(topic: Topic, papers: Mapping[str, Announced]) -> list[Candidate]:
    """The papers as candidates of the pipeline, in the order of their keys."""
    return [
        one.candidate(topic, number, anomalies(one.paper)) for number, (_, one) in enumerate(sorted(papers.items()), 1)
    ]


def _key(candidate: Candidate) -> str:
    return str(candidate.paper.id)
