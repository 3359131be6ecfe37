"""A paper's text into the codes of what speaks to a model, a page or a chat in it instead of to a reader.

A heuristic: it decides who is asked alone and what curators are warned of, never whether a paper is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watcher.domain.disguise import decoded, readings
from watcher.domain.lure_rules import ANSWER_FORM, HIDDEN_TEX, LIVE_MARKUP, ORDERS, OTHER_ORDERS, ROLES, Rule

LURES: Final = ("orders", "roles", "answer_form", "encoded", "hidden_tex", "live_markup")
"""The codes, in the order in which they are given."""


def lures(text: str) -> tuple[str, ...]:
    """The codes of `LURES` that fit a text as its source gives it: title, abstract and names in lines."""
    found = {
        "orders": _orders(text),
        "roles": _holds(text, ROLES),
        "answer_form": _holds(text, ANSWER_FORM),
        "encoded": next(decoded(text), None) is not None,
        "hidden_tex": _holds(text, HIDDEN_TEX),
        "live_markup": _holds(text, LIVE_MARKUP),
    }
    return tuple(code for code in LURES if found[code])


def _holds(text: str, rules: Sequence[Rule]) -> bool:
    return any(rule.fits(text) for rule in rules)


def _orders(text: str) -> bool:
    return _holds(text, OTHER_ORDERS) or any(_holds(reading, ORDERS) for reading in readings(text))
