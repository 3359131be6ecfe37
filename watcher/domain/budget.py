"""Daily caps on what the language model may use (tokens and US dollars), prices, and an upper bound of what a call can
use, which is checked against the caps before the call is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


class Cap(StrEnum):
    """The two daily caps on model usage, in tokens and in US dollars, to say which one was reached."""

    TOKENS = "tokens"
    USD = "usd"


@dataclass(frozen=True, slots=True)
class Price:
    """A model's price in US dollars per million tokens: of input, of cached input, and of output."""

    sent: float
    cached: float
    written: float

    def of(self, sent: int, cached: int, written: int) -> float:
        """The cost in US dollars of a model call at this price, from its tokens: `sent` (input), of which the server
        had `cached` in its prompt cache, and `written` (output).
        """
        cached = min(cached, sent)
        return ((sent - cached) * self.sent + cached * self.cached + written * self.written) / 1_000_000


@dataclass(frozen=True, slots=True)
class Spending:
    """An amount of model usage: tokens (input and output together) and US dollars."""

    tokens: int
    usd: float


@dataclass(frozen=True, slots=True)
class Caps:
    """The daily caps on model usage, in tokens and US dollars; None means no cap. Days are those of Tokyo."""

    tokens: int | None = None
    usd: float | None = None

    def share(self, part: float) -> Caps:
        """The caps multiplied by `part` (0–1): what one stage, e.g. triage, may use of the daily caps."""
        return replace(
            self,
            tokens=None if self.tokens is None else int(self.tokens * part),
            usd=None if self.usd is None else self.usd * part,
        )

    def exceeded_cap(self, spent: Spending, more: Spending) -> Cap | None:
        """The cap that would be exceeded by spending `more` on top of `spent`, or None."""
        if self.tokens is not None and spent.tokens + more.tokens > self.tokens:
            return Cap.TOKENS
        if self.usd is not None and spent.usd + more.usd > self.usd:
            return Cap.USD
        return None


def day_start(moment: datetime) -> datetime:
    """The midnight in Tokyo at which the day of `moment` began."""
    return datetime.combine(moment.astimezone(TOKYO).date(), time(), TOKYO)


def max_spending(text: str, answer_tokens: int, price: Price) -> Spending:
    """An upper bound of the tokens and US dollars that a model call with this prompt can use.

    No token is shorter than one byte, and the server cuts the answer at `answer_tokens`.
    """
    sent = len(text.encode())
    return Spending(sent + answer_tokens, price.of(sent, 0, answer_tokens))


@dataclass(frozen=True, slots=True)
class Usage:
    """What model calls used: tokens as the server counts them, characters as sent, cost in US dollars."""

    calls: int = 0
    prompt_tokens: int = 0
    prompt_chars: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        """The sum of two usages, field by field."""
        return Usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.prompt_chars + other.prompt_chars,
            self.completion_tokens + other.completion_tokens,
            self.cost_usd + other.cost_usd,
        )
