"""Functions for untrusted text: normalize white space, remove invisible characters, convert full-width forms, compare and
hash.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Any, cast

# Unicode general categories that show nothing: controls, format characters (zero-width, bidirectional, tags),
# lone surrogates, private use, unassigned, line and paragraph separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

# Letters, marks and selectors that Unicode does not call invisible although nothing of them is seen; a text may be
# spelled in selectors alone. U+FE0F stays out: it makes ordinary emoji.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800").union(
    map(chr, range(0xFE00, 0xFE0F)), map(chr, range(0xE0100, 0xE01F0))
)
"""Characters that show nothing although Unicode does not classify them as invisible."""

# Full-width digits and Latin letters stand 0xFEE0 above their ASCII twins (Unicode block FF00).
_NARROW = {
    wide: wide - 0xFEE0
    for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for wide in range(first, last + 1)
}

_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")  # NUL (PostgreSQL) and lone surrogates (UTF-8)
_KANA = re.compile("[\u3041-\u309f\u30a1-\u30ff]")
_LATIN = re.compile("[A-Za-z]")
_JAPANESE = re.compile("[\u3041-\u309f\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff々]")


class _LazyPattern:
    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        found = vars(self)[name] = getattr(re.compile(self._text, self._flags), name)
        return found


def lazy_pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """A regular expression that is compiled when it is first used, for modules with many of which a command uses few."""
    return cast("re.Pattern[str]", _LazyPattern(text, flags))


def fold(text: str) -> str:
    """The text on one line: every run of white space becomes one space."""
    return " ".join(text.split())


def without_accents(text: str) -> str:
    """The text without accents: decomposed (NFKD), and combining marks removed."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def letters_and_figures(text: str) -> str:
    """The text without anything but letters and figures, in a form that ignores case, for comparing titles."""
    return "".join(filter(str.isalnum, text.casefold()))


def is_invisible(character: str) -> bool:
    """Whether a character shows nothing but may change how text is displayed or read."""
    return unicodedata.category(character) in _INVISIBLE or character in BLANK


def visible(text: str) -> str:
    """The text on one line without invisible characters."""
    kept = (c for c in " ".join(text.split()) if unicodedata.category(c) not in _INVISIBLE and c not in BLANK)
    return " ".join("".join(kept).split())


def encodable(text: str) -> str:
    """The text with U+FFFD for characters that JSON can hold but UTF-8 (lone surrogates) or PostgreSQL (NUL) cannot."""
    return _UNKEEPABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def clipped(text: str, limit: int) -> str:
    """The text cut to at most `limit` characters, ending in 「…」 if it was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


_TEX_ESCAPE = re.compile(r"\\([%&#_$])")


def without_escapes(text: str) -> str:
    r"""The text with TeX's escaped signs (`57\%`, `A\&B`) as plain ones; all other TeX stays."""
    return _TEX_ESCAPE.sub(r"\1", text) if "\\" in text else text


def narrow(text: str) -> str:
    """The text with full-width digits and Latin letters as ASCII; Japanese punctuation stays."""
    return text.translate(_NARROW)


def kana_share(text: str) -> float:
    """The share (0–1) of hiragana and katakana among all characters; 0 for an empty text."""
    return len(_KANA.findall(text)) / len(text) if text else 0.0


def latin_share(text: str) -> float:
    """The share (0–1) of the letters A to Z among all characters; 0 for an empty text."""
    return len(_LATIN.findall(text)) / len(text) if text else 0.0


def has_japanese(text: str) -> bool:
    """Whether the text contains kana or kanji."""
    return _JAPANESE.search(text) is not None


def fingerprint(*parts: str) -> str:
    """A short stable hash of several texts in order: 16 hex digits of SHA-256."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode()
        whole.update(len(data).to_bytes(8, "big"))  # so that ("ab", "c") and ("a", "bc") differ
        whole.update(data)
    return whole.hexdigest()[:16]


_TITLE_WORD = re.compile(r"[^\W_]+")


def title_words(text: str) -> tuple[str, ...]:
    """The words of a title, without case, accents, hyphens and quotation marks."""
    letters = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c) and c not in "'’`")
    return tuple(_TITLE_WORD.findall("".join(letters).casefold()))
