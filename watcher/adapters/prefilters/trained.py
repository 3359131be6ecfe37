"""The prefilter `learned`: a trained linear model that estimates whether a paper is relevant, its file format (gzipped
JSON), and its features: TF-IDF terms of title and abstract, themes and categories.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

from watcher.domain.errors import ConfigError
from watcher.domain.papers.paper import Paper
from watcher.domain.papers.topic import Theme
from watcher.domain.text import fingerprint
from watcher.ports import TrainedPrefilter

_FORMAT = 1
_DIGITS = 5  # decimal places that are the same on every processor


@dataclass(frozen=True)
class Trained:
    """A trained linear model that computes the probability that a paper is relevant to a topic.

    `rarity` holds the inverse document frequencies of terms, `weights` the coefficients of all features; `bias` and
    `slope` turn the score into a probability. `usual` are the typical probabilities of announced papers, lowest first;
    `learned_from` lists the papers it was trained on.
    """

    topic: str
    phrases: Phrases
    rarity: Mapping[str, float]
    weights: Mapping[str, float]
    bias: float
    slope: float
    usual: tuple[float, ...]
    learned_from: frozenset[str]

    @cached_property
    def name(self) -> str:
        """The name of the model, a hash of its content: models with the same weights have the same name."""
        return f"learned-{fingerprint(self._text())[:12]}"

    @cached_property
    def _features(self) -> Features:
        return Features(self.rarity, self.phrases)

    def probability(self, title: str, abstract: str, categories: Iterable[str]) -> float:
        """The probability (0–1) that a paper belongs to the topic."""
        every, in_title = read(title, abstract)
        squares = weighted = 0.0
        shares, known = self._shares, self._known & every
        for term in known:
            square, weight = shares[term]
            squares += square
            weighted += weight
        for term in known & in_title:  # a term in the title weighs TITLE times as much
            square, weight = shares[term]
            squares += square * (_TITLE * _TITLE - 1.0)
            weighted += weight * (_TITLE - 1.0)
        score = weighted / math.sqrt(squares) if squares else 0.0
        beside = self._features.beside(every, in_title, categories)
        score += sum([self.weights.get(name, 0.0) * value for name, value in beside.items()])
        value = self.bias + self.slope * score
        return rounded(1.0 / (1.0 + math.exp(-value)) if value > -700 else 0.0)  # exp() overflows beyond

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.rarity)

    @cached_property
    def _shares(self) -> dict[str, tuple[float, float]]:
        """For each term, its contribution to the squared length of the term vector and to the score before
        normalization.

        So one pass over the paper's terms gives the same result as building the vector with Features.
        """
        return {term: (rare * rare, rare * self.weights.get(term, 0.0)) for term, rare in self.rarity.items()}

    def dump(self) -> bytes:
        """The trained prefilter as gzipped JSON; the same model always gives the same bytes."""
        return gzip.compress(self._text().encode(), mtime=0)  # a time would change the bytes

    def _text(self) -> str:
        content = {
            "format": _FORMAT,
            "topic": self.topic,
            "bias": self.bias,
            "slope": self.slope,
            "weights": dict(sorted(self.weights.items(), key=lambda item: (-item[1], item[0]))),
            "rarity": dict(sorted(self.rarity.items())),
            "themes": self.phrases.themes,
            "crossed": self.phrases.crossed,
            "usual": self.usual,
            "learned_from": sorted(self.learned_from),
        }
        return json.dumps(content, ensure_ascii=False, indent=0)

    @classmethod
    def load(cls, data: bytes, about: str) -> Trained:
        """Load a trained prefilter from bytes that `dump` made. Raises ConfigError, naming the file `about`, for
        anything else.
        """
        try:
            return _load(data)
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"no trained prefilter: {error}", about=about, remedy="restore it") from error


@lru_cache(maxsize=4)
def _load(data: bytes) -> Trained:
    content: dict[str, Any] = json.loads(gzip.decompress(data))
    if content["format"] != _FORMAT:
        raise ValueError(f"its format is {content['format']}, not {_FORMAT}")
    return Trained(
        topic=str(content["topic"]),
        phrases=Phrases({k: tuple(v) for k, v in content["themes"].items()}, tuple(content["crossed"])),
        rarity={str(k): float(v) for k, v in content["rarity"].items()},
        weights={str(k): float(v) for k, v in content["weights"].items()},
        bias=float(content["bias"]),
        slope=float(content["slope"]),
        usual=tuple(float(value) for value in content["usual"]),
        learned_from=frozenset(content["learned_from"]),
    )


def rounded(value: float) -> float:
    """Round a coefficient of the trained model to the precision in which it is stored."""
    return round(value, _DIGITS)


# Translates all but lower-case ASCII letters and digits to spaces; ten times faster than a regular expression.
_PARTED = bytes(sign if chr(sign).islower() or chr(sign).isdigit() else ord(" ") for sign in range(128)).ljust(256)
# The weights of all features; the terms of a paper form a vector of length 1 beside the others.
_TITLE = 1.7  # weight of a term in the title, against 1 in the abstract
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
        found = {term: rarity[term] * (_TITLE if term in in_title else 1.0) for term in sorted(rarity.keys() & every)}
        length = math.sqrt(sum(value * value for value in found.values())) or 1.0
        values = {term: value / length for term, value in found.items()}
        return values | self.beside(every, in_title, categories)

    def beside(
        self, every: AbstractSet[str], in_title: AbstractSet[str], categories: Iterable[str]
    ) -> dict[str, float]:
        """The features of a paper besides its TF-IDF terms, that is, themes and categories. `every` are the paper's
        terms, `in_title` those of its title.
        """
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
        found.update({f"in:{category}": _CATEGORY for category in categories})
        return found


class Learned:
    """A prefilter that estimates a paper's relevance with the model trained for a topic (implements
    ports.Prefilter).
    """

    name = "learned"

    def __init__(self, trained: TrainedPrefilter | None) -> None:
        """`trained` is the topic's trained model, or None if there is none."""
        self._weights = Trained.load(trained.content, trained.name) if trained else None
        self.trained = trained.name if trained else ""
        self.usual: Sequence[float] = self._weights.usual if self._weights else ()

    def probability(self, paper: Paper) -> float | None:
        if self._weights is None:
            return None
        return self._weights.probability(paper.title, paper.abstract, paper.categories)
