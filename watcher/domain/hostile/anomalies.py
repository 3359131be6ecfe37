"""Detects anomalies in a paper's text, as a tuple of codes: prompt injection (commands to a model, disguised text,
markup meant for a page or a chat), invisible characters, letters that English has no use for, a missing abstract and so
on.

A heuristic. It decides which papers are sent to the model in a request of their own instead of together with others,
and what curators are warned of, never whether a paper is shown. Disguised text is decoded before commands are looked
for (look-alike letters, spelled-out words, Caesar ciphers, Base64): a language model understands these forms although
people do not read them.
"""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache, reduce
from operator import or_
from urllib.parse import unquote

from watcher.domain.hostile.injection_rules import (
    ANSWER_FORMAT,
    COMMANDS,
    COMMANDS_IN_OTHER_LANGUAGES,
    HIDDEN_TEX,
    LIVE_MARKUP,
    ROLE_MARKERS,
    CommandPattern,
)
from watcher.domain.papers.paper import INJECTION_CODES, Paper
from watcher.domain.text import BLANK, fold, is_invisible

# arXiv's own limit (info.arxiv.org/help/prep); of 9,818 real abstracts the longest has exactly this length.
_LONGEST_ABSTRACT = 1920

_WHITE = frozenset("\t\n\r")
# Unicode categories: control, format (zero width, bidirectional, tag), private use, line and paragraph separators.
_HIDING = frozenset({"Cc", "Cf", "Co", "Zl", "Zp"})
_PLAIN = frozenset(map(chr, range(0x20, 0x7F)))  # printable ASCII: nearly all of nearly every paper
_LOST = "\N{REPLACEMENT CHARACTER}"  # put in on arrival for a character that no document or database can hold


def is_hidden(char: str) -> bool:
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
    plain = text.isascii() and text.replace("\n", " ").isprintable()  # as nearly every text is
    chars = set() if plain else set(text) - _PLAIN
    found = {
        "long_abstract": len(paper.abstract_raw) > _LONGEST_ABSTRACT and paper.id.source in {"arxiv", "biorxiv"},
        "invisible": _LOST in chars or any(map(is_hidden, chars)),
        "empty_abstract": not paper.abstract.strip(),
        "empty_title": not paper.title.strip(),
        "no_authors": not paper.authors,
    }
    codes = [code for code, true in found.items() if true]
    return (*codes, *find_injections(text), *unusual_letters(paper.title_raw, paper.abstract_raw))


# In 8,841 real papers (arXiv, June 2026) the only letters outside ASCII are accented Latin and Greek ones.
_FEWEST_FOREIGN = 5  # letters; a quoted word of another language is seldom longer
_FEWEST_STYLED = 3  # letters; mathematics in Unicode holds one or two
_FEWEST_GREEK = 2
_KANA_SCRIPTS = frozenset({"HIRAGANA", "KATAKANA", "HALFWIDTH", "KATAKANA-HIRAGANA"})
_OWN_SCRIPTS = frozenset({"LATIN", "GREEK"})
_MIXABLE = frozenset({"CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN", "LISU", "GOTHIC", "DESERET"})
"""Scripts whose letters pass for Latin ones; "a" with a Greek letter beside it may be a formula."""

_LETTERS = re.compile(r"[^\W\d_]{2,}")
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
        "mixed_scripts": any(map(_is_mixed, _LETTERS.findall(text))),
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


_RULES_BY_CODE = {
    "roles": ROLE_MARKERS,
    "answer_form": ANSWER_FORMAT,
    "hidden_tex": HIDDEN_TEX,
    "live_markup": LIVE_MARKUP,
}
_Check = tuple[str, Sequence[str], re.Pattern[str]]


@cache  # built for the first paper: commands that read none start sooner
def _commands() -> KeywordIndex:
    """The index of the commands to a model."""
    return KeywordIndex(COMMANDS)


def _checks_by_character() -> dict[str, list[_Check]]:
    """All rules by the rare character in whose presence they are tried."""
    clues: dict[str, list[_Check]] = {}
    for code, rules in _RULES_BY_CODE.items():
        for rule in rules:
            for sign, words in rule.words_by_character.items():
                clues.setdefault(sign, []).append((code, words, rule.pattern))
    return clues


_CHECKS = _checks_by_character()


def find_injections(text: str) -> tuple[str, ...]:
    """The codes of the kinds of prompt injection (see `INJECTION_CODES`) found in a paper's title, abstract and
    authors, as the source gives them.
    """
    found = _matched_codes(text)
    foreign = not text.isascii() and COMMANDS_IN_OTHER_LANGUAGES.search(text) is not None
    if foreign or any(map(_commands().matches, decoded_variants(text))):
        found.add("orders")
    if next(_decoded_payloads(text), None) is not None:
        found.add("encoded")
    return tuple(code for code in INJECTION_CODES if code in found)


def _matched_codes(text: str) -> set[str]:
    """The codes of all rules that match, commands and encoded text aside."""
    found: set[str] = set()
    # From cheap to expensive: a character, then words, then the pattern. Most texts fail at the first.
    for sign, clues in _CHECKS.items():
        if sign not in text:
            continue
        for code, words, pattern in clues:
            for word in words:
                if word in text:
                    if pattern.search(text) is not None:
                        found.add(code)
                    break
    return found


# Cyrillic and Greek letters that look like Latin ones (a part of Unicode's confusables.txt), lower case.
_LOOKALIKES = str.maketrans(dict(zip("аеорсухіјѕԁһӏквмтнαοενιρτυκɡɩ", "aeopcyxijsdhlkbmthaoeviptukgi", strict=True)))
_LEET = str.maketrans("013457@$!", "oieastasi")
_LEET_SIGN = re.compile(r"[013457@$!](?:(?<=[a-z].)[a-z]|(?<!\w.)[a-z]{2})")  # in a word, or as its first letter
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_TEX = re.compile(r"\\(?:[a-z]+\*?(?:\[[^\]]*\])?)?|\{|\}|\$")
_SPELLED = re.compile(r"(?<!\w)(?:[^\W\d_][ .\-_*·/]{1,3}){6,}[^\W\d_](?!\w)")  # "i g n o r e  a l l", "i.g.n.o.r.e"

# A part of every text that _SPELLED matches, and much faster to look for.
_SPELLED_IN_PART = re.compile(r"[ .\-_*·/][^\W\d_](?:[ .\-_*·/]{1,3}[^\W\d_]){5}")

# Texts are read shifted (ROT13 and every other Caesar cipher) or reversed only if one of these words occurs so.
_TELLING = ("ignore", "instruction", "score", "prompt")
_SHIFTED = {
    word.translate(table): str.maketrans(_ALPHABET[shift:] + _ALPHABET[:shift], _ALPHABET)
    for shift in range(1, len(_ALPHABET))
    for table in [str.maketrans(_ALPHABET, _ALPHABET[shift:] + _ALPHABET[:shift])]
    for word in _TELLING
}
_REVERSED_WORDS = tuple(word[::-1] for word in _TELLING)

_ASCII_CONTROLS = {code: None for code in (*range(0x20), 0x7F) if not chr(code).isspace()}  # in ASCII

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_BASE32 = re.compile(r"\b[A-Z2-7]{24,}={0,6}")
_HEX = re.compile(r"(?:(?:\\x|0x)?[0-9A-Fa-f]{2}[\s:,]{0,2}){10,}")
_HEX_IN_PART = re.compile(r"[0-9][0-9A-Fa-f](?:[\s:,]{0,2}(?:\\x|0x)?[0-9A-Fa-f]{2}){4}")  # a fast first test
_BINARY = re.compile(r"(?:[01]{8}\s?){6,}")
_CHARACTER_CODES = re.compile(r"(?:\b\d{2,3}\b[\s,]{1,2}){8,}\d{2,3}\b")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2}\w*){4,}")
_ENTITIES = re.compile(r"(?:&#x?[0-9A-Fa-f]{2,6};){4,}")
_ESCAPES = re.compile(r"(?:(?:\\u|U\+)\{?[0-9A-Fa-f]{4}\}?[\s,]{0,2}){4,}")
_OCTAL = re.compile(r"(?:\\[0-3]?[0-7]{2}){4,}")
_MORSE = re.compile(r"(?<![^\s/|])(?:[.·•-]{1,5}(?:\s?[/|]\s?|\s)){5,}[.·•-]{1,5}(?![^\s/|])")
# The slow patterns are tried only on texts that can match: nearly every abstract has none of these.
_SHORTEST_CODE = 20  # characters of Base64 or Base32
_FEWEST_DIGITS = 8  # digits in eight letters of hexadecimal
_FEWEST_IN_CODES = 18
_FEWEST_BITS = 48  # six letters
_SHORTEST = 8  # characters; shorter results are often chance


def decoded_variants(text: str) -> Iterator[str]:
    """The forms that a model might read in a possibly disguised text, for detecting prompt injection.

    The first is in lower case without look-alike letters, invisible characters and TeX. Then come decoded ones:
    spelled-out words joined ("i g n o r e"), leetspeak, Caesar ciphers and reversed text, each only where the text
    looks as if it were written so.
    """
    plain = _normalized(text)
    stripped = _TEX.sub("", plain)
    bare = fold(stripped)
    yield bare
    if _SPELLED_IN_PART.search(stripped) and (joined := _SPELLED.sub(_joined_letters, stripped)) != stripped:
        yield fold(joined)
    if _LEET_SIGN.search(plain):
        yield fold(plain.translate(_LEET))
    for word, table in _SHIFTED.items():
        if word in bare:
            yield bare.translate(table)
    if any(word in bare for word in _REVERSED_WORDS):
        yield bare[::-1]
        yield " ".join(word[::-1] for word in bare.split())


def _normalized(text: str) -> str:
    """The text in lower case, without invisible characters, and with Latin letters for look-alike ones."""
    if text.isascii():
        return text.translate(_ASCII_CONTROLS).lower()
    wide = unicodedata.normalize("NFKC", text)
    hidden = dict.fromkeys(ord(c) for c in set(wide) if is_invisible(c) and not c.isspace())
    plain = wide.translate(hidden).casefold()
    return plain if plain.isascii() else plain.translate(_LOOKALIKES)


def _joined_letters(match: re.Match[str]) -> str:
    """Letters that are spelled out ("i g n o r e") joined to words. Wider gaps separate words; without them the result
    is one word.
    """
    return " ".join(re.sub(r"[\W_]", "", word) for word in re.split(r"\s{2,}|\s[/·]\s", match[0]))


def _decoded_payloads(text: str) -> Iterator[str]:
    """The readable texts that are encoded inside a text.

    Decodes Base64, Base32, hexadecimal, binary and decimal character codes, and the escapes of URLs, HTML, JSON and C.
    Morse code is returned undecoded, which is enough to warn of it: no abstract has a use for it.
    """
    long = [piece for piece in text.split() if len(piece) >= _SHORTEST_CODE]
    for pattern, decode, size in ((_BASE64, base64.b64decode, 4), (_BASE32, base64.b32decode, 8)):
        for match in (match for piece in long for match in pattern.finditer(piece)):
            body = match[0].rstrip("=").replace("-", "+").replace("_", "/")
            with suppress(ValueError):  # it is no such code
                yield from _as_text(decode(body[: len(body) // size * size]))
    if (digits := sum(map(text.count, "0123456789"))) >= _FEWEST_DIGITS or not text.isascii():
        yield from _decoded_digits(text, digits)
    yield from _unescaped(text)
    yield from (match[0] for match in _MORSE.finditer(text))


def _unescaped(text: str) -> Iterator[str]:
    """The characters that are written as escapes of URLs, HTML, JSON or C, or as Unicode code points."""
    if "%" in text:
        yield from (unquote(match[0]) for match in _PERCENT.finditer(text))
    if "&#" in text:
        yield from (html.unescape(match[0]) for match in _ENTITIES.finditer(text))
    if "\\u" in text or "U+" in text:
        for match in _ESCAPES.finditer(text):
            yield "".join(chr(int(code, 16)) for code in re.findall("[0-9A-Fa-f]{4}", match[0]))
    if "\\" in text:
        for match in _OCTAL.finditer(text):
            yield "".join(chr(int(code, 8)) for code in match[0].split("\\") if code)


def _decoded_digits(text: str, digits: int) -> Iterator[str]:
    """The readable texts in hexadecimal, binary or decimal character codes."""
    if _HEX_IN_PART.search(text):
        for match in _HEX.finditer(text):
            bare = re.sub(r"\\x|0x|[\s:,]", "", match[0])
            yield from _as_text(bytes.fromhex(bare[: len(bare) // 2 * 2]))
    if digits >= _FEWEST_BITS:
        for match in _BINARY.finditer(text):
            yield from _as_text(bytes(int(octet, 2) for octet in re.findall("[01]{8}", match[0])))
    if digits >= _FEWEST_IN_CODES or not text.isascii():
        for match in _CHARACTER_CODES.finditer(text):
            yield from _as_text(bytes(number for number in map(int, re.findall(r"\d+", match[0])) if number < 256))


def _as_text(data: bytes) -> Iterator[str]:
    """The decoded bytes as a text if at least 90 % of them are UTF-8 and 80 % of its characters are letters or spaces.

    A pattern may have caught some characters of the surrounding text too, so not all bytes need to make sense.
    """
    text = data.decode(errors="ignore")
    letters = sum(character.isalpha() or character.isspace() for character in text)
    whole = len(text.encode()) >= 0.9 * len(data) and text.isprintable()
    if len(text) >= _SHORTEST and whole and letters >= 0.8 * len(text):
        yield text


class KeywordIndex:
    """Tests whether any of many regular expressions for commands to a model matches a text, trying only those whose
    required words are in it.
    """

    def __init__(self, orders: Sequence[CommandPattern]) -> None:
        words: dict[str, int] = {}
        self._orders: list[tuple[int, re.Pattern[str]]] = []
        bit = 1
        for order in orders:
            needed = 0
            for group in order.needs:
                words.update({word: words.get(word, 0) | bit for word in group})
                needed |= bit
                bit <<= 1
            self._orders.append((needed, order.pattern))
        # The search finds only the longest word at each position, so its bits include those of its prefixes.
        self._bits = {
            word: reduce(or_, (words.get(word[:end], 0) for end in range(1, len(word) + 1))) for word in words
        }
        tree = _trie_pattern([*words])
        # A lookahead consumes nothing, so overlapping words are all found. In ASCII a simple class replaces \W, faster.
        self._in_ascii = re.compile(f"[^a-z0-9_](?=({tree}))")
        self._in_any = re.compile(rf"\W(?=({tree}))")

    def matches(self, text: str) -> bool:
        """Whether any of the indexed patterns matches a lower-case text on one line."""
        found = 0
        pattern = self._in_ascii if text.isascii() else self._in_any
        for word in set(pattern.findall(f" {text}")):
            found |= self._bits[word]
        return found != 0 and any(
            needed & found == needed and pattern.search(text) is not None for needed, pattern in self._orders
        )


def _trie_pattern(words: Sequence[str]) -> str:
    """A pattern that matches the longest of the words, as a trie: it reads no letter twice."""
    whole, branches = set(words), dict[str, list[str]]()  # branches by prefix: the patterns of what may follow it
    prefixes = {word[:end] for word in words for end in range(1, len(word) + 1)}
    for prefix in sorted(prefixes, key=lambda one: (-len(one), one)):
        rest = f"(?:{'|'.join(branches[prefix])}){'?' if prefix in whole else ''}" if prefix in branches else ""
        branches.setdefault(prefix[:-1], []).append(re.escape(prefix[-1]) + rest)
    return f"(?:{'|'.join(branches[''])})"
