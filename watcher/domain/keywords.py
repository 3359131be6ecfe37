"""Compiles a topic's keywords to regular expressions that find plurals and other spellings (hyphen,
space or neither).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_JOINT = r"[\s\-\u2010-\u2015]*"  # "world model", "world-model", "worldmodel", across a line break
_PLURAL = "(?:'?s|es)?"


def keyword_pattern(keyword: str) -> str:
    """A keyword as a regular expression.

    Words may be joined by space, hyphen or nothing; the last word may be a plural; a final `*` allows any ending
    ("simulat*" finds simulator and simulating).
    """
    words = [re.escape(word) for word in re.split(r"[\s\-]+", keyword.strip().rstrip("*").lower()) if word]
    ending = r"\w*" if keyword.strip().endswith("*") else _PLURAL
    return _JOINT.join(words) + ending


def compile_group(keywords: Iterable[str]) -> re.Pattern[str]:
    """One pattern for all keywords of a group, for text prepared by `searchable`; of two keywords the longer one
    matches.
    """
    # Alternatives are tried in order, so the longest keyword comes first.
    patterns = [keyword_pattern(keyword) for keyword in sorted(set(keywords), key=len, reverse=True)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


def searchable(*texts: str) -> str:
    """The texts normalized for keyword patterns: NFKC, lower case, single spaces, " . " between texts.

    Matching lower-case text is several times faster than a pattern that ignores case.
    """
    return " . ".join(" ".join(unicodedata.normalize("NFKC", text).split()) for text in texts).lower()
