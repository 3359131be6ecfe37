"""Detects letters that an English title or abstract has no use for: other scripts, words of mixed scripts, styled letters.

In 8,841 real papers (arXiv, June 2026) the only letters outside ASCII are accented Latin and Greek ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from watcher.domain.text import fold

_FEWEST_FOREIGN = 5  # letters; a quoted word of another language is seldom longer
_FEWEST_STYLED = 3  # letters; mathematics in Unicode holds one or two
_FEWEST_GREEK = 2
_KANA_SCRIPTS = frozenset({"HIRAGANA", "KATAKANA", "HALFWIDTH", "KATAKANA-HIRAGANA"})
_OWN_SCRIPTS = frozenset({"LATIN", "GREEK"})
_MIXABLE = frozenset({"CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN", "LISU", "GOTHIC", "DESERET"})
"""Scripts whose letters pass for Latin ones; "a" with a Greek letter beside it may be a formula."""

_WORD = re.compile(r"[^\W\d_]{2,}")
# Greek letters that look like Latin ones: those that no formula uses, for which one is enough, and the others.
_GREEK_UNUSED = frozenset("οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
_GREEK_LIKE = frozenset("αενιρτυκωϲϳ").union(_GREEK_UNUSED)
# Small capitals and turned letters, which Unicode counts among phonetic signs.
_PHONETIC = frozenset("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢɐɔǝɟƃᴉɾʞɯɹʇʌʍʎ")
_SIGNS = re.compile("(?:NEGATIVE (?:CIRCLED|SQUARED)|REGIONAL INDICATOR SYMBOL|BRAILLE PATTERN|TAG)")
# "1ˢᵗ", and the ℝ or ℓ of a formula: a styled letter by itself.
_USUAL = re.compile(r"(?<=\d)(?:ˢᵗ|ⁿᵈ|ʳᵈ|ᵗʰ)|(?<![^\W\d_])[\u2100-\u214f](?![^\W\d_])")
_OVERLAYS = re.compile("[A-Za-z][\u0332\u0333\u0334-\u0338\u20d0-\u20f0]")  # letters struck through or underlined


def unusual_letters(title: str, abstract: str) -> tuple[str, ...]:
    """The codes of letters that do not belong in a title and an abstract in English.

    They are other_script (any kana, or five letters of a script that is neither Latin nor Greek; not for a text written
    mostly in another script), mixed_scripts (a word of Latin letters with look-alikes from another script) and
    styled_letters (three or more full-width, mathematical, circled, small-capital or struck-out letters).
    """
    text = f"{title}\n{abstract}"
    if text.isascii():
        return ()
    found = {
        "other_script": _is_foreign(text),
        "mixed_scripts": any(map(_is_mixed, _WORD.findall(text))),
        "styled_letters": sum(1 for _ in _styled(text)) >= _FEWEST_STYLED,
    }
    return tuple(code for code, true in found.items() if true)


def _is_foreign(text: str) -> bool:
    """Whether a text that is mostly Latin holds kana, or more than a word in a script of another language."""
    scripts = [_script(letter) for letter in text if letter.isalpha()]
    foreign = [script for script in scripts if script not in _OWN_SCRIPTS and script != "MATHEMATICAL"]
    if len(foreign) * 2 > len(scripts):
        return False
    kana = any(script in _KANA_SCRIPTS for script in foreign)
    return kana or len([script for script in foreign if script not in {"FULLWIDTH", "MODIFIER"}]) >= _FEWEST_FOREIGN


def _is_mixed(word: str) -> bool:
    """Whether a word of Latin letters holds look-alikes of another script."""
    if word.isascii():
        return False
    scripts = [_script(letter) for letter in word]
    if "LATIN" not in scripts:
        return False
    greek = _GREEK_LIKE.intersection(word)
    formula = len(greek) < _FEWEST_GREEK and not _GREEK_UNUSED & greek
    return not _MIXABLE.isdisjoint(scripts) or (scripts.count("LATIN") >= _FEWEST_GREEK and not formula)


def _styled(text: str) -> Iterator[str]:
    """The letters in another form than the plain one."""
    for letter in _USUAL.sub("", text):
        if letter.isascii() or letter in "ªº":
            continue
        plain = unicodedata.normalize("NFKC", letter).strip("()")
        is_variant = len(plain) == 1 and plain.isascii() and plain.isalpha()
        if is_variant or letter in _PHONETIC or _SIGNS.match(unicodedata.name(letter, "")):
            yield letter
    yield from _OVERLAYS.findall(text)


@cache
def _script(letter: str) -> str:
    """The script of a letter, by the first word of its Unicode name."""
    return fold(unicodedata.name(letter, "")).split(" ")[0]
