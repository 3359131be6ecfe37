"""Days of papers on which a model server fails because of one paper's text, each in another manner, and a line over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tests.day import papers
from tests.factories import NOW, a_screening, a_topic, an_announcement
from tests.servers.llm import FILTERED, NO_MESSAGE, RESET, Behavior, LlmServer, failing, saying
from tests.shipped import SCORE_PROMPT, STYLES, SUMMARIZE_PROMPT, TRIAGE_PROMPT, VERIFY_PROMPT
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.llm.openai import OpenAIModel
from watcher.adapters.llm.recorded import CachedModel
from watcher.adapters.store import SqlStore
from watcher.domain.papers.paper import Announcement, AnnounceType
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.triage import Line as LineOfPaper
from watcher.pipeline.dependencies import Dependencies, Options, PerTopic
from watcher.pipeline.pipeline import STAGES
from watcher.pipeline.run import Run
from watcher.ports import CatchUp, RunReport, Window
from watcher.stages.screen import Screen

MANNERS: Mapping[str, Behavior] = {
    "400 with content words": failing(400, "invalid_request_error", "Content Exists Risk"),
    "403 with content words": failing(403, "data_inspection_failed", "Input data may contain inappropriate content."),
    "451 with content words": failing(451, "censored", "Blocked for content moderation reasons."),
    "content_filter": FILTERED,
    "a choice without message": NO_MESSAGE,
    "500": failing(500, None, "Internal server error"),
    "a dropped connection": RESET,
    "an answer that never fits": saying("Sorry, I would rather not."),
    "an answer about nothing": saying('{"papers": []}'),
}
"""K1: how servers fail because of one paper's text."""

TOPIC = a_topic()
RECORDED = ("2606.27483", "2606.27681")


def natives(day: int, papers: int) -> list[str]:
    """The papers of a day; the first is the poisoned one where one is."""
    return [f"2606.{1000 * (day + 1) + n:05d}" for n in range(papers)]


@dataclass
class Line:
    """A line whose model is a loopback server, run day by day."""

    store: SqlStore
    server: LlmServer
    deps: Dependencies
    now: datetime = NOW
    runs: int = 0

    def announce(self, day: int, papers: int = 15, topics: tuple[Topic, ...] = (TOPIC,)) -> list[str]:
        """Put a day's papers past screening."""
        found = natives(day, papers)
        self.store.papers.announce([an_announcement(n) for n in found], topics, f"run-{day}", self.now)
        for topic in topics:
            waiting = self.store.papers.to_screen(topic.slug, 1000)
            self.store.papers.add_screenings([(c.number, a_screening()) for c in waiting], f"run-{day}", self.now)
        return found

    def announce_recorded(self) -> None:
        """Put two papers past screening of which the server knows score and summary."""
        found = [Announcement(papers()[n], AnnounceType.NEW, "cs", self.now.date()) for n in RECORDED]
        self.store.papers.announce(found, (TOPIC,), "run-0", self.now)
        waiting = self.store.papers.to_screen(TOPIC.slug, 1000)
        self.store.papers.add_screenings([(c.number, a_screening()) for c in waiting], "run-0", self.now)

    def run(self, *topics: Topic, run: str = "") -> RunReport:
        """One run from scoring to desk, a day after the last."""
        self.runs += 1
        self.now += timedelta(days=1)
        made = Run(self.deps, run or f"run-{self.runs}", self.now)
        for topic in topics or (TOPIC,):
            for stage in ("score", "summarize", "post"):
                STAGES[stage](made, topic)
        return made.report()

    def poison(self, native: str, behavior: Behavior, *, summary: bool = False) -> None:
        """Behave so towards whatever is asked about a paper, or only where its `summary` is asked for."""
        self.server.when(
            lambda asked: native in asked.ids and (not summary or '"summary_ja"' in asked.system), behavior
        )

    def further(self, whole: int) -> int:
        """How many HTTP requests were about fewer papers than a whole batch holds."""
        return sum(len(asked.ids) < whole for asked in self.server.asked)

    def asked_about(self, native: str) -> int:
        """How many HTTP requests were about a paper so far."""
        return sum(native in asked.ids for asked in self.server.asked)

    def scored(self, *topics: Topic) -> set[str]:
        """The papers that have a verdict."""
        return {entry.split(":")[1] for topic in topics or (TOPIC,) for entry in self._scored(topic.slug)}

    def _scored(self, topic: str) -> list[str]:
        taken = self.store.papers.taken_in(topic, None)
        return [str(paper.id) for paper, _, relevant in taken if relevant is not None]


def nothing_to_catch_up(_: Window) -> CatchUp:
    raise AssertionError("no source is read here")


@contextmanager
def line(folder: Path, store: SqlStore, topics: tuple[Topic, ...] = (TOPIC,), **ports: object) -> Iterator[Line]:
    """A line over a store; `ports` override its own."""
    with LlmServer() as server:
        model = OpenAIModel(
            "test-model", server.url, "sk-test-key", store.models, timeout=2.0, wait=0.001, patience=0.01, rest=60
        )
        made = Line(store, server, None)  # type: ignore[arg-type]
        durable = CachedModel(model, store.models, store.locks, lambda: made.now)
        values = {
            "options": Options(topics, SCORE_PROMPT, TRIAGE_PROMPT, SUMMARIZE_PROMPT, VERIFY_PROMPT, STYLES),
            "sources": list,
            "catch_up": nothing_to_catch_up,
            "screens": dict[str, Screen](),
            "scorer": durable,
            "triager": durable,
            "lines": PerTopic(topics, LineOfPaper),
            "summarizer": durable,
            "desk": WebDesk(),
            "document": MarkdownCatalog(folder / "catalog.md", "bot", "bot@localhost"),
            "store": store,
            "clock": lambda: made.now,
            **ports,
        }
        made.deps = Dependencies(**values)  # type: ignore[arg-type]
        try:
            yield made
        finally:
            model.close()
