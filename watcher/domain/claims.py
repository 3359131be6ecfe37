"""Checks for overclaiming: hedges of the abstract ("may", "suggests") that a summary lost, and
absolutes that it added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from watcher.domain.grounds import SentenceEvidence, comparable

_REACH = 60  # characters; "Our results suggest that" stands this near to what it hedges
_SENTENCE_END = re.compile(r"[.!?](?=\s)")


def lost_hedges(
    evidence: Sequence[SentenceEvidence], source: str, hedges: Sequence[str], kept: Sequence[str]
) -> Iterator[str]:
    """The hedges of the source that a sentence of the summary lost.

    `hedges` are English patterns, `kept` the Japanese words any of which renders a hedge. The hedge is looked for in
    the passages on which a sentence rests, and up to 60 characters before them in the same sentence of the source.
    """
    hedge = re.compile(rf"\b(?:{'|'.join(hedges)})\b", re.IGNORECASE)
    text = comparable(source)
    # A sentence that keeps any hedge passes, because words alone do not tell which of them it renders.
    for each in evidence:
        if any(word in each.sentence for word in kept):
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
    """The absolutes ("best", "first", "all") of a summary that the source does not state.

    `absolutes` maps a Japanese pattern to the beginnings of the English words that would justify it.
    """
    for absolute, words in absolutes.items():
        found = re.search(absolute, summary)
        if found and not re.search(rf"\b(?:{'|'.join(words)})", source, re.IGNORECASE):
            yield found[0]
