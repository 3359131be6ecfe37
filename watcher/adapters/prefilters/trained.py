"""A trained prefilter (a linear model that estimates whether a paper is relevant), and its file format, gzipped
JSON.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from watcher.adapters.prefilters.features import TITLE, Features, Phrases, read
from watcher.domain.errors import ConfigError
from watcher.domain.prompt import fingerprint

FORMAT = 1
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
            squares += square * (TITLE * TITLE - 1.0)
            weighted += weight * (TITLE - 1.0)
        score = weighted / math.sqrt(squares) if squares else 0.0
        beside = self._features.beside(every, in_title, categories)
        score += sum([self.weights.get(name, 0.0) * value for name, value in beside.items()])
        return rounded(_logistic(self.bias + self.slope * score))

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
            "format": FORMAT,
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
    if content["format"] != FORMAT:
        raise ValueError(f"its format is {content['format']}, not {FORMAT}")
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


def _logistic(value: float) -> float:
    """The logistic function."""
    return 1.0 / (1.0 + math.exp(-value)) if value > -700 else 0.0  # exp() overflows beyond
