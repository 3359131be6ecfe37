"""A summary's sentences tied to the quotes that bear them out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from watcher.domain.text import narrow

_SENTENCE = re.compile(r"[^。]+。?")
_MARK = re.compile(r"[A-Za-z][A-Za-z0-9-]+|\d[\d.,]*")


@dataclass(frozen=True, slots=True)
class Borne:
    """A sentence of the summary and the quotes that share its names and numbers."""

    sentence: str
    quotes: tuple[str, ...]


def borne_out(summary: str, quotes: Sequence[str]) -> tuple[tuple[Borne, ...], tuple[str, ...]]:
    """The sentences, each with its quotes, and the quotes that could be tied to none.

    Summary and quotes are in two languages, so only what is spelled alike in both can tie them: names in Latin
    script and numbers. A quote goes to the sentence it shares most with, the earlier one in doubt.
    """
    sentences = [text.strip() for text in _SENTENCE.findall(summary) if text.strip()]
    tied: dict[int, list[str]] = {}
    loose: list[str] = []
    for quote in quotes:
        shared = [len(_marks(sentence) & _marks(quote)) for sentence in sentences]
        most = max(shared, default=0)
        if most:
            tied.setdefault(shared.index(most), []).append(quote)
        else:
            loose.append(quote)
    return tuple(Borne(text, tuple(tied.get(at, ()))) for at, text in enumerate(sentences)), tuple(loose)


def _marks(text: str) -> set[str]:
    return {mark.casefold().removesuffix("s").rstrip(".,") for mark in _MARK.findall(narrow(text))}
