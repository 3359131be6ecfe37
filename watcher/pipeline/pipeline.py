"""The line, on one screen: collect, screen, score, summarize, post, decide, catalog.

    feed entry -> Announcement -> Screening -> Relevance -> Summary -> Card -> Decision -> CatalogRow

Every stage takes only what waits for it, so any of them may be killed and run again. Decisions come from a desk
at any time (stages/decide.py); `follow` does what they ask for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from watcher.domain.papers.history import History
from watcher.domain.papers.topic import Topic
from watcher.domain.prompt import fingerprint
from watcher.logs import get_logger
from watcher.pipeline.dependencies import Days, Dependencies
from watcher.pipeline.distributed import start_run
from watcher.pipeline.follow_up import Following
from watcher.pipeline.run import Run
from watcher.pipeline.weekly import Weekly, show_proposals
from watcher.pipeline.workers import Lanes
from watcher.ports import RunReport

_log = get_logger(__name__)
_RUN, _HASTEN, _FOLLOW = "run", "hasten", "follow"


class Pipeline:
    """The line over its deps. `run` goes from feed to desk, `follow` from decision to catalog."""

    def __init__(self, deps: Dependencies) -> None:
        self.deps = deps
        self._asking = _gated(deps)
        teams = {topic.slug: topic.team for topic in deps.options.topics}
        self._lanes = {kind: Lanes(teams, deps.options.topics_at_once) for kind in (_RUN, _HASTEN, _FOLLOW)}
        self._following = Following(self._asking, self._lanes[_FOLLOW])
        self._computing = threading.Lock()  # threads that compute would only hold up each other, and every click
        self.warnings: Sequence[str] = ()
        self._hastened: set[int] = set()

    def run(
        self,
        run_id: str,
        *,
        now: datetime | None = None,
        read: bool = True,
        judge: bool = True,
        show: bool = True,
        catch_up: Callable[[Run], None] | None = None,
        topics: Sequence[Topic] | None = None,
        days: Days = Days.CLOSE,
    ) -> RunReport:
        """Feed to desk. `read`, `judge` and `show` leave out feeds, model and desk; `catch_up` stands in for feeds.
        `days` says what becomes of announcement days that nobody has read.

        What is read is kept for all topics; only for `topics`, where told, the run goes on and says how it went.
        Failures are in the report.
        """
        with self.deps.store.locks.hold(_RUN):
            steps = start_run(self._asking, run_id, now, self.warnings)
            steps.topics = self.deps.options.topics if topics is None else topics
            if read and catch_up is None:
                self.deps.sources()  # raises ConfigError before the run is recorded
            self.deps.store.runs.start(run_id, steps.started)
            if catch_up is not None:
                catch_up(steps)
            elif read:
                steps.collect()
                if days is Days.CLOSE:
                    steps.close_days()
            self._side_by_side(steps, judge=judge, show=judge and show)
            if judge and show and any(self.deps.document_of(t.slug) is self.deps.document for t in steps.topics):
                steps.failures += show_proposals(self.deps, steps.clock())
            followed = None if topics is None else [topic.slug for topic in topics]
            steps.failures += self.follow(run_id, topics=followed, look=True)
            self.deps.store.waiting.mark_done()
            report = steps.report(must_close=days is not Days.TELL)
            self.deps.store.runs.finish(report)
            return report

    def _side_by_side(self, steps: Run, *, judge: bool, show: bool) -> None:
        """Every topic from screening to desk. What it comes to is added up in the topics' order, whoever was first."""
        apart = {topic.slug: steps.fork() for topic in steps.topics}

        def go(slug: str) -> Sequence[str]:
            with self.deps.store.locks.hold(f"line/{slug}"):  # papers put forward by hand are hastened beside a run
                self._line(apart[slug], self._topic(slug), judge=judge, show=show)
            return ()

        steps.failures += self._lanes[_RUN].each(list(apart), go)
        for mine in apart.values():
            steps.merge(mine.result())

    def _line(self, steps: Run, topic: Topic, *, judge: bool = True, show: bool = True) -> None:
        with self._computing:
            steps.screen(topic)
        if judge:
            with self.deps.store.locks.hold(
                f"judge/{fingerprint(topic.criteria)}"
            ):  # the next takes over what was said
                steps.score(topic)
            steps.summarize(topic)
        if show:
            steps.post(topic)

    def probe(self) -> None:
        """Ask whether the models are still offered; what is wrong is told by every run until it is mended."""
        self.warnings = self.deps.probe()
        for warning in self.warnings:
            _log.error("a model is not offered", warning=warning)

    def reconcile(self, run_id: str, *, now: datetime | None = None, since: date | None = None) -> RunReport:
        """What the feeds did not say, screened and judged; by default since the last time this ended well."""
        return self.run(run_id, now=now, show=False, catch_up=lambda steps: steps.reconcile(since))

    def backfill(self, run_id: str, history: History, *, now: datetime | None = None) -> RunReport:
        """History, screened; it is judged by later runs, as far as their budget goes."""
        return self.run(
            run_id,
            now=now,
            judge=False,
            show=False,
            catch_up=lambda steps: steps.backfill(history),
            days=Days.TELL,
        )

    def hasten(self, run_id: str, patience: float | None = None) -> Sequence[str]:
        """Take what was put forward by hand from where it is to its card, at once. Gives the failures.

        Each is hastened once: what fails waits for the next run as everything does. `patience` as in `follow`.
        """
        deps = self._asking

        def go(slug: str) -> Sequence[str]:
            with deps.store.locks.hold(f"line/{slug}"):
                numbers = deps.store.nominations.without_card(slug, deps.desk.name) - self._hastened
                self._hastened.update(numbers)
                steps = Run(deps, run_id, None, scope=replace(deps.options.scope, only=numbers))
                if numbers:
                    self._line(steps, self._topic(slug))
            return steps.failures

        nominated = {
            topic.slug: deps.store.nominations.without_card(topic.slug, deps.desk.name) for topic in deps.options.topics
        }
        waiting = [slug for slug, numbers in nominated.items() if numbers - self._hastened]
        return self._lanes[_HASTEN].each(waiting, go, patience)

    def weekly(self, run_id: str, *, now: datetime | None = None) -> RunReport:
        """The week that is over: its audit sample drawn and shown, its report posted. Repeatable at will."""
        with self.deps.store.locks.hold(_RUN):
            steps = Run(self.deps, run_id, now)
            self.deps.store.runs.start(run_id, steps.started)
            week = Weekly(self.deps, run_id, steps.started)

            def sum_up(slug: str) -> Sequence[str]:
                topic = self._topic(slug)
                week.draw(topic)
                return week.show_report(topic) + week.show_audits(topic)

            steps.failures += self._lanes[_RUN].each([topic.slug for topic in self.deps.options.topics], sum_up)
            self.deps.forget(steps.started)
            report = steps.report()
            self.deps.store.runs.finish(report)
            return report

    def refresh(self, run_id: str, *, now: datetime | None = None) -> RunReport:
        """What has happened to the catalog's papers since their rows were written, proposed to curators.

        It may take its time beside a run: it adds nothing that a run takes.
        """
        steps = Run(self.deps, run_id, now, self.warnings)
        self.deps.store.runs.start(run_id, steps.started)
        steps.refresh()
        report = steps.report()
        self.deps.store.runs.finish(report)
        return report

    def follow(
        self,
        run_id: str = "follow",
        patience: float | None = None,
        topics: Sequence[str] | None = None,
        *,
        look: bool = False,
    ) -> Sequence[str]:
        """Decision to catalog, and every card made to tell the truth, of these topics or of all. Gives the failures.

        With `patience` (seconds) no longer is waited for a topic that hangs; it goes on by itself. To `look` is to look
        for all approved rows now, and not only once an hour.
        """
        return self._following(run_id, patience, topics, look=look)

    def close(self) -> None:
        """Finish what goes on by itself."""
        for lanes in self._lanes.values():
            lanes.close()

    def _topic(self, slug: str) -> Topic:
        return next(topic for topic in self.deps.options.topics if topic.slug == slug)


def _gated(deps: Dependencies) -> Dependencies:
    """However many topics ask at once, a model gets no more questions at a time than one topic may put. A worker who
    shares the questions bounds its own.
    """
    if deps.crew is not None:
        return deps
    scope = deps.options.scope
    return deps.limited(*map(threading.BoundedSemaphore, (scope.concurrency, scope.summary_concurrency)))
