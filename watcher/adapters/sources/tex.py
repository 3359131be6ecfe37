r"""Converts TeX accents and letters to Unicode (`Schr\"odinger` becomes `Schrödinger`); all other TeX stays.

pylatexenc gets only single macros, found by a pattern outside mathematics and links: given a whole text, it drops
everything after a bare `%` and fails on `\href`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text

# Skipped as a whole: escapes, mathematics and links, in which an accent macro would mean something else.
# The length of mathematics is bounded, so that an unclosed bracket cannot make the search quadratic.
_VERBATIM = (
    r"\\[\\$&%#_{}]"
    r"|\$\$[^$]{1,2000}\$\$|\$(?:\\.|[^$\\]){1,2000}\$"
    r"|\\\(.{1,2000}?\\\)|\\\[.{1,2000}?\\\]"
    r"|\\(?:url|href)\s*\{[^{}]*\}"
)
_DOTLESS = r"\\[ij](?![A-Za-z])"
_END = r"(?:\{\}|[ \t])?"  # TeX swallows the space, or the empty group, that ends a macro's name
_SECOND = r"\\['`^\"~=.u](?:[A-Za-z]|\s*\{[A-Za-z]\})"  # Vietnamese letters carry two: \~{\^e}
_BRACED = rf"\{{\s*(?:[A-Za-z]|{_DOTLESS}|{_SECOND})\s*\}}"
_ACCENT = (
    rf"\\['`^\"~=.](?:[A-Za-z]|{_DOTLESS}{_END}|{_BRACED})"  # \'e \'\i \'{e}
    rf"|\\[uvHcdbkr](?:\s*{_BRACED}|\s+[A-Za-z]|\s*{_DOTLESS}{_END})"  # \v{s} \c c \v\i, but not \r{ho}
)
_LETTER = r"\\(?:ss|ae|AE|oe|OE|aa|AA|dh|DH|th|TH|dj|DJ|ng|NG|o|O|l|L|i|j)(?![A-Za-z_^])"
_MACRO = re.compile(
    rf"{_VERBATIM}"
    rf"|\{{\s*(?P<braced>{_ACCENT}|{_LETTER})\s*\}}"
    rf"|(?P<accent>{_ACCENT})"
    rf"|(?P<letter>{_LETTER}){_END}"
    r"|\\[A-Za-z]+\*?\{",  # the brace after \textbf belongs to it, not to the accent inside
    re.DOTALL,
)
_TEXT = LatexNodes2Text(keep_comments=True)


@lru_cache(maxsize=4096)
def _letter(macro: str) -> str | None:
    r"""The letter that a macro stands for; None if Unicode has none (`\k{q}`), in which case the macro stays."""
    text = str(_TEXT.latex_to_text(macro))
    return text if len(text) == 1 and text.isalpha() and not text.isascii() else None


def _decode(match: re.Match[str]) -> str:
    macro = match["braced"] or match["accent"] or match["letter"]
    return (_letter(macro) if macro else None) or match[0]


def unicode_accents(text: str) -> str:
    """Convert TeX's accent and letter macros in a text to Unicode letters; everything else is unchanged."""
    return _MACRO.sub(_decode, text) if "\\" in text else text


def readable(text: str) -> str:
    """Make text from arXiv readable: TeX accents become Unicode, and runs of white space single spaces."""
    return " ".join(unicode_accents(text).split())
