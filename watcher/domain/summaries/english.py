"""Text analysis for the checks of an English summary: sentences, names, and the numbers it states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# A period that ends no sentence, although a capital may follow.
_ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|cf|vs|al|Fig|Eq|Sec|Dr|No|approx|resp)|\b[A-Z])\.$")
_END = re.compile(r"[.!?][\"')\]]*(?=\s+[A-Z0-9\"'(\[$])")

TOKEN: Final = re.compile(r"[A-Za-zÀ-ɏ0-9]+(?:[-‐‑.'’_@][A-Za-zÀ-ɏ0-9]+)*\+*")
"""A word in Latin letters and digits, with signs inside it: GPT-4.1, C++."""
_FIGURE = re.compile(
    r"\d+(?:\.\d+)?(?:[KkMBT]|[-‐‑]?(?:fold|times|x|th|st|nd|rd|D|d|bit|shot|way|hop|step|level|year|day|hour|minute))?"
)
_UNITS = {
    "%": "%",
    "percentage points": "ポイント",
    "points": "ポイント",
    "point": "ポイント",
    "percent": "%",
    "times": "倍",
    "-fold": "倍",
    "fold": "倍",
    "x": "倍",
    "×": "倍",
    "hours": "時間",
    "hour": "時間",
    "minutes": "分間",
    "minute": "分間",
    "seconds": "秒",
    "second": "秒",
    "dollars": "ドル",
}
_WITH_UNIT = re.compile(rf"(\d[\d,]*(?:\.\d+)?)\s*({'|'.join(map(re.escape, _UNITS))})(?![A-Za-z])")
_ROUGH = ("dozens", "hundreds", "thousands", "millions", "billions", "half", "twice", "double", "triple")
_ROUGH_WORD = re.compile(rf"\b(?:{'|'.join(_ROUGH)})\b", re.IGNORECASE)
_ROUGH_STATED = {
    "dozens": r"dozen|tens of|\b\d\d\b",
    "half": r"\bhal[fv]|\b50\b|\b0\.5\b",
    "twice": r"twice|two(?:fold| times)|double|\b2(?:\.0)?\s*(?:x|×|\\times|times|-?fold)",
    "double": r"twice|two|double|dual|\b2\b",
    "triple": r"triple|three|\b3\b",
}
_CARDINALS = "two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty fifty hundred thousand million billion"
_NUMBER_WORD = re.compile(
    rf"\b(?:{'|'.join(_CARDINALS.split())})(?:[\s-]+(?:{'|'.join(_CARDINALS.split())}))*\b", re.IGNORECASE
)


def english_sentences(text: str) -> list[str]:
    """The sentences of an English text, each with its period."""
    found, start = list[str](), 0
    for end in _END.finditer(text):
        piece = text[start : end.end()].strip()
        if not _ABBREVIATED.search(piece):
            found.append(piece)
            start = end.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def english_names(text: str) -> Iterator[re.Match[str]]:
    """The words of an English text that are probably names: those with two capitals, a capital inside, or letters and
    digits, and capitalized words that begin no sentence.
    """
    begins = set[int]()
    place = 0
    for sentence in english_sentences(text):
        place = text.index(sentence, place)
        first = TOKEN.search(text, place)
        begins |= {first.start()} if first else set()
        place += len(sentence)
    for token in TOKEN.finditer(text):
        word = token[0]
        if _FIGURE.fullmatch(word) or not any(c.isalpha() for c in word):
            continue
        inside = any(c.isupper() for c in word[1:]) or any(c.isdigit() for c in word)
        if inside or (word[0].isupper() and token.start() not in begins and len(word) > 1):
            yield token


def number_words(text: str) -> Iterator[str]:
    """The numbers that an English text spells out in words, e.g. "twenty-five"; "one" is left out."""
    yield from (found[0] for found in _NUMBER_WORD.finditer(text))


def rough_numbers(text: str, source: str) -> Iterator[str]:
    """The words for rough quantities ("dozens", "half") in an English summary that have no counterpart in its source
    text.
    """
    for found in dict.fromkeys(word.lower() for word in _ROUGH_WORD.findall(text)):
        if not re.search(_ROUGH_STATED.get(found, rf"\b{found}"), source, re.IGNORECASE):
            yield found


def figures_with_units(text: str) -> Iterator[tuple[str, str, str]]:
    """The numbers with a unit in an English text, as (text as written, number, name of the unit as in the module
    `numbers`).
    """
    for found in _WITH_UNIT.finditer(text):
        yield found[0], found[1], _UNITS[found[2]]
