"""Carries out curators' decisions: writes the catalog, has summaries rewritten, and updates messages that are out of
date. Topics are processed independently, so that none waits for another's Slack workspace, catalog or model.

Also turns emoji reactions on papers' messages into decisions: reads what changed since the last time, even while no
process ran, and asks in a message's thread about reactions that led to no decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from functools import partial

from watcher.domain.curation.reactions import Question
from watcher.domain.errors import BadReply, CatalogError, DeskRefused, ModelError, ModelRefused, WatcherError
from watcher.domain.facts import Candidate, HandoverCause, LoneFailure, Relevance, lost_rows
from watcher.domain.papers.topic import Topic
from watcher.logs import about
from watcher.pipeline.dependencies import Dependencies
from watcher.pipeline.posting import Redraw, stale_audits, stale_proposals
from watcher.pipeline.run import Attempts, Run
from watcher.pipeline.summarizing import SummaryLoop
from watcher.ports import Failure, Waits
from watcher.stages.catalog import catalog, change, look_for_rows
from watcher.stages.post import refresh, send_once

_Units = set[tuple[int, bool]]
_LOOK_PAUSE = timedelta(hours=1)  # rows are looked for after every run as well
_REFRESH_PAUSE = timedelta(seconds=60)
_REFUSED_PAUSE = timedelta(minutes=10)  # a person must act first, and Slack counts what it refuses
_REWRITE_PAUSES = tuple(timedelta(minutes=min(5 * 2**n, 360)) for n in range(8))  # every try may cost money
_REACTIONS_WATCHED = timedelta(days=30)
# The second at once where Slack refuses: people must act.
_QUESTION_PAUSES = (timedelta(minutes=1), timedelta(minutes=10))


class FollowUp:
    """Carries out curators' decisions, topic by topic. After a failure, that kind of work is paused for the topic in all
    processes (backoff).
    """

    def __init__(self, deps: Dependencies) -> None:
        self._deps, self._store = deps, deps.store
        self._topics = {topic.slug: topic for topic in deps.options.topics}
        self._look_at = dict[str, datetime]()

    def waiting(self, topics: Sequence[str] | None = None, *, look: bool = False) -> Mapping[str, AbstractSet[Waits]]:
        """The open work by topic (of `topics` or of all), in the order of the slugs. It includes the check whether
        approved rows are still in the catalog where that is due, or everywhere with `look`.
        """
        desk = self._deps.desk.name
        waiting = {slug: set(waits) for slug, waits in self._store.waiting.to_follow(desk).items()}
        for slug in self._to_look(at_once=look):
            waiting.setdefault(slug, set()).add(Waits.LOOK)
        if self._review and (self._store.proposals.to_change() or self._store.proposals.stale(desk)):
            waiting.setdefault(self._review, set()).add(Waits.PROPOSALS)
        return {slug: waiting[slug] for slug in sorted(waiting) if topics is None or slug in topics}

    def _to_look(self, *, at_once: bool) -> set[str]:
        """The first topic of each catalog whose rows are to be checked now."""
        deps, now = self._deps, self._deps.clock()
        first = {deps.sharing(topic.slug)[0] for topic in deps.options.topics}
        due = {slug for slug in first if at_once or self._look_at.get(slug, now) <= now}
        self._look_at.update(dict.fromkeys(due, now + _LOOK_PAUSE))
        return {slug for slug in due if at_once or not self._store.coordination.is_paused(f"look {slug}", now)}

    @property
    def _review(self) -> str:
        """The topic with which proposals are handled: the first one; "" without topics."""
        return self._deps.options.topics[0].slug if self._topics else ""

    def follow(self, run_id: str, waiting: Mapping[str, AbstractSet[Waits]], slug: str) -> Sequence[str]:
        """Do the open work of one topic, as `waiting` returned it for all, and return the failures."""
        run, waits = Run(self._deps, run_id), waiting[slug]
        with about(run=run_id, stage="follow", topic=slug), self._store.locks.hold(f"follow/{slug}"):
            topic, changed = self._topics.get(slug), bool(waits - {Waits.LOOK, Waits.REWRITE})
            if topic is None:  # it is no longer watched, but its cards still stand
                self._redraw(run, slug)
                return run.failures
            written = _Units()
            if Waits.PROPOSALS in waits:
                self._change_rows(run, topic)
            if waits & {Waits.CATALOG, Waits.PROPOSALS}:
                self._write(run, topic, written)
            if changed:  # people wait for this
                self._redraw(run, slug, lambda: self._write(run, topic, written))
            if (written or Waits.LOOK in waits) and self._look(run, topic):  # what was written is looked for at once
                self._redraw(run, slug)
            if Waits.REWRITE in waits and self._rewrite(run, topic):
                self._redraw(run, slug)
        return run.failures

    def _change_rows(self, run: Run, topic: Topic) -> None:
        """Write accepted proposals to the catalog."""
        document, sharing = self._deps.document_of(topic.slug), self._deps.sharing(topic.slug)
        with self._store.locks.hold(f"catalog/{sharing[0]}"):
            for number, attempt in run.attempts("catalog", self._store.proposals.to_change()):
                with attempt:
                    change(number, document, self._store, run=run.run_id, now=run.clock())

    def _write(self, run: Run, topic: Topic, written: _Units) -> None:
        """Write the topic's open decisions to the catalog, except those in `written`, to which they are added."""
        document, sharing = self._deps.document_of(topic.slug), self._deps.sharing(topic.slug)
        store = self._store

        def new_trouble(unit: tuple[int, bool], error: WatcherError) -> Failure | None:
            known = store.cards.get(unit[0]).trouble == str(error)  # the same trouble again is no new fact
            return None if known else Failure("catalog", unit[0], str(error))

        if written.issuperset(store.catalog.to_write(topic.slug)):
            return
        with store.locks.hold(f"catalog/{sharing[0]}"):  # one file, one hand at a time
            waiting = [unit for unit in store.catalog.to_write(topic.slug) if unit not in written]
            written.update(waiting)
            for (number, wanted), attempt in run.attempts("catalog", waiting, new_trouble):
                with attempt:
                    catalog(number, document, store, wanted=wanted, now=run.clock(), sharing=sharing)

    def _look(self, run: Run, topic: Topic) -> bool:
        """Check whether the catalog still has its approved rows; lost rows are a failure each time. Returns whether a
        row's known state changed.
        """
        sharing, changed = self._deps.sharing(topic.slug), False
        with self._store.locks.hold(f"catalog/{sharing[0]}"):
            try:
                changed = look_for_rows(self._deps.document_of(topic.slug), self._store, sharing, run.clock())
            except CatalogError as error:
                run.note("catalog", [(topic.slug, error)])
                return False
            finally:
                self._store.coordination.pause(f"look {sharing[0]}", run.clock(), [_LOOK_PAUSE])
        run.failures += [f"rows: {told}" for told in lost_rows(self._store.catalog.missing(sharing))]
        return changed

    def _redraw(self, run: Run, slug: str, first: Callable[[], object] = tuple) -> None:
        """Update the topic's messages that show an outdated state, the latest decision first; a desk that fails is paused
        for a while.

        A desk takes about one message a second. `first` is called before each, so that no row waits for messages.
        """
        name, tried, attempts = f"refresh {slug}", set[str](), Attempts[Redraw]()
        if self._store.coordination.is_paused(name, run.clock()):
            return
        while not attempts.given_up:
            first()
            unit = next((unit for unit in self._stale(slug) if unit[1] not in tried), None)
            if unit is None:
                break
            _, ref, redraw = unit
            tried.add(ref)
            with attempts.attempt(unit):
                redraw()
        run.note("post", attempts.failed)
        if attempts.failed:
            refused = any(isinstance(error, DeskRefused) for _, error in attempts.failed)
            self._store.coordination.pause(name, run.clock(), [_REFUSED_PAUSE if refused else _REFRESH_PAUSE])

    def _stale(self, slug: str) -> Iterator[Redraw]:
        """The messages of a topic that show an outdated state: cards, audit sheets, proposals."""
        deps = self._deps
        for number, ref in self._store.cards.stale(deps.desk.name, slug):
            yield number, ref, partial(refresh, number, ref, deps.desk, deps.store)
        yield from stale_audits(deps, slug)
        if slug == self._review:
            yield from stale_proposals(deps)

    def _rewrite(self, run: Run, topic: Topic) -> bool:
        """Have the model write the summaries that curators requested anew; return whether one was written or given up.

        After a failure the requests are paused, longer each time. A request is given up, and its card says so, when the
        model failed on it too often while it answered about a harmless paper.
        """
        name, loop = f"rewrite {topic.slug}", SummaryLoop(run, topic)
        if self._store.coordination.is_paused(name, run.clock()):
            return False
        wishes = self._store.summaries.to_rewrite(topic.slug)
        attempts = Attempts[tuple[int, Candidate, Relevance, int]]()
        for (wish, candidate, relevance, earlier), attempt in attempts.over(wishes):
            with attempt:
                try:
                    summary = loop.ask((candidate, relevance, earlier), run.summarizer)
                except WatcherError as error:
                    failure = Failure("summarize", candidate.number, str(error))
                    self._store.runs.add_failure(failure, run.run_id, run.clock())
                    if not self._gives_up(run, wish, candidate.number, topic, error):
                        raise
                else:
                    self._store.summaries.add_rewritten(wish, candidate.number, summary, run.run_id, run.clock())
        run.note("summarize", attempts.failed)
        if attempts.failed:
            self._store.coordination.pause(name, run.clock(), _REWRITE_PAUSES)
        elif wishes:
            self._store.coordination.resume(name)
        return len(attempts.failed) < len(wishes)

    def _gives_up(self, run: Run, wish: int, number: int, topic: Topic, error: WatcherError) -> bool:
        """Whether this failure was the last allowed one of a rewrite request; it counts only if the model answers other
        requests.
        """
        if isinstance(error, ModelRefused) or not isinstance(error, BadReply | ModelError):
            return False
        if SummaryLoop(run, topic).why_no_answer() is not None:
            return False
        failure = LoneFailure("summarize", HandoverCause.of(error), error.message)
        return self._store.summaries.add_failed_rewrite(wish, number, failure, run.run_id, run.clock())


def read_reactions(deps: Dependencies, now: datetime) -> Sequence[str]:
    """Read the reactions and the numbers of replies on papers' messages, and record the changes as decisions; return
    the failures. Read are papers posted or decided in the last 30 days and all undecided ones.

    A message that could not be read is read the next time.
    """
    store, desk = deps.store, deps.desk
    with store.locks.hold("reactions"):
        watched = store.reactions.watched(desk.name, now - _REACTIONS_WATCHED)
        if not watched:
            return ()
        answers = desk.answers(watched)
        errors = list(answers.errors)
        replies = {watched[ref]: count for ref, count in answers.replies.items()}
        store.cards.add_discussions(desk.name, replies, now)
        for ref, seen in answers.reactions.items():
            try:
                deps.react(watched[ref], seen, desk.name)
            except WatcherError as error:
                errors.append(error)
    return list(dict.fromkeys(f"reactions: {error}" for error in errors))


def ask_about_reactions(deps: Dependencies) -> Sequence[str]:
    """Post, in the threads of papers' messages, questions about reactions that led to no decision, each once; return
    the failures.
    """
    store, desk, name = deps.store, deps.desk, "reactions"
    waiting = store.reactions.to_ask(desk.name)
    if not waiting or store.coordination.is_paused(name, deps.clock()):
        return ()
    attempts = Attempts[tuple[Question, str]]()
    for (question, ref), attempt in attempts.over(waiting):
        with attempt:
            send_once(question.key(desk.name), question, desk, store, deps.clock(), below=ref)
    if attempts.failed:
        refused = any(isinstance(error, DeskRefused) for _, error in attempts.failed)
        store.coordination.pause(name, deps.clock(), _QUESTION_PAUSES[refused:])
    else:
        store.coordination.resume(name)
    return [f"post: {error}" for _, error in attempts.failed]
