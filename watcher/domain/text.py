"""Helpers for untrusted text: white space folded, invisible characters found, full-width forms narrowed."""

from __future__ import annotations

import re
import unicodedata

# Unicode general categories that show nothing: controls, format characters (zero-width, bidirectional, tags),
# lone surrogates, private use, unassigned, line and paragraph separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

# Letters, marks and selectors that Unicode does not call invisible although nothing of them is seen; a text may be
# spelled in selectors alone. U+FE0F stays out: it makes ordinary emoji.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800").union(
    map(chr, range(0xFE00, 0xFE0F)), map(chr, range(0xE0100, 0xE01F0))
)

# Full-width digits and Latin letters stand 0xFEE0 above their ASCII twins (Unicode block FF00).
_NARROW = {
    wide: wide - 0xFEE0
    for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for wide in range(first, last + 1)
}

_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
_KANA = re.compile("[\u3041-\u309f\u30a1-\u30ff]")
_JAPANESE = re.compile("[\u3041-\u309f\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff々]")


def fold(text: str) -> str:
    """The text on one line, runs of white space as one space."""
    return " ".join(text.split())


def is_invisible(character: str) -> bool:
    """Whether a character shows nothing but may change what is shown or read."""
    return unicodedata.category(character) in _INVISIBLE or character in BLANK


def visible(text: str) -> str:
    """The text on one line without invisible characters (white space is folded first, so words stay apart)."""
    return fold("".join(c for c in fold(text) if not is_invisible(c)))


def encodable(text: str) -> str:
    """The text with what JSON can spell but no file (lone surrogates) or no PostgreSQL (NUL) can keep, as U+FFFD."""
    return _UNKEEPABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def clipped(text: str, limit: int) -> str:
    """The text, or its first characters and 「…」: `limit` characters at most."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def narrow(text: str) -> str:
    """The text with full-width digits and Latin letters as ASCII; Japanese punctuation stays as people wrote it."""
    return text.translate(_NARROW)


def kana_share(text: str) -> float:
    """The share (0–1) of hiragana and katakana among all characters; 0 for an empty text."""
    return len(_KANA.findall(text)) / len(text) if text else 0.0


def has_japanese(text: str) -> bool:
    """Whether any kana or kanji stands in the text."""
    return _JAPANESE.search(text) is not None
