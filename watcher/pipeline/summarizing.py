"""The stage "summarize" of a topic: has the model write and verify a summary of each relevant paper. Papers about which
the model keeps failing go to curators without one.
"""

from __future__ import annotations

from collections.abc import Sequence

from watcher.domain.errors import BadReply, ModelError
from watcher.domain.facts import Candidate, Relevance, Summary
from watcher.domain.papers.topic import Topic
from watcher.pipeline.model_loop import ModelLoop
from watcher.pipeline.run import Run
from watcher.pipeline.verified_summary import SummaryWriter, excuse_none
from watcher.ports import Failure, LanguageModel
from watcher.stages.summarize import STAGE

Unit = tuple[Candidate, Relevance, int]
_HARMLESS = Relevance(3, "", "", relevant=True, threshold=3, prompt="", model="")


class SummaryLoop(ModelLoop[Unit, Summary]):
    """The loop that has the model summarize a topic's relevant papers in one run, with one paper per request."""

    stage, total_name = STAGE, "summarized"

    def __init__(self, run: Run, topic: Topic) -> None:
        super().__init__(run, topic, run.summarizer, run.scope.summary_concurrency)

    def units(self) -> Sequence[Unit]:
        """The topic's relevant papers without a summary, each to be asked about in one request."""
        done, found = self.failed_alone(), self.store.summaries.to_summarize(self.topic.slug)
        return [unit for unit in found if unit[0].number not in done and self.run.scope.includes(unit[0].number)]

    def papers(self, unit: Unit) -> Sequence[Candidate]:
        """The paper that a request for a summary is about, as a list of one."""
        return unit[:1]

    def ask(self, unit: Unit, model: LanguageModel) -> Summary:
        """Have the model write and verify the summary of one paper."""
        candidate, relevance, attempt = unit
        excuse = self._excuse if candidate.number else excuse_none
        return SummaryWriter(self.topic, model, self.deps.options, excuse).write(candidate, relevance, attempt)

    def _excuse(self, error: ModelError) -> None:
        """Accept a summary unchecked if the model fails on its verification alone. Raises the error if the model
        answers nothing.
        """
        self._health.failed(error, self.why_no_answer)
        if not self._health.check(self.why_no_answer, self._health.answers):
            raise self._health.over or error

    def keep(self, unit: Unit, answer: Summary) -> None:
        """Store the summary that the model wrote for a paper."""
        self.store.summaries.add(unit[0].number, answer, self.run.run_id, self.run.clock())
        self.count(summarized=1, flagged=_is_flagged(answer))

    def harmless(self, candidate: Candidate, attempt: int) -> Unit:
        """A request for a summary of this well-known paper, as if it had been scored as relevant, to test whether the
        model answers.
        """
        return candidate, _HARMLESS, attempt

    def note_unusable(self, papers: Sequence[Candidate], error: BadReply) -> None:
        """Record for a paper that the model's answer could not be used as a summary."""
        for candidate in papers:
            failure = Failure(STAGE, candidate.number, str(error))
            self.store.runs.add_failure(failure, self.run.run_id, self.run.clock())


def _is_flagged(summary: Summary) -> bool:
    """Whether a curator should check the summary before deciding."""
    return bool(summary.violations) or (summary.verification is not None and summary.verification.is_flagged)
