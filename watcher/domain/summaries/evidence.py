"""Aligns the sentences of a summary with the passages of the abstract that the model quoted as evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from watcher.domain.summaries.japanese_style import sentences
from watcher.domain.summaries.numbers import names
from watcher.domain.text import fold

_MOST = 12  # sentences or passages; a summary has three, and the number of alignments grows exponentially
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
# Models quote the abstract without TeX escapes and with typographic quotation marks and dashes.
_TEX_ESCAPE = re.compile(r"\\([%&_#$])|~")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-"})


@dataclass(frozen=True, slots=True)
class SentenceEvidence:
    """A sentence of a summary, or the text of the additional catalog field named by `field`, with the passages of the
    abstract that support it.
    """

    sentence: str
    passages: tuple[str, ...]
    field: str = ""


def evidence_by_sentence(summary_ja: str, evidence: Sequence[str]) -> tuple[SentenceEvidence, ...]:
    """Assign the quoted passages to the sentences of the summary.

    The model quotes passages in the order of its sentences, but not always one for each. Of all assignments that keep
    the order, the one is taken in which sentences and passages share most numbers and names.
    """
    said = sentences(summary_ja)
    best = max(_alignments(len(said), len(evidence)), key=lambda deal: _alignment_score(deal, said, evidence))
    return tuple(
        SentenceEvidence(sentence, tuple(quote for quote, at in zip(evidence, best, strict=False) if at == place))
        for place, sentence in enumerate(said)
    )


def comparable(text: str) -> str:
    r"""A text normalized for finding quotes in it: one line, `\%` as `%`, one form of quotation marks and dashes."""
    plain = _TEX_ESCAPE.sub(lambda sign: sign[1] or " ", text).translate(_QUOTES)
    return fold(plain)


def _alignments(said: int, quoted: int) -> Iterator[tuple[int, ...]]:
    """All ways to assign passages to sentences in order, as the sentence's position for each passage.

    Every sentence gets a passage if there are enough of them.
    """
    if said == 0 or quoted == 0 or max(said, quoted) > _MOST:
        yield tuple(min(place, said - 1) for place in range(quoted if said else 0))
    elif quoted <= said:
        yield from combinations(range(said), quoted)
    else:
        for cuts in combinations(range(1, quoted), said - 1):
            yield tuple(sum(cut <= place for cut in cuts) for place in range(quoted))


def _alignment_score(deal: Sequence[int], said: Sequence[str], quotes: Sequence[str]) -> float:
    """How good an assignment is: shared numbers and names, less the distance between relative positions."""
    shared = sum(
        len(_figures_and_names(said[at]) & _figures_and_names(quote)) for at, quote in zip(deal, quotes, strict=False)
    )
    apart = sum(abs((at + 0.5) / len(said) - (place + 0.5) / len(quotes)) for place, at in enumerate(deal))
    return shared - apart


def _figures_and_names(text: str) -> set[str]:
    """The numbers and Latin-script names in a text."""
    return {*_FIGURE.findall(text), *(name[0].casefold() for name in names(text))}


_REACH = 60  # characters; "Our results suggest that" stands this near to what it hedges
_SENTENCE_END = re.compile(r"[.!?](?=\s)")


def lost_hedges(
    evidence: Sequence[SentenceEvidence], source: str, hedges: Sequence[str], kept: Sequence[str]
) -> Iterator[str]:
    """The hedges ("may", "suggests") in the source that a summary drops, so that it claims more than the source.

    `hedges` are English patterns, `kept` the words of the summary's language any of which renders a hedge. The hedge is
    looked for in the passages on which a sentence rests, and up to 60 characters before them in the same sentence of
    the source.
    """
    hedge = re.compile(rf"\b(?:{'|'.join(hedges)})\b", re.IGNORECASE)
    text = comparable(source)
    # A sentence that keeps any hedge passes, because words alone do not tell which of them it renders.
    for each in evidence:
        if any(word in each.sentence.lower() for word in kept):
            continue
        for passage in map(comparable, each.passages):
            found = hedge.search(passage) or hedge.search(_before(passage, text))
            if found:
                yield found[0].lower()
                break


def _before(passage: str, text: str) -> str:
    """The part of the same source sentence that precedes a passage."""
    place = text.find(passage)
    lead = text[max(0, place - _REACH) : place] if place > 0 else ""
    return _SENTENCE_END.split(lead)[-1]


def overclaims(summary: str, source: str, absolutes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The absolute claims ("best", "first", "all") in a summary that the source does not make.

    `absolutes` maps a pattern in the summary's language to the beginnings of the English words that would justify it.
    """
    for absolute, words in absolutes.items():
        found = re.search(absolute, summary)
        if found and not re.search(rf"\b(?:{'|'.join(words)})", source, re.IGNORECASE):
            yield found[0]
