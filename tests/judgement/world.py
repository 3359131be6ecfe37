"""A small deployment: a topic about minds, labels and papers to match, nothing that takes long."""

from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

from tests.adapters.prefilters.labeled import labeled
from watcher.adapters.prefilters.trained import Phrases
from watcher.adapters.prefilters.training import train
from watcher.bootstrap.configuration import prefilter_file
from watcher.domain.papers.paper import PaperId
from watcher.domain.screening.measure import LabeledPaper
from watcher.settings import Settings, load_settings

_SHIPPED = Path(__file__).parents[2] / "config"
_TOPIC = """
title = "minds"
categories = ["cs.CL"]
announce = ["new", "cross"]
post_at = 3
fold_at = 2

[[groups]]
name = "core"
priority = 0
keywords = ["mind reading machine"]

[[groups]]
name = "wide"
priority = 2
keywords = ["language model*"]

[[themes]]
name = "models"
crossed = true
words = ["language model", "LLM"]

[[themes]]
name = "minds"
words = ["theory of mind", "false beliefs"]
"""


def deployed(folder: Path, starter: list[LabeledPaper], *, trained: bool = False) -> Settings:
    """Settings of a deployment whose topic ships these labels, and a prefilter trained on them if wanted."""
    config = folder / "config"
    shutil.copytree(_SHIPPED, config, ignore=shutil.ignore_patterns("llm-x-world-models*"))
    values = '[screen]\nprefilter = "learned"\nshare = 0.4\n'
    (config / "watcher.toml").write_text(values, encoding="utf-8")
    (config / "topics" / "minds.toml").write_text(_TOPIC, encoding="utf-8")
    (config / "topics" / "minds.md").write_text("Papers about minds.", encoding="utf-8")
    lines = "".join(json.dumps(row(one)) + "\n" for one in starter)
    (config / "prefilters" / "minds.labels.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    settings = load_settings({"WATCHER_CONFIG": str(config), "WATCHER_DATA": str(folder / "var")})
    if trained:
        (topic,) = settings.topics
        made = train(starter, Phrases.of(topic.themes), topic.slug)
        prefilter_file(settings, topic.slug).write_bytes(made.dump())
    return settings


def row(one: LabeledPaper) -> dict[str, object]:
    """A labeled paper as a line of a file of labels, or of papers."""
    return {
        "arxiv_id": PaperId.from_key(one.paper).native,
        "version": 1,
        "score": one.score,
        "weight": one.weight,
        "announced": one.day.isoformat() if one.day else None,
        "title": one.title,
        "abstract": one.abstract,
        "authors": ["Ada Lovelace"],
        "categories": list(one.categories),
    }


def write(path: Path, of: list[LabeledPaper]) -> Path:
    """A file of labels that is a file of papers too."""
    path.write_text("".join(json.dumps(row(one)) + "\n" for one in of), encoding="utf-8")
    return path


STARTER = labeled(60)
LATER = [replace(one, paper=one.paper.replace("2606", "2607"), day=date(2026, 7, 1)) for one in labeled(40, seed=5)]
"""Papers of a day after the starter's."""
