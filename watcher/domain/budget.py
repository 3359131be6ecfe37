"""What may be spent on model calls in a day, and the estimate that is held against it before each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


class Cap(StrEnum):
    """Which of a day's caps is meant."""

    TOKENS = "tokens"
    USD = "usd"


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    sent: float
    cached: float
    written: float

    def of(self, sent: int, cached: int, written: int) -> float:
        """The cost of a call in US dollars; `cached` of the tokens sent had been sent before."""
        cached = min(cached, sent)
        return ((sent - cached) * self.sent + cached * self.cached + written * self.written) / 1_000_000


@dataclass(frozen=True, slots=True)
class Spending:
    """Tokens, sent and written together, and US dollars."""

    tokens: int
    usd: float


@dataclass(frozen=True, slots=True)
class Caps:
    """A day's hard caps; None is no cap. A day is one in Tokyo."""

    tokens: int | None = None
    usd: float | None = None

    def share(self, part: float) -> Caps:
        """Caps of which `part` (0-1) may be spent."""
        return replace(
            self,
            tokens=None if self.tokens is None else int(self.tokens * part),
            usd=None if self.usd is None else self.usd * part,
        )

    def broken_by(self, spent: Spending, more: Spending) -> Cap | None:
        """The cap that spending `more` would go beyond, if any."""
        if self.tokens is not None and spent.tokens + more.tokens > self.tokens:
            return Cap.TOKENS
        if self.usd is not None and spent.usd + more.usd > self.usd:
            return Cap.USD
        return None


def day_start(moment: datetime) -> datetime:
    """Midnight in Tokyo before a moment."""
    return datetime.combine(moment.astimezone(TOKYO).date(), time(), TOKYO)


def most(text: str, answer_tokens: int, price: Price) -> Spending:
    """The most that a question can take: no token is shorter than a byte, and the answer is bounded by the server."""
    sent = len(text.encode())
    return Spending(sent + answer_tokens, price.of(sent, 0, answer_tokens))
