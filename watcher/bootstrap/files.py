"""Loads prompts and style sheets from the configuration folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from watcher.adapters.japanese import Sudachi
from watcher.domain.errors import ConfigError
from watcher.domain.papers.topic import Topic
from watcher.domain.prompts import Prompt
from watcher.domain.summaries.style import JAPANESE, Analyze, CellWords, Style
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


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot be read: {error}", about=str(path), remedy="restore it, or set WATCHER_CONFIG"
        ) from error
