"""The pipeline, on one screen: collect, screen, triage, score, summarize, post, decide, catalog.

    feed entry -> Announcement -> Screening -> (Triage) -> Relevance -> Summary -> Card -> Decision -> CatalogRow

Every stage takes only what waits for it, so any of them may be killed and run again. Decisions come from a desk
at any time (stages/decide.py); `apply_decisions` does what they ask for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from functools import partial

from watcher.domain.errors import WatcherError
from watcher.domain.papers.topic import Topic
from watcher.domain.text import fingerprint
from watcher.logs import get_logger, staged
from watcher.pipeline.dependencies import Dependencies, Scope
from watcher.pipeline.follow_up import FollowUp, ask_about_reactions, read_reactions
from watcher.pipeline.intake import FEEDS, Intake, cite, screen
from watcher.pipeline.judging import ScoringLoop, TriageLoop
from watcher.pipeline.posting import close_week, post, show_proposals
from watcher.pipeline.run import Run, TopicWorkers
from watcher.pipeline.summarizing import SummaryLoop
from watcher.ports import ModelJob, RunReport

_log = get_logger(__name__)


STAGES: Mapping[str, Callable[[Run, Topic], None]] = {
    "screen": screen,
    "score": lambda run, topic: ScoringLoop(run, topic)(),
    "summarize": lambda run, topic: SummaryLoop(run, topic)(),
    "triage": lambda run, topic: TriageLoop(run, topic)(),
    "post": post,
}
"""The stages that a run takes a topic through, in their order. Each takes what waits for it and records one fact.
Papers that passed screening are scored and summarized before triage uses the budget, those that triage names after.
"""


class Pipeline:
    """The whole pipeline of a deployment: `run` takes papers from feeds to curators, `apply_decisions` takes curators'
    decisions to the catalog.
    """

    def __init__(self, deps: Dependencies) -> None:
        self.deps, self._store = deps, deps.store
        self._limited = _limited(deps)
        self._topics = {topic.slug: topic for topic in deps.options.topics}
        teams = {topic.slug: topic.team for topic in deps.options.topics}
        workers = [TopicWorkers(teams, deps.options.topics_at_once) for _ in range(3)]
        self._workers, (self._runs, self._nominations, self._decisions) = workers, workers
        self._follow_up = FollowUp(self._limited)
        self._computing = threading.Lock()  # threads that compute would only hold up each other, and every click
        self.warnings: Sequence[str] = ()
        self._processed: set[int] = set()

    def run(
        self,
        run_id: str,
        intake: Intake = FEEDS,
        *,
        until: str = "post",
        topics: Sequence[Topic] | None = None,
        now: datetime | None = None,
    ) -> RunReport:
        """Run the pipeline once: take in announced papers by `intake`, then do all stages up to `until`.

        Announcements are stored for all topics; with `topics`, the stages and the report are limited to these. Failures
        are in the report. `now` replaces the clock.
        """
        with self._store.locks.hold("run"):
            warnings = [*self.warnings, *self._missed(now or self.deps.clock())]
            run = Run(self._limited, run_id, now, warnings=warnings, topics=topics)
            if intake.reads_feeds:
                self.deps.sources()  # raises ConfigError before the run is recorded
            self._store.runs.start(run_id, run.started)
            run.failures += self.read_reactions(run.started)
            intake.take(run)
            if intake.reads_feeds:
                cite(run)
            self.deps.checkpoint()
            self._each_topic(run, partial(self._line, until=until))
            if until == "post" and any(self.deps.document_of(t.slug) is self.deps.document for t in run.topics):
                show_proposals(run)
            run.failures += self.apply_decisions(run_id, topics=topics, look=True)
            self._store.waiting.mark_done()
            return self._reported(run, must_close=intake.must_close)

    def _line(self, run: Run, topic: Topic, until: str = "post") -> None:
        """Do the stages for one topic in their order."""
        for name, stage in STAGES.items():
            with self._turn(name, run, topic):
                stage(run, topic)
            if name == "triage":
                self._judge_named(run, topic)
            if name == until:
                break

    def _missed(self, now: datetime) -> Sequence[str]:
        """That the schedule has not fired for longer than it should."""
        every, last = self.deps.options.expected_every, self._store.runs.last()
        if every is None or last is None or now - last.started <= every:
            return ()
        return [f"schedule: no run from {last.started:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} UTC"]

    def _judge_named(self, run: Run, topic: Topic) -> None:
        """Score and summarize the papers that triage named, within the run's budget."""
        named, scope = self._store.triage.named(topic.slug), run.scope
        named = frozenset(number for number in named if scope.includes(number))
        if not named:
            return
        budget = None if scope.budget is None else max(0, scope.budget - run.total("scored"))
        again = run.within(replace(scope, only=named, budget=budget))
        for name in ("score", "summarize"):
            with self._turn(name, again, topic):
                STAGES[name](again, topic)
        run.cap = again.cap or run.cap

    @contextmanager
    def _turn(self, stage: str, run: Run, topic: Topic) -> Iterator[None]:
        """Context manager for a stage of a topic: holds the lock that it needs. Screening computes, so only one topic
        does it at a time; topics with the same criteria are scored in turn, so that the second reuses the first one's
        scores.
        """
        lock: AbstractContextManager[object] = self._computing if stage == "screen" else nullcontext()
        if stage in {"score", "triage"}:
            lock = self._store.locks.hold(f"judge/{fingerprint(topic.criteria)}")
        with lock, staged(stage, run.run_id, topic.slug):
            yield

    def _each_topic(self, run: Run, work: Callable[[Run, Topic], None]) -> None:
        """Do the work for every topic in a thread of its own. Results are added up in the order of the topics,
        whichever was first.
        """
        forks = {topic.slug: run.fork() for topic in run.topics}

        def one(slug: str) -> Sequence[str]:
            with self._store.locks.hold(f"line/{slug}"):  # nominations are processed beside a run
                work(forks[slug], self._topics[slug])
            return ()

        run.failures += self._runs.each(list(forks), one)
        for fork in forks.values():
            run.merge(fork.result())

    def _reported(self, run: Run, *, must_close: bool = False) -> RunReport:
        report = run.report(must_close=must_close)
        self._store.runs.finish(report)
        return report

    def probe(self) -> None:
        """Ask the model servers whether they still offer the configured models; a missing one is logged and reported by
        every run until it is there again.
        """
        found = self.deps.probe()
        self.warnings = [f"score: {warning}" for warning in found]
        for warning in found:
            _log.error("a model is not offered", warning=warning)

    def process_nominations(self, run_id: str, timeout: float | None = None) -> Sequence[str]:
        """Process papers that people nominated through all stages at once, until they are shown to curators. Returns
        the failures.

        Each is tried once: what fails waits for the next run like any other paper. A topic that takes longer than
        `timeout` seconds is not waited for; it continues in the background.
        """
        deps, papers = replace(self._limited, worker_pool=None), self._store.papers

        def one(slug: str) -> Sequence[str]:
            with self._store.locks.hold(f"line/{slug}"):
                numbers = papers.nominated_without_card(slug, deps.desk.name) - self._processed
                self._processed.update(numbers)
                run = Run(deps, run_id, scope=replace(deps.options.scope, only=numbers))
                if numbers:
                    self._line(run, self._topics[slug])
            return run.failures

        waiting = [
            slug for slug in self._topics if papers.nominated_without_card(slug, deps.desk.name) - self._processed
        ]
        return self._nominations.each(waiting, one, timeout)

    def run_model_job(self, job: ModelJob, turns: threading.BoundedSemaphore) -> None:
        """In a worker process: make the model calls of a job for another process's run, each under the semaphore
        `turns`, and store the result.

        A job that was done already is skipped; one that another worker is doing is waited for and then skipped.
        """
        with self._store.locks.hold(job.key):
            if self._store.coordination.has_result(job.key):
                return
            scope = Scope(only=frozenset(job.numbers), budget=0)
            run = Run(replace(self.deps.limited(turns, turns), worker_pool=None), job.run, job.now, scope=scope)
            if job.topic in self._topics:  # one that was taken out of the configuration meanwhile has nothing to do
                with staged(job.stage, job.run, job.topic):
                    STAGES[job.stage](run, self._topics[job.topic])
            self._store.coordination.put_result(job.key, run.result(), self.deps.clock())

    def weekly(self, run_id: str, *, now: datetime | None = None) -> RunReport:
        """Do what is due for the last complete week: draw and post its audit sample (rejected papers to be checked by
        people), and post its report. Repeating it changes nothing.
        """
        with self._store.locks.hold("run"):
            run = Run(self._limited, run_id, now)
            self._store.runs.start(run_id, run.started)
            self._each_topic(run, close_week)
            self.deps.forget(run.started)
            return self._reported(run)

    def refresh(self, run_id: str, *, now: datetime | None = None) -> RunReport:
        """Look up the catalog's papers at arXiv and other services, and propose changes of their rows to curators.

        A service that does not answer does not stop the others. May run at the same time as `run`, because no stage is
        involved.
        """
        run = Run(self.deps, run_id, now, warnings=self.warnings)
        self._store.runs.start(run_id, run.started)
        try:
            for trouble in self.deps.refresh(run_id, run.clock()).troubles:
                _log.warning("the refresh goes without figures", run=run_id, error=trouble)
        except WatcherError as error:
            run.failures.append(f"refresh: {error}")
        return self._reported(run)

    def apply_decisions(
        self,
        run_id: str = "follow",
        timeout: float | None = None,
        topics: Sequence[Topic] | None = None,
        *,
        look: bool = False,
    ) -> Sequence[str]:
        """Carry out curators' decisions in these topics or in all: write the catalog, have summaries rewritten, update
        messages. Returns the failures.

        A topic that takes longer than `timeout` seconds is not waited for; it continues in the background. With `look`,
        it is checked now, not only once an hour, whether all approved rows are still in the catalog.
        """
        failures = ask_about_reactions(self.deps)
        waiting = self._follow_up.waiting(None if topics is None else [topic.slug for topic in topics], look=look)
        follow = partial(self._follow_up.follow, run_id, waiting)
        return [*failures, *self._decisions.each(list(waiting), follow, timeout)]

    def read_reactions(self, now: datetime | None = None) -> Sequence[str]:
        """Read which emoji reactions people added to papers' messages or removed, and record the decisions they stand
        for. Returns the failures. `now` replaces the clock.
        """
        return read_reactions(self.deps, now or self.deps.clock())

    def close(self) -> None:
        """Wait for topics that are still being processed in the background."""
        for workers in self._workers:
            workers.close()


def _limited(deps: Dependencies) -> Dependencies:
    """Limit concurrent requests to a model to the configured number, however many topics ask at once. With a worker
    pool each worker limits its own.
    """
    if deps.worker_pool is not None:
        return deps
    scope = deps.options.scope
    return deps.limited(*map(threading.BoundedSemaphore, (scope.concurrency, scope.summary_concurrency)))
