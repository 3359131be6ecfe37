"""What the line asks of its memory when it follows people's decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class FollowStore(Protocol):
    """What is not as people decided yet."""

    def to_follow(self, desk: str) -> frozenset[str]:
        """The topics of which something waits for the catalog, for another summary, or to be shown at a desk."""
        ...

    def stale_cards(self, desk: str, topic: str | None = None) -> Sequence[tuple[int, str]]:
        """(number, ref) of cards, of a topic or of all, whose facts changed since the desk last showed them."""
        ...

    def shown(self, number: int, desk: str, face: str) -> None:
        """Record what face a desk now shows."""
        ...
