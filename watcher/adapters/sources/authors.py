"""Splits arXiv's string of authors into names.

The rules are those of arXiv's own splitter (arxiv-base, arxiv/authors), except that a nickname inside a name is kept:
"Xiaoyong (Brian) Yuan".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from watcher.adapters.sources.tex import readable

_HIDDEN = "\0"  # stands for a character in parentheses while names are looked for
_SEPARATOR = re.compile(r"\s*,\s*(?:(?:and|&)\s+)?|\s+(?:and|&)\s+|:\s+")  # the colon follows a collaboration's name
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")
_ET_AL = re.compile(r"et\.?\s+al\.?", re.IGNORECASE)


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


def _pieces(line: str) -> Iterator[str]:
    """The parts between separators, without the affiliations around them."""
    masked = _hide_parentheses(line)
    edges = [0, *(edge for match in _SEPARATOR.finditer(masked) for edge in match.span()), len(masked)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        part = masked[start:end]
        name = part.strip(_HIDDEN + " \t\r\n")
        first = start + part.find(name)
        yield line[first : first + len(name)]


def split_authors(line: str) -> tuple[str, ...]:
    """Split arXiv's string of authors into names, in order, with TeX accents as Unicode and without affiliations, "et
    al." and empty parts.
    """
    names: list[str] = []
    for piece in _pieces(" ".join(line.replace(_HIDDEN, "").split())):
        name = readable(piece)
        if not name or _ET_AL.fullmatch(name):
            continue
        if names and _SUFFIX.fullmatch(name):  # "Smith, Jr." is one name although a comma separates names
            names[-1] = f"{names[-1]}, {name}"
        else:
            names.append(name)
    return tuple(names)
