"""Loads prompts and style sheets from the configuration folder."""

from __future__ import annotations

from pathlib import Path

from watcher.adapters.japanese import Sudachi
from watcher.domain.errors import ConfigError
from watcher.domain.prompt import Prompt
from watcher.domain.summaries.cells import JAPANESE, CellWords
from watcher.domain.summaries.style import Style
from watcher.pipeline.verify import GAPS as VERIFY_GAPS
from watcher.settings import Settings
from watcher.stages.score import GAPS as SCORE_GAPS
from watcher.stages.summarize import GAPS as SUMMARY_GAPS
from watcher.stages.triage import GAPS as TRIAGE_GAPS


def read_prompts(folder: Path) -> tuple[Prompt, Prompt, Prompt, Prompt]:
    """Load the prompts for scoring, triage, summarizing and verification. Raises ConfigError."""
    return (
        Prompt("score", _text(folder / "prompts" / "score.md"), SCORE_GAPS),
        Prompt("triage", _text(folder / "prompts" / "triage.md"), TRIAGE_GAPS),
        Prompt("summarize", _text(folder / "prompts" / "summarize.md"), SUMMARY_GAPS),
        Prompt("verify", _text(folder / "prompts" / "verify.md"), VERIFY_GAPS),
    )


def styles_of(settings: Settings) -> dict[str, Style]:
    """Load the style sheet of every topic's cells, by the topic's slug. Raises ConfigError."""
    folder, analyze = settings.config / "style", Sudachi()
    return {
        topic.slug: Style.read(
            _text(folder / f"{topic.language}.md"), _text(folder / f"{topic.language}.toml"), analyze, topic.vocabulary
        )
        for topic in settings.topics
    }


def cell_words_of(settings: Settings) -> dict[str, CellWords]:
    """What the bot writes into the cells of topics that are not in Japanese, by the topic's slug. Raises ConfigError."""
    return {slug: style.cells for slug, style in styles_of(settings).items() if style.cells != JAPANESE}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot be read: {error}", about=str(path), remedy="restore it, or set WATCHER_CONFIG"
        ) from error
