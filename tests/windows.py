"""Moments into the most that fell into any span of time, and workers that make such moments in processes of their own."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from tests import commands
from tests.commands import Command


def fullest(sent: Sequence[tuple[float, float]], seconds: float) -> float:
    """The most units in any window of so many seconds, of pairs of a moment and its units."""
    most, first, held = 0.0, 0, 0.0
    ordered = sorted(sent)
    for at, units in ordered:
        held += units
        while at - ordered[first][0] >= seconds:
            held -= ordered[first][1]
            first += 1
        most = max(most, held)
    return most


def start(count: int, script: str, *arguments: str) -> list[Command]:
    """So many processes of one script, whose lines can be read."""
    return [commands.start(["-c", script, *arguments], stdout=subprocess.PIPE) for _ in range(count)]


def stop(workers: Sequence[Command]) -> list[str]:
    """End them; gives what they had said."""
    for worker in workers:
        worker.kill()
    return [line for worker in workers for line in worker.communicate()[0].splitlines() if line.endswith(".")]
