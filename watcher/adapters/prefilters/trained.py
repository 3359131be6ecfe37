"""A trained prefilter as readable JSON -> the probability that a paper belongs, in plain Python."""

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
_DIGITS = 5  # beyond these, processors disagree


@dataclass(frozen=True)
class Trained:
    """Weights of terms and themes. `usual` are the probabilities of papers as they are announced, lowest first;
    `learned_from` the papers whose scores it knows.
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
        """Names the content: the same weights have the same name."""
        return f"learned-{fingerprint(self._text())[:12]}"

    @cached_property
    def _features(self) -> Features:
        return Features(self.rarity, self.phrases)

    def probability(self, title: str, abstract: str, categories: Iterable[str]) -> float:
        """How likely the paper belongs (0-1)."""
        every, in_title = read(title, abstract)
        squares = weighted = 0.0
        shares, known = self._shares, self._known & every
        for term in known:
            square, weight = shares[term]
            squares += square
            weighted += weight
        for term in known & in_title:
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
        """What each term adds to the square of a paper's length, and to its score before that is divided by the length:
        the same as Features says, in a single pass.
        """
        return {term: (rare * rare, rare * self.weights.get(term, 0.0)) for term, rare in self.rarity.items()}

    def dump(self) -> bytes:
        """As gzipped JSON, the same bytes for the same content."""
        return gzip.compress(self._text().encode(), mtime=0)

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
        """What `dump` gave. Raises ConfigError naming `about` when it is anything else."""
        try:
            return _load(data)
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"no trained prefilter: {error}", about=about, remedy="restore it, or retrain") from error


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
    """As it is kept."""
    return round(value, _DIGITS)


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value)) if value > -700 else 0.0
