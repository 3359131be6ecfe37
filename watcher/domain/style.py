"""The style sheet for Japanese cells, and a summary turned into the rules of it that it breaks."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from watcher.domain import numbers
from watcher.domain.errors import ConfigError
from watcher.domain.facts import Violation
from watcher.domain.names import holds, names, without_tex
from watcher.domain.text import fold, has_japanese, is_invisible, kana_share, narrow

# です・ます where a clause ends; 励ます, 済ます and their like are plain verbs, ますます and ですら no verbs at all.
_POLITE = re.compile(
    r"(?:です|でした|でしょう|(?<![励悩済冷覚澄騙])(?:ます|ました|ません|ましょう))(?=[。、，）」』!?！？]|が|ので|から|けれど|し、|$)"
)
_MOST_TERMS = 3
_LONGEST_TERM = 30
_SHORTEST_QUOTE = 3  # words; less would prove nothing
_MOST_SHOWN = 5
_LONGEST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Style:
    """The style sheet: `guide` is what the model reads, the rest what the checks hold it to.

    Lengths are in characters, `least_kana` is a share (0–1). `terms` are the categories in use, best reused;
    `aliases` maps an abbreviation to the phrases that stand for it in English abstracts.
    """

    guide: str
    shortest: int
    longest: int
    least_kana: float
    terms: tuple[str, ...]
    aliases: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, guide: str, numbers_toml: str) -> Style:
        """From the texts of the style guide and its TOML. Raises ConfigError for anything missing, unknown or odd."""
        about = "style/*.toml"
        try:
            table: dict[str, Any] = tomllib.loads(numbers_toml)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(str(error), about=about) from None
        wanted = {field.name for field in fields(cls)} - {"guide"}
        if wrong := wanted ^ table.keys():
            raise ConfigError(f"missing or unknown: {', '.join(sorted(wrong))}", about=about)
        try:
            aliases = {name: tuple(phrases) for name, phrases in table["aliases"].items()}
            style = cls(
                guide=guide.strip(),
                shortest=int(table["shortest"]),
                longest=int(table["longest"]),
                least_kana=float(table["least_kana"]),
                terms=tuple(table["terms"]),
                aliases=aliases,
            )
        except (TypeError, ValueError, AttributeError) as error:
            raise ConfigError(f"a value of the wrong kind: {error}", about=about) from None
        if not (0 < style.shortest <= style.longest and 0 <= style.least_kana <= 1):
            raise ConfigError("needs 0 < shortest <= longest and 0 <= least_kana <= 1", about=about)
        return style


def violations(
    summary_ja: str, categories_ja: Sequence[str], evidence: Sequence[str], source_text: str, style: Style
) -> tuple[Violation, ...]:
    """The rules a summary breaks, one Violation per rule with the offending pieces; codes of words_ja/common.py.

    `source_text` is title and abstract in every form at hand (raw and for human eyes), one after another.
    """
    found = {
        "length": [] if style.shortest <= len(summary_ja) <= style.longest else [str(len(summary_ja))],
        "ending": [] if summary_ja.endswith("。") else [summary_ja[-5:]],
        "register": [match[0] for match in _POLITE.finditer(summary_ja)],
        "kana": [] if (share := kana_share(summary_ja)) >= style.least_kana else [f"{share:.0%}"],
        "number": list(_unsupported_numbers(summary_ja, source_text)),
        "name": list(_unsupported_names(summary_ja, source_text, style)),
        "quote": list(_unfound_quotes(evidence, source_text)),
        "categories": list(_odd_terms(categories_ja, style)),
        "markup": list(_harmful([summary_ja, *categories_ja])),
    }
    return tuple(Violation(code, _shown(pieces)) for code, pieces in found.items() if pieces)


def _shown(pieces: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(fold(piece)[:_LONGEST_SHOWN] for piece in pieces))
    more = "…" if len(distinct) > _MOST_SHOWN else ""
    return "、".join(distinct[:_MOST_SHOWN]) + more


def _unsupported_numbers(summary: str, source: str) -> Iterator[str]:
    text = narrow(summary)
    for name in names(text):  # digits inside a name are checked with the name
        text = text[: name.start()] + " " * len(name[0]) + text[name.end() :]
    stated = numbers.stated(source)
    yield from (piece for piece, supports in numbers.claims(text) if stated.isdisjoint(supports))


def _unsupported_names(summary: str, source: str, style: Style) -> Iterator[str]:
    text = f"{source}\n{without_tex(source)}"
    yield from (name[0] for name in names(narrow(summary)) if not holds(text, name[0], style.aliases))


def _unfound_quotes(evidence: Sequence[str], source: str) -> Iterator[str]:
    text = fold(source)
    for quote in evidence or [""]:
        words = fold(quote)
        if len(words.split()) < _SHORTEST_QUOTE or words not in text:
            yield words or "—"


def _odd_terms(categories: Sequence[str], style: Style) -> Iterator[str]:
    if not 1 <= len(categories) <= _MOST_TERMS:
        yield str(len(categories))
    for term in categories:
        known = term in style.terms or has_japanese(term)
        if not (known and len(term) <= _LONGEST_TERM and "、" not in term):
            yield term or "—"


def _harmful(texts: Iterable[str]) -> Iterator[str]:
    for character in "".join(texts):
        if character == "|":
            yield character
        elif is_invisible(character) or character == "\N{REPLACEMENT CHARACTER}":
            yield f"U+{ord(character):04X}"
