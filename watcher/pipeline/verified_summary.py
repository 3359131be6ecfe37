"""Has the model write a summary and verify it against the abstract. The summary is repaired once if a sentence is
wrong, or written again without passages of the abstract that are no part of the study (such as advertising).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from watcher.domain.errors import BadReply, ModelError, QuestionRefused
from watcher.domain.facts import Candidate, Relevance, Summary, Verification, Violation
from watcher.domain.papers.topic import Topic
from watcher.domain.summaries.verification import without_passages
from watcher.domain.summaries.violations import prizes_and_prices
from watcher.pipeline.dependencies import Options
from watcher.pipeline.verify import verify
from watcher.ports import LanguageModel
from watcher.stages.summarize import repair, summarize

Excuse = Callable[[ModelError], None]
"""Called with the error of a failed verification: raises it if the model answers nothing, so that the paper waits."""


def excuse_none(error: ModelError) -> None:
    """Default of `SummaryWriter.excuse`: raise every error of a verification, so that the paper waits for
    another run.
    """
    raise error


@dataclass(frozen=True, slots=True)
class SummaryWriter:
    """Writes the summaries of a topic's papers by the model and has each verified.

    Summary and verification are stored together, so curators see no unverified text; after a kill the same requests are
    made again, whose replies are cached.
    """

    topic: Topic
    model: LanguageModel
    options: Options
    excuse: Excuse = excuse_none

    def write(self, candidate: Candidate, relevance: Relevance, attempt: int = 0) -> Summary:
        """Have the model write the summary of a paper and verify it; return the summary with its verification.

        A wrong sentence is repaired once, and the version with fewer wrong ones is kept. If a sentence rests on a
        passage that is no part of the study (planted text), that passage is cut from the abstract and the summary
        written again; if that fails too, or nothing is left, the summary is empty. Raises the errors of `summarize`,
        and errors of the verification that `excuse` raises.
        """
        first = self._write(candidate, relevance, attempt)
        planted = _planted(first)
        if not planted:
            first = self._repaired(first, candidate, relevance, attempt)
            planted = _planted(first)
        if planted:
            first = self._without(planted, first, candidate, relevance, attempt)
        return _doubtful_if_unchecked(first)

    def _write(self, candidate: Candidate, relevance: Relevance, attempt: int) -> Summary:
        prompt, style = self.options.summary_prompt, self.options.styles[self.topic.slug]
        summary = summarize(candidate, relevance, self.topic, self.model, prompt, style, attempt)
        return self._verified(summary, candidate, attempt)

    def _verified(self, summary: Summary, candidate: Candidate, attempt: int) -> Summary:
        style = self.options.styles[self.topic.slug]
        try:
            found = verify(candidate.paper, summary, self.model, self.options.verify_prompt, attempt, style.language)
        except ModelError as error:
            self.excuse(error)
            found = Verification(model=self.model.name)
        return replace(summary, verification=found)

    def _repaired(self, first: Summary, candidate: Candidate, relevance: Relevance, attempt: int) -> Summary:
        """The summary after one repair, if that leaves fewer wrong sentences or reveals planted text."""
        before = _of(first)
        if not before.wrong:
            return first
        prompt, style = self.options.summary_prompt, self.options.styles[self.topic.slug]
        try:
            mended = repair(
                first, before.wrong, candidate, relevance, self.topic, self.model, prompt, style, attempt=attempt
            )
        except (BadReply, QuestionRefused):
            return first
        mended = self._verified(mended, candidate, attempt)
        after = _of(mended)
        if _planted(mended):
            return mended
        if not after.is_checked or len(after.wrong) >= len(before.wrong):
            return first
        return replace(mended, verification=replace(after, corrected=len(before.wrong) - len(after.wrong)))

    def _without(
        self, planted: tuple[str, ...], first: Summary, candidate: Candidate, relevance: Relevance, attempt: int
    ) -> Summary:
        """The summary written from the abstract without the planted passages; an empty one if that is impossible."""
        nothing = replace(
            first,
            summary_ja="",
            categories_ja=(),
            evidence=(),
            violations=(),
            verification=_cut(first, planted),
            fields={},
        )
        paper = without_passages(candidate.paper, planted)
        if paper is None:
            return nothing
        cleaned = replace(candidate, paper=paper)
        again = self._write(cleaned, relevance, attempt)
        if not _planted(again):
            again = self._repaired(again, cleaned, relevance, attempt)
        if further := _planted(again):
            return replace(nothing, verification=_cut(first, (*planted, *further)))
        return replace(again, verification=replace(_of(again), planted=planted))


def _of(summary: Summary) -> Verification:
    return summary.verification or Verification()


def _planted(summary: Summary) -> tuple[str, ...]:
    return _of(summary).planted_quotes


def _cut(summary: Summary, planted: tuple[str, ...]) -> Verification:
    """The verification of a summary that must not be shown: without verdicts, with the planted passages."""
    return replace(_of(summary), verdicts=(), planted=planted)


def _doubtful_if_unchecked(summary: Summary) -> Summary:
    """The summary, with a violation added if it is unverified and names a prize or a price."""
    found = () if _of(summary).is_checked else tuple(prizes_and_prices(summary.summary_ja))
    if not found:
        return summary
    return replace(summary, violations=(*summary.violations, Violation("award", "、".join(found))))
