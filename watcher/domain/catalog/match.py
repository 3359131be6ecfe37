"""Decides which arXiv paper a catalog entry is about, and how certain that is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from watcher.domain.catalog.catalog import CatalogEntry
from watcher.domain.papers.paper import Paper
from watcher.domain.summaries.numbers import contains_name
from watcher.domain.text import has_japanese, title_words

CONFIDENT = 0.8
"""The confidence from which a match found by search may be proposed. Confidences are a ranking by rule, not
probabilities.
"""

# Words that any two titles may share.
_STOP = frozenset({
    "a", "an", "and", "are", "as", "at", "by", "for", "from", "how", "in", "into", "is", "it", "its", "of", "on", "or",
    "the", "to", "towards", "toward", "via", "what", "when", "with", "your",
})  # fmt: skip
_SET_OFF = re.compile(r"[:：?？]\s")  # what stands before a colon or a question mark is often a coined name
_OTHERS = re.compile(r"\bet\.?\s*al\b\.?|ほか.*|ら$|他.*", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:&|＆|,|、|，|・|\band\b)\s*")
# "we propose X", "is called X": the name of the paper's own method follows.
_PRESENTS = re.compile(
    r"\b(?:propos|introduc|present|develop|design|build|built|call|nam|term|dubb|coin)\w*(?P<what>[^.]{0,160})"
)
_LEAST_PHRASE = 3  # words: shorter phrases before a colon occur in the titles of many papers
_LEAST_SHARED = 4
_MOST = 0.8  # share of a title's words: sequels by one author share up to three quarters of them


class Authors(StrEnum):
    """The result of comparing the first author of a catalog entry with the authors of an arXiv paper: the same, another
    of the authors, nobody, or unknown.
    """

    FIRST = "first"  # the first is the same
    AMONG = "among"  # the entry's first is one of the paper's others
    OTHER = "other"  # nobody is the same
    UNKNOWN = "unknown"  # the entry names nobody in Latin letters


@dataclass(frozen=True, slots=True)
class Query:
    """A search of arXiv for the paper of a catalog entry: the title as in the catalog, distinctive names in it, and the
    first author's surname.
    """

    title: str
    names: tuple[str, ...]
    author: str


@dataclass(frozen=True, slots=True)
class Match:
    """The paper that a catalog entry is about; `paper` is None when none fits.

    `confidence` is 0–1, and 1 for a correct id in the entry. `by_id` says that the entry states the paper's id;
    `rivals` are other papers that fit as well.
    """

    paper: Paper | None
    confidence: float = 0.0
    by_id: bool = False
    rivals: tuple[Paper, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundWork:
    """The result of searching a service for a title: a work with the year and the venue as the service states them.
    `title` is "" if the service found none with such a title.
    """

    source: str
    title: str = ""
    year: int | None = None
    venue: str = ""


def same_title(one: str, other: str) -> bool:
    """Whether two titles have the same letters and digits, ignoring everything else."""
    return "".join(title_words(one)) == "".join(title_words(other))


def surnames(authors: str) -> tuple[str, ...]:
    """The authors' names in the text of an authors' cell such as `A et al.` or `A & B`; empty if it is not written in
    Latin letters.
    """
    if has_japanese(_OTHERS.sub("", authors)):
        return ()
    return tuple(name for part in _BETWEEN.split(_OTHERS.sub("", authors)) if (name := part.strip()))


def query_for(entry: CatalogEntry, common: Collection[str]) -> Query:
    """The arXiv search for a catalog entry without an id. `common` are abbreviations (e.g. LLM) that do not identify a
    paper.
    """
    first = next(iter(surnames(entry.authors)), "")
    return Query(entry.title, _distinctive(entry.title, common), first.split()[-1] if first else "")


def best(entry: CatalogEntry, papers: Iterable[Paper], common: Collection[str]) -> Match:
    """Choose the paper that fits a catalog entry best among those found by search. If two fit equally well, the
    confidence of the match is lowered below CONFIDENT.
    """
    ranked = sorted(((confidence(entry, paper, common), paper) for paper in papers), key=lambda pair: -pair[0])
    if not ranked or ranked[0][0] == 0:
        return Match(None)
    (top, paper), rest = ranked[0], ranked[1:]
    rivals = tuple(other for score, other in rest if score >= top and other.id != paper.id)
    return Match(paper, min(top, CONFIDENT / 2) if rivals else top, rivals=rivals)


def confidence(entry: CatalogEntry, paper: Paper, common: Collection[str]) -> float:
    """The confidence (0–0.99) that an entry is about a paper found by search.

    The rules, best first: the same title; a distinctive name from the entry's title in the paper's title or abstract,
    with the same first author; most words of the title with the same first author, or nearly all of them. It is halved
    if the paper came to arXiv after the year that the entry states.
    """
    people = authors_agree(entry, paper)
    by_title = same_title(entry.title, paper.title)
    if by_title:
        return 0.99 if people is not Authors.OTHER else 0.6
    shared, share = _overlap(entry.title, paper.title)
    named = any(introduces(name, paper) for name in _distinctive(entry.title, common))
    score = 0.0
    if people is Authors.FIRST and (named or (shared >= _LEAST_SHARED and share >= _MOST)):
        score = 0.9
    elif people is Authors.UNKNOWN and shared > _LEAST_SHARED and share >= 0.85:
        score = 0.85
    elif named and people is not Authors.OTHER:
        score = 0.5  # worth naming to a person
    if entry.year is not None and paper.year > entry.year:  # the entry can hardly mean a later paper
        score /= 2
    return score


def unrelated(entry: CatalogEntry, paper: Paper, common: Collection[str]) -> bool:
    """Whether a catalog entry has so little in common with the paper of the id it states (few title words, no
    distinctive name, no author) that the id is probably wrong.
    """
    _, share = _overlap(entry.title, paper.title)
    named = any(
        contains_name(f"{paper.title}\n{paper.abstract}", name, {}) for name in _distinctive(entry.title, common)
    )
    known = authors_agree(entry, paper) in {Authors.FIRST, Authors.AMONG}
    return share < 0.3 and not named and not known


def authors_agree(entry: CatalogEntry, paper: Paper) -> Authors:
    """Compare the first author of a catalog entry with the authors of an arXiv paper."""
    stated = surnames(entry.authors)
    if not stated or not paper.authors:
        return Authors.UNKNOWN
    wanted = set(title_words(stated[0]))
    fits = [wanted <= set(title_words(name)) for name in paper.authors]
    if fits[0]:
        return Authors.FIRST
    return Authors.AMONG if any(fits) else Authors.OTHER


def shared_words(one: str, other: str) -> float:
    """The similarity of two titles: the share (0–1) of the shorter one's words that the other has too, stop words
    aside.
    """
    first, second = set(title_words(one)) - _STOP, set(title_words(other)) - _STOP
    shorter = min(len(first), len(second))
    return len(first & second) / shorter if shorter else 0.0


def _overlap(stated: str, true: str) -> tuple[int, float]:
    """How many words two titles share (without stop words), and their share (0–1) of the words of the `stated`
    title.
    """
    ours, theirs = set(title_words(stated)) - _STOP, set(title_words(true)) - _STOP
    shared = len(ours & theirs)
    return shared, shared / len(ours) if ours else 0.0


def _distinctive(title: str, common: Collection[str]) -> tuple[str, ...]:
    """Names that hardly occur in two titles: a coined word (`When2Ask`) or a phrase before a colon."""
    parts = [part.strip() for part in _SET_OFF.split(title)]
    if len(parts) == 1:
        return ()
    coined = [part for part in parts if _is_coined(part) and part.removesuffix("s") not in common]
    phrases = [part for part in parts[:1] if len(part.split()) >= _LEAST_PHRASE]
    return (*coined, *phrases)


def _is_coined(word: str) -> bool:
    """Whether a single word has an unusual spelling, with capitals or digits inside: TWOSOME, WALL-E, When2Ask."""
    return " " not in word and any(c.isalpha() for c in word) and any(c.isupper() or c.isdigit() for c in word[1:])


def introduces(name: str, paper: Paper) -> bool:
    """Whether a paper bears or coins a name: its title contains the name, or its abstract introduces it ("we propose
    X").
    """
    if contains_name(paper.title, name, {}):
        return True
    return any(contains_name(match["what"], name, {}) for match in _PRESENTS.finditer(paper.abstract))
