"""A paper's texts into the codes of what is odd about them. Odd papers are shown with a warning, never dropped."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from watcher.domain.lures import LURES, lures
from watcher.domain.paper import Paper
from watcher.domain.text import BLANK

# arXiv's own limit (info.arxiv.org/help/prep); of 9,818 real abstracts the longest has exactly this length.
LONGEST_ABSTRACT = 1920

WITHDRAWN = "withdrawn"  # not to be read from a text: a source says it of a version

_WHITE = frozenset("\t\n\r")
_HIDING = frozenset({"Cc", "Cf", "Co", "Zl", "Zp"})  # control, format (zero width, bidi, tag), private, line ends
_PLAIN = frozenset(map(chr, range(0x20, 0x7F)))  # nearly every character of nearly every paper
_LOST = "\N{REPLACEMENT CHARACTER}"  # stands for what a source held and no document or database can

SUSPICIOUS = frozenset({"invisible", *LURES})
"""Codes of a paper that is put to a model alone: whatever its text does there, no other paper is in reach."""


def is_invisible(char: str) -> bool:
    """Whether a reader would not see this character while a model or a terminal would."""
    if char in _WHITE:
        return False
    if char.isascii():
        return not char.isprintable()
    return unicodedata.category(char) in _HIDING or char in BLANK


def anomalies(paper: Paper) -> tuple[str, ...]:
    """The codes that fit, in a fixed order: long_abstract, invisible, empty_abstract, empty_title, no_authors, and
    those of domain/lures.py.
    """
    text = f"{paper.title_raw}\n{paper.abstract_raw}\n{paper.authors_raw}"
    chars = set() if _is_plain(text) else set(text) - _PLAIN
    found = {
        "long_abstract": len(paper.abstract_raw) > LONGEST_ABSTRACT,
        "invisible": _LOST in chars or any(map(is_invisible, chars)),
        "empty_abstract": not paper.abstract.strip(),
        "empty_title": not paper.title.strip(),
        "no_authors": not paper.authors,
    }
    codes = [code for code, true in found.items() if true]
    return (*codes, *lures(text))


def _is_plain(text: str) -> bool:
    """Whether it is of ASCII's visible characters and ends of lines, as nearly every text is."""
    return text.isascii() and text.replace("\n", " ").isprintable()


def is_suspicious(codes: Iterable[str]) -> bool:
    """Whether a paper with these anomalies may try to sway what reads it."""
    return not SUSPICIOUS.isdisjoint(codes)
