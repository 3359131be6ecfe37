"""Decision -> catalog, and every card made to tell the truth: each topic by itself, so that none waits for another's
desk, catalog or model.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from watcher.domain.catalog.missing import lost_rows
from watcher.domain.errors import BadReply, CatalogError, DeskRefused, ModelError, ModelRefused, WatcherError
from watcher.domain.facts import Candidate, Relevance
from watcher.domain.handover import Cause, LoneFailure
from watcher.domain.papers.topic import Topic
from watcher.logs import about
from watcher.pipeline.dependencies import Dependencies
from watcher.pipeline.summarizing import summary_of_harmless
from watcher.pipeline.weekly import refresh_audits, refresh_proposals
from watcher.pipeline.workers import Lanes
from watcher.ports import Failure
from watcher.stages.catalog import catalog
from watcher.stages.post import refresh as refresh_card
from watcher.stages.summarize import summarize
from watcher.upkeep.change import change
from watcher.upkeep.missing import look_for_rows

_LOOK_PAUSE = timedelta(hours=1)
_REFRESH_PAUSE = timedelta(seconds=60)
_REFUSED_PAUSE = timedelta(minutes=10)  # a person must act first, and Slack counts what it refuses
_REWRITE_PAUSES = tuple(timedelta(minutes=min(5 * 2**n, 360)) for n in range(8))  # every try may cost money


class Following:
    """Does what decisions ask for. What fails is left in peace for a while, for its topic alone, by all processes."""

    def __init__(self, deps: Dependencies, lanes: Lanes) -> None:
        self._deps = deps
        self._lanes = lanes
        self._topics = {topic.slug: topic for topic in deps.options.topics}
        self._look_at = dict[str, datetime]()

    def __call__(
        self,
        run_id: str,
        patience: float | None = None,
        topics: Sequence[str] | None = None,
        *,
        look: bool = False,
    ) -> Sequence[str]:
        """Follow every topic (of `topics`) of which something waits, and look for approved rows where that is due or asked
        for by `look`; gives the failures. See `Lanes.each` for `patience`.
        """
        deps = self._deps
        waiting = set(deps.store.waiting.to_follow(deps.desk.name)) | self._to_look(at_once=look)
        if self._review and (deps.store.proposals.to_change() or deps.store.proposals.stale(deps.desk.name)):
            waiting.add(self._review)
        waiting = waiting if topics is None else waiting & set(topics)
        return self._lanes.each(sorted(waiting), partial(self._follow, run_id), patience)

    def _to_look(self, *, at_once: bool) -> set[str]:
        """The first topic of each catalog whose rows are to be looked for now."""
        deps, now = self._deps, self._deps.clock()
        first = {deps.sharing(topic.slug)[0] for topic in deps.options.topics}
        due = {slug for slug in first if at_once or self._look_at.get(slug, now) <= now}
        for slug in due:
            self._look_at[slug] = now + _LOOK_PAUSE
            if at_once:
                deps.store.backoff.clear(f"look {slug}")
        return {slug for slug in due if not deps.store.backoff.is_paused(f"look {slug}", now)}

    @property
    def _review(self) -> str:
        """The topic that proposals go with: the first of those that extend the catalog they are about."""
        return self._deps.options.topics[0].slug if self._deps.options.topics else ""

    def _follow(self, run_id: str, slug: str) -> list[str]:
        topic = self._topics.get(slug)  # None: it is no longer watched, but its cards still stand
        with about(run=run_id, stage="follow", topic=slug), self._deps.store.locks.hold(f"follow/{slug}"):
            if topic is None:
                return self._refresh(slug)
            errors = self._write(topic, run_id) + self._look(topic) + self._refresh(slug)
            rewritten, failed = self._rewrite(topic, run_id)
            return errors + failed + (self._refresh(slug) if rewritten else [])

    def _write(self, topic: Topic, run_id: str) -> list[str]:
        deps, errors = self._deps, list[str]()
        document, sharing = deps.document_of(topic.slug), deps.sharing(topic.slug)

        def write(unit: tuple[int, bool]) -> None:
            catalog(unit[0], document, deps.store, wanted=unit[1], now=deps.clock(), sharing=sharing)

        def keep(number: int) -> None:
            change(number, document, deps.store, run=run_id, now=deps.clock())

        with deps.store.locks.hold(f"catalog/{sharing[0]}"):  # one file, one hand at a time
            if topic.slug == self._review:
                errors += [f"catalog: {error}" for _, error in deps.engine.each(deps.store.proposals.to_change(), keep)]
            waiting = deps.store.catalog_rows.to_catalog(topic.slug)
            for (number, _), error in deps.engine.each(waiting, write):
                errors.append(f"catalog: {error}")
                if deps.store.cards.get(number).trouble != str(error):  # the same trouble again is no new fact
                    deps.store.runs.add_failure(Failure("catalog", number, str(error)), run_id, deps.clock())
        if waiting:
            deps.store.backoff.clear(f"look {sharing[0]}")  # what was written is looked for at once
        return errors

    def _look(self, topic: Topic) -> list[str]:
        """Look for the catalog's approved rows, once an hour unless asked for sooner; what is lost is told each time."""
        deps, sharing = self._deps, self._deps.sharing(topic.slug)
        name, now = f"look {sharing[0]}", deps.clock()
        if deps.store.backoff.is_paused(name, now):
            return []
        with deps.store.locks.hold(f"catalog/{sharing[0]}"):
            try:
                look_for_rows(deps.document_of(topic.slug), deps.store, sharing, now)
            except CatalogError as error:
                return [f"catalog: {error}"]
            finally:
                deps.store.backoff.pause(name, now, [_LOOK_PAUSE])
        return [f"rows: {told}" for told in lost_rows(deps.store.catalog_rows.missing(sharing))]

    def _refresh(self, slug: str) -> list[str]:
        """Bring the topic's cards up to date; a desk that fails is left in peace for a minute."""
        deps, name = self._deps, f"refresh {slug}"
        if deps.store.backoff.is_paused(name, deps.clock()):
            return []
        stale = deps.store.cards.stale(deps.desk.name, slug)
        failed = [
            error for _, error in deps.engine.each(stale, lambda unit: refresh_card(*unit, deps.desk, deps.store))
        ]
        failed += refresh_audits(deps, slug)
        failed += refresh_proposals(deps) if slug == self._review else []
        if failed:
            refused = any(isinstance(error, DeskRefused) for error in failed)
            deps.store.backoff.pause(name, deps.clock(), [_REFUSED_PAUSE if refused else _REFRESH_PAUSE])
        return [f"post: {error}" for error in failed]

    def _rewrite(self, topic: Topic, run_id: str) -> tuple[bool, list[str]]:
        """Summaries that curators asked for anew; after a failure they wait, longer each time. One on which the model
        fails too often while it answers about a harmless paper is given up, as the card says.
        """
        deps, name = self._deps, f"rewrite {topic.slug}"
        if deps.store.backoff.is_paused(name, deps.clock()):
            return False, []
        wishes = deps.store.summaries.to_rewrite(topic.slug)

        def write(unit: tuple[int, Candidate, Relevance, int]) -> None:
            wish, candidate, relevance, attempt = unit
            try:
                summary = summarize(
                    candidate,
                    relevance,
                    topic,
                    deps.summarizer,
                    deps.options.summary_prompt,
                    deps.options.style,
                    attempt,
                )
            except WatcherError as error:
                deps.store.runs.add_failure(Failure("summarize", candidate.number, str(error)), run_id, deps.clock())
                if not self._gives_up(wish, candidate.number, topic, error, run_id):
                    raise
                return
            deps.store.summaries.add_rewritten(wish, candidate.number, summary, run_id, deps.clock())

        failed = deps.engine.each(wishes, write)
        if failed:
            deps.store.backoff.pause(name, deps.clock(), _REWRITE_PAUSES)
        elif wishes:
            deps.store.backoff.clear(name)
        return len(failed) < len(wishes), [f"summarize: {error}" for _, error in failed]

    def _gives_up(self, wish: int, number: int, topic: Topic, error: WatcherError, run_id: str) -> bool:
        """Whether a failure on a wish was one too many; it counts only where the model answers other questions."""
        deps = self._deps
        if isinstance(error, ModelRefused) or not isinstance(error, BadReply | ModelError):
            return False
        if summary_of_harmless(topic, deps, run_id, deps.clock) is not None:
            return False
        failure = LoneFailure("summarize", Cause.of(error), error.message)
        return deps.store.summaries.add_failed_rewrite(wish, number, failure, run_id, deps.clock())
