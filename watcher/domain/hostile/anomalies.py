"""Detects anomalies in a paper's text (prompt injection, invisible characters, a missing abstract …), as a tuple of
codes. Such papers are shown with a warning, never dropped.
"""

from __future__ import annotations

import unicodedata

from watcher.domain.hostile.injection import find_injections
from watcher.domain.hostile.scripts import unusual_letters
from watcher.domain.papers.paper import Paper
from watcher.domain.text import BLANK

# arXiv's own limit (info.arxiv.org/help/prep); of 9,818 real abstracts the longest has exactly this length.
LONGEST_ABSTRACT = 1920

_WHITE = frozenset("\t\n\r")
# Unicode categories: control, format (zero width, bidirectional, tag), private use, line and paragraph separators.
_HIDING = frozenset({"Cc", "Cf", "Co", "Zl", "Zp"})
_PLAIN = frozenset(map(chr, range(0x20, 0x7F)))  # printable ASCII: nearly all of nearly every paper
_LOST = "\N{REPLACEMENT CHARACTER}"  # put in on arrival for a character that no document or database can hold


def is_invisible(char: str) -> bool:
    """Whether people do not see this character although a model or a terminal reads it."""
    if char in _WHITE:
        return False
    if char.isascii():
        return not char.isprintable()
    return unicodedata.category(char) in _HIDING or char in BLANK


def anomalies(paper: Paper) -> tuple[str, ...]:
    """The codes of the anomalies in a paper, in a fixed order.

    They are long_abstract, invisible, empty_abstract, empty_title, no_authors, the codes of prompt injection
    (`INJECTION_CODES`) and those of letters that an English text has no use for (`LETTER_CODES`).
    """
    text = f"{paper.title_raw}\n{paper.abstract_raw}\n{paper.authors_raw}"
    chars = set() if _is_plain(text) else set(text) - _PLAIN
    found = {
        "long_abstract": len(paper.abstract_raw) > LONGEST_ABSTRACT and paper.id.source in {"arxiv", "biorxiv"},
        "invisible": _LOST in chars or any(map(is_invisible, chars)),
        "empty_abstract": not paper.abstract.strip(),
        "empty_title": not paper.title.strip(),
        "no_authors": not paper.authors,
    }
    codes = [code for code, true in found.items() if true]
    return (*codes, *find_injections(text), *unusual_letters(paper.title_raw, paper.abstract_raw))


def _is_plain(text: str) -> bool:
    """Whether the text holds nothing but printable ASCII and line ends, as nearly every text does."""
    return text.isascii() and text.replace("\n", " ").isprintable()
