"""What is asked of the memory to see whether a deployment does its work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from watcher.domain.vitals import Vitals


class VitalStore(Protocol):
    """The part of the memory that tells how a deployment does."""

    def vitals(self, topics: Sequence[str], desk: str, now: datetime) -> Vitals:
        """How the line over these topics (by slug) stands, with its cards at a desk."""
        ...
