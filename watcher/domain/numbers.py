"""Numbers claimed in a Japanese text and numbers stated in an English one, as exact values to compare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_JA_SCALE = {"千": 3, "万": 4, "億": 8, "兆": 12}
_EN_SCALE = {"k": 3, "thousand": 3, "m": 6, "million": 6, "b": 9, "billion": 9, "t": 12, "trillion": 12}

_PART = re.compile(rf"({_NUMBER})([千万億兆KkMBT]*)")
_CLAIM = re.compile(rf"(?:{_NUMBER}[千万億兆]+)*{_NUMBER}(?:[千万億兆]+|[KkMBT](?![A-Za-z]))?\s*[%％]?")

# A number glued to a capital ("GPT-4", "H100") is part of a name and supports no figure.
_STATED = re.compile(
    rf"(?<![A-Za-z\d.])(?<![A-Z]-)({_NUMBER})(?:[\s-]*((?:thousand|million|billion|trillion)\b|[KkMBT](?![A-Za-z])))?"
)
_POWER = re.compile(r"10\s*\^\s*\{?\s*(\d{1,2})(?!\d)")
_TEX_DIGIT_SPACE = re.compile(r"(?<=\d)(?:\{,\}|\\[,!;:])(?=\d)")

_WORDS = {
    word: Decimal(value)
    for value, words in {
        0: "zero", 1: "one single once first", 2: "two twice double doubles doubled doubling second twofold",
        3: "three triple triples tripled thrice third threefold", 4: "four quadruple fourth fourfold",
        5: "five fifth fivefold", 6: "six sixth", 7: "seven seventh", 8: "eight eighth", 9: "nine ninth",
        10: "ten tenth tenfold", 11: "eleven", 12: "twelve dozen", 13: "thirteen", 14: "fourteen", 15: "fifteen",
        16: "sixteen", 17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty", 30: "thirty", 40: "forty",
        50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety",
    }.items()
    for word in words.split()
}  # fmt: skip
_MULTIPLIERS = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_WORD = "|".join(sorted([*_WORDS, *_MULTIPLIERS], key=len, reverse=True))
_WORD_RUN = re.compile(rf"\b(?:{_WORD})(?:[\s-]+(?:{_WORD}))*\b", re.IGNORECASE)


def claims(text: str) -> Iterator[tuple[str, frozenset[Decimal]]]:
    """Each number of a Japanese text as written, with the values that would support it.

    Understands 1,000 separators, decimals, 千/万/億/兆, K/M/B/T and % (57% is supported by 57 or 0.57).
    Full-width digits must have been narrowed before.
    """
    for match in _CLAIM.finditer(text):
        piece = match[0].strip()
        value = sum((_scaled(number, units) for number, units in _PART.findall(piece)), Decimal(0))
        yield piece, frozenset({value, value / 100} if piece[-1] in "%％" else {value})


def stated(text: str) -> frozenset[Decimal]:
    r"""Every value an English text states: digits with TeX (`57\%`, `12{,}000`, `10^{6}`), scales and number words."""
    plain = _TEX_DIGIT_SPACE.sub("", text)
    found: set[Decimal] = set()
    for number, scale in _STATED.findall(plain):
        value = _exact(number)
        found |= {value, value.scaleb(_EN_SCALE[scale.lower()])} if scale else {value}
    found |= {Decimal(10) ** int(power) for power in _POWER.findall(plain)}
    for run in _WORD_RUN.findall(plain):
        words = re.split(r"[\s-]+", run.lower())
        found |= {_WORDS[word] for word in words if word in _WORDS} | {_spelled(words)}
    return frozenset(found)


def _exact(number: str) -> Decimal:
    return Decimal(number.replace(",", ""))


def _scaled(number: str, units: str) -> Decimal:
    power = sum(_JA_SCALE.get(unit) or _EN_SCALE[unit.lower()] for unit in units)
    return _exact(number).scaleb(power)


def _spelled(words: list[str]) -> Decimal:
    total = current = Decimal(0)
    for word in words:
        if word in _WORDS:
            current += _WORDS[word]
        elif word == "hundred":
            current = max(current, Decimal(1)) * 100
        else:
            total, current = total + max(current, Decimal(1)) * _MULTIPLIERS[word], Decimal(0)
    return total + current
