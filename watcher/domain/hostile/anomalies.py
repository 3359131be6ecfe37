"""Detects anomalies in a paper's text (prompt injection, invisible characters, unusual letters, a missing abstract …), as
a tuple of codes. Such papers are shown with a warning, never dropped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from watcher.domain.hostile.injection import find_injections
from watcher.domain.papers.paper import Paper
from watcher.domain.text import BLANK, fold

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


# In 8,841 real papers (arXiv, June 2026) the only letters outside ASCII are accented Latin and Greek ones.
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
