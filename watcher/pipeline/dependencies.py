"""What the line is made of, and the meter that says what a run cost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache, partial
from typing import TypeVar

from watcher.domain.budget import Usage
from watcher.domain.curation.card import Card
from watcher.domain.papers.announcement_days import Watch
from watcher.domain.papers.topic import Topic
from watcher.domain.prompt import Prompt
from watcher.domain.screening.gist import Gist
from watcher.domain.summaries.style import Style
from watcher.ports import (
    Catalog,
    CatchUps,
    Clock,
    Crew,
    Desk,
    Engine,
    LanguageModel,
    Reply,
    Request,
    Source,
    Store,
)
from watcher.stages.screen import Screen
from watcher.upkeep.refresh import Refreshed

T = TypeVar("T")

COUNTS = (
    "announced",
    "screened",
    "passed",
    "scored",
    "unscored",
    "relevant",
    "summarized",
    "flagged",
    "posted",
    "carried_over",
)
"""What a run counts, in the words of `watcher run --json`."""


class Days(StrEnum):
    """What a run does about announcement days that nobody has read."""

    CLOSE = "close"  # takes them in by the full list, and fails for those it cannot
    NEED = "need"  # fails for them
    TELL = "tell"  # names them


UNREAD = "unread"
"""What a failure begins with that names announcement days which nobody has read."""

Progress = Callable[[str, int, int], None]
"""Told (stage, done, of how many) while a run goes on."""


Probe = Callable[[], Sequence[str]]
"""Asks model servers whether they still offer what is configured; gives what is wrong and what to do."""


Enrich = Callable[[Sequence[Card], str, datetime], Sequence[str]]
"""Records what services say of cards nobody has seen yet, for a run at a moment; gives which services failed."""


Look = Callable[[str, datetime], Refreshed]
"""Looks up what has happened to the catalog's papers, for a run at a moment, and proposes it."""


Forget = Callable[[datetime], None]
"""Forgets the texts that need not be kept at a moment."""


UnreadDays = Callable[[datetime], tuple[date, ...]]
"""The announcement days up to a moment that nobody has read, oldest first."""


def _all_read(now: datetime) -> tuple[date, ...]:
    del now
    return ()


def _nothing_old(now: datetime) -> None:
    del now


def _as_it_is(cards: Sequence[Card], run: str, now: datetime) -> Sequence[str]:
    del cards, run, now
    return ()


def _nothing_new(run: str, now: datetime) -> Refreshed:
    del run, now
    return Refreshed(0, 0, ())


def _nothing_wrong() -> Sequence[str]:
    return ()


def _silent(stage: str, done: int, total: int) -> None:
    del stage, done, total


@dataclass(frozen=True)
class Parts:
    """What the line is made of; the composition root puts it together."""

    topics: Sequence[Topic]
    sources: Sequence[Source]
    catch_up: CatchUps
    screens: Mapping[str, Screen]
    scorer: LanguageModel
    summarizer: LanguageModel
    score_prompt: Prompt
    summary_prompt: Prompt
    style: Style
    desk: Desk
    document: Catalog
    store: Store
    engine: Engine
    clock: Clock
    holidays: AbstractSet[date] = frozenset()
    window_hours: int = 7
    arxiv: frozenset[str] = frozenset()  # the watched categories of arXiv's: without any, no day needs an account
    unread_days: UnreadDays = _all_read
    watch: Watch = field(default_factory=Watch)  # what the sources are
    gists: Mapping[str, Gist] = field(default_factory=dict)
    batch_size: int = 15
    papers_per_run: int | None = None
    concurrency: int = 1
    summary_concurrency: int = 1
    audits_per_week: int = 0
    examples: int = 0
    progress: Progress = _silent
    quiet: str = "post"
    cards_in_channel: int = 15
    remind_after_days: int = 3
    probe: Probe = _nothing_wrong
    enrich: Enrich = _as_it_is
    forget: Forget = _nothing_old
    refresh: Look = _nothing_new
    documents: Mapping[str, Catalog] = field(default_factory=dict)  # of topics with a catalog of their own
    pushed_as: Mapping[str, str] = field(default_factory=dict)  # how pushes name each topic's catalog
    crew: Crew | None = None  # who shares the model calls of a run; None: this process alone
    topics_at_once: int = 32
    only: AbstractSet[int] | None = None  # the candidates it is about; None: all that wait

    def document_of(self, topic: str) -> Catalog:
        """The catalog that a topic's papers extend."""
        return self.documents.get(topic, self.document)

    def sharing(self, topic: str) -> list[str]:
        """The topics whose papers extend the same catalog, this one among them."""
        return [other.slug for other in self.topics if self.document_of(other.slug) is self.document_of(topic)]

    def waiting(self, topics: Sequence[Topic] | None = None) -> dict[str, int]:
        """How many candidates of these topics, or of all, wait for each stage."""
        seen = self.topics if topics is None else topics
        return dict(self.store.waiting.counts([topic.slug for topic in seen], self.desk.name))


class PerTopic(Mapping[str, T]):
    """A value for each topic, made when it is first asked for."""

    def __init__(self, topics: Sequence[Topic], make: Callable[[Topic], T]) -> None:
        self._makers = {topic.slug: cache(partial(make, topic)) for topic in topics}

    def __getitem__(self, slug: str) -> T:
        return self._makers[slug]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class Gate:
    """A LanguageModel that is asked only when one of the `turns` is free, whoever asks; several models may share them."""

    def __init__(self, model: LanguageModel, turns: threading.BoundedSemaphore) -> None:
        self._model = model
        self._turns = turns
        self.name, self.recorded = model.name, model.recorded

    def ask(self, request: Request) -> Reply:
        """Ask the model when there is room."""
        with self._turns:
            return self._model.ask(request)


class Meter:
    """A LanguageModel that counts what its replies cost; a recorded reply costs nothing."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._lock = threading.Lock()
        self.name, self.recorded = model.name, model.recorded
        self.usage = Usage()

    def ask(self, request: Request) -> Reply:
        """Ask the model and note the usage."""
        reply = self._model.ask(request)
        with self._lock:
            self.usage += reply.usage
        return reply
