"""How strongly a summary claims, against the abstract: hedges that were lost, and absolutes that nobody stated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from watcher.domain.grounds import Ground, comparable

_REACH = 60  # characters; "Our results suggest that" stands this near to what it hedges
_SENTENCE_END = re.compile(r"[.!?](?=\s)")


def lost_hedges(grounds: Sequence[Ground], source: str, hedges: Sequence[str], kept: Sequence[str]) -> Iterator[str]:
    """Hedges of the source (English words of `hedges`) that no word of `kept` stands for in the sentence.

    Looked for in a sentence's passages and, where a passage leaves it out, just before it in the same sentence.
    """
    hedge = re.compile(rf"\b(?:{'|'.join(hedges)})\b", re.IGNORECASE)
    text = comparable(source)
    for ground in grounds:
        if any(word in ground.sentence for word in kept):
            continue
        for passage in map(comparable, ground.passages):
            found = hedge.search(passage) or hedge.search(_before(passage, text))
            if found:
                yield found[0].lower()
                break


def _before(passage: str, text: str) -> str:
    place = text.find(passage)
    lead = text[max(0, place - _REACH) : place] if place > 0 else ""
    return _SENTENCE_END.split(lead)[-1]


def overclaims(summary: str, source: str, absolutes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Absolutes of the summary (keys, as patterns) for which the source has none of the words (values, as beginnings)."""
    for absolute, words in absolutes.items():
        found = re.search(absolute, summary)
        if found and not re.search(rf"\b(?:{'|'.join(words)})", source, re.IGNORECASE):
            yield found[0]
