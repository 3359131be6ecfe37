"""Checks a summary against the style sheet and its source (title and abstract); returns each broken rule with the
offending text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from watcher.domain.facts import NO_QUOTE, Violation
from watcher.domain.summaries import numbers
from watcher.domain.summaries.english import english_names
from watcher.domain.summaries.evidence import comparable, evidence_by_sentence, lost_hedges, overclaims
from watcher.domain.summaries.fields import LONGEST
from watcher.domain.summaries.japanese_style import style_faults, truncated_endings
from watcher.domain.summaries.numbers import contains_name, mismatched_units, names, without_tex
from watcher.domain.summaries.promotion import addresses, advertised, citation_counts, prizes_and_prices
from watcher.domain.summaries.style import Style
from watcher.domain.text import fold, has_japanese, is_invisible, kana_share, latin_share, narrow

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
        "name": list(unsupported_names(summary_ja, source_text, style, english=_is_english(style))),
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
            *unsupported_names(text, source_text, style, english=english),
            *advertised(text),
            *_harmful([text]),
            *([f"{len(text)}/{LONGEST}"] if len(text) > LONGEST else []),
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
    return tuple(dict.fromkeys((*unsupported_numbers(text, source_text), *unsupported_names(text, source_text, style))))


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


def unsupported_names(summary: str, source: str, style: Style, *, english: bool = False) -> Iterator[str]:
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
