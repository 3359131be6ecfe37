"""Decision -> catalog, and every card made to tell the truth: each topic by itself, so that none waits for another's
desk, catalog or model.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from watcher.domain.catalog.missing import lost_rows
from watcher.domain.errors import CatalogError, DeskRefused, WatcherError
from watcher.domain.facts import Candidate, Relevance
from watcher.domain.papers.topic import Topic
from watcher.logs import about
from watcher.pipeline.dependencies import Parts
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

    def __init__(self, parts: Parts, lanes: Lanes) -> None:
        self._parts = parts
        self._lanes = lanes
        self._topics = {topic.slug: topic for topic in parts.topics}
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
        parts = self._parts
        waiting = set(parts.store.waiting.to_follow(parts.desk.name)) | self._to_look(at_once=look)
        if self._review and (parts.store.proposals.to_change() or parts.store.proposals.stale(parts.desk.name)):
            waiting.add(self._review)
        waiting = waiting if topics is None else waiting & set(topics)
        return self._lanes.each(sorted(waiting), partial(self._follow, run_id), patience)

    def _to_look(self, *, at_once: bool) -> set[str]:
        """The first topic of each catalog whose rows are to be looked for now."""
        parts, now = self._parts, self._parts.clock()
        first = {parts.sharing(topic.slug)[0] for topic in parts.topics}
        due = {slug for slug in first if at_once or self._look_at.get(slug, now) <= now}
        for slug in due:
            self._look_at[slug] = now + _LOOK_PAUSE
            if at_once:
                parts.store.backoff.clear(f"look {slug}")
        return {slug for slug in due if not parts.store.backoff.is_paused(f"look {slug}", now)}

    @property
    def _review(self) -> str:
        """The topic that proposals go with: the first of those that extend the catalog they are about."""
        return self._parts.topics[0].slug if self._parts.topics else ""

    def _follow(self, run_id: str, slug: str) -> list[str]:
        topic = self._topics.get(slug)  # None: it is no longer watched, but its cards still stand
        with about(run=run_id, stage="follow", topic=slug), self._parts.store.locks.hold(f"follow/{slug}"):
            if topic is None:
                return self._refresh(slug)
            errors = self._write(topic, run_id) + self._look(topic) + self._refresh(slug)
            rewritten, failed = self._rewrite(topic, run_id)
            return errors + failed + (self._refresh(slug) if rewritten else [])

    def _write(self, topic: Topic, run_id: str) -> list[str]:
        parts, errors = self._parts, list[str]()
        document, sharing = parts.document_of(topic.slug), parts.sharing(topic.slug)

        def write(unit: tuple[int, bool]) -> None:
            catalog(unit[0], document, parts.store, wanted=unit[1], now=parts.clock(), sharing=sharing)

        def keep(number: int) -> None:
            change(number, document, parts.store, run=run_id, now=parts.clock())

        with parts.store.locks.hold(f"catalog/{sharing[0]}"):  # one file, one hand at a time
            if topic.slug == self._review:
                errors += [
                    f"catalog: {error}" for _, error in parts.engine.each(parts.store.proposals.to_change(), keep)
                ]
            waiting = parts.store.catalog_rows.to_catalog(topic.slug)
            for (number, _), error in parts.engine.each(waiting, write):
                errors.append(f"catalog: {error}")
                if parts.store.cards.get(number).trouble != str(error):  # the same trouble again is no new fact
                    parts.store.runs.add_failure(Failure("catalog", number, str(error)), run_id, parts.clock())
        if waiting:
            parts.store.backoff.clear(f"look {sharing[0]}")  # what was written is looked for at once
        return errors

    def _look(self, topic: Topic) -> list[str]:
        """Look for the catalog's approved rows, once an hour unless asked for sooner; what is lost is told each time."""
        parts, sharing = self._parts, self._parts.sharing(topic.slug)
        name, now = f"look {sharing[0]}", parts.clock()
        if parts.store.backoff.is_paused(name, now):
            return []
        with parts.store.locks.hold(f"catalog/{sharing[0]}"):
            try:
                look_for_rows(parts.document_of(topic.slug), parts.store, sharing, now)
            except CatalogError as error:
                return [f"catalog: {error}"]
            finally:
                parts.store.backoff.pause(name, now, [_LOOK_PAUSE])
        return [f"rows: {told}" for told in lost_rows(parts.store.catalog_rows.missing(sharing))]

    def _refresh(self, slug: str) -> list[str]:
        """Bring the topic's cards up to date; a desk that fails is left in peace for a minute."""
        parts, name = self._parts, f"refresh {slug}"
        if parts.store.backoff.is_paused(name, parts.clock()):
            return []
        stale = parts.store.cards.stale(parts.desk.name, slug)
        failed = [
            error for _, error in parts.engine.each(stale, lambda unit: refresh_card(*unit, parts.desk, parts.store))
        ]
        failed += refresh_audits(parts, slug)
        failed += refresh_proposals(parts) if slug == self._review else []
        if failed:
            refused = any(isinstance(error, DeskRefused) for error in failed)
            parts.store.backoff.pause(name, parts.clock(), [_REFUSED_PAUSE if refused else _REFRESH_PAUSE])
        return [f"post: {error}" for error in failed]

    def _rewrite(self, topic: Topic, run_id: str) -> tuple[bool, list[str]]:
        """Summaries that curators asked for anew; after a failure they wait, longer each time."""
        parts, name = self._parts, f"rewrite {topic.slug}"
        if parts.store.backoff.is_paused(name, parts.clock()):
            return False, []
        wishes = parts.store.summaries.to_rewrite(topic.slug)

        def write(unit: tuple[int, Candidate, Relevance, int]) -> None:
            wish, candidate, relevance, attempt = unit
            try:
                summary = summarize(
                    candidate, relevance, topic, parts.summarizer, parts.summary_prompt, parts.style, attempt
                )
            except WatcherError as error:
                parts.store.runs.add_failure(Failure("summarize", candidate.number, str(error)), run_id, parts.clock())
                raise
            parts.store.summaries.add_rewritten(wish, candidate.number, summary, run_id, parts.clock())

        failed = parts.engine.each(wishes, write)
        if failed:
            parts.store.backoff.pause(name, parts.clock(), _REWRITE_PAUSES)
        elif wishes:
            parts.store.backoff.clear(name)
        return len(failed) < len(wishes), [f"summarize: {error}" for _, error in failed]
