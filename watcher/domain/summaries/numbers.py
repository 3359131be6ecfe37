"""Extracts numbers from a Japanese summary and from its English source as exact values, to check one
against the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from watcher.domain.summaries.english import TOKEN, figures_with_units, number_words, rough_numbers
from watcher.domain.text import has_japanese, lazy_pattern

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_JA_SCALE = {"千": 3, "万": 4, "億": 8, "兆": 12}
_EN_SCALE = {"k": 3, "thousand": 3, "m": 6, "million": 6, "b": 9, "billion": 9, "t": 12, "trillion": 12}

_PART = lazy_pattern(rf"({_NUMBER})([千万億兆KkMBT]*)")
_CLAIM = lazy_pattern(rf"(?:{_NUMBER}[千万億兆]+)*{_NUMBER}(?:[千万億兆]+|[KkMBT](?![A-Za-z]))?\s*[%％]?")

# A number glued to a capital ("GPT-4", "H100") is part of a name and supports no figure.
_STATED = lazy_pattern(
    rf"(?<![A-Za-z\d.])(?<![A-Z]-)({_NUMBER})(?:[\s-]*((?:thousand|million|billion|trillion)\b|[KkMBT](?![A-Za-z])))?"
)
_POWER = lazy_pattern(r"10\s*\^\s*\{?\s*(\d{1,2})(?!\d)")
# Only kanji numerals before a counter are numbers; 「一つ」 is used like an article, 「二次」「三者」 are words.
_KANJI = {"二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_COUNTED = lazy_pattern(
    r"(?<![一二三四五六七八九十百千万数第])([二三四五六七八九十])(?=つ|段階|種|系統|陣営|個|件|倍|次元|層|方向|側面|軸|条件|課題|領域|分野|言語|指標|要素|段)"
)
# Vague quantities, with the English words that would support them.
_ROUGH = {
    "数十": ("dozen", "tens of"),
    "数百": ("hundreds",),
    "数千": ("thousands",),
    "数万": ("tens of thousands",),
    "数十万": ("hundreds of thousands",),
    "数百万": ("millions",),
    "数千万": ("tens of millions",),
    "数億": ("hundreds of millions",),
}
_ROUGH_NUMBER = lazy_pattern("|".join(sorted(_ROUGH, key=len, reverse=True)))
_SHARE = lazy_pattern(rf"({_NUMBER}|[一二三四五六七八九])割")
_HALF = lazy_pattern("半分|半減|半数")
_TEX_DIGIT_SPACE = lazy_pattern(r"(?<=\d)(?:\{,\}|\\[,!;:])(?=\d)")

_WORDS = {
    word: Decimal(value)
    for value, words in {
        0: "zero", 1: "one single once first", 2: "two both dual dyadic binary pair pairs twice double doubles doubled doubling second twofold",
        3: "three triadic triple triples tripled thrice third threefold", 4: "four quadruple fourth fourfold",
        5: "five fifth fivefold", 6: "six sixth", 7: "seven seventh", 8: "eight eighth", 9: "nine ninth",
        10: "ten tenth tenfold", 11: "eleven", 12: "twelve dozen", 13: "thirteen", 14: "fourteen", 15: "fifteen",
        16: "sixteen", 17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty", 30: "thirty", 40: "forty",
        50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety",
    }.items()
    for word in words.split()
}  # fmt: skip
_MULTIPLIERS = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_WORD = "|".join(sorted([*_WORDS, *_MULTIPLIERS], key=len, reverse=True))
_WORD_RUN = lazy_pattern(rf"\b(?:{_WORD})(?:[\s-]+(?:{_WORD}))*\b", re.IGNORECASE)


def claimed_numbers(text: str) -> Iterator[tuple[str, frozenset[Decimal]]]:
    """The numbers in digits in a Japanese text, each with the values any of which in the source would support it.

    Understands thousands separators, decimals, 千/万/億/兆, K/M/B/T and % (57% is supported by 57 or 0.57). Full-width
    digits must have been converted to ASCII before.
    """
    for match in _CLAIM.finditer(text):
        piece = match[0].strip()
        value = sum((_scaled(number, units) for number, units in _PART.findall(piece)), Decimal(0))
        # English states the same share as 57 % or as 0.57.
        yield piece, frozenset({value, value / 100} if piece[-1] in "%％" else {value})


def counted_numbers(text: str) -> Iterator[tuple[str, frozenset[Decimal]]]:
    """The numbers in a Japanese text written as kanji numerals or as tenths (「三つ」「7割」「半分」), each with the
    values any of which in the source would support it.
    """
    for match in _COUNTED.finditer(text):
        yield match[0], frozenset({Decimal(_KANJI[match[1]])})
    for match in _SHARE.finditer(text):
        tenths = Decimal(_KANJI.get(match[1], 1)) if match[1] in "一二三四五六七八九" else _exact(match[1])
        yield match[0], frozenset({tenths * 10, tenths / 10})


def without_tenths(text: str) -> str:
    """A Japanese text with fractions in tenths (7割) blanked out, because `claimed_numbers` would read 7."""
    return _SHARE.sub(lambda share: " " * len(share[0]), text)


def unsupported_round_numbers(text: str, source: str) -> Iterator[str]:
    """The rough quantities in a Japanese text (「数百」「半分」) for which the English source has no corresponding
    word.
    """
    plain = source.casefold()
    for number in dict.fromkeys(_ROUGH_NUMBER.findall(text)):
        if not any(word in plain for word in _ROUGH[number]):
            yield number
    half = _HALF.search(text)
    if half and not re.search(r"\bhal[fv]|\b50\b|\b0\.5\b", plain):
        yield half[0]


def stated_numbers(text: str) -> frozenset[Decimal]:
    r"""Every value in an English text: digits with TeX (`57\%`, `12{,}000`, `10^{6}`), scales (million) and number
    words.
    """
    plain = _TEX_DIGIT_SPACE.sub("", text)
    found: set[Decimal] = set()
    for number, scale in _STATED.findall(plain):
        value = _exact(number)
        found |= {value, value.scaleb(_EN_SCALE[scale.lower()])} if scale else {value}
    found |= {Decimal(10) ** int(power) for power in _POWER.findall(plain)}  # "10^{6}" supports 100万
    for run in _WORD_RUN.findall(plain):
        words = re.split(r"[\s-]+", run.lower())
        found |= {_WORDS[word] for word in words if word in _WORDS} | {_spelled(words)}
    return frozenset(found)


def unsupported_words(text: str, source: str) -> Iterator[str]:
    """The numbers in words, and the rough quantities, in an English text that its source does not state."""
    stated = stated_numbers(source)
    yield from (word for word in number_words(text) if _spelled(re.split(r"[\s-]+", word.lower())) not in stated)
    yield from rough_numbers(text, source)


def _exact(number: str) -> Decimal:
    """The number as a Decimal, without thousands separators."""
    return Decimal(number.replace(",", ""))


def _scaled(number: str, units: str) -> Decimal:
    """The number multiplied by its units (万, million)."""
    power = sum(_JA_SCALE.get(unit) or _EN_SCALE[unit.lower()] for unit in units)
    return _exact(number).scaleb(power)


def _spelled(words: list[str]) -> Decimal:
    """The value of a number in English words, e.g. ["two", "hundred"]."""
    total = current = Decimal(0)
    for word in words:
        if word in _WORDS:
            current += _WORDS[word]
        elif word == "hundred":
            current = max(current, Decimal(1)) * 100
        else:
            total, current = total + max(current, Decimal(1)) * _MULTIPLIERS[word], Decimal(0)
    return total + current


_NUMBER_WITH_UNIT = r"\d[\d,]*(?:\.\d+)?"
_UNITS = {
    "%": r"\\?%|％|percent|pct",
    "ポイント": r"(?:percentage |absolute |\\?% ?)?points?|pp\b|p\.p",
    "倍": r"×|\\times|times|x\b|fold",
    "時間": r"h\b|hours?|hrs?\b",
    "分間": r"min",
    "秒": r"s\b|sec",
    "ドル": r"dollar|USD",
}
_LIST = r"(?:[\s\d/,{}$~–-]|\.(?=\d)|to\b|and\b|or\b)*"  # "92 to 77%", "60, 70 and 80 percent" name their unit once
# Units that stand before the number: "a factor of 3", "$5".
_BEFORE = {"倍": r"factor of |×|\\times", "ドル": r"\$|USD"}
_FIGURE = lazy_pattern(rf"({_NUMBER_WITH_UNIT})\s*({'|'.join(_UNITS)})")


def mismatched_units(summary: str, source: str) -> Iterator[str]:
    """The numbers with a unit in a summary (as written, e.g. "5%") whose value the source states, but never with that
    unit.
    """
    english = not has_japanese(summary)
    figures = figures_with_units(summary) if english else ((f[0], f[1], f[2]) for f in _FIGURE.finditer(summary))
    plain = re.sub(r"(?<=\d)(?:\{,\}|,)(?=\d{3})", "", source)
    for written, figure, unit in figures:
        number = re.escape(figure.replace(",", ""))
        places = list(re.finditer(rf"(?<![\d.]){number}(?![\d]|\.\d)", plain))
        if places and not any(_has_unit(plain, place, unit) for place in places):
            yield written


def _has_unit(source: str, place: re.Match[str], unit: str) -> bool:
    """Whether the unit stands before or after a number in the source, also behind a list of numbers."""
    before = source[max(0, place.start() - 12) : place.start()]
    led = unit in _BEFORE and re.search(rf"(?:{_BEFORE[unit]})\s*$", before, re.IGNORECASE)
    return bool(led or re.match(rf"{_LIST}(?:{_UNITS[unit]})", source[place.end() : place.end() + 60], re.IGNORECASE))


_LETTER = lazy_pattern("[A-Za-zÀ-ɏ]")
_FIGURE_IN_NAME = lazy_pattern(r"[\d.]+[KkMBT]")  # "12K" is a number, not a name
_HYPHEN = lazy_pattern("[-‐‑]")
_ANY_HYPHEN = r"[-‐‑–\s~]?"  # "few-shot", "few shot", "fewshot", and TeX's unbreakable space
_TEX = lazy_pattern(r"\\[A-Za-z]+\s*|\\-|[{}$]")
_EXACT_FROM = 2  # capitals from which case matters: "LLaMA" is a spelling, "Transformer" just a word


def names(text: str) -> Iterator[re.Match[str]]:
    """The words in Latin letters in a text, which are taken for names, in order, with digits and inner hyphens
    (`GPT-4.1`, `Qwen2.5-3B`, `C++`). Numbers such as `12K` are left out.
    """
    for match in TOKEN.finditer(text):
        if _LETTER.search(match[0]) and not _FIGURE_IN_NAME.fullmatch(match[0]):
            yield match


def without_tex(text: str) -> str:
    r"""The text without TeX commands, braces and dollar signs: `\textsc{Co}LA` becomes `CoLA`."""
    return _TEX.sub("", text)


def contains_name(source: str, name: str, aliases: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a source text contains a name, or one of its aliases, as a whole word.

    Case matters if the name has two or more capitals. A plural counts as the same name, a hyphen may be a space.
    """
    singular = name.removesuffix("s") if len(name) > _EXACT_FROM else name
    if _found(source, singular, exact=sum(c.isupper() for c in name) >= _EXACT_FROM):
        return True
    others = (*aliases.get(name, ()), *aliases.get(singular, ()))
    return any(_found(source, other, exact=False) for other in others)


def _found(source: str, phrase: str, *, exact: bool) -> bool:
    """Whether the phrase occurs as a whole word, in singular or plural."""
    words = _ANY_HYPHEN.join(re.escape(part) for part in _HYPHEN.split(phrase.replace(" ", "-")))
    pattern = rf"(?<![^\W_]){words}(?:e?s|['’]s)?(?![^\W_])"
    return re.search(pattern, source, 0 if exact else re.IGNORECASE) is not None
