"""Detects prompt injection in a paper's text: commands to a model, disguised text, and markup meant for a page or a
chat.

A heuristic. It decides which papers are sent to the model alone and what curators are warned of, never whether a paper
is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from watcher.domain.hostile.codes import INJECTION_CODES
from watcher.domain.hostile.decoding import decoded_payloads, decoded_variants
from watcher.domain.hostile.rules import (
    ANSWER_FORMAT,
    COMMANDS,
    COMMANDS_IN_OTHER_LANGUAGES,
    HIDDEN_TEX,
    LIVE_MARKUP,
    ROLE_MARKERS,
)
from watcher.domain.hostile.triggers import KeywordIndex

_RULES_BY_CODE = {
    "roles": ROLE_MARKERS,
    "answer_form": ANSWER_FORMAT,
    "hidden_tex": HIDDEN_TEX,
    "live_markup": LIVE_MARKUP,
}
_Check = tuple[str, Sequence[str], re.Pattern[str]]


@cache  # built for the first paper: commands that read none start sooner
def _commands() -> KeywordIndex:
    """The index of the commands to a model."""
    return KeywordIndex(COMMANDS)


def _checks_by_character() -> dict[str, list[_Check]]:
    """All rules by the rare character in whose presence they are tried."""
    clues: dict[str, list[_Check]] = {}
    for code, rules in _RULES_BY_CODE.items():
        for rule in rules:
            for sign, words in rule.words_by_character.items():
                clues.setdefault(sign, []).append((code, words, rule.pattern))
    return clues


_CHECKS = _checks_by_character()


def find_injections(text: str) -> tuple[str, ...]:
    """The codes of the kinds of prompt injection (see `INJECTION_CODES`) found in a paper's title, abstract and
    authors, as the source gives them.
    """
    found = _matched_codes(text)
    if _has_command(text):
        found.add("orders")
    if next(decoded_payloads(text), None) is not None:
        found.add("encoded")
    return tuple(code for code in INJECTION_CODES if code in found)


def _matched_codes(text: str) -> set[str]:
    """The codes of all rules that match, commands and encoded text aside."""
    found: set[str] = set()
    # From cheap to expensive: a character, then words, then the pattern. Most texts fail at the first.
    for sign, clues in _CHECKS.items():
        if sign not in text:
            continue
        for code, words, pattern in clues:
            for word in words:
                if word in text:
                    if pattern.search(text) is not None:
                        found.add(code)
                    break
    return found


def _has_command(text: str) -> bool:
    """Whether the text, decoded in any way, contains a command to a model."""
    if not text.isascii() and COMMANDS_IN_OTHER_LANGUAGES.search(text) is not None:
        return True
    return any(map(_commands().matches, decoded_variants(text)))
