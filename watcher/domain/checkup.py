"""The results of `watcher doctor`: for each thing that was examined, whether it works and what to do if not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """The state in which one thing was found."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Checkup:
    """The result of examining one thing. `sign` is a code for what was found, by which message and remedy are chosen;
    `detail` is the message of the thing itself, without secrets.
    """

    name: str
    health: Health
    sign: str = ""
    detail: str = ""
