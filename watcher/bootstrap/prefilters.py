"""Loads the trained classifier by which a topic's papers are screened from the configuration folder."""

from __future__ import annotations

from pathlib import Path

from watcher.adapters.prefilters.trained import Trained
from watcher.domain.errors import ConfigError
from watcher.ports import TrainedPrefilter
from watcher.settings import Settings

FOLDER = "prefilters"


def shipped(settings: Settings, topic: str) -> TrainedPrefilter | None:
    """Load a topic's trained classifier from the configuration folder; None if it has none. Raises ConfigError if the
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
    """The path, in the configuration folder, of a topic's trained classifier."""
    return settings.config / FOLDER / f"{topic}.json.gz"


def starter_file(settings: Settings, topic: str) -> Path:
    """The path, in the configuration folder, of the labeled papers on which a topic's classifier was trained."""
    return settings.config / FOLDER / f"{topic}.labels.jsonl.gz"
