"""Finds in a summary what only an advertisement needs: addresses, citation counts, prizes and prices.

An abstract may state such things truly. A summary of a study never needs addresses or citation counts, and prizes and
prices only where they are the subject of the study.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from watcher.domain.summaries.japanese_style import sentences
from watcher.domain.text import narrow

_LONGEST_PIECE = 200  # characters of a word that are looked at
_PIECE = re.compile(r"[!-~]+")
_OLD_DOMAINS = "com|org|net|edu|gov|jp"
# In lower case alone: "Character.AI" is a name.
_OTHER_DOMAINS = (
    "io|ai|dev|app|co|me|info|biz|xyz|site|online|shop|store|top|club|cloud|tech|page|link|ly|gg|tv|cc|to|sh|so|cn|kr|tw|uk|de|"
    "fr|eu|us|ca|au|ru|in|br|it|nl|ch|es|se|example|test|invalid|onion"
)
_ADDRESS = re.compile(
    r"://|(?<![a-z])(?:https?|mailto|tel|hxxps?):|(?<![a-z])www\.|(?:@|\[at\]|\(at\))[\w-]+\.\w|(?<![\w.])@[a-z0-9_]{3,}"
    rf"|[a-z0-9]\.(?:{_OLD_DOMAINS}|(?-i:{_OTHER_DOMAINS}))(?![\w.-])"
    r"|(?<![\d.])10\.\d{4,9}/|arxiv:\d{4}\.\d{4,5}|(?<!\w)0x[0-9a-f]{16}|(?<!\w)(?:bc1|[13])[a-z0-9]{25,59}(?!\w)"
    r"|(?<![\d.])\+?\d{2,4}-\d{2,4}-\d{3,4}(?![\d.])",
    re.IGNORECASE | re.ASCII,
)
_AT = re.compile(r"\s?(?:＠|\[at\]|\(at\))\s?")
_POSTAL = re.compile(r"〒\s?\d{3}")

_CITED = re.compile("引用")
# What stands just before and behind the word where a number of citations is told.
_MORE = "(?:以上|超|余り?|近く|を超える)?"
_COUNTED_BEFORE = re.compile(
    rf"被$|\d[千万億kKmM]?(?:回|度){_MORE}[もの]?$|\d[千万億]?(?:件|本|報|編){_MORE}の?(?:論文|文献|研究)(?:から|に|で)$"
)
_THINGS_BEFORE = re.compile(rf"\d[千万億]?(?:件|本|報)?{_MORE}の$")
_GAINED_BEHIND = re.compile(r"(?:数|回数|件数)?(?:を|が|に)(?:得|集|獲得|受|超|達|誇|記録|持)")
_COUNTED_BEHIND = re.compile(r"(?:数|回数|件数)(?:は|が|も|で|に|:|：|[（(])?[^。、]{0,8}?\d")
_ENGLISH_CITED = re.compile(
    r"\bcited\s+(?:by\s+|over\s+|more than\s+|nearly\s+)*\d[\d,]*|\d[\d,]*\+?\s+citations?\b|\bcitation count\b[^.]{0,12}\d",
    re.IGNORECASE,
)
_REACH = 24  # characters before and behind

_PRIZE = re.compile(
    r"受賞|入賞|表彰|栄誉|栄冠|(?:[ァ-ヶーA-Za-z]|(?![鑑観推])[一-龥])賞(?![味罰与賛])|アワード|(?<![a-z])(?:award|prize|best paper)|oral(?:発表)?(?:に|と|で)採択"
    r"|採択された|採録された|(?:金|銀|銅)メダル|\baccepted (?:as|for|at|to|by)\b|\bwon\b|(?:gold|silver|bronze) medal",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"[$＄€£¥￥]\s?\d|\d\s?(?:[千万億兆]|[km])?\s?(?:円|ドル|ユーロ|ポンド|元|ウォン|セント|USD|EUR|JPY|GBP)"
    r"|価格|料金|値段|割引|無料|月額|発売|\bpric(?:e[sd]?|ing)\b|\bdiscount|free of charge|\bper month\b",
    re.IGNORECASE,
)


def addresses(text: str) -> Iterator[str]:
    """The URLs, e-mail and postal addresses, accounts, DOIs and telephone numbers in a Japanese text."""
    plain = _AT.sub("@", narrow(text))
    yield from (match[0] for match in _PIECE.finditer(plain) if _ADDRESS.search(match[0][:_LONGEST_PIECE]))
    yield from (match[0] for match in _POSTAL.finditer(plain))


def citation_counts(text: str) -> Iterator[str]:
    """The pieces of a Japanese text that say how often something was cited."""
    plain = narrow(text)
    yield from (found[0] for found in _ENGLISH_CITED.finditer(plain))
    for cited in _CITED.finditer(plain):
        before, behind = plain[max(0, cited.start() - _REACH) : cited.start()], plain[cited.end() :][:_REACH]
        gained = _THINGS_BEFORE.search(before) and _GAINED_BEHIND.match(behind)
        if gained or _COUNTED_BEFORE.search(before) or _COUNTED_BEHIND.match(behind):
            yield f"{before[-8:]}引用{behind[:4]}"


def advertised(text: str) -> Iterator[str]:
    """The addresses and citation counts in a Japanese text; neither may be in any summary."""
    yield from addresses(text)
    yield from citation_counts(text)


def prizes_and_prices(text: str) -> Iterator[str]:
    """The sentences of a Japanese text that mention a prize, acceptance at a venue, or a price."""
    for sentence in sentences(text):
        if _PRIZE.search(sentence) or _PRICE.search(narrow(sentence)):
            yield sentence
