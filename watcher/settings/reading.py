"""Reads TOML files and validates them; all problems are collected instead of raised one at a time."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

M = TypeVar("M", bound=BaseModel)

_GONE = {"score.tier": "the flex tier is gone; remove the line"}
"""Keys of versions before 0.1.0, with what to do about them."""


class Strict(BaseModel):
    """Base class of settings: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_toml(path: Path, problems: list[str]) -> dict[str, Any]:
    """The contents of a TOML file; errors are added to `problems`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror}); set WATCHER_CONFIG to the configuration folder")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: not TOML: {error}")
    return {}


def read_model(kind: type[M], values: Mapping[str, Any], about: str, problems: list[str]) -> M | None:
    """The validated model, or None with all errors added to `problems`, each beginning with `about`."""
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        problems.extend(
            f"{about}: {key}: {_GONE.get(key, found['msg'])}"
            for found in error.errors()
            for key in [".".join(str(part) for part in found["loc"])]
        )
        return None
