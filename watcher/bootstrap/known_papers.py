"""Loads papers that are known to belong to a topic, from the labels on which its classifier was trained."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Sequence

from watcher.bootstrap.prefilters import starter_file
from watcher.domain.errors import ConfigError
from watcher.domain.papers.paper import paper_id
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.measure import BELONGS
from watcher.ports import KnownPaper
from watcher.settings import Settings


def shipped_known_papers(settings: Settings, topic: Topic) -> Sequence[KnownPaper]:
    """The papers that all raters found to belong to a topic, in the labels shipped with it; none if it has no labels.
    Raises ConfigError if the file is damaged.
    """
    path = starter_file(settings, topic.slug)
    if not path.is_file():
        return ()
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        return [
            KnownPaper(paper_id(row["arxiv_id"]), row["title"], row["abstract"], row["title"], row.get("held_out"))
            for row in rows
            if min(row["scores"]) >= BELONGS and row.get("title") and row.get("abstract")
        ]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"no labels: {error!r}", about=str(path), remedy="restore it, or remove it") from None
