"""Runs of triage over a real store with a model that is played: it names what it is told belongs, and says it as it is
told to.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from tests.cards import real_papers
from tests.factories import NOW, a_screening, a_topic
from tests.garbled import Found
from tests.poison import nothing_to_catch_up
from tests.servers.llm_triage import honest_to, words_of
from tests.shipped import SCORE_PROMPT, STYLES, SUMMARIZE_PROMPT, TRIAGE_PROMPT, VERIFY_PROMPT
from tests.triage import garbled
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.llm.recorded import CachedModel
from watcher.adapters.store import SqlStore
from watcher.adapters.store import tables as t
from watcher.domain.budget import Usage
from watcher.domain.facts import TriageOutcome
from watcher.domain.papers.paper import Announcement, AnnounceType, Paper, PaperId
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.triage import Line, can_be_listed
from watcher.pipeline.dependencies import Dependencies, Options, PerTopic, Scope
from watcher.pipeline.pipeline import STAGES
from watcher.pipeline.run import Run
from watcher.ports import KnownPaper, Reply, Request

TOPIC = a_topic(categories=frozenset({"cs.AI"}))
PAPERS = tuple(
    dataclasses.replace(paper, categories=("cs.AI",)) for paper in real_papers()[:400] if can_be_listed(paper.title)
)
KNOWN = tuple(
    KnownPaper(
        PaperId("arxiv", f"2501.{n:05}"), f"Known paper {n} of many", "It belongs.", f"Known paper {n} of many", n / 100
    )
    for n in range(60)
)
NAMED, ASIDE = TriageOutcome.NAMED, TriageOutcome.PUT_ASIDE
_PAPERS, _RUNS = 80, 3  # of a round; after so many runs without an accepted answer papers are scored

Say = Callable[[Request, dict[str, Any]], str]


def told(_request: Request, answer: dict[str, Any]) -> str:
    return json.dumps(answer)


class Reader:
    """`ports.LanguageModel`: names the known papers and those whose titles `belonging` holds; `say` says so."""

    name, recorded = "reader", False

    def __init__(self, belonging: Sequence[Paper] = (), say: Say = told) -> None:
        self._titles = {words_of(paper.title_raw) for paper in belonging}
        self.say = say
        self.asked: list[Request] = []

    def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        answer = honest_to(request.system, request.user, self.belongs)
        return Reply(self.say(request, answer), self.name, "stop", Usage(calls=1))

    def belongs(self, line: str) -> bool:
        return line.startswith("Known paper") or words_of(line) in self._titles


class Play:
    """Runs over one store; each has a day of its own unless told otherwise."""

    def __init__(self, store: SqlStore, folder: Path, model: Reader, known: Sequence[KnownPaper] = KNOWN) -> None:
        self.store, self.folder, self.model, self.known = store, folder, model, known
        self.now, self.runs, self.size = NOW, 0, 100

    def deps(self, topics: Sequence[Topic]) -> Dependencies:
        durable = CachedModel(self.model, self.store.models, self.store.locks, lambda: self.now)
        return Dependencies(
            options=Options(
                topics, SCORE_PROMPT, TRIAGE_PROMPT, SUMMARIZE_PROMPT, VERIFY_PROMPT, STYLES, triage_batch=self.size
            ),
            sources=list,
            catch_up=nothing_to_catch_up,
            screens={},
            scorer=durable,
            triager=durable,
            summarizer=durable,
            desk=WebDesk(),
            document=MarkdownCatalog(self.folder / "catalog.md", "bot", "bot@localhost"),
            store=self.store,
            clock=lambda: self.now,
            lines=PerTopic(topics, Line),
            known_papers={topic.slug: self.known for topic in topics},
        )

    def take_in(self, papers: Sequence[Paper], topics: Sequence[Topic] = (TOPIC,), **screening: Any) -> None:
        """Announce papers that screening does not put forward."""
        announced = [Announcement(paper, AnnounceType.NEW, "cs", self.now.date()) for paper in papers]
        self.store.papers.announce(announced, topics, "run", self.now)
        values = {"passed": False, "triage": True, "priority": 9, "probability": 0.01, **screening}
        for topic in topics:
            waiting = self.store.papers.to_screen(topic.slug, 10_000)
            self.store.papers.add_screenings([(c.number, a_screening(**values)) for c in waiting], "run", self.now)

    def run(self, topic: Topic = TOPIC, scope: Scope | None = None) -> Run:
        """One run's triage."""
        self.runs += 1
        run = Run(self.deps([topic]), f"run-{self.runs}", self.now, scope=scope or Scope(concurrency=1))
        STAGES["triage"](run, topic)
        return run

    def outcomes(self, topic: Topic = TOPIC) -> dict[str, TriageOutcome]:
        """What triage made of each paper, by its key."""
        query = (
            sa.select(t.candidates.c.paper, t.triages.c.outcome)
            .join(t.triages, t.triages.c.candidate == t.candidates.c.number)
            .where(t.candidates.c.topic == topic.slug)
        )
        with self.store.database.read() as connection:
            return {row.paper: TriageOutcome(row.outcome) for row in connection.execute(query)}

    def numbers(self) -> dict[int, str]:
        """Every paper's key by the number of its candidate."""
        query = sa.select(t.candidates.c.number, t.candidates.c.paper)
        with self.store.database.read() as connection:
            return {row.number: row.paper for row in connection.execute(query)}

    def to_score(self, topic: Topic = TOPIC) -> set[str]:
        """The papers that are to be scored, by their keys."""
        batches = self.store.scoring.batches(topic.slug, 15, None)
        return {str(candidate.paper.id) for batch in batches for candidate in batch.candidates}

    def count(self, table: sa.Table) -> int:
        with self.store.database.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def keys(papers: Sequence[Paper]) -> set[str]:
    return {str(paper.id) for paper in papers}


def lines_of(request: Request) -> list[str]:
    return request.user.splitlines()[1:-1]


class Garbling(Reader):
    """Garbles every answer that names something, and counts how."""

    def __init__(self, belonging: Sequence[Paper], seed: int) -> None:
        super().__init__(belonging)
        self._random = Random(seed)
        self.kinds: Counter[str] = Counter()

    def ask(self, request: Request) -> Reply:
        answer = honest_to(request.system, request.user, self.belongs)
        if not answer["named"]:
            return super().ask(request)
        self.asked.append(request)
        kind, text, finish = garbled(answer, len(lines_of(request)), self._random)
        self.kinds[kind] += 1
        return Reply(text, self.name, finish, Usage(calls=1))


def check(store: SqlStore, folder: Path, answers: int, seed: int) -> Found:
    """Put papers to triage, topic after topic, until so many answers were garbled, and look what became of each."""
    belonging = PAPERS[::10]
    model, found = Garbling(belonging, seed), Found()
    play, rounds = Play(store, folder, model), 0
    play.size = 40
    while model.kinds.total() < answers:
        topic = a_topic(slug=f"topic-{rounds}", criteria=f"Variant {rounds}.", categories=frozenset({"cs.AI"}))
        play.take_in(PAPERS[:_PAPERS], [topic])
        for _ in range(_RUNS):
            play.run(topic)
        outcomes = play.outcomes(topic)
        found.wrong += [f"{key} is lost" for key in keys(PAPERS[:_PAPERS]) - outcomes.keys()]
        aside = {key for key, outcome in outcomes.items() if outcome is ASIDE}
        found.wrong += [f"{key} belongs and is put aside" for key in aside & keys(belonging)]
        found.outcomes.update(outcomes.values())
        rounds += 1
    query = (
        sa.select(t.triages.c.candidate, t.triage_readings.c.accepted, t.triage_readings.c.missed)
        .join(t.triage_readings, t.triage_readings.c.batch == t.triages.c.batch)
        .where(t.triages.c.outcome == ASIDE)
    )
    with store.database.read() as connection:
        rows = connection.execute(query).all()
    found.wrong += [f"{row.candidate} is put aside unread" for row in rows if not row.accepted or row.missed]
    found.garbled = model.kinds
    return found
