"""What was looked at in a deployment -> Checkup: fine, doubtful or broken, and which remedy it calls for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How one thing was found."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Checkup:
    """One thing that was looked at. `sign` names what was found, and so the words and the remedy; `detail` is what the
    thing itself said, never with a secret in it.
    """

    name: str
    health: Health
    sign: str = ""
    detail: str = ""
