"""A seed into what goes wrong on which day: services that fail, channels that are gone, processes that die."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_BAD_DAYS = {"model": {"down": 1 / 60, "refused": 1 / 90, "moody": 1 / 8}, "desk": {"down": 1 / 60, "moody": 1 / 8}}
_ROUGH = {"model": {"moody": 1 / 2}, "desk": {"moody": 1 / 2}}
_OFTEN = {"": 0.01, "moody": 0.3, "down": 1.0, "refused": 1.0}  # how many calls of such a day go wrong
_KINDS = {
    "model": ("timeout", "garbled", "partial", "cut", "declined", "swapped"),
    "desk": ("not sent", "sent and not told", "not sent"),
}
_DAMAGE, _LOST_CHANNEL, _DEATH = 1 / 15, 1 / 40, 1 / 4
_LONGEST_LIFE, _ROUGH_LIFE = 900, 150  # moments


class Death(BaseException):
    """The process ends here, as at a kill: nothing of the line may catch it."""


class Broken(BaseException):
    """A promise is broken. No handler of the line may take it for a failure of a service."""


class Mortality:
    """Counts the moments at which a kill makes a difference: a transaction begins, a message was sent, an answer was
    given but not recorded. At the one that was drawn, the process dies.
    """

    def __init__(self) -> None:
        self._left = 0
        self._dead = False
        self.deaths = 0

    def doom(self, moments: int) -> None:
        """Die after so many moments; 0: live on."""
        self._left = moments

    def rise(self) -> None:
        """A new process lives; it is let live."""
        self._left, self._dead = 0, False

    @contextmanager
    def spared(self) -> Iterator[None]:
        """Nobody dies in the block."""
        left, self._left = self._left, 0
        yield
        self._left = left

    def moment(self, *_about: object) -> None:
        """One more moment has come."""
        if self._dead:
            raise Death  # threads of a process die with it
        if self._left:
            self._left -= 1
            if not self._left:
                self.deaths += 1
                self._dead = True
                raise Death


@dataclass
class Weather:
    """A day's. A `clear` day has none; with `rough` every other day is bad, for lives of a few days."""

    chance: random.Random
    groups: int
    rough: bool = False
    mortality: Mortality = field(default_factory=Mortality)
    clear: bool = False
    days: dict[str, str] = field(default_factory=dict)
    lost_channel: int | None = None  # the group whose channel takes nothing
    damaged: int | None = None  # the group whose catalog somebody breaks

    def dawn(self, *, clear: bool = False) -> None:
        """Draw a day."""
        chance = self.chance
        self.clear = clear
        odds = _ROUGH if self.rough else _BAD_DAYS
        self.days = {service: "" if clear else _drawn(chance, shares) for service, shares in odds.items()}
        self.lost_channel = self._group(_LOST_CHANNEL)
        self.damaged = self._group(_DAMAGE)
        dies = not clear and chance.random() < (1 if self.rough else _DEATH)
        longest = _ROUGH_LIFE if self.rough else _LONGEST_LIFE
        self.mortality.doom(chance.randint(1, longest) if dies else 0)

    def strikes(self, service: str) -> str:
        """What goes wrong with this call to a service; "" for nothing."""
        mood = self.days.get(service, "")
        if self.clear or self.chance.random() >= _OFTEN[mood]:
            return ""
        return mood if mood in {"down", "refused"} else self.chance.choice(_KINDS[service])

    def _group(self, odds: float) -> int | None:
        return self.chance.randrange(self.groups) if not self.clear and self.chance.random() < odds else None


def _drawn(chance: random.Random, odds: dict[str, float]) -> str:
    drawn = chance.random()
    for mood, share in odds.items():
        if drawn < share:
            return mood
        drawn -= share
    return ""
