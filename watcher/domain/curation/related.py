"""Finds papers related to the paper shown on a card, by similarity of their texts (TF-IDF) or by shared authors."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from watcher.domain.catalog.catalog import CatalogEntry
from watcher.domain.curation.card import Card
from watcher.domain.facts import Candidate, Verdict
from watcher.domain.papers.paper import PaperId, address_of
from watcher.domain.text import without_accents

_WORD = re.compile(r"[a-z][a-z0-9]+(?:-[a-z0-9]+)*")
_JAPANESE = re.compile("[\u3041-\u309f\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff々]+")
# Stop words, with those that nearly every abstract on these topics holds ("model", "method").
_STOP = frozenset({
    "about", "across", "after", "all", "also", "an", "and", "any", "are", "as", "at", "based", "be", "been",
    "both", "but", "by", "can", "different", "do", "each", "for", "from", "has", "have", "how", "however",
    "if", "in", "into", "is", "it", "its", "large", "many", "method", "methods", "model", "models", "more",
    "most", "new", "no", "not", "of", "on", "one", "only", "or", "other", "our", "paper", "propose",
    "proposed", "results", "show", "some", "such", "task", "tasks", "than", "that", "the", "their", "them",
    "then", "there", "these", "they", "this", "those", "through", "to", "two", "under", "up", "use", "used",
    "using", "via", "was", "we", "well", "when", "where", "which", "while", "who", "will", "with", "work",
    "you",
})  # fmt: skip


_MOST = 8
_NEAR = 0.05
"""The lowest similarity that is shown. Of two random papers of one day, about one pair in thirty is more similar
(measured on 1,500 papers).
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A paper that already has a card and is compared with another card's paper: its Japanese summary, the latest
    verdict on it, and the number of its catalog row (0 for none).
    """

    candidate: Candidate
    summary_ja: str
    verdict: Verdict | None
    row: int


@dataclass(frozen=True, slots=True)
class Related:
    """A paper found to be related to a card's paper: the number of its own card or catalog row (0 for none), and the
    similarity (0–1).
    """

    title: str
    url: str
    authors: tuple[str, ...]
    year: int | None = None
    card: int = 0
    row: int = 0
    verdict: Verdict | None = None
    nearness: float = 0.0


def similar(card: Card, known: Sequence[Known], entries: Sequence[CatalogEntry]) -> Sequence[Related]:
    """The papers, among those with cards (`known`) and the catalog's `entries`, whose title, abstract and summary are
    most similar to those of a card; at most eight, most similar first.
    """
    others = list(_others(card, known, entries))
    paper = card.candidate.paper
    near = nearness(f"{paper.title} {paper.abstract} {card.cells.summary}", [text for _, text in others])
    found = [replace(one, nearness=value) for (one, _), value in zip(others, near, strict=True) if value >= _NEAR]
    return sorted(found, key=lambda one: -one.nearness)[:_MOST]


def by_authors(card: Card, known: Sequence[Known], entries: Sequence[CatalogEntry]) -> Sequence[Related]:
    """The papers, among those with cards (`known`) and the catalog's `entries`, that share an author with a card's
    paper; at most eight, most shared authors first.

    Catalog rows hold only surnames, so for them the first authors' surnames are compared.
    """
    authors = card.candidate.paper.authors
    found = []
    for one, _ in _others(card, known, entries):
        if one.card:
            shared = shared_authors(authors, one.authors)
        else:  # whether the first authors have the same surname
            shared = int(bool(authors and one.authors) and surname(authors[0]) == surname(one.authors[0]) != "")
        if shared:
            found.append((shared, one))
    return [one for _, one in sorted(found, key=lambda pair: -pair[0])][:_MOST]


def _others(card: Card, known: Sequence[Known], entries: Sequence[CatalogEntry]) -> Iterator[tuple[Related, str]]:
    """Every other paper with the text to compare. A paper with both a card and a row occurs once, as its card."""
    seen = {card.candidate.paper.id}
    for one in known:
        paper = one.candidate.paper
        if paper.id not in seen:
            seen.add(paper.id)
            related = Related(
                paper.title, paper.url, paper.authors, paper.year, one.candidate.number, one.row, one.verdict
            )
            yield related, f"{paper.title} {paper.abstract} {one.summary_ja}"
    for entry in entries:
        if seen.isdisjoint(entry.ids):
            authors = tuple(re.split(r"\s*(?:&|,|、| et al\.?)\s*", entry.authors)[:1])
            url = _address(entry.ids)
            yield (
                Related(entry.title, url, authors, entry.year, row=entry.number or 0),
                f"{entry.title} {entry.summary}",
            )


def _address(ids: Sequence[PaperId]) -> str:
    """The address of the first of the ids that one can be made of, arXiv's before others; "" if there is none."""
    return next(filter(None, map(address_of, sorted(ids))), "")


def nearness(text: str, others: Sequence[str]) -> list[float]:
    """The similarity (0–1) of a text to each of several others: the cosine of their TF-IDF vectors.

    Terms are English words and, because catalog rows are Japanese, pairs of Japanese characters. A term weighs (1 + log
    tf) · log(1 + N/df).
    """
    counts = [Counter(_terms(one)) for one in (text, *others)]
    spread = Counter(term for count in counts for term in count)
    vectors = [
        {term: (1 + math.log(times)) * math.log(1 + len(counts) / spread[term]) for term, times in count.items()}
        for count in counts
    ]
    lengths = [math.sqrt(sum(weight * weight for weight in vector.values())) for vector in vectors]
    own = vectors[0]
    found = []
    for vector, length in zip(vectors[1:], lengths[1:], strict=True):
        shared = sum(weight * vector[term] for term, weight in own.items() if term in vector)
        found.append(shared / (lengths[0] * length) if lengths[0] and length else 0.0)
    return found


def shared_authors(authors: Sequence[str], others: Sequence[str]) -> int:
    """How many authors two lists share, compared by surname and first initial without accents."""
    return len({_initialed(name) for name in authors} & {_initialed(name) for name in others})


def surname(name: str) -> str:
    """The last word of a name, without accents and in lower case."""
    return without_accents(name.casefold()).split()[-1] if name.split() else ""


def _initialed(name: str) -> str:
    """First initial and surname, e.g. "j schmidhuber"."""
    words = without_accents(name.casefold()).split()
    return f"{words[0][0]} {words[-1]}" if len(words) > 1 else "".join(words)


def _terms(text: str) -> Iterator[str]:
    """The terms of a text: English words without stop words and plural s, and pairs of Japanese characters."""
    for word in _WORD.findall(text.casefold()):
        if word not in _STOP:
            yield word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
    for run in _JAPANESE.findall(text):
        yield from (run[at : at + 2] for at in range(len(run) - 1))
