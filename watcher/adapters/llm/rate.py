"""Requests -> no more of them, and of their tokens, a minute than the server allows to all processes together."""

from __future__ import annotations

from watcher.ports import Flow

_BYTES_A_TOKEN = 3  # of English in JSON about four, of Japanese about three; the count in the answer corrects it


class Rate:
    """Asked before every request, told after it. What an outage leaves untold is counted as it was guessed."""

    def __init__(self, requests: Flow | None, tokens: Flow | None) -> None:
        self._requests, self._tokens = requests, tokens

    def enter(self, text: str) -> int:
        """Wait for leave to send a body; gives the tokens that were taken for it."""
        guessed = len(text.encode()) // _BYTES_A_TOKEN
        if self._requests is not None:
            self._requests.take()
        if self._tokens is not None:
            self._tokens.take(guessed)
        return guessed

    def done(self, guessed: int, tokens: int) -> None:
        """Put the tokens that a request and its answer had in the place of the guess."""
        if self._tokens is not None and tokens:
            self._tokens.correct(tokens - guessed)
