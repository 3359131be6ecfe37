r"""Builds papers and announcements from the fields of an arXiv document: splits its string of authors into names, converts
TeX accents and letters to Unicode (`Schr\"odinger` becomes `Schrödinger`), and reads dates.

The rules for authors are those of arXiv's own splitter (arxiv-base, arxiv/authors), except that a nickname inside a name
is kept: "Xiaoyong (Brian) Yuan". Other TeX than accents stays: pylatexenc gets only single macros, found by a pattern
outside mathematics and links; given a whole text, it drops everything after a bare `%` and fails on `\href`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from functools import lru_cache, partial
from typing import Any, Final

from pylatexenc.latex2text import LatexNodes2Text

from watcher.domain.errors import FeedError, UsageError
from watcher.domain.hostile.anomalies import anomalies
from watcher.domain.papers.paper import Announcement, AnnounceType, Paper, arxiv_id
from watcher.domain.text import encodable

_HIGHEST_VERSION: Final = 9999  # far above any real version
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_FIRST: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?(?!\d)")
_DAY_FIRST: Final = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)(?!\d)")
_MONTH_NAMED: Final = re.compile(
    rf"\b(?:(\d{{1,2}})[ .-]+)?(?P<month>{'|'.join(_MONTHS)})[a-z]*[ .-]+(?:(\d{{1,2}}),? +)?(?P<year>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)


def read_paper(
    identifier: str,
    *,
    title: str,
    abstract: str,
    authors_raw: str,
    categories: Iterable[str],
    authors: Iterable[str] | None = None,
    **known: Any,
) -> Paper:
    """Build a paper from the fields of an arXiv document as its source writes them, with readable title, abstract and
    authors. `identifier` holds id and version in any form that arXiv uses. `authors` is given if the source lists names
    one by one; otherwise `authors_raw` is split. `known` are further fields of the paper, unchanged. Raises FeedError if
    id or version is missing.
    """
    try:
        paper_id, version = arxiv_id(identifier)
    except UsageError as error:
        raise FeedError(" ".join(str(error).split())[:200]) from error
    if version is None or version > _HIGHEST_VERSION:
        raise FeedError(f"no version in {identifier[:60]!r}")
    return Paper(
        id=paper_id,
        version=version,
        title_raw=title,
        abstract_raw=abstract,
        authors_raw=authors_raw,
        title=readable(title),
        abstract=readable(abstract),
        authors=split_authors(authors_raw) if authors is None else tuple(map(readable, authors)),
        categories=tuple(dict.fromkeys(categories)),
        url=f"https://arxiv.org/abs/{paper_id.native}",
        **known,
    )


def announcement(paper: Paper, kind: AnnounceType, feed: str, announced_on: date | None) -> Announcement:
    """Build the announcement of a paper, noting suspicious passages of its text (anomalies). Characters that no
    database can store become U+FFFD.
    """
    changed: dict[str, Any] = {}
    for field in fields(paper):
        value = getattr(paper, field.name)
        if isinstance(value, str):
            changed[field.name] = encodable(value)
        elif isinstance(value, tuple):
            changed[field.name] = tuple(map(encodable, value))
    kept = replace(paper, **changed)
    return Announcement(kept, kind, feed, announced_on, anomalies(kept))


def day_of(text: str) -> date | None:
    """Parse the date at the beginning of a text in ISO format; None for another text."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def day_in(text: str) -> date | None:
    """Find the first date in a text: year first (2026-11-24, 2026/11, 2026年11月24日), with an English month, or day first
    with points (24.11.2026); None if there is none.
    """
    if found := _YEAR_FIRST.search(text):
        year, month, day = int(found[1]), int(found[2]), int(found[3] or 1)
    elif found := _MONTH_NAMED.search(text):
        year, month, day = int(found["year"]), _MONTHS.index(found["month"].lower()) + 1, int(found[1] or found[3] or 1)
    elif found := _DAY_FIRST.search(text):
        day, month, year = int(found[1]), int(found[2]), int(found[3])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


_HIDDEN = "\0"  # stands for a character in parentheses while names are looked for
_BETWEEN_NAMES = re.compile(
    r"\s*,\s*(?:(?:and|&)\s+)?|\s+(?:and|&)\s+|:\s+"
)  # the colon follows a collaboration's name
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")
_ET_AL = re.compile(r"et\.?\s+al\.?", re.IGNORECASE)


def split_authors(line: str) -> tuple[str, ...]:
    """Split arXiv's string of authors into names, in order, with TeX accents as Unicode and without affiliations, "et
    al." and empty parts.
    """
    line = " ".join(line.replace(_HIDDEN, "").split())
    masked = _hide_parentheses(line)
    edges = [0, *(edge for match in _BETWEEN_NAMES.finditer(masked) for edge in match.span()), len(masked)]
    names: list[str] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        part = masked[start:end].strip(_HIDDEN + " ")
        first = masked.find(part, start)
        name = unicode_accents(line[first : first + len(part)])
        if not name or _ET_AL.fullmatch(name):
            continue
        if names and _SUFFIX.fullmatch(name):  # "Smith, Jr." is one name although a comma separates names
            names[-1] = f"{names[-1]}, {name}"
        else:
            names.append(name)
    return tuple(names)


def _hide_parentheses(text: str) -> str:
    """The text with every balanced parenthesis masked, at the same length; an unbalanced one is an
    ordinary character.
    """
    opened: list[int] = []
    spans: list[tuple[int, int]] = []
    for place, char in enumerate(text):
        if char == "(":
            opened.append(place)
        elif char == ")" and opened:
            start = opened.pop()
            while spans and spans[-1][0] > start:
                spans.pop()
            spans.append((start, place + 1))
    masked = list(text)
    for start, end in spans:
        masked[start:end] = _HIDDEN * (end - start)
    return "".join(masked)


# Skipped as a whole: escapes, mathematics and links, in which an accent macro would mean something else.
# The length of mathematics is bounded, so that an unclosed bracket cannot make the search quadratic.
_VERBATIM = (
    r"\\[\\$&%#_{}]"
    r"|\$\$[^$]{1,2000}\$\$|\$(?:\\.|[^$\\]){1,2000}\$"
    r"|\\\(.{1,2000}?\\\)|\\\[.{1,2000}?\\\]"
    r"|\\(?:url|href)\s*\{[^{}]*\}"
)
_DOTLESS = r"\\[ij](?![A-Za-z])"
_MACRO_END = r"(?:\{\}|[ \t])?"  # TeX swallows the space, or the empty group, that ends a macro's name
_SECOND = r"\\['`^\"~=.u](?:[A-Za-z]|\s*\{[A-Za-z]\})"  # Vietnamese letters carry two: \~{\^e}
_BRACED = rf"\{{\s*(?:[A-Za-z]|{_DOTLESS}|{_SECOND})\s*\}}"
_ACCENT = (
    rf"\\['`^\"~=.](?:[A-Za-z]|{_DOTLESS}{_MACRO_END}|{_BRACED})"  # \'e \'\i \'{e}
    rf"|\\[uvHcdbkr](?:\s*{_BRACED}|\s+[A-Za-z]|\s*{_DOTLESS}{_MACRO_END})"  # \v{s} \c c \v\i, but not \r{ho}
)
_LETTER = r"\\(?:ss|ae|AE|oe|OE|aa|AA|dh|DH|th|TH|dj|DJ|ng|NG|o|O|l|L|i|j)(?![A-Za-z_^])"
_MACRO = re.compile(
    rf"{_VERBATIM}"
    rf"|\{{\s*(?P<braced>{_ACCENT}|{_LETTER})\s*\}}"
    rf"|(?P<accent>{_ACCENT})"
    rf"|(?P<letter>{_LETTER}){_MACRO_END}"
    r"|\\[A-Za-z]+\*?\{",  # the brace after \textbf belongs to it, not to the accent inside
    re.DOTALL,
)
_TEXT = LatexNodes2Text(keep_comments=True)


@lru_cache(maxsize=4096)
def _letter(macro: str | None) -> str | None:
    r"""The letter that a macro stands for; None if Unicode has none (`\k{q}`), in which case the macro stays."""
    text = str(_TEXT.latex_to_text(macro)) if macro else ""
    return text if len(text) == 1 and text.isalpha() and not text.isascii() else None


unicode_accents: Final = partial(
    _MACRO.sub, lambda match: _letter(match["braced"] or match["accent"] or match["letter"]) or match[0]
)
"""Converts TeX's accent and letter macros in a text to Unicode letters; everything else is unchanged."""


def readable(text: str) -> str:
    """Make text from arXiv readable: TeX accents become Unicode, and runs of white space single spaces."""
    return " ".join((unicode_accents(text) if "\\" in text else text).split())
