"""Dates as catalogs write them: finds a date in a text with its format, and writes another date in that format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

Date = tuple[int, ...]
"""A year, or a year and a month, or a year, a month and a day."""

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_YEAR = r"(?P<Y>(?:19|20)\d\d)"
_MONTH = r"(?P<m>0?[1-9]|1[0-2])"
_DAY = r"(?P<d>0?[1-9]|[12]\d|3[01])"
_NAME = rf"(?P<B>{'|'.join(month for month in _MONTHS if len(month) > 3)})"  # May is taken for a short one
_SHORT = rf"(?P<b>{'|'.join(month[:3] for month in _MONTHS)}|Sept)\.?"
# The longest first: of two that begin at the same place the first is taken.
_FORMS: Final = (
    *(rf"{_YEAR}(?P<x>[-/.]){_MONTH}(?P=x){_DAY}", rf"{_YEAR}年\s?{_MONTH}月\s?{_DAY}日", rf"{_YEAR}年\s?{_MONTH}月"),
    *(
        rf"{_NAME} {_DAY}, {_YEAR}",
        rf"{_SHORT} {_DAY}, {_YEAR}",
        rf"{_DAY} {_NAME} {_YEAR}",
        rf"{_DAY} {_SHORT} {_YEAR}",
    ),
    *(rf"{_NAME},? {_YEAR}", rf"{_SHORT},? {_YEAR}", rf"{_MONTH}/{_YEAR}", rf"{_YEAR}[-/.]{_MONTH}(?![-/.]?\d)"),
    *(r"(?:(?<=[A-Za-z] )|(?<=[A-Za-z], ))(?P<y>[12]\d)\.(?P<m>0?[1-9]|1[0-2])(?![.\d])", rf"{_YEAR}(?=年)", _YEAR),
)
# Compiled by re when the first date is looked for: few commands look for any.
_PATTERNS: Final = tuple(rf"(?<![\d.-]){form}(?!\d)" for form in _FORMS)


@dataclass(frozen=True, slots=True)
class Found:
    """A date found in a text, and its position."""

    date: Date
    start: int
    end: int
    match: re.Match[str]

    @property
    def form(self) -> str:
        """The date's format with the codes of strftime (%Y %y %m %B %b %d, "-" for no leading zero)."""
        match, form = self.match, self.match[0]
        spans = sorted(
            ((match.span(name), name) for name, value in match.groupdict().items() if value and name in "YymdBb")
        )
        for (a, z), name in reversed(spans):
            bare = name in "md" and (z - a == 1 or (int(match[name]) > 9 and "年" in form))
            form = f"{form[: a - self.start]}%{'-' if bare else ''}{name}{form[z - self.start :]}"
        return form


def find_date(text: str) -> Found | None:
    """The first date in a text, or None. A date with a month is preferred to a year alone; if it can be read in several
    ways, the longest is taken.
    """
    found: list[Found] = []
    for pattern in _PATTERNS:
        match = re.search(pattern, text, re.IGNORECASE)
        if match is None:
            continue
        parts = match.groupdict()
        year = int(parts["Y"]) if parts.get("Y") else 2000 + int(parts["y"])
        name = parts.get("B") or parts.get("b")
        month = next(n for n, full in enumerate(_MONTHS, 1) if full[:3].lower() == name[:3].lower()) if name else None
        month = int(parts["m"]) if parts.get("m") else month
        date: Date = (year,) if month is None else (year, month)
        if month is not None and parts.get("d"):
            date = (*date, int(parts["d"]))
        found.append(Found(date, match.start(), match.end(), match))
    exact = [one for one in found if len(one.date) > 1]
    return min(exact or found, key=lambda one: (one.start, -one.end), default=None)


def written(date: Date, form: str) -> str:
    """Write a date in a format of strftime codes; parts that the date lacks (day, month) are left out together with the
    separator before them.
    """
    form = form or "%Y-%m-%d"
    if len(date) < 3:
        form = re.sub(r"[-/. ]?%-?d(?:日|,)?|(?<=^)%-?d ", "", form).strip()
    if len(date) < 2:
        return str(date[0])
    year, month, day = (*date, 1)[:3]
    values = {
        "%Y": str(year), "%y": f"{year % 100:02}", "%m": f"{month:02}", "%-m": str(month), "%B": _MONTHS[month - 1],
        "%b": _MONTHS[month - 1][:3], "%d": f"{day:02}", "%-d": str(day),
    }  # fmt: skip
    return re.sub(r"%-?[A-Za-z]", lambda code: values.get(code[0], code[0]), form)


def later(one: Date, other: Date) -> bool:
    """Whether the date `one` is later than `other`, comparing only the parts (year, month, day) that both have."""
    known = min(len(one), len(other))
    return one[:known] > other[:known]
