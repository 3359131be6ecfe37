"""A text into the readings that a model may find in it: look-alike letters, spelled-out words, codes undone."""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from watcher.domain.text import fold, is_invisible

# Cyrillic and Greek letters that look like Latin ones (a part of Unicode's confusables.txt), lower case.
_LOOKALIKES = str.maketrans(dict(zip("аеорсухіјѕԁһӏквмтнαοενιρτυκɡɩ", "aeopcyxijsdhlkbmthaoeviptukgi", strict=True)))
_LEET = str.maketrans("013457@$!", "oieastasi")
_LEET_SIGN = re.compile(r"[013457@$!](?:(?<=[a-z].)[a-z]|(?<!\w.)[a-z]{2})")  # in a word, or as its first letter
_ROT13 = str.maketrans({letter: codecs.encode(letter, "rot13") for letter in "abcdefghijklmnopqrstuvwxyz"})
_TEX = re.compile(r"\\(?:[a-z]+\*?(?:\[[^\]]*\])?)?|\{|\}|\$")
_SPELLED = re.compile(r"(?<!\w)(?:[^\W\d_][ .\-_*·/]{1,3}){6,}[^\W\d_](?!\w)")  # "i g n o r e  a l l", "i.g.n.o.r.e"

_SPELLED_IN_PART = re.compile(r"[ .\-_*·/][^\W\d_](?:[ .\-_*·/]{1,3}[^\W\d_]){5}")  # is in every such; soon found

# A word that is likely in orders, as it looks in ROT13 and backwards: these readings are made only where one stands.
_TURNED = ("vtaber", "vafgehpgvba", "fpber", "cebzcg")
_BACKWARDS = ("erongi", "noitcurtsni", "erocs", "tpmorp")

_UNSEEN = {code: None for code in (*range(0x20), 0x7F) if not chr(code).isspace()}  # in ASCII

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_BASE32 = re.compile(r"\b[A-Z2-7]{24,}={0,6}")
_HEX = re.compile(r"(?:(?:\\x|0x)?[0-9A-Fa-f]{2}[\s:,]{0,2}){10,}")
_HEX_IN_PART = re.compile(r"[0-9][0-9A-Fa-f](?:[\s:,]{0,2}(?:\\x|0x)?[0-9A-Fa-f]{2}){4}")  # soon found
_BINARY = re.compile(r"(?:[01]{8}\s?){6,}")
_CODES = re.compile(r"(?:\b\d{2,3}\b[\s,]{1,2}){8,}\d{2,3}\b")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2}\w*){4,}")
_ENTITIES = re.compile(r"(?:&#x?[0-9A-Fa-f]{2,6};){4,}")
_ESCAPES = re.compile(r"(?:\\u\{?[0-9A-Fa-f]{4}\}?){4,}")
_SHORTEST_CODE = 20  # characters of Base64 or Base32
_FEWEST_DIGITS = 8  # eight letters in hexadecimal have no fewer
_FEWEST_IN_CODES = 18
_FEWEST_BITS = 48
_SHORTEST = 8  # characters; less says nothing


def readings(text: str) -> Iterator[str]:
    """The text in lower case without its disguises, then as leet, ROT13 or backwards where it may be so written."""
    plain = _undisguised(text)
    stripped = _TEX.sub("", plain)
    bare = fold(stripped)
    yield bare
    if _SPELLED_IN_PART.search(stripped) and (joined := _SPELLED.sub(_together, stripped)) != stripped:
        yield fold(joined)
    if _LEET_SIGN.search(plain):
        yield fold(plain.translate(_LEET))
    if any(word in bare for word in _TURNED):
        yield bare.translate(_ROT13)
    if any(word in bare for word in _BACKWARDS):
        yield bare[::-1]


def _undisguised(text: str) -> str:
    """In lower case, without what is not seen, and with the letters that look-alikes stand for."""
    if text.isascii():
        return text.translate(_UNSEEN).lower()
    wide = unicodedata.normalize("NFKC", text)
    hidden = dict.fromkeys(ord(c) for c in set(wide) if is_invisible(c) and not c.isspace())
    plain = wide.translate(hidden).casefold()
    return plain if plain.isascii() else plain.translate(_LOOKALIKES)


def _together(match: re.Match[str]) -> str:
    """Spelled-out letters as words; wider gaps part them, and without such gaps it is all one word."""
    return " ".join(re.sub(r"[\W_]", "", word) for word in re.split(r"\s{2,}|\s[/·]\s", match[0]))


def decoded(text: str) -> Iterator[str]:
    """What codes inside the text say where they decode to words.

    Understands Base64, Base32, hexadecimal, binary and decimal character codes, and the escapes of URLs, HTML and JSON.
    """
    long = [piece for piece in text.split() if len(piece) >= _SHORTEST_CODE]
    for piece in long:
        for match in _BASE64.finditer(piece):
            yield from _words(_base64(match[0]))
    for piece in long:
        for match in _BASE32.finditer(piece):
            yield from _words(_base32(match[0]))
    if (digits := sum(map(text.count, "0123456789"))) >= _FEWEST_DIGITS or not text.isascii():
        yield from _numbered(text, digits)
    if "%" in text:
        yield from (unquote(match[0]) for match in _PERCENT.finditer(text))
    if "&#" in text:
        yield from (html.unescape(match[0]) for match in _ENTITIES.finditer(text))
    if "\\u" in text:
        for match in _ESCAPES.finditer(text):
            yield "".join(chr(int(code, 16)) for code in re.findall("[0-9A-Fa-f]{4}", match[0]))


def _numbered(text: str, digits: int) -> Iterator[str]:
    if _HEX_IN_PART.search(text):
        for match in _HEX.finditer(text):
            bare = re.sub(r"\\x|0x|[\s:,]", "", match[0])
            yield from _words(bytes.fromhex(bare[: len(bare) // 2 * 2]))
    if digits >= _FEWEST_BITS:
        for match in _BINARY.finditer(text):
            yield from _words(bytes(int(octet, 2) for octet in re.findall("[01]{8}", match[0])))
    if digits >= _FEWEST_IN_CODES or not text.isascii():
        for match in _CODES.finditer(text):
            yield from _words(bytes(number for number in map(int, re.findall(r"\d+", match[0])) if number < 256))


def _base64(piece: str) -> bytes:
    body = piece.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(body[: len(body) // 4 * 4])
    except (binascii.Error, ValueError):
        return b""


def _base32(piece: str) -> bytes:
    body = piece.rstrip("=")
    try:
        return base64.b32decode(body[: len(body) // 8 * 8])
    except (binascii.Error, ValueError):
        return b""


def _words(data: bytes) -> Iterator[str]:
    """The bytes as a text, if that is what they nearly all are: letters of the text around may have come with them."""
    text = data.decode(errors="ignore")
    letters = sum(character.isalpha() or character.isspace() for character in text)
    whole = len(text.encode()) >= 0.9 * len(data) and text.isprintable()
    if len(text) >= _SHORTEST and whole and letters >= 0.8 * len(text):
        yield text
