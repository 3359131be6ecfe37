"""A keyword index over regular expressions for prompt injection: one pass over a text finds which of them can match at
all.

Nearly no abstract contains the words that the patterns need. Looking for each of several hundred words in turn would
take longer than all other work on a new paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True, slots=True)
class CommandPattern:
    """A regular expression for commands to a language model (prompt injection), for lower-case text on one line. It can
    match only if the text has a word of each group in `needs`.
    """

    needs: tuple[tuple[str, ...], ...]
    pattern: re.Pattern[str]


def parse_needs(spelled: str) -> tuple[tuple[str, ...], ...]:
    """Parse the notation for the words that a pattern needs: groups separated by ` & `, in each alternatives separated
    by `/`; `a|b + c|d` means every combination ("a c", "a d", …). Returns the alternatives of each group.
    """
    return tuple(tuple(_phrases(group)) for group in spelled.split(" & "))


def _phrases(group: str) -> Iterator[str]:
    """All phrases of one group."""
    for entry in group.split("/"):
        yield from map(" ".join, product(*(part.split("|") for part in entry.split(" + "))))


class KeywordIndex:
    """Tests whether any of many regular expressions for commands to a model matches a text, trying only those whose
    required words are in it.
    """

    def __init__(self, orders: Sequence[CommandPattern]) -> None:
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
        # The search finds only the longest word at each position, so its bits include those of its prefixes.
        self._bits = {word: _prefix_bits(word, words) for word in words}
        tree = _trie_pattern(sorted(words))
        # A lookahead consumes nothing, so overlapping words are all found. In ASCII a simple class replaces \W, faster.
        self._in_ascii = re.compile(f"[^a-z0-9_](?=({tree}))")
        self._in_any = re.compile(rf"\W(?=({tree}))")

    def matches(self, text: str) -> bool:
        """Whether any of the indexed patterns matches a lower-case text on one line."""
        found = 0
        pattern = self._in_ascii if text.isascii() else self._in_any
        for word in set(pattern.findall(f" {text}")):
            found |= self._bits[word]
        return found != 0 and any(
            needed & found == needed and pattern.search(text) is not None for needed, pattern in self._orders
        )


def _prefix_bits(word: str, words: Mapping[str, int]) -> int:
    """The bits of all words with which a word begins, itself included."""
    found = 0
    for end in range(1, len(word) + 1):
        found |= words.get(word[:end], 0)
    return found


def _trie_pattern(words: Sequence[str]) -> str:
    """A pattern that matches the longest of the sorted words, as a trie: it reads no letter twice."""
    ends = words[0] == ""
    by_letter: dict[str, list[str]] = {}
    for word in words[ends:]:
        by_letter.setdefault(word[0], []).append(word[1:])
    branches = [re.escape(letter) + _trie_pattern(rest) for letter, rest in by_letter.items()]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)}){'?' if ends else ''}"
