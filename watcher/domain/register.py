"""Japanese sentences into what is wrong with how they speak: です・ます, だ beside である, talk, broken-off ends.

「励ます。」 is plain and 「示します。」 is polite, and only a dictionary knows; so the analyzer is required, not optional: a
check that is sometimes missing is believed to have passed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_QUOTED = re.compile("「[^」]*」")
_POLITE = ("助動詞-デス", "助動詞-マス")
_ASKING = frozenset({"くださる", "下さる", "ござる"})
_TALK = frozenset({"ね", "よ", "わ", "ぞ", "さ", "な", "のだ"})
_OPEN_ENDS = frozenset({"格助詞", "係助詞", "接続助詞", "準体助詞"})
_CLOSED = frozenset({"に", "へ", "まで", "から", "ため", "ながら"})  # 「〜を可能に。」 ends as headlines do


@dataclass(frozen=True, slots=True)
class Morpheme:
    """The smallest piece of a text: as written, part of speech, its kind, how it is conjugated, dictionary form."""

    surface: str
    part: str
    kind: str
    conjugation: str
    lemma: str


Analyze = Callable[[str], Sequence[Morpheme]]
"""A Japanese text into its morphemes."""


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its 「。」; one inside brackets ends none."""
    found, depth, start = list[str](), 0, 0
    for place, character in enumerate(text):
        depth = max(0, depth + (character in "「『（(") - (character in "」』）)"))
        if character == "。" and depth == 0:
            found.append(text[start : place + 1])
            start = place + 1
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def impolite_faults(text: str, analyze: Analyze) -> Iterator[str]:
    """Pieces that break the である style: polite forms, talk, and 「だ」 at the end of a sentence beside 「である」."""
    ends: dict[str, str] = {}
    for sentence in sentences(text):
        pieces = analyze(_QUOTED.sub(lambda quote: "語" * len(quote[0]), sentence))
        yield from _polite(pieces)
        last = [piece for piece in pieces if piece.part not in {"補助記号", "空白"}][-3:]
        if last and last[-1].kind == "終助詞" and last[-1].surface in _TALK:
            yield last[-1].surface
        if _is_copula(last):
            ends["だ"] = last[-1].surface if last[-1].lemma == "だ" else "だった"
        elif [piece.lemma for piece in last[-2:]] == ["だ", "ある"] or (
            len(last) > 2 and [piece.lemma for piece in last[:2]] == ["だ", "ある"]
        ):
            ends["である"] = "である"
    if len(ends) > 1:
        yield ends["だ"]


def open_ends(text: str, analyze: Analyze) -> Iterator[str]:
    """The last words of sentences that break off in a particle, such as 「〜において、を。」."""
    for sentence in sentences(text):
        pieces = [piece for piece in analyze(sentence) if piece.part not in {"補助記号", "空白"}]
        if pieces and pieces[-1].part == "助詞" and pieces[-1].kind in _OPEN_ENDS and pieces[-1].surface not in _CLOSED:
            yield sentence[-6:]


def _polite(pieces: Sequence[Morpheme]) -> Iterator[str]:
    for place, piece in enumerate(pieces):
        if piece.conjugation.startswith(_POLITE) or piece.lemma in _ASKING:
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
