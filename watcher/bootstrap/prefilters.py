"""Loads the trained prefilter of a topic from the configuration folder."""

from __future__ import annotations

from pathlib import Path

from watcher.adapters.prefilters.trained import Trained
from watcher.domain.errors import ConfigError
from watcher.ports import TrainedPrefilter
from watcher.settings import Settings

FOLDER = "prefilters"


def shipped(settings: Settings, topic: str) -> TrainedPrefilter | None:
    """Load a topic's trained prefilter from the configuration folder, None if there is none. Raises ConfigError if the
    file is damaged.
    """
    path = shipped_file(settings, topic)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", about=str(path), remedy="restore it") from error
    return TrainedPrefilter(Trained.load(content, str(path)).name, content)


def shipped_file(settings: Settings, topic: str) -> Path:
    """The path of the trained prefilter that is shipped for a topic."""
    return settings.config / FOLDER / f"{topic}.json.gz"


def starter_file(settings: Settings, topic: str) -> Path:
    """The path of the labels on which the shipped prefilter of a topic was trained."""
    return settings.config / FOLDER / f"{topic}.labels.jsonl.gz"
