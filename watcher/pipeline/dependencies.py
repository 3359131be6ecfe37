"""Dataclasses from which the pipeline is built: its ports (Dependencies), values of the settings (Options), and the
limits of one run (Scope).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import TypeVar

from watcher.domain.budget import Usage
from watcher.domain.curation.card import Card
from watcher.domain.curation.reactions import Observation, Sighting
from watcher.domain.papers.feeds import Watch
from watcher.domain.papers.topic import Topic
from watcher.domain.prompts import Gist, Prompt
from watcher.domain.screening.triage import Line
from watcher.domain.summaries.style import Style
from watcher.ports import (
    Catalog,
    CatchUps,
    Clock,
    Desk,
    KnownPaper,
    LanguageModel,
    Reply,
    Request,
    Source,
    Store,
    WorkerPool,
)
from watcher.stages.screen import Screen
from watcher.upkeep.check import Refreshed

T = TypeVar("T")

COUNTS = (
    "announced",
    "screened",
    "passed",
    "triaged",
    "flagged_by_triage",
    "scored",
    "unscored",
    "relevant",
    "summarized",
    "flagged",
    "posted",
    "carried_over",
)
"""The names of a run's totals, as in `watcher run --json`."""
Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total) while a run is in progress."""
Probe = Callable[[], Sequence[str]]
"""Asks the servers whether they offer the configured models; returns a line of advice for each missing one."""
Enrich = Callable[[Sequence[Card], str, datetime], Sequence[str]]
"""Fills venue and attention of cards not yet posted, for (cards, run id, time); returns the services' errors."""
Look = Callable[[str, datetime], Refreshed]
"""Looks up the catalog's papers again and proposes changes, for (run id, time)."""
Cite = Callable[[Topic, str, datetime], Sequence[str]]
"""Takes in papers that cite a topic's catalog, once a week, for (topic, run id, time); returns the errors."""
Forget = Callable[[datetime], None]
"""Deletes texts whose retention period is over at a time."""
React = Callable[[int, Observation, str], Sequence[Sighting]]
"""Records changed reactions on a card, for (candidate number, observation, desk); see ports.Curation.react."""
UnreadDays = Callable[[datetime], tuple[date, ...]]
"""Returns the announcement days up to a time that nobody has read, oldest first."""
Checkpoint = Callable[[], None]
"""Puts what is recorded by now where it outlives this machine. Raises Overtaken and PushError."""


@dataclass(frozen=True)
class Scope:
    """The limits of one run of the pipeline: `only` these candidate papers (None: all that wait), at most `budget`
    papers newly sent to the model to be scored and `triage_budget` to be triaged (None: no limit), and how many
    requests are made at a time.
    """

    only: AbstractSet[int] | None = None
    budget: int | None = None
    triage_budget: int | None = None
    concurrency: int = 1
    summary_concurrency: int = 1

    def includes(self, number: int) -> bool:
        """Whether the run may process the paper with this candidate number."""
        return self.only is None or number in self.only


@dataclass(frozen=True)
class Options:
    """The pipeline's settings: topics, prompts, style sheets, sizes and limits.

    `arxiv` are the watched categories of arXiv; if empty, no record is kept of announcement days that were not read.
    `watch` says how reading the configured sources counts in that record, `scope` holds the limits of a run that sets
    none itself. `pushed_as` is the name under which pushes of each topic's catalog are recorded. A gap between runs
    longer than `expected_every` is reported; None where no schedule is expected.
    """

    topics: Sequence[Topic]
    score_prompt: Prompt
    triage_prompt: Prompt
    summary_prompt: Prompt
    verify_prompt: Prompt
    styles: Mapping[str, Style]
    holidays: AbstractSet[date] = frozenset()
    window_hours: int = 7
    arxiv: frozenset[str] = frozenset()
    watch: Watch = field(default_factory=Watch)
    scope: Scope = field(default_factory=Scope)
    batch_size: int = 15
    triage_batch: int = 100
    examples: int = 0
    audits_per_week: int = 0
    quiet: str = "post"
    cards_in_channel: int = 15
    remind_after_days: int = 3
    topics_at_once: int = 32
    pushed_as: Mapping[str, str] = field(default_factory=dict)
    expected_every: timedelta | None = None


@dataclass(frozen=True)
class Dependencies:
    """Everything the pipeline works with: ports, functions, and the `options` of the deployment. Built by the
    composition root.

    `documents` are the catalogs of topics that have one of their own, `known_papers` papers that are shipped as known
    to belong to a topic. With a `worker_pool`, the model calls of a run are distributed to other processes.
    """

    options: Options
    sources: Callable[[], Sequence[Source]]
    catch_up: CatchUps
    screens: Mapping[str, Screen]
    scorer: LanguageModel
    triager: LanguageModel
    summarizer: LanguageModel
    desk: Desk
    document: Catalog
    store: Store
    clock: Clock
    lines: Mapping[str, Line]
    documents: Mapping[str, Catalog] = field(default_factory=dict)
    gists: Mapping[str, Gist] = field(default_factory=dict)
    known_papers: Mapping[str, Sequence[KnownPaper]] = field(default_factory=dict)
    worker_pool: WorkerPool | None = None
    unread_days: UnreadDays = lambda _: ()
    progress: Progress = lambda *_: None
    probe: Probe = tuple
    enrich: Enrich = lambda *_: ()
    forget: Forget = lambda _: None
    refresh: Look = lambda *_: Refreshed(0, 0, ())
    cite: Cite = lambda *_: ()
    react: React = lambda *_: ()
    checkpoint: Checkpoint = lambda: None

    def document_of(self, topic: str) -> Catalog:
        """The catalog to which a topic's papers are added."""
        return self.documents.get(topic, self.document)

    def sharing(self, topic: str) -> list[str]:
        """The slugs of all topics that write to the same catalog as this one, itself included."""
        return [other.slug for other in self.options.topics if self.document_of(other.slug) is self.document_of(topic)]

    def waiting(self, topics: Sequence[Topic] | None = None) -> dict[str, int]:
        """How many papers wait for each stage of the pipeline, by the stage's name, in these topics or in all."""
        seen = self.options.topics if topics is None else topics
        return dict(self.store.waiting.counts([topic.slug for topic in seen], self.desk.name))

    def limited(self, scoring: threading.BoundedSemaphore, summarizing: threading.BoundedSemaphore) -> Dependencies:
        """A copy of these dependencies whose models make at most as many concurrent requests as the
        semaphores allow.
        """
        return replace(
            self,
            scorer=ConcurrencyLimitedModel(self.scorer, scoring),
            triager=ConcurrencyLimitedModel(self.triager, scoring),
            summarizer=ConcurrencyLimitedModel(self.summarizer, summarizing),
        )


class PerTopic(Mapping[str, T]):
    """Mapping from topic slug to a value that is built when it is first used."""

    def __init__(self, topics: Sequence[Topic], make: Callable[[Topic], T]) -> None:
        self._makers = {topic.slug: cache(partial(make, topic)) for topic in topics}

    def __getitem__(self, slug: str) -> T:
        return self._makers[slug]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class ConcurrencyLimitedModel:
    """A LanguageModel that acquires the semaphore `turns` for each request; several models may share one."""

    def __init__(self, model: LanguageModel, turns: threading.BoundedSemaphore) -> None:
        self._model = model
        self._turns = turns
        self.name, self.recorded = model.name, model.recorded

    def ask(self, request: Request) -> Reply:
        """Send a request to the model when the semaphore allows, and return the reply."""
        with self._turns:
            return self._model.ask(request)


class MeteredModel:
    """A LanguageModel that adds up the usage (tokens, cost) of its replies; a reply from the cache counts nothing."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._lock = threading.Lock()
        self.name, self.recorded = model.name, model.recorded
        self.usage = Usage()

    def ask(self, request: Request) -> Reply:
        """Ask the model and add the reply's usage to the total."""
        reply = self._model.ask(request)
        with self._lock:
            self.usage += reply.usage
        return reply
