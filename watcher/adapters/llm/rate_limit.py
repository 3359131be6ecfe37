"""Rate limiter of model requests: no more requests and tokens a minute than the server allows to all processes together."""

from __future__ import annotations

from watcher.ports import RateLimits

_BYTES_A_TOKEN = 3  # of English in JSON about four, of Japanese about three
_FIRST_ANSWER = 1000  # tokens beyond the body's guess, until an answer has told


class RateLimiter:
    """Asked before every request, told after it. What an outage leaves untold is counted as it was guessed."""

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._beyond = _FIRST_ANSWER  # what the last request took beyond its body: requests of a stage are alike

    def enter(self, text: str) -> int:
        """Wait for leave to send a body; gives the tokens that its text was taken for."""
        guessed = len(text.encode()) // _BYTES_A_TOKEN + self._beyond
        self._limits.take({"requests": 1, "tokens": guessed})
        return guessed

    def done(self, guessed: int, tokens: int) -> None:
        """Put the tokens that a request and its answer had in the place of the guess."""
        if tokens:
            self._beyond = max(0, self._beyond + tokens - guessed)
            self._limits.correct({"tokens": tokens - guessed})
