"""A summary and its evidence into sentences, each with the passages it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from watcher.domain.names import names
from watcher.domain.register import sentences
from watcher.domain.text import fold

_MOST = 12  # sentences or passages; a summary has three
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_TEX_ESCAPE = re.compile(r"\\([%&_#$])|~")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-"})


@dataclass(frozen=True, slots=True)
class Ground:
    """A sentence of a summary and the passages of the abstract that carry it."""

    sentence: str
    passages: tuple[str, ...]


def grounds(summary_ja: str, evidence: Sequence[str]) -> tuple[Ground, ...]:
    """Every sentence with its passages, in order. A model gives passages in the order of its sentences, but not always
    as many: of all ways to deal them out in order, the one in which sentence and passage share most figures and names.
    """
    said = sentences(summary_ja)
    best = max(_deals(len(said), len(evidence)), key=lambda deal: _agreement(deal, said, evidence))
    return tuple(
        Ground(sentence, tuple(quote for quote, at in zip(evidence, best, strict=False) if at == place))
        for place, sentence in enumerate(said)
    )


def comparable(text: str) -> str:
    r"""A text for finding passages in: one line, `\%` as `%`, one form of quotation marks and dashes."""
    plain = _TEX_ESCAPE.sub(lambda sign: sign[1] or " ", text).translate(_QUOTES)
    return fold(plain)


def _deals(said: int, quoted: int) -> Iterator[tuple[int, ...]]:
    """For each passage the place of its sentence: none goes back, and no sentence goes without while passages last."""
    if said == 0 or quoted == 0 or max(said, quoted) > _MOST:
        yield tuple(min(place, said - 1) for place in range(quoted if said else 0))
    elif quoted <= said:
        yield from combinations(range(said), quoted)
    else:
        for cuts in combinations(range(1, quoted), said - 1):
            yield tuple(sum(cut <= place for cut in cuts) for place in range(quoted))


def _agreement(deal: Sequence[int], said: Sequence[str], quotes: Sequence[str]) -> float:
    shared = sum(len(_marks(said[at]) & _marks(quote)) for at, quote in zip(deal, quotes, strict=False))
    apart = sum(abs((at + 0.5) / len(said) - (place + 0.5) / len(quotes)) for place, at in enumerate(deal))
    return shared - apart


def _marks(text: str) -> set[str]:
    return {*_FIGURE.findall(text), *(name[0].casefold() for name in names(text))}
