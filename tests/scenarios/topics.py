"""A deployment with as many topics as one likes, which are all the shipped one under other names."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tests.scenarios.conftest import DATA, FEED, NOW, SHIPPED, untriaged
from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.llm.recorded import RecordedModel
from watcher.bootstrap import Watcher
from watcher.domain.curation.card import Card
from watcher.domain.errors import DeskError
from watcher.ports import Enricher, Message
from watcher.settings import load_settings

REPLIES = DATA / "replies" / "replies_2026-06-29.jsonl"
SECONDS = 20.0
MOMENT = datetime.fromisoformat(NOW)
BAD = "topic-00"


class Picky(WebDesk):
    """Takes no card of one topic."""

    def send(self, key: str, message: Message, below: str = "") -> str:
        if isinstance(message, Card) and message.candidate.topic == BAD:
            raise DeskError("the channel is gone", about=key)
        return super().send(key, message, below)


def deployment(
    folder: Path,
    topics: int,
    desk: WebDesk | None = None,
    model: RecordedModel | None = None,
    *,
    alike: bool = True,
    enrichers: Sequence[Enricher] = (),
) -> Watcher:
    settings = untriaged(load_settings({"WATCHER_CONFIG": str(SHIPPED), "WATCHER_DATA": str(folder)}))
    (shipped,) = settings.topics
    many = tuple(
        replace(shipped, slug=f"topic-{number:02d}", criteria=shipped.criteria + f"\n{number}" * (not alike))
        for number in range(topics)
    )
    settings = replace(settings, topics=many)
    feeds, answers = [str(FEED)], model or RecordedModel(REPLIES)
    return Watcher(settings, feeds=feeds, model=answers, desk=desk or Picky(), enrichers=enrichers)


def posted(watcher: Watcher) -> dict[str, int]:
    return {
        topic.slug: watcher.store.cards.count_posted(topic.slug, "web", MOMENT.replace(year=2000))
        for topic in watcher.pipeline.deps.options.topics
    }


@contextmanager
def begun(work: Callable[[], object]) -> Iterator[threading.Thread]:
    """Something that goes on meanwhile."""
    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    thread.join(SECONDS)
    assert not thread.is_alive()
