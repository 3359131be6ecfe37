"""Checks the units of a summary's numbers against the abstract: `4.5%` is not `4.5 points`, `2.3倍` not `2.3 hours`."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_UNITS = {
    "%": r"\\?%|％|percent|pct",
    "ポイント": r"(?:percentage |absolute |\\?% ?)?points?|pp\b|p\.p",
    "倍": r"×|\\times|times|x\b|fold",
    "時間": r"h\b|hours?|hrs?\b",
    "分間": r"min",
    "秒": r"s\b|sec",
    "ドル": r"dollar|USD",
}
_LIST = r"(?:[\s\d/,{}$~–-]|\.(?=\d)|to\b|and\b|or\b)*"  # "92 to 77%", "60, 70 and 80 percent" name their unit once
# Units that stand before the number: "a factor of 3", "$5".
_BEFORE = {"倍": r"factor of |×|\\times", "ドル": r"\$|USD"}
_FIGURE = re.compile(rf"({_NUMBER})\s*({'|'.join(_UNITS)})")


def mismatched_units(summary: str, source: str) -> Iterator[str]:
    """Numbers with a unit in the summary whose value the source states, but never with that unit."""
    plain = re.sub(r"(?<=\d)(?:\{,\}|,)(?=\d{3})", "", source)
    for figure in _FIGURE.finditer(summary):
        number = re.escape(figure[1].replace(",", ""))
        places = list(re.finditer(rf"(?<![\d.]){number}(?![\d]|\.\d)", plain))
        if places and not any(_has_unit(plain, place, figure[2]) for place in places):
            yield figure[0]


def _has_unit(source: str, place: re.Match[str], unit: str) -> bool:
    """Whether the unit stands before or after a number in the source, also behind a list of numbers."""
    before = source[max(0, place.start() - 12) : place.start()]
    led = unit in _BEFORE and re.search(rf"(?:{_BEFORE[unit]})\s*$", before, re.IGNORECASE)
    return bool(led or re.match(rf"{_LIST}(?:{_UNITS[unit]})", source[place.end() : place.end() + 60], re.IGNORECASE))
