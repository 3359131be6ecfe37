"""Keywords to one pattern per group: plurals, spellings with hyphen, space or nothing, and open endings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_JOINT = r"[\s\-\u2010-\u2015]*"  # "world model", "world-model", "worldmodel", across a line break
_PLURAL = "(?:'?s|es)?"


def keyword_pattern(keyword: str) -> str:
    """A keyword as a regular expression.

    Words may be joined by space, hyphen or nothing; the last word may be plural; a final `*` allows any ending
    ("planning*" is the same as "planning", "simulat*" finds simulator and simulating).
    """
    words = [re.escape(word) for word in re.split(r"[\s\-]+", keyword.strip().rstrip("*").lower()) if word]
    ending = r"\w*" if keyword.strip().endswith("*") else _PLURAL
    return _JOINT.join(words) + ending


def compile_group(keywords: Iterable[str]) -> re.Pattern[str]:
    """All keywords of a group as one pattern over `searchable` text; longer keywords win over their beginnings."""
    patterns = [keyword_pattern(keyword) for keyword in sorted(set(keywords), key=len, reverse=True)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


def searchable(*texts: str) -> str:
    """Texts as keywords see them: one width and case for every letter, white space folded, a stop between texts.

    Small letters in text and pattern are matched several times faster than a pattern that is blind to case.
    """
    return " . ".join(" ".join(unicodedata.normalize("NFKC", text).split()) for text in texts).lower()
