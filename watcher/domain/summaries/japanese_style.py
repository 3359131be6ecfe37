"""Checks that a Japanese text keeps to the plain written style (である調): no polite or colloquial forms.

Telling 「励ます。」 (plain) from 「示します。」 (polite) needs a dictionary, so a morphological analyzer is required: a
check that is skipped when the analyzer is missing would be taken for a check that passed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from watcher.domain.summaries.english import english_sentences
from watcher.domain.text import has_japanese

_QUOTED = re.compile("「[^」]*」")
_POLITE = ("助動詞-デス", "助動詞-マス")
_HONORIFICS = frozenset({"くださる", "下さる", "ござる"})
_COLLOQUIAL_PARTICLES = frozenset({"ね", "よ", "わ", "ぞ", "さ", "な", "のだ"})
_UNFINISHED_PARTICLES = frozenset({"格助詞", "係助詞", "接続助詞", "準体助詞"})
_HEADLINE_PARTICLES = frozenset({"に", "へ", "まで", "から", "ため", "ながら"})  # 「〜を可能に。」 is a usual headline


@dataclass(frozen=True, slots=True)
class Morpheme:
    """A morpheme as a morphological analyzer gives it.

    `surface` is the text as written, `part` the part of speech, `kind` its subclass, `conjugation` the type of
    conjugation, `lemma` the dictionary form; all in UniDic's Japanese terms.
    """

    surface: str
    part: str
    kind: str
    conjugation: str
    lemma: str


Analyze = Callable[[str], Sequence[Morpheme]]
"""A morphological analyzer: splits a Japanese text into morphemes."""


def sentences(text: str) -> list[str]:
    """Split a text into sentences, each with its end: a 「。」 outside brackets; in a text without Japanese, a period
    before a capital.
    """
    if not has_japanese(text):
        return english_sentences(text)
    found, depth, start = list[str](), 0, 0
    for place, character in enumerate(text):
        depth = max(0, depth + (character in "「『（(") - (character in "」』）)"))
        if character == "。" and depth == 0:
            found.append(text[start : place + 1])
            start = place + 1
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def style_faults(text: str, analyze: Analyze) -> Iterator[str]:
    """The pieces of a Japanese text that break the plain written style.

    They are polite forms (です・ます), colloquial endings, and 「だ」 as an ending where other sentences end in 「である」.
    """
    ends: dict[str, str] = {}
    for sentence in sentences(text):
        # Quotations may be in any style; a noun of the same length takes their place, so that the grammar stays.
        pieces = analyze(_QUOTED.sub(lambda quote: "語" * len(quote[0]), sentence))
        yield from _polite(pieces)
        last = [piece for piece in pieces if piece.part not in {"補助記号", "空白"}][-3:]
        if last and last[-1].kind == "終助詞" and last[-1].surface in _COLLOQUIAL_PARTICLES:
            yield last[-1].surface
        if _is_copula(last):
            ends["だ"] = last[-1].surface if last[-1].lemma == "だ" else "だった"
        elif [piece.lemma for piece in last[-2:]] == ["だ", "ある"] or (
            len(last) > 2 and [piece.lemma for piece in last[:2]] == ["だ", "ある"]
        ):
            ends["である"] = "である"
    if len(ends) > 1:
        yield ends["だ"]


def truncated_endings(text: str, analyze: Analyze) -> Iterator[str]:
    """The last characters of each Japanese sentence that ends in a particle and so is incomplete, e.g. 「〜において、を。」."""
    for sentence in sentences(text):
        pieces = [piece for piece in analyze(sentence) if piece.part not in {"補助記号", "空白"}]
        if (
            pieces
            and pieces[-1].part == "助詞"
            and pieces[-1].kind in _UNFINISHED_PARTICLES
            and pieces[-1].surface not in _HEADLINE_PARTICLES
        ):
            yield sentence[-6:]


def _polite(pieces: Sequence[Morpheme]) -> Iterator[str]:
    """The polite forms among the morphemes."""
    for place, piece in enumerate(pieces):
        if piece.conjugation.startswith(_POLITE) or piece.lemma in _HONORIFICS:
            tail = place + 1
            while tail < len(pieces) and pieces[tail].part == "助動詞":
                tail += 1
            if not pieces[place - 1 : place] or not pieces[place - 1].conjugation.startswith(_POLITE):
                yield "".join(p.surface for p in pieces[place:tail])


def _is_copula(last: Sequence[Morpheme]) -> bool:
    """Whether a sentence ends in 「だ」 or 「だった」."""
    if last and last[-1].conjugation.startswith("助動詞-ダ") and last[-1].surface == "だ":
        return True
    return len(last) > 1 and last[-1].lemma == "た" and last[-2].surface == "だっ"
