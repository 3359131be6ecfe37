"""Words that patterns cannot do without into the patterns worth trying on a text, all found in one pass.

Nearly every abstract holds none of the words that most patterns need, and to look for each of some hundreds by itself
takes longer than all that intake does besides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True, slots=True)
class Order:
    """A pattern for lower-case text on one line. It fits only where of each group of `needs` a word begins."""

    needs: tuple[tuple[str, ...], ...]
    pattern: re.Pattern[str]


def needs(spelled: str) -> tuple[tuple[str, ...], ...]:
    """Groups parted by `&`, in each words parted by `/`; of `a|b + c|d` each before is followed by each behind."""
    return tuple(tuple(_words(group)) for group in spelled.split(" & "))


def _words(group: str) -> Iterator[str]:
    for entry in group.split("/"):
        yield from map(" ".join, product(*(part.split("|") for part in entry.split(" + "))))


class Triggers:
    """Orders, made ready to be sought together."""

    def __init__(self, orders: Sequence[Order]) -> None:
        words: dict[str, int] = {}
        self._orders: list[tuple[int, re.Pattern[str]]] = []
        bit = 1
        for order in orders:
            needed = 0
            for group in order.needs:
                words.update({word: words.get(word, 0) | bit for word in group})
                needed |= bit
                bit <<= 1
            self._orders.append((needed, order.pattern))
        # What is found is the longest word that begins at a place; it stands for the shorter ones within it as well.
        self._bits = {word: _within(word, words) for word in words}
        tree = _tree(sorted(words))
        self._in_ascii = re.compile(f"[^a-z0-9_](?=({tree}))")  # the same, faster
        self._in_any = re.compile(rf"\W(?=({tree}))")

    def fit(self, text: str) -> bool:
        """Whether the pattern of any order stands in a lower-case text on one line."""
        found = 0
        pattern = self._in_ascii if text.isascii() else self._in_any
        for word in set(pattern.findall(f" {text}")):
            found |= self._bits[word]
        return found != 0 and any(
            needed & found == needed and pattern.search(text) is not None for needed, pattern in self._orders
        )


def _within(word: str, words: Mapping[str, int]) -> int:
    found = 0
    for end in range(1, len(word) + 1):
        found |= words.get(word[:end], 0)
    return found


def _tree(words: Sequence[str]) -> str:
    """Sorted words as one pattern that reads no letter twice, the longest first."""
    ends = words[0] == ""
    by_letter: dict[str, list[str]] = {}
    for word in words[ends:]:
        by_letter.setdefault(word[0], []).append(word[1:])
    branches = [re.escape(letter) + _tree(rest) for letter, rest in by_letter.items()]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)}){'?' if ends else ''}"
