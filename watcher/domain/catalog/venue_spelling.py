"""Tells whether two texts name the same venue: by acronym or by name, in full or abbreviated, with volume or without."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from watcher.domain.catalog.venue import series
from watcher.domain.catalog.venue_names import KNOWN, named_venue

_YEAR: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)|['’-](\d\d)(?!\d)")
_RUN: Final = re.compile(
    r"[^\W\d_][^\W\d_.&/'’ -]*(?:[.&/'’ -]+[^\W\d_][^\W\d_.&/'’ -]*)*"
)  # words without a sign between
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[A-Z]+)*")
_SMALL: Final = frozenset(
    {"a", "an", "and", "at", "de", "der", "des", "du", "for", "in", "la", "of", "on", "the", "und"}
)
# What may be left out before a name.
_FRAME: Final = frozenset({"acm", "annual", "conference", "ieee", "international", "proc", "proceedings"})
_SHORTEST_ACRONYM: Final = 3


def same_venue(one: str, other: str) -> bool:
    """Whether two texts name the same conference or journal. A year that only one of them states is no difference."""
    first, second = _conferences(one), _conferences(other)
    if first and second:
        return any(a == b and (None in {y, z} or y == z) for (a, y), (b, z) in product(first, second))
    years, others = _years(one), _years(other)
    return not (years and others and years.isdisjoint(others)) and _same_name(one, other)


def _conferences(text: str) -> set[tuple[str, int | None]]:
    """The known conferences, and whatever has the form of one, that a text names, with the year if it states one."""
    years = _years(text)
    year = min(years) if len(years) == 1 else None
    found: set[tuple[str, int | None]] = {(part, when) for name, when in series(text) for part in name.split("-")}
    named = named_venue(text, year)
    found.update(series(named) or ({(named.lower(), None)} if named else ()))
    parts = (part for word in _WORD.findall(text) for part in word.split("-"))
    known = {KNOWN[part].lower() for part in parts if part in KNOWN}
    return found | {(name, year) for name in known if all(name != told for told, _ in found)}


def _years(text: str) -> set[int]:
    return {int(long) if long else 2000 + int(short) for long, short in _YEAR.findall(text)}


def _same_name(one: str, other: str) -> bool:
    """Whether a run of words in one text is the name that the other begins with, or an abbreviation of it. A comma may
    stand in a name or after it.
    """
    texts = [(one, other), (one.replace(",", " "), other.replace(",", " "))]
    return any(_holds(a, next(_runs(b), [])) or _holds(b, next(_runs(a), [])) for a, b in texts)


def _holds(text: str, name: Sequence[str]) -> bool:
    """Whether a run of words in a text is a name, and no part of a longer one."""
    return any(
        _alike(run[start:end], wanted) and not _goes_on(run, start, end)
        for wanted in _variants(name)
        for run in _runs(text)
        for start in range(len(run))
        for end in {start + 1, start + len(wanted)}
        if end <= len(run)
    )


def _goes_on(run: Sequence[str], start: int, end: int) -> bool:
    """Whether the name is part of a longer one: Nature in Nature Communications."""
    around = [word for word in (*run[max(0, start - 1) : start], *run[end : end + 1]) if word.lower() not in _FRAME]
    return any(word[0].isupper() for word in around)


def _runs(text: str) -> Iterator[list[str]]:
    """The words of a text that follow each other without a figure or a sign between, without the small ones."""
    for run in _RUN.findall(text):
        if words := [word for word in _WORD.findall(run) if word.lower() not in _SMALL]:
            yield words


def _variants(name: Sequence[str]) -> Iterator[Sequence[str]]:
    """The name, and what is left of it without the words that may be left out before it."""
    for start in range(len(name)):
        yield name[start:]
        if name[start].lower() not in _FRAME:
            return


def _alike(words: Sequence[str], name: Sequence[str]) -> bool:
    """Whether the words are the name, each perhaps abbreviated, or one of the two is the other's acronym."""
    if len(words) == len(name) and all(map(_abbreviates, words, name)):
        return True
    return any(_is_acronym(short, long) for short, long in ((words, name), (name, words)))


def _is_acronym(short: Sequence[str], long: Sequence[str]) -> bool:
    letters = short[0].replace("-", "") if len(short) == 1 else ""
    return len(letters) >= _SHORTEST_ACRONYM and letters == "".join(word[0] for word in long).upper()


def _abbreviates(one: str, other: str) -> bool:
    """Whether two words are the same, or one has the first letter and more letters of the other in their order. An acronym
    is no abbreviation of a longer one.
    """
    short, long = sorted((one.casefold(), other.casefold()), key=len)
    if short == long or (len(short) > 1 and one.isupper() and other.isupper()):
        return short == long
    rest = iter(long)
    return short[0] == long[0] and all(letter in rest for letter in short)
