"""Turns a paper's title, abstract and categories into the features of the trained prefilter: TF-IDF terms, themes,
categories.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from watcher.domain.papers.topic import Theme

# Translates all but lower-case ASCII letters and digits to spaces; ten times faster than a regular expression.
_PARTED = bytes(sign if chr(sign).islower() or chr(sign).isdigit() else ord(" ") for sign in range(128)).ljust(256)
# The weights of all features; the terms of a paper form a vector of length 1 beside the others.
TITLE = 1.7  # weight of a term in the title, against 1 in the abstract
_CLEAR = 3.0  # weight of a theme's phrase in the title; a theme with this weight is certainly present
_PLENTY = math.log(8)  # logarithm of the weight at which a theme has its full value
_ALONE, _TOGETHER, _CATEGORY = 0.25, 0.5, 0.3  # full values of a theme, of a combination of two, and of a category
_PAPERS = 1_500  # size of the cache of terms, 21 kB each; more papers than are screened for a topic at a time
_ROOM = 200_000  # size of the cache of stems; untrusted text may contain any number of words

# Stop words, among them those that occur in every abstract ("propose", "results").
_COMMON = """
about above after again all also although am among an and any are as at be because been before being between both
but by can could de did do does doing down during each either et etc few first for from further had has have having
he her here hers him his how however if in into is it its itself just may me might more most must my no nor not now
of off often on once one only or other our out over own per same she should since so some such than that the their
them then there these they this those through thus to too toward under until up upon us use used using very via was
we were what when where whether which while who whom why will with within without would you your yet two three
several many new propose proposed paper show shows results method methods approach approaches work study present
novel demonstrate existing recent address achieve achieves introduce
"""
_STOP_WORDS = frozenset(_COMMON.split())


def stem(word: str) -> str:
    """The stem of a lower-case word, that is, the word without a plural ending; "" for stop words, numbers and single
    letters.
    """
    if len(word) < 2 or word in _STOP_WORDS or word.isdigit():
        return ""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] not in "sui" else word


class _Stems(dict[str, str]):
    """A cache of stems that is emptied when it holds too many words."""

    def __missing__(self, word: str) -> str:
        if len(self) >= _ROOM:
            self.clear()
        return self.setdefault(word, stem(word))


_stems = _Stems()


def _words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return text.lower().encode("ascii", "replace").translate(_PARTED).decode("ascii").split()


def terms(text: str) -> set[str]:
    """The terms of a text for TF-IDF: its word stems, and all pairs of adjacent stems, without stop words."""
    stems = [found for word in _words(text) if (found := _stems[word])]
    return {*stems, *map(" ".join, pairwise(stems))}


@lru_cache(maxsize=_PAPERS)
def read(title: str, abstract: str) -> tuple[frozenset[str], frozenset[str]]:
    """Extract the TF-IDF terms of a paper: those of title and abstract together, and those of the title. Cached,
    because several topics read the same papers.
    """
    in_title = frozenset(terms(title))
    return in_title | terms(abstract), in_title


@dataclass(frozen=True)
class Phrases:
    """The phrases that make up each of a topic's themes, by the theme's name, as terms of the classifier. `crossed`
    names the themes whose combination with each other theme is a feature too.
    """

    themes: Mapping[str, tuple[str, ...]]
    crossed: tuple[str, ...]

    @classmethod
    def of(cls, themes: Iterable[Theme]) -> Phrases:
        """Build the terms from the configured themes. A phrase becomes its first two words that are no stop words."""
        found = tuple(themes)
        listed = {theme.name: tuple(sorted({_term(phrase) for phrase in theme.phrases} - {""})) for theme in found}
        return cls(listed, tuple(theme.name for theme in found if theme.crossed))

    def by_term(self) -> dict[str, tuple[str, ...]]:
        """Map each term to the names of the themes that contain it."""
        found: dict[str, tuple[str, ...]] = {}
        for name, listed in self.themes.items():
            for term in listed:
                found[term] = (*found.get(term, ()), name)
        return found


def _term(phrase: str) -> str:
    return " ".join([found for word in _words(phrase) if (found := stem(word))][:2])


class Features:
    """Computes the classifier's features of papers. `rarity` holds the inverse document frequencies of the terms,
    `phrases` the topic's themes.
    """

    def __init__(self, rarity: Mapping[str, float], phrases: Phrases) -> None:
        self._rarity = rarity
        self._themes_of = phrases.by_term()
        self._themed = frozenset(self._themes_of)  # sets are met faster than the keys of mappings
        self._crossed = phrases.crossed

    def __call__(self, title: str, abstract: str, categories: Iterable[str]) -> dict[str, float]:
        """The features of a paper as name → value.

        They are the TF-IDF terms, as a vector of length 1, `theme:…`, `both:…` for two themes that occur together, and
        `in:…` for arXiv categories.
        """
        every, in_title = read(title, abstract)
        rarity = self._rarity
        found = {term: rarity[term] * (TITLE if term in in_title else 1.0) for term in sorted(rarity.keys() & every)}
        length = math.sqrt(sum(value * value for value in found.values())) or 1.0
        values = {term: value / length for term, value in found.items()}
        return values | self.beside(every, in_title, categories)

    def beside(
        self, every: AbstractSet[str], in_title: AbstractSet[str], categories: Iterable[str]
    ) -> dict[str, float]:
        """The features of a paper besides its TF-IDF terms, that is, themes and categories. `every` are the paper's
        terms, `in_title` those of its title.
        """
        found = self._weigh(every, in_title)
        found.update({f"in:{category}": _CATEGORY for category in categories})
        return found

    def _weigh(self, every: AbstractSet[str], in_title: AbstractSet[str]) -> dict[str, float]:
        """The features of themes and of their combinations."""
        weights: dict[str, float] = {}
        for term in self._themed & every:
            for name in self._themes_of[term]:
                weights[name] = weights.get(name, 0.0) + (_CLEAR if term in in_title else 1.0)
        values = {name: math.log1p(weight) / _PLENTY for name, weight in weights.items()}
        found = {f"theme:{name}": value * _ALONE for name, value in values.items()}
        for crossed in self._crossed:
            if crossed in weights:
                sure = _TOGETHER * min(1.0, weights[crossed] / _CLEAR)
                found.update(
                    {f"both:{crossed} + {name}": sure * value for name, value in values.items() if name != crossed}
                )
        return found
