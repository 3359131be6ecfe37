"""What the product promises, held against the database, the desk, the catalogs and people's own memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from tests.servers.year import Batch, Entry
from tests.soak.model import PROFILE, score_of
from tests.soak.people import People
from tests.soak.telling import Telling
from tests.soak.weather import Broken
from tests.soak.world import World, group_of
from watcher.adapters.store import tables as t
from watcher.domain.curation.card import CardState
from watcher.domain.facts import RowChange, Verdict
from watcher.domain.papers.feeds import SourceState
from watcher.ports import RunReport

_LATE = timedelta(days=12)  # after this a list may not tell such a paper from one that was edited
_PATIENCE = timedelta(days=7)  # so long nothing may wait for a machine
_OF_ITS_DAY = ("digest/", "reminder/", "alarm/")  # what nobody needs any more once its day is over
_STATES = {
    None: {CardState.OPEN},
    Verdict.UNDO: {CardState.OPEN},
    Verdict.LATER: {CardState.LATER},
    Verdict.REJECT: {CardState.REJECTED},
    Verdict.APPROVE: {CardState.CATALOGED},
}


class Promises:
    """Checks what is new every day, and everything where that is cheap. Raises Broken at the first that is broken."""

    def __init__(self, world: World, people: People) -> None:
        self._world, self._people = world, people
        self._topics = {topic.slug: topic for topic in world.settings.topics}
        self._unseen = sorted(world.year.batches.values(), key=lambda batch: batch.at + batch.late)
        self._candidates: dict[tuple[str, str], int] = {}
        self._of: dict[int, tuple[str, str]] = {}
        self._newest_candidate = self._newest_decision = self._newest_relevance = self._decided = 0
        self._present: set[tuple[int, str]] = set()
        self._last_row = 0
        self.checks: Counter[str] = Counter()
        self._telling = Telling(world, self.checks)

    @property
    def candidates(self) -> int:
        """How many there are."""
        return len(self._candidates)

    def after_run(self, kind: str, report: RunReport) -> None:
        """When a list was read to its end, whatever it could tell of is here."""
        complete = any(source.state is SourceState.COMPLETE for source in report.sources)
        if kind == "reconcile" and complete:
            self._nothing_is_lost(report.started)

    def at_dusk(self, failures: Sequence[str], again: int) -> None:
        """A day is over, and decisions were followed twice in fair weather: `failures` came of the first time, so many
        messages were changed `again`.
        """
        self._read_candidates()
        self._nothing_waits_for_long()
        self._verdicts_are_the_models()
        self._the_desk_agrees()
        self._decisions_are_whole()
        lost = self._world.weather.lost_channel
        told = [failure for failure in failures if lost is None or not failure.startswith("post:")]
        if told:
            raise Broken(f"in fair weather this failed: {told}")
        if again and lost is None:
            raise Broken(f"{again} messages were changed although nothing had happened")
        self._cards_tell_the_truth()
        self._catalogs_follow()
        self._telling.at_dusk()

    def at_the_end(self) -> None:
        """After days on which nothing went wrong nothing is left undone."""
        world = self._world
        if self._unseen:
            raise Broken(f"{len(self._unseen)} batches were never reconciled")
        left = {stage: n for stage, n in world.pipeline.deps.waiting().items() if n and stage != "decide"}
        if left:
            raise Broken(f"left undone: {left}")
        unsent = world.rows(sa.select(t.outbox.c.key).where(t.outbox.c.ref.is_(None)))
        kept = [key for (key,) in unsent if not str(key).startswith(_OF_ITS_DAY)]
        if kept:
            raise Broken(f"intended and never sent: {kept}")

    # intake ----------------------------------------------------------------------------------------

    def _nothing_is_lost(self, complete: datetime) -> None:
        """Every paper announced by then is a candidate of every topic that watches it."""
        self._read_candidates()
        while self._unseen and self._unseen[0].at + self._unseen[0].late < complete:
            batch = self._unseen.pop(0)
            for entry in batch.entries:
                for slug, topic in self._topics.items():
                    if entry.kind == "replace" or entry.announce_type(topic.categories) is None:
                        continue
                    if entry.added and self._came_late(entry, batch):
                        continue
                    self.checks["announced papers found"] += 1
                    if (slug, entry.item.id) not in self._candidates:
                        raise Broken(f"{entry.item.id} ({entry.kind}, {batch.day}) is no candidate of {slug}")

    def _came_late(self, entry: Entry, batch: Batch) -> bool:
        """Whether nobody watched any category of a paper that was announced long before it was added to a watched one."""
        before = {name for name in entry.item.categories if name != entry.added}
        watched = any(not topic.categories.isdisjoint(before) for topic in self._topics.values())
        return not watched and batch.at - entry.item.versions[0][0] > _LATE

    def _read_candidates(self) -> None:
        c = t.candidates.c
        query = sa.select(c.number, c.topic, c.paper).where(c.number > self._newest_candidate).order_by(c.number)
        for number, slug, paper in self._world.rows(query):
            native = str(paper).removeprefix("arxiv:")
            if (slug, native) in self._candidates:
                raise Broken(f"{native} is a candidate of {slug} twice")
            self._candidates[slug, native] = number
            self._of[number] = (slug, native)
            self._newest_candidate = number

    def _nothing_waits_for_long(self) -> None:
        """What waits for the machine does not wait for a week, but for days on which the process was off."""
        world = self._world
        now = world.clock.now
        back = max((end for _, end in world.plan.off if end <= now), default=datetime.min.replace(tzinfo=now.tzinfo))
        limit = now - _PATIENCE
        if back > limit:
            return
        for stage, query in _WAITING.items():
            for number, since in world.rows(query):
                if since < limit:
                    raise Broken(f"{self._of[number]} has waited for {stage} since {since}")
            self.checks["waits looked at"] += 1

    # judging ---------------------------------------------------------------------------------------

    def _verdicts_are_the_models(self) -> None:
        """No paper carries the verdict of another, whatever the answers looked like."""
        r = t.relevances.c
        query = sa.select(r.candidate, r.score).where(r.candidate > 0)
        fresh = self._world.rows(query.where(r.at > self._world.clock.now - timedelta(days=1, hours=1)))
        for number, score in fresh:
            slug, native = self._of[number]
            profile = PROFILE.search(self._topics[slug].criteria)
            self.checks["verdicts compared"] += 1
            if score != score_of(profile[1] if profile else "", native):
                raise Broken(f"{native} in {slug} has the score {score} of another paper")

    # desk ------------------------------------------------------------------------------------------

    def _the_desk_agrees(self) -> None:
        """What stands at the desk is what the store believes, but for messages whose sending ended in doubt."""
        world = self._world
        o = t.outbox.c
        believed = {row.key: row.ref for row in world.rows(sa.select(o.key, o.ref))}
        for key, ref in world.desk.refs.items():
            if key not in believed:
                raise Broken(f"{key} was sent without an intent")
            if believed[key] not in {None, ref}:
                raise Broken(f"{key} stands at {ref}, not at {believed[key]}")
        lost = [key for key, ref in believed.items() if ref and key not in world.desk.refs]
        if lost:
            raise Broken(f"never sent: {lost}")
        cards = {ref for (ref,) in world.rows(sa.select(t.cards.c.ref))}
        doubtful = {world.desk.refs[key] for key, ref in believed.items() if ref is None and key in world.desk.refs}
        if cards - world.desk.cards.keys() or world.desk.cards.keys() - cards - doubtful:
            raise Broken("cards at the desk and in the store differ")
        self.checks["messages compared"] += len(believed)

    def _cards_tell_the_truth(self) -> None:
        """Every card shows what people last said of it, but in a channel that is gone."""
        world = self._world
        refs = {row.candidate: row.ref for row in world.rows(sa.select(t.cards.c.candidate, t.cards.c.ref))}
        for number, ref in refs.items():
            if group_of(self._of[number][0]) == world.weather.lost_channel:
                continue
            self.checks["cards looked at"] += 1
            shown, said = world.desk.cards[ref], self._people.stands.get(number)
            if shown not in _STATES[said]:
                raise Broken(f"card {number} shows {shown}, and people said {said}")

    # decisions and the catalog ---------------------------------------------------------------------

    def _decisions_are_whole(self) -> None:
        """What people said is recorded, in order, and nothing else is."""
        d = t.decisions.c
        query = sa.select(d.id, d.candidate, d.verdict, d.curator).where(d.id > self._newest_decision).order_by(d.id)
        fresh = self._world.rows(query)
        recorded = [(number, Verdict(verdict), curator) for _, number, verdict, curator in fresh]
        said = self._people.said[self._decided :]
        if recorded != said:
            raise Broken(f"people said {said}, recorded is {recorded}")
        self._decided += len(said)
        self._newest_decision = max((row[0] for row in fresh), default=self._newest_decision)
        self.checks["decisions compared"] += len(said)

    def _catalogs_follow(self) -> None:
        """A row for each approved paper and none for others, one a group."""
        world = self._world
        wanted: dict[int, dict[str, str]] = {group: {} for group in range(world.scale.groups)}
        places = {number: (group_of(self._of[number][0]), self._of[number][1]) for number in self._people.stands}
        shared = Counter(places.values())
        for number, verdict in self._people.stands.items():
            if verdict is Verdict.APPROVE:
                group, native = places[number]
                sole = shared[group, native] == 1  # otherwise the row may be another topic's, without this edit
                wanted[group][native] = self._people.edited.get(number, "") if sole else ""
        r = t.catalog_rows.c
        query = sa.select(r.id, r.candidate, r.change).where(r.id > self._last_row).order_by(r.id)
        moved: set[str] = set()
        for row, number, change in world.rows(query):
            self._last_row = row
            if change == RowChange.REMOVED:
                moved.add(self._of[number][1])
        for group, document in enumerate(world.documents):
            document.holds(wanted[group], frozenset(moved))
            self.checks["catalog rows read"] += len(wanted[group])


def _waiting(fact: sa.Table, lacks: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.Select[tuple[int, datetime]]:
    """Candidates with one fact and without the next, and since when."""
    return (
        sa.select(fact.c.candidate, fact.c.at)
        .outerjoin(lacks, lacks.c.candidate == fact.c.candidate)
        .where(lacks.c.candidate.is_(None), *conditions)
    )


_WAITING = {
    "score": _waiting(t.screenings, t.relevances, t.screenings.c.passed),
    "summarize": _waiting(t.relevances, t.summaries, t.relevances.c.relevant),
    "post": _waiting(t.summaries, t.cards),
}
