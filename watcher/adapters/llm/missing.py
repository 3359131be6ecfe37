"""The language model of a deployment that has none yet: every question says what to set."""

from __future__ import annotations

from watcher.domain.errors import ModelRefused
from watcher.ports import Reply, Request


class MissingModel:
    """Refuses every question, so that candidates wait, visibly, until a model is configured."""

    name = "none"
    recorded = False

    def __init__(self, missing: str) -> None:
        self._missing = missing

    def ask(self, request: Request) -> Reply:
        """Raises ModelRefused, always."""
        del request
        raise ModelRefused("no language model is configured", remedy=f"set {self._missing}")
