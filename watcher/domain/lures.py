"""A paper's text into the codes of what speaks to a model, a page or a chat in it instead of to a reader.

A heuristic: it decides who is asked alone and what curators are warned of, never whether a paper is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from watcher.domain.disguise import decoded, readings
from watcher.domain.lure_rules import ANSWER_FORM, HIDDEN_TEX, LIVE_MARKUP, OTHER_ORDERS, ROLES
from watcher.domain.order_rules import ORDERS
from watcher.domain.triggers import Triggers

LURES: Final = ("orders", "roles", "answer_form", "encoded", "hidden_tex", "live_markup")
"""The codes, in the order in which they are given."""


_ORDERS = Triggers(ORDERS)
_RULES = {"roles": ROLES, "answer_form": ANSWER_FORM, "hidden_tex": HIDDEN_TEX, "live_markup": LIVE_MARKUP}
_Clue = tuple[str, Sequence[str], re.Pattern[str]]


def _by_sign() -> dict[str, list[_Clue]]:
    """Under each character what to look for where it stands: a code, its words, its pattern."""
    clues: dict[str, list[_Clue]] = {}
    for code, rules in _RULES.items():
        for rule in rules:
            for sign, words in rule.by_sign.items():
                clues.setdefault(sign, []).append((code, words, rule.pattern))
    return clues


_CLUES = _by_sign()


def lures(text: str) -> tuple[str, ...]:
    """The codes of `LURES` that fit a text as its source gives it: title, abstract and names in lines."""
    found = _marks(text)
    if _orders(text):
        found.add("orders")
    if next(decoded(text), None) is not None:
        found.add("encoded")
    return tuple(code for code in LURES if code in found)


def _marks(text: str) -> set[str]:
    found: set[str] = set()
    for sign, clues in _CLUES.items():
        if sign not in text:
            continue
        for code, words, pattern in clues:
            for word in words:
                if word in text:
                    if pattern.search(text) is not None:
                        found.add(code)
                    break
    return found


def _orders(text: str) -> bool:
    if not text.isascii() and OTHER_ORDERS.search(text) is not None:
        return True
    return any(map(_ORDERS.fit, readings(text)))
