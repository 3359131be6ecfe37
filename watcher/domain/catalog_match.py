"""A catalog's entry and a paper's metadata turned into how surely they are about the same paper."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from watcher.domain.catalog import CatalogEntry
from watcher.domain.names import holds
from watcher.domain.paper import Paper
from watcher.domain.text import has_japanese

CONFIDENT = 0.8
"""From here on a match found by search may be proposed; the figures are a ranking by rule, not probabilities."""

_WORD = re.compile(r"[^\W_]+")
_STOP = frozenset({
    "a", "an", "and", "are", "as", "at", "by", "for", "from", "how", "in", "into", "is", "it", "its", "of", "on", "or",
    "the", "to", "towards", "toward", "via", "what", "when", "with", "your",
})  # fmt: skip
_SET_OFF = re.compile(r"[:：?？]\s")
_OTHERS = re.compile(r"\bet\.?\s*al\b\.?|ほか.*|ら$|他.*", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:&|＆|,|、|，|・|\band\b)\s*")
_PRESENTS = re.compile(
    r"\b(?:propos|introduc|present|develop|design|build|built|call|nam|term|dubb|coin)\w*(?P<what>[^.]{0,160})"
)
_LEAST_PHRASE = 3  # words: a shorter phrase before the colon may be anybody's
_LEAST_SHARED = 4
_MOST = 0.8  # of a title's words: sequels of one author share up to three quarters


class Authors(StrEnum):
    """How an entry's names stand to a paper's."""

    FIRST = "first"  # the first is the same
    AMONG = "among"  # the entry's first is one of the paper's others
    OTHER = "other"  # nobody is the same
    UNKNOWN = "unknown"  # the entry names nobody in Latin letters


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for: the title as the catalog has it, its distinctive names, the first author's surname."""

    title: str
    names: tuple[str, ...]
    author: str


@dataclass(frozen=True, slots=True)
class Match:
    """The paper an entry is about. `paper` is None when nothing fits; `confidence` is 1 for an id that is right.

    `by_id` says that the entry named the paper itself; `rivals` fit as well as the paper does, or nearly did.
    """

    paper: Paper | None
    confidence: float = 0.0
    by_id: bool = False
    rivals: tuple[Paper, ...] = ()


def words(text: str) -> tuple[str, ...]:
    """The words of a title, whatever its case, accents, hyphens and quotation marks."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return tuple(_WORD.findall(re.sub(r"['’`]", "", bare).casefold()))


def same_title(one: str, other: str) -> bool:
    """Whether two titles differ in no letter or figure."""
    return "".join(words(one)) == "".join(words(other))


def surnames(authors: str) -> tuple[str, ...]:
    """The people an authors' cell names: `A et al.`, `A & B`; empty where it is not written in Latin letters."""
    if has_japanese(_OTHERS.sub("", authors)):
        return ()
    return tuple(name for part in _BETWEEN.split(_OTHERS.sub("", authors)) if (name := part.strip()))


def query_for(entry: CatalogEntry, common: Collection[str]) -> Query:
    """What to ask for an entry without an id; `common` are abbreviations that single nothing out."""
    first = next(iter(surnames(entry.authors)), "")
    return Query(entry.title, _distinctive(entry.title, common), first.split()[-1] if first else "")


def best(entry: CatalogEntry, papers: Iterable[Paper], common: Collection[str]) -> Match:
    """The paper that fits best; two that fit equally well make neither sure."""
    ranked = sorted(((confidence(entry, paper, common), paper) for paper in papers), key=lambda pair: -pair[0])
    if not ranked or ranked[0][0] == 0:
        return Match(None)
    (top, paper), rest = ranked[0], ranked[1:]
    rivals = tuple(other for score, other in rest if score >= top and other.id != paper.id)
    return Match(paper, min(top, CONFIDENT / 2) if rivals else top, rivals=rivals)


def confidence(entry: CatalogEntry, paper: Paper, common: Collection[str]) -> float:
    """How surely an entry found by search is about a paper, 0–0.99.

    The rules, best first: the same title; a distinctive name of the title in the paper's, or in its abstract,
    with the same first author; most of the title's words with the same first author, or nearly all of them.
    A paper that came to arXiv after the year the entry states is seldom meant.
    """
    people = authors_agree(entry, paper)
    by_title = same_title(entry.title, paper.title)
    if by_title:
        return 0.99 if people is not Authors.OTHER else 0.6
    shared, share = _overlap(entry.title, paper.title)
    named = any(_introduced(name, paper) for name in _distinctive(entry.title, common))
    score = 0.0
    if people is Authors.FIRST and (named or (shared >= _LEAST_SHARED and share >= _MOST)):
        score = 0.9
    elif people is Authors.UNKNOWN and shared > _LEAST_SHARED and share >= 0.85:
        score = 0.85
    elif named and people is not Authors.OTHER:
        score = 0.5  # worth naming to a person
    if entry.year is not None and paper.year > entry.year:
        score /= 2
    return score


def unrelated(entry: CatalogEntry, paper: Paper, common: Collection[str]) -> bool:
    """Whether the paper an entry's id stands for has neither title words, nor a name, nor an author in common."""
    _, share = _overlap(entry.title, paper.title)
    named = any(holds(f"{paper.title}\n{paper.abstract}", name, {}) for name in _distinctive(entry.title, common))
    known = authors_agree(entry, paper) in {Authors.FIRST, Authors.AMONG}
    return share < 0.3 and not named and not known


def authors_agree(entry: CatalogEntry, paper: Paper) -> Authors:
    """How the entry's first name stands to the paper's authors."""
    stated = surnames(entry.authors)
    if not stated or not paper.authors:
        return Authors.UNKNOWN
    wanted = set(words(stated[0]))
    fits = [wanted <= set(words(name)) for name in paper.authors]
    if fits[0]:
        return Authors.FIRST
    return Authors.AMONG if any(fits) else Authors.OTHER


def _overlap(stated: str, true: str) -> tuple[int, float]:
    """How many words of substance two titles share, and which share of the stated one's they are."""
    ours, theirs = set(words(stated)) - _STOP, set(words(true)) - _STOP
    shared = len(ours & theirs)
    return shared, shared / len(ours) if ours else 0.0


def _distinctive(title: str, common: Collection[str]) -> tuple[str, ...]:
    """Names that hardly two papers have: a coined word (`When2Ask`) or a phrase that a colon sets off."""
    parts = [part.strip() for part in _SET_OFF.split(title)]
    if len(parts) == 1:
        return ()
    coined = [part for part in parts if _is_coined(part) and part.removesuffix("s") not in common]
    phrases = [part for part in parts[:1] if len(part.split()) >= _LEAST_PHRASE]
    return (*coined, *phrases)


def _is_coined(word: str) -> bool:
    """Whether a single word is spelled as no dictionary has it: TWOSOME, WALL-E, When2Ask, MVoT."""
    return " " not in word and any(c.isalpha() for c in word) and any(c.isupper() or c.isdigit() for c in word[1:])


def _introduced(name: str, paper: Paper) -> bool:
    """Whether a paper's title holds a name, or its abstract presents it as the paper's own."""
    if holds(paper.title, name, {}):
        return True
    return any(holds(match["what"], name, {}) for match in _PRESENTS.finditer(paper.abstract))
