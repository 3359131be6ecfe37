"""A file or the environment -> a checked model; every problem goes to one list, not only the first."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

M = TypeVar("M", bound=BaseModel)

_GONE = {"score.tier": "the flex tier is gone; remove the line"}
"""Keys of versions before 0.1.0, with what became of them."""


class Strict(BaseModel):
    """A misspelt key is an error that names the file and the key."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_toml(path: Path, problems: list[str]) -> dict[str, Any]:
    """The tables of a TOML file; what is wrong with it goes to `problems`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror}); set WATCHER_CONFIG to the configuration folder")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: not TOML: {error}")
    return {}


def read_model(kind: type[M], values: Mapping[str, Any], about: str, problems: list[str]) -> M | None:
    """The checked model, or None with its mistakes in `problems`."""
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        problems.extend(
            f"{about}: {key}: {_GONE.get(key, found['msg'])}"
            for found in error.errors()
            for key in [".".join(str(part) for part in found["loc"])]
        )
        return None
