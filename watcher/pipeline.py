"""The line, on one screen: collect, screen, score, summarize, post, decide, catalog.

    feed entry -> Announcement -> Screening -> Relevance -> Summary -> Card -> Decision -> CatalogRow

Every stage takes only what waits for it, so any of them may be killed and run again. Decisions come from a desk
at any time (stages/decide.py); `follow` does what they ask for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from watcher.domain.errors import DeskRefused, WatcherError
from watcher.domain.facts import Candidate, Relevance
from watcher.domain.history import History
from watcher.domain.topic import Topic
from watcher.parts import Parts
from watcher.ports import Failure, RunReport
from watcher.review import refresh_proposals, show_proposals
from watcher.sharing import begin
from watcher.stages.catalog import catalog
from watcher.stages.post import refresh as refresh_card
from watcher.stages.summarize import summarize
from watcher.steps import Steps
from watcher.upkeep.change import change
from watcher.weekly import Weekly, refresh_audits

_log = logging.getLogger(__name__)
_RUN, _FOLLOW = "run", "follow"  # each is done by one thread at a time, over all processes of a deployment
_REFRESH_PAUSE = timedelta(seconds=60)
_REFUSED_PAUSE = timedelta(minutes=10)  # a person must act first, and Slack counts what it refuses
_REWRITE_PAUSE, _LONGEST_REWRITE_PAUSE = timedelta(minutes=5), timedelta(hours=6)  # every try may cost money


class Pipeline:
    """The line over its parts. `run` goes from feed to desk, `follow` from decision to catalog."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._refresh_from: datetime | None = None
        self._rewrite_from: datetime | None = None
        self._rewrite_pause = _REWRITE_PAUSE
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
        catch_up: Callable[[Steps], None] | None = None,
        in_bulk: bool = False,
    ) -> RunReport:
        """Feed to desk. `read`, `judge` and `show` leave out feeds, model and desk; `catch_up` stands in for feeds.

        `in_bulk` sends everything that waits for a score to be answered within a day, at half the price; later runs
        take in what has come. Failures are in the report.
        """
        with self.parts.store.alone(_RUN):
            parts = replace(self.parts, in_bulk=True, papers_per_run=None) if in_bulk else self.parts
            steps = begin(parts, run_id, now, self.warnings)
            self.parts.store.start_run(run_id, steps.started)
            if catch_up is not None:
                catch_up(steps)
            elif read:
                steps.collect()
            if judge:
                steps.receive()
            for topic in self.parts.topics:
                with _apart(steps, topic):
                    steps.screen(topic)
                    if judge:
                        steps.score(topic)
                        steps.summarize(topic)
                    if judge and show:
                        steps.post(topic)
            if judge and show:
                steps.failures += show_proposals(self.parts, steps.clock())
            steps.failures += self.follow(run_id)
            report = steps.report()
            self.parts.store.finish_run(report)
            return report

    def probe(self) -> None:
        """Ask whether the models are still offered; what is wrong is told by every run until it is mended."""
        self.warnings = self.parts.probe()
        for warning in self.warnings:
            _log.error("%s", warning)

    def reconcile(self, run_id: str, *, now: datetime | None = None, since: date | None = None) -> RunReport:
        """What the feeds did not say, screened and judged; by default since the last time this ended well."""
        return self.run(run_id, now=now, show=False, catch_up=lambda steps: steps.reconcile(since))

    def backfill(
        self, run_id: str, history: History, *, now: datetime | None = None, in_bulk: bool = False
    ) -> RunReport:
        """History, screened; it is judged by later runs, as far as their budget goes, or sent to be judged in bulk."""
        return self.run(
            run_id, now=now, judge=in_bulk, show=False, catch_up=lambda steps: steps.backfill(history), in_bulk=in_bulk
        )

    def hasten(self, run_id: str) -> Sequence[str]:
        """Take what was put forward by hand from where it is to its card, at once. Gives the failures.

        Each is hastened once: what fails waits for the next run as everything does.
        """
        parts, errors = self.parts, list[str]()
        with self.parts.store.alone(_RUN):
            for topic in parts.topics:
                numbers = parts.store.nominated(topic.slug, parts.desk.name) - self._hastened
                if not numbers:
                    continue
                self._hastened |= numbers
                steps = Steps(replace(parts, only=numbers), run_id, None)
                with _apart(steps, topic):
                    for stage in (steps.screen, steps.score, steps.summarize, steps.post):
                        stage(topic)
                errors += steps.failures
        return errors

    def weekly(self, run_id: str, *, now: datetime | None = None) -> RunReport:
        """The week that is over: its audit sample drawn and shown, its report posted. Repeatable at will."""
        with self.parts.store.alone(_RUN):
            steps = Steps(self.parts, run_id, now)
            self.parts.store.start_run(run_id, steps.started)
            week = Weekly(self.parts, run_id, steps.started)
            for topic in self.parts.topics:
                week.draw(topic)
                steps.failures += week.show_report(topic) + week.show_audits(topic)
            self.parts.forget(steps.started)
            report = steps.report()
            self.parts.store.finish_run(report)
            return report

    def refresh(self, run_id: str, *, now: datetime | None = None) -> RunReport:
        """What has happened to the catalog's papers since their rows were written, proposed to curators.

        It may take its time beside a run: it adds nothing that a run takes.
        """
        steps = Steps(self.parts, run_id, now, self.warnings)
        self.parts.store.start_run(run_id, steps.started)
        steps.refresh()
        report = steps.report()
        self.parts.store.finish_run(report)
        return report

    def follow(self, run_id: str = "follow") -> Sequence[str]:
        """Decision to catalog, and every card made to tell the truth. Gives the failures."""
        with self.parts.store.alone(_FOLLOW):
            errors = self._write(run_id) + self._refresh()
            rewritten, failed = self._rewrite(run_id)
            return errors + failed + (self._refresh() if rewritten else [])

    def _write(self, run_id: str) -> list[str]:
        parts, errors = self.parts, list[str]()

        def write(unit: tuple[int, bool], topic: Topic) -> None:
            document, sharing = parts.document_of(topic.slug), parts.sharing(topic.slug)
            catalog(unit[0], document, parts.store, wanted=unit[1], now=parts.clock(), sharing=sharing)

        def keep(number: int) -> None:
            change(number, parts.document, parts.store, run=run_id, now=parts.clock())

        errors += [f"catalog: {error}" for _, error in parts.engine.each(parts.store.to_change(), keep)]
        for topic in parts.topics:
            for (number, _), error in parts.engine.each(
                parts.store.to_catalog(topic.slug), partial(write, topic=topic)
            ):
                errors.append(f"catalog: {error}")
                if parts.store.card(number).trouble != str(error):  # the same trouble again is no new fact
                    parts.store.fail(Failure("catalog", number, str(error)), run_id, parts.clock())
        return errors

    def _rewrite(self, run_id: str) -> tuple[bool, list[str]]:
        """Summaries that curators asked for anew; after a failure they wait, longer each time."""
        parts = self.parts
        if self._rewrite_from is not None and parts.clock() < self._rewrite_from:
            return False, []
        wishes = [(topic, *wish) for topic in parts.topics for wish in parts.store.to_rewrite(topic.slug)]

        def write(unit: tuple[Topic, int, Candidate, Relevance, int]) -> None:
            topic, wish, candidate, relevance, attempt = unit
            try:
                summary = summarize(
                    candidate, relevance, topic, parts.summarizer, parts.summary_prompt, parts.style, attempt
                )
            except WatcherError as error:
                parts.store.fail(Failure("summarize", candidate.number, str(error)), run_id, parts.clock())
                raise
            parts.store.add_rewritten(wish, candidate.number, summary, run_id, parts.clock())

        failed = parts.engine.each(wishes, write)
        self._rewrite_from = parts.clock() + self._rewrite_pause if failed else None
        if wishes:
            self._rewrite_pause = min(2 * self._rewrite_pause, _LONGEST_REWRITE_PAUSE) if failed else _REWRITE_PAUSE
        return len(failed) < len(wishes), [f"summarize: {error}" for _, error in failed]

    def _refresh(self) -> list[str]:
        """Bring cards up to date; a desk that fails is left in peace for a minute."""
        parts = self.parts
        if self._refresh_from is not None and parts.clock() < self._refresh_from:
            return []
        stale = parts.store.stale_cards(parts.desk.name)
        shown = parts.engine.each(stale, lambda unit: refresh_card(*unit, parts.desk, parts.store))
        failed = [error for _, error in shown] + refresh_audits(parts) + refresh_proposals(parts)
        refused = any(isinstance(error, DeskRefused) for error in failed)
        pause = _REFUSED_PAUSE if refused else _REFRESH_PAUSE
        self._refresh_from = parts.clock() + pause if failed else None
        return [f"post: {error}" for error in failed]


@contextmanager
def _apart(steps: Steps, topic: Topic) -> Iterator[None]:
    """What no stage foresaw ends the stages for this topic and for no other."""
    try:
        yield
    except WatcherError as error:
        steps.failures.append(f"{topic.slug}: {error}")
    except Exception as error:  # noqa: BLE001 - one topic must not stop the others, whatever went wrong
        _log.exception("topic %s: a stage failed unexpectedly", topic.slug)
        steps.failures.append(f"{topic.slug}: unexpected {type(error).__name__}: {error}")
