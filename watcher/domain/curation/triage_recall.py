"""Measures triage on papers that are known to belong: how many of those that were planted it named."""

from __future__ import annotations

from dataclasses import dataclass

from watcher.domain.screening.intervals import Estimate, exact_share

FEWEST_PLANTS = 20
"""With fewer distinct papers no interval is told: it would say next to nothing."""


@dataclass(frozen=True, slots=True)
class TriageRecall:
    """Of `asked` known papers triage named `named`. Each paper counts once, when it was first asked about: the same line
    gets nearly the same answer again. `bare` of all `batches` held no known paper, so that nothing checked them.
    """

    asked: int = 0
    named: int = 0
    batches: int = 0
    bare: int = 0

    @property
    def share(self) -> Estimate | None:
        """The recall on known papers with its interval; None while they are few."""
        return exact_share(self.named, self.asked) if self.asked >= FEWEST_PLANTS else None
