"""The codes of anomalies in a paper's text. They are apart from the detectors, so that code which only reads stored
codes need not load the detectors.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

WITHDRAWN: Final = "withdrawn"
"""The code of a withdrawn paper, set by the source that reports it and never detected in a text."""

_ALIKE: Final = "alike "


def alike_code(paper: str) -> str:
    """The anomaly code for a possible duplicate: "alike" and the key of the other paper (`paper`) that may be the same
    work.
    """
    return f"{_ALIKE}{paper}"


def alike_paper(code: str) -> str:
    """The key of the other paper in an anomaly code made by `alike_code`; "" for any other code."""
    return code.removeprefix(_ALIKE) if code.startswith(_ALIKE) else ""


INJECTION_CODES: Final = ("orders", "roles", "answer_form", "encoded", "hidden_tex", "live_markup")
"""The codes of possible prompt injection, in the order in which they are returned."""

LETTER_CODES: Final = ("other_script", "mixed_scripts", "styled_letters")
"""The codes of letters that an English text has no use for, in the order in which they are returned."""

SUSPICIOUS: Final = frozenset({"invisible", *INJECTION_CODES, *LETTER_CODES})
"""Codes of possible prompt injection or hidden text. Such a paper is sent to the model in a request of its own, so that
its text cannot influence the scores of other papers.
"""


def is_suspicious(codes: Iterable[str]) -> bool:
    """Whether any of these anomaly codes means possible prompt injection or hidden text."""
    return not SUSPICIOUS.isdisjoint(codes)
