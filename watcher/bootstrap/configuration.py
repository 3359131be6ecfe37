"""Loads from the configuration folder what the stages need beside settings: prompts, style sheets, each topic's trained
prefilter and the labeled papers it was trained on.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from watcher.adapters.japanese import Sudachi
from watcher.adapters.prefilters.trained import Trained
from watcher.domain.errors import ConfigError
from watcher.domain.papers.paper import paper_id
from watcher.domain.papers.topic import Topic
from watcher.domain.prompts import Prompt
from watcher.domain.screening.measure import BELONGS
from watcher.domain.summaries.style import JAPANESE, Analyze, CellWords, Style
from watcher.ports import KnownPaper, TrainedPrefilter
from watcher.settings import Settings
from watcher.stages.score import GAPS as SCORE_GAPS
from watcher.stages.summarize import GAPS as SUMMARY_GAPS
from watcher.stages.summarize import VERIFY_GAPS
from watcher.stages.triage import GAPS as TRIAGE_GAPS


def read_prompts(folder: Path) -> tuple[Prompt, Prompt, Prompt, Prompt]:
    """Load the prompt templates for scoring, triage, summarizing and verification, in this order. Raises
    ConfigError.
    """
    return (
        Prompt("score", _text(folder / "prompts" / "score.md"), SCORE_GAPS),
        Prompt("triage", _text(folder / "prompts" / "triage.md"), TRIAGE_GAPS),
        Prompt("summarize", _text(folder / "prompts" / "summarize.md"), SUMMARY_GAPS),
        Prompt("verify", _text(folder / "prompts" / "verify.md"), VERIFY_GAPS),
    )


def styles_of(settings: Settings) -> dict[str, Style]:
    """Load the style sheets by which summaries are written and checked, one for each topic, by its slug. Raises
    ConfigError.
    """
    folder, analyze = settings.config / "style", Sudachi()
    return {topic.slug: _style(folder, topic, analyze) for topic in settings.topics}


def _style(folder: Path, topic: Topic, analyze: Analyze) -> Style:
    """The style sheet of the topic's language, with its own words and fields."""
    guide, table = (_text(folder / f"{topic.language}.{ending}") for ending in ("md", "toml"))
    style = Style.read(guide, table, analyze, topic.vocabulary)
    return replace(style, cells=replace(style.cells, fields=topic.fields))


def cell_words_of(settings: Settings) -> dict[str, CellWords]:
    """Load the fixed words that the program writes into catalog cells, by the topic's slug, for topics whose catalog is
    not in Japanese or has fields of its own. Raises ConfigError.
    """
    return {slug: style.cells for slug, style in styles_of(settings).items() if style.cells != JAPANESE}


def read_prefilter(settings: Settings, topic: str) -> TrainedPrefilter | None:
    """Load a topic's trained classifier from the configuration folder; None if it has none. Raises ConfigError if the
    file is damaged.
    """
    path = prefilter_file(settings, topic)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", about=str(path), remedy="restore it") from error
    return TrainedPrefilter(Trained.load(content, str(path)).name, content)


def prefilter_file(settings: Settings, topic: str) -> Path:
    """The path, in the configuration folder, of a topic's trained classifier."""
    return settings.config / "prefilters" / f"{topic}.json.gz"


def labels_file(settings: Settings, topic: str) -> Path:
    """The path, in the configuration folder, of the labeled papers on which a topic's classifier was trained."""
    return settings.config / "prefilters" / f"{topic}.labels.jsonl.gz"


def read_known_papers(settings: Settings, topic: Topic) -> Sequence[KnownPaper]:
    """The papers that all raters found to belong to a topic, in the labels shipped with it; none if it has no labels.
    Raises ConfigError if the file is damaged.
    """
    path = labels_file(settings, topic.slug)
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


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot be read: {error}", about=str(path), remedy="restore it, or set WATCHER_CONFIG"
        ) from error
