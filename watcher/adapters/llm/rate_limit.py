"""Rate limiter for requests to a model: all processes together send no more requests and tokens per minute than the
server allows.
"""

from __future__ import annotations

from watcher.ports import RateLimits

_BYTES_A_TOKEN = 3  # of English in JSON about four, of Japanese about three
_FIRST_ANSWER = 1000  # tokens beyond the body's guess, until an answer has told


class RateLimiter:
    """Rate limiter that is called before and after every request. The tokens of a request are estimated first and
    corrected afterwards; without a correction (a crash) the estimate counts.
    """

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._beyond = _FIRST_ANSWER  # what the last request took beyond its body: requests of a stage are alike

    def enter(self, text: str) -> int:
        """Wait until a request with this body may be sent; return the estimated number of its tokens."""
        guessed = len(text.encode()) // _BYTES_A_TOKEN + self._beyond
        self._limits.take({"requests": 1, "tokens": guessed})
        return guessed

    def done(self, guessed: int, tokens: int) -> None:
        """Correct the estimate by the tokens that a request and its answer really had."""
        if tokens:
            self._beyond = max(0, self._beyond + tokens - guessed)
            self._limits.correct({"tokens": tokens - guessed})
