"""Checks a summary against the style sheet and its source (title and abstract); returns each broken rule with the
offending text.

Some rules find content that is typical of advertising, even if the abstract states it truly. Addresses and citation
counts are never allowed in a summary. Prizes and prices may be the subject of a study, so `prizes_and_prices` returns
the sentences about them separately.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from watcher.domain.facts import NO_QUOTE, Violation
from watcher.domain.summaries import numbers
from watcher.domain.summaries.cells import LONGEST_WRITTEN
from watcher.domain.summaries.english import english_names
from watcher.domain.summaries.numbers import contains_name, mismatched_units, names, without_tex
from watcher.domain.summaries.style import Style, sentences, style_faults, truncated_endings
from watcher.domain.summaries.verification import SentenceEvidence, comparable, evidence_by_sentence
from watcher.domain.text import fold, has_japanese, is_invisible, kana_share, latin_share, lazy_pattern, narrow

_MOST_TERMS = 3
_LONGEST_TERM = 30
_LONGEST_TITLE = 80
_SHORTEST_QUOTE = 3  # words; shorter quotations occur by chance
_MOST_SHOWN = 5
_LONGEST_SHOWN = 40


def violations(
    summary_ja: str, categories_ja: Sequence[str], evidence: Sequence[str], source_text: str, style: Style
) -> tuple[Violation, ...]:
    """The rules that a summary breaks, one Violation for each with the offending text.

    `source_text` is title and abstract in every available form (raw and for people), concatenated. words_ja/common.py
    has a Japanese text for every code.
    """
    tied = evidence_by_sentence(summary_ja, evidence)
    found = {
        "length": []
        if style.shortest <= len(summary_ja) <= style.longest
        else [f"{len(summary_ja)} ({style.shortest}-{style.longest})"],
        **_manner(summary_ja, style),
        "kana": [] if (share := kana_share(summary_ja)) >= style.least_kana else [f"{share:.0%}"],
        "latin": [] if (share := latin_share(summary_ja)) >= style.least_latin else [f"{share:.0%}"],
        "number": list(unsupported_numbers(summary_ja, source_text, english=_is_english(style))),
        "unit": list(mismatched_units(narrow(summary_ja), source_text)),
        "name": list(_unsupported_names(summary_ja, source_text, style, english=_is_english(style))),
        "hedge": list(lost_hedges(tied, source_text, style.hedges, style.hedged)),
        "claim": list(overclaims(summary_ja, source_text, style.absolutes)),
        "quote": list(_unfound_quotes(evidence, source_text)),
        "ground": [ground.sentence for ground in tied if not ground.passages] if evidence else [],
        "categories": list(_odd_terms(categories_ja, style)),
        "markup": list(_harmful([summary_ja, *categories_ja])),
        "address": list(addresses("\n".join([summary_ja, *categories_ja]))),
        "citations": list(citation_counts(summary_ja)),
    }
    return tuple(Violation(code, _shown(pieces)) for code, pieces in found.items() if pieces)


def field_violations(fields: Mapping[str, str], source_text: str, style: Style) -> Iterator[Violation]:
    """Check the texts that a model wrote for additional catalog fields; yield a Violation for each field that is too
    long or holds an address, a citation count, markup, or a number or name that title and abstract do not have. The
    detail is the field's name and the offending text.
    """
    english = _is_english(style)
    for name, text in fields.items():
        odd = [
            *unsupported_numbers(text, source_text, english=english),
            *mismatched_units(narrow(text), source_text),
            *_unsupported_names(text, source_text, style, english=english),
            *advertised(text),
            *_harmful([text]),
            *([f"{len(text)}/{LONGEST_WRITTEN}"] if len(text) > LONGEST_WRITTEN else []),
        ]
        if odd:
            yield Violation("field", f"{name}: {_shown(odd)}")


def is_faulty_title(title_ja: str, source_text: str, style: Style) -> bool:
    """Whether a Japanese translation of a title must not be shown: too long, no Japanese, polite, with markup, an
    address, a prize, a price or a citation count, or with numbers or names that the source does not have.
    """
    found = (
        unsupported(title_ja, source_text, style),
        style_faults(title_ja, style.analyze),
        _harmful([title_ja]),
        advertised(title_ja),
        prizes_and_prices(title_ja),
    )
    return not has_japanese(title_ja) or len(title_ja) > _LONGEST_TITLE or any(any(pieces) for pieces in found)


def _is_english(style: Style) -> bool:
    return style.stop != "。"


def _manner(text: str, style: Style) -> dict[str, list[str]]:
    """What breaks the rules about endings and register, by the code of the rule."""
    if _is_english(style):
        told = [found[0] for pattern in style.informal for found in re.finditer(pattern, text, re.IGNORECASE)]
        return {"stop": [] if text.endswith(style.stop) else [text[-5:]], "tone": told}
    cut = [*truncated_endings(text, style.analyze)] if text.endswith("。") else [text[-5:]]
    return {"ending": cut, "register": list(style_faults(text, style.analyze))}


def unsupported(text: str, source_text: str, style: Style) -> tuple[str, ...]:
    """The numbers and Latin-script names in a Japanese text that the source does not contain."""
    return tuple(
        dict.fromkeys((*unsupported_numbers(text, source_text), *_unsupported_names(text, source_text, style)))
    )


def _shown(pieces: Iterable[str]) -> str:
    """The offending parts of a text, at most five, joined to one short text."""
    distinct = list(dict.fromkeys(fold(piece)[:_LONGEST_SHOWN].rstrip() for piece in pieces))
    more = "…" if len(distinct) > _MOST_SHOWN else ""
    return "、".join(distinct[:_MOST_SHOWN]) + more


def unsupported_numbers(summary: str, source: str, *, english: bool = False) -> Iterator[str]:
    """The numbers in a summary, as written, that the source does not state."""
    text = narrow(summary)
    for name in list(english_names(text) if english else names(text)):  # digits inside a name are checked with the name
        text = text[: name.start()] + " " * len(name[0]) + text[name.end() :]
    stated = numbers.stated_numbers(source)
    for piece, supports in (*numbers.counted_numbers(text), *numbers.claimed_numbers(numbers.without_tenths(text))):
        if stated.isdisjoint(supports):
            yield piece
    yield from (numbers.unsupported_words if english else numbers.unsupported_round_numbers)(text, source)


def _unsupported_names(summary: str, source: str, style: Style, *, english: bool = False) -> Iterator[str]:
    """The Latin-script names in a summary that the source contains neither in this spelling nor by an alias of the
    style sheet.
    """
    text = f"{source}\n{without_tex(source)}"  # with and without TeX: names may be set in commands
    found = english_names(narrow(summary)) if english else names(narrow(summary))
    yield from (name[0] for name in found if not contains_name(text, name[0], style.aliases))


def _unfound_quotes(evidence: Sequence[str], source: str) -> Iterator[str]:
    """Quotations that the source does not contain word for word, or that are too short to be evidence."""
    text = comparable(source)
    for quote in evidence or [""]:
        words = comparable(quote)
        if len(words.split()) < _SHORTEST_QUOTE or words not in text:
            yield fold(quote) or NO_QUOTE


def _odd_terms(categories: Sequence[str], style: Style) -> Iterator[str]:
    """Category names that are not allowed: not in the style sheet, too long or too many."""
    if not 1 <= len(categories) <= _MOST_TERMS:
        yield str(len(categories))
    for term in categories:
        known = term in style.terms or has_japanese(term) != _is_english(style)
        if not (known and len(term) <= _LONGEST_TERM and style.cells.separator not in term):
            yield term or "—"


def _harmful(texts: Iterable[str]) -> Iterator[str]:
    """Characters that would break a Markdown table, and invisible ones."""
    for character in "".join(texts):
        if character == "|":
            yield character
        elif is_invisible(character) or character == "\N{REPLACEMENT CHARACTER}":
            yield f"U+{ord(character):04X}"


_LONGEST_PIECE = 200  # characters of a word that are looked at
_PIECE = lazy_pattern(r"[!-~]+")
_OLD_DOMAINS = "com|org|net|edu|gov|jp"
# In lower case alone: "Character.AI" is a name.
_OTHER_DOMAINS = (
    "io|ai|dev|app|co|me|info|biz|xyz|site|online|shop|store|top|club|cloud|tech|page|link|ly|gg|tv|cc|to|sh|so|cn|kr|tw|uk|de|"
    "fr|eu|us|ca|au|ru|in|br|it|nl|ch|es|se|example|test|invalid|onion"
)
_ADDRESS = lazy_pattern(
    r"://|(?<![a-z])(?:https?|mailto|tel|hxxps?):|(?<![a-z])www\.|(?:@|\[at\]|\(at\))[\w-]+\.\w|(?<![\w.])@[a-z0-9_]{3,}"
    rf"|[a-z0-9]\.(?:{_OLD_DOMAINS}|(?-i:{_OTHER_DOMAINS}))(?![\w.-])"
    r"|(?<![\d.])10\.\d{4,9}/|arxiv:\d{4}\.\d{4,5}|(?<!\w)0x[0-9a-f]{16}|(?<!\w)(?:bc1|[13])[a-z0-9]{25,59}(?!\w)"
    r"|(?<![\d.])\+?\d{2,4}-\d{2,4}-\d{3,4}(?![\d.])",
    re.IGNORECASE | re.ASCII,
)
_AT = lazy_pattern(r"\s?(?:＠|\[at\]|\(at\))\s?")
_POSTAL = lazy_pattern(r"〒\s?\d{3}")

_CITED = lazy_pattern("引用")
# What stands just before and behind the word where a number of citations is told.
_MORE = "(?:以上|超|余り?|近く|を超える)?"
_COUNTED_BEFORE = lazy_pattern(
    rf"被$|\d[千万億kKmM]?(?:回|度){_MORE}[もの]?$|\d[千万億]?(?:件|本|報|編){_MORE}の?(?:論文|文献|研究)(?:から|に|で)$"
)
_THINGS_BEFORE = lazy_pattern(rf"\d[千万億]?(?:件|本|報)?{_MORE}の$")
_GAINED_BEHIND = lazy_pattern(r"(?:数|回数|件数)?(?:を|が|に)(?:得|集|獲得|受|超|達|誇|記録|持)")
_COUNTED_BEHIND = lazy_pattern(r"(?:数|回数|件数)(?:は|が|も|で|に|:|：|[（(])?[^。、]{0,8}?\d")
_ENGLISH_CITED = lazy_pattern(
    r"\bcited\s+(?:by\s+|over\s+|more than\s+|nearly\s+)*\d[\d,]*|\d[\d,]*\+?\s+citations?\b|\bcitation count\b[^.]{0,12}\d",
    re.IGNORECASE,
)
_REACH = 24  # characters before and behind

_PRIZE = lazy_pattern(
    r"受賞|入賞|表彰|栄誉|栄冠|(?:[ァ-ヶーA-Za-z]|(?![鑑観推])[一-龥])賞(?![味罰与賛])|アワード|(?<![a-z])(?:award|prize|best paper)|oral(?:発表)?(?:に|と|で)採択"
    r"|採択された|採録された|(?:金|銀|銅)メダル|\baccepted (?:as|for|at|to|by)\b|\bwon\b|(?:gold|silver|bronze) medal",
    re.IGNORECASE,
)
_PRICE = lazy_pattern(
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


_HEDGE_REACH = 60  # characters; "Our results suggest that" stands this near to what it hedges


_SENTENCE_END = lazy_pattern(r"[.!?](?=\s)")


def lost_hedges(
    evidence: Sequence[SentenceEvidence], source: str, hedges: Sequence[str], kept: Sequence[str]
) -> Iterator[str]:
    """The hedges ("may", "suggests") in the source that a summary drops, so that it claims more than the source.

    `hedges` are English patterns, `kept` the words of the summary's language any of which renders a hedge. The hedge is
    looked for in the passages on which a sentence rests, and up to 60 characters before them in the same sentence of
    the source.
    """
    hedge = re.compile(rf"\b(?:{'|'.join(hedges)})\b", re.IGNORECASE)
    text = comparable(source)
    # A sentence that keeps any hedge passes, because words alone do not tell which of them it renders.
    for each in evidence:
        if any(word in each.sentence.lower() for word in kept):
            continue
        for passage in map(comparable, each.passages):
            found = hedge.search(passage) or hedge.search(_before(passage, text))
            if found:
                yield found[0].lower()
                break


def _before(passage: str, text: str) -> str:
    """The part of the same source sentence that precedes a passage."""
    place = text.find(passage)
    lead = text[max(0, place - _HEDGE_REACH) : place] if place > 0 else ""
    return _SENTENCE_END.split(lead)[-1]


def overclaims(summary: str, source: str, absolutes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The absolute claims ("best", "first", "all") in a summary that the source does not make.

    `absolutes` maps a pattern in the summary's language to the beginnings of the English words that would justify it.
    """
    for absolute, words in absolutes.items():
        found = re.search(absolute, summary)
        if found and not re.search(rf"\b(?:{'|'.join(words)})", source, re.IGNORECASE):
            yield found[0]
