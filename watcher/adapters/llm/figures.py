"""Extracts numbers from a model server's error message: the allowed length of an answer in tokens, and the time to
wait.
"""

from __future__ import annotations

import re
from typing import Final

from watcher.adapters.llm.words import Said

_I: Final = re.IGNORECASE
_LEAST: Final = 64  # tokens: a shorter answer holds no verdict
NUMBER: Final = r"(?<![\w.\-])(\d{1,3}(?:,\d{3})+|\d{2,8})(?![\w\-]|\.\d)"
_WINDOW: Final = re.compile(rf"(?:context (?:length|size|window)|context limit|model_len)\D{{0,30}}?{NUMBER}", _I)
_PROMPT: Final = re.compile(
    rf"{NUMBER} (?:tokens? )?(?:in the messages|in the prompt|from the input messages|input tokens|prompt tokens|of text input|in your prompt)",
    _I,
)
_WAIT: Final = re.compile(
    r"(?:(?:try again|retry)(?: your request)? (?:in|after)|wait) (?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+) ?(ms|s|minute|hour|day)?)?",
    _I,
)
_SECONDS: Final = {"ms": 0.001, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
_NOTHING_LEFT: Final = re.compile(r"must be at least \d+, got (?:-\d|0\b)", _I)  # what the prompt leaves for the answer


def fills_the_window(said: Said) -> bool:
    """Whether the error message says that the prompt alone fills the model's context window."""
    window, prompt = _figure(_WINDOW, said), _figure(_PROMPT, said)
    return 0 < window < prompt + _LEAST or _NOTHING_LEFT.search(said.own) is not None


def less_than(current: int, said: Said) -> int | None:
    """The limit on the answer's length, in tokens, to try after a model server refused `current` as too large: what the
    context window leaves, else the largest number in the message below `current`, else half. None if that is too small
    to be useful.
    """
    window, prompt = _figure(_WINDOW, said), _figure(_PROMPT, said)
    named = {int(each.replace(",", "")) for each in re.findall(NUMBER, said.own)} - {window}
    left = window - prompt if window and prompt else max(filter(range(_LEAST, current).__contains__, named), default=0)
    if left not in range(_LEAST, current):
        left = current // 2
    return left if left >= _LEAST else None


def _figure(pattern: re.Pattern[str], said: Said) -> int:
    found = pattern.search(said.own)
    return int(found[1].replace(",", "")) if found else 0


def wait_in(said: Said) -> float | None:
    """The wait in seconds that a model server's error message asks for, such as "Please try again in 6m12.5s"; None if
    it names none.
    """
    found = _WAIT.search(said.words)
    if not found or not any(found.groups()[:3]):
        return None
    hours, minutes, rest, unit = found.groups()
    try:
        last = float((rest or "0").rstrip(".") or 0)
    except ValueError:
        return None
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + last * _SECONDS.get((unit or "s").lower(), 1.0)
