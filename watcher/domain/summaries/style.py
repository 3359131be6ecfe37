"""The style sheet for summaries in one language, read from config/style/, and what corrects and checks style: typography,
sentences, and the plain written style of Japanese (である調) without polite or colloquial forms.

Telling 「励ます。」 (plain) from 「示します。」 (polite) needs a dictionary, so a morphological analyzer is required: a
check that is skipped when the analyzer is missing would be taken for a check that passed.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from string import Template
from typing import Any, Final

from watcher.domain.catalog.shape import FieldSource, OwnField
from watcher.domain.errors import ConfigError
from watcher.domain.papers.topic import Vocabulary
from watcher.domain.summaries.english import english_sentences
from watcher.domain.text import has_japanese, lazy_pattern, narrow

GAPS = frozenset({"abbreviations", "example"})
"""The placeholders of a style guide, which a topic may fill in its own way."""

_NOTHING = Vocabulary()


@dataclass(frozen=True, slots=True)
class CellWords:
    """Fixed texts for catalog cells in the language of the cells; part of the style sheet.

    `authors`, `attention` and `preprint` are used where the paper's metadata say nothing. `month` is the venue of a
    preprint, with the placeholders {year} and {month}; `separator` stands between categories; `levels` maps the
    Japanese words of an attention cell (高, 被引用 …) to those of the language. `fields` are the topic's catalog fields
    beside the seven cells.
    """

    authors: str = "著者不明"
    attention: str = "低 (新着、注目度は未調査)"
    preprint: str = "arXiv (プレプリント)"
    month: str = "arXiv ({year}年{month}月)"
    separator: str = "、"
    levels: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[OwnField, ...] = ()

    @property
    def asked(self) -> tuple[OwnField, ...]:
        """Those of the catalog's additional fields whose text a model writes."""
        return tuple(field for field in self.fields if field.source is FieldSource.MODEL)

    def told(self, attention: str) -> str:
        """Translate the text of an attention cell from Japanese into the language of the cells, by `levels`."""
        for word, own in self.levels.items():
            attention = attention.replace(word, own)
        return attention


JAPANESE: Final = CellWords()
"""The words of a catalog in Japanese."""


@dataclass(frozen=True, slots=True)
class Morpheme:
    """A morpheme as a morphological analyzer gives it.

    `surface` is the text as written, `part` the part of speech, `kind` its subclass, `conjugation` the type of
    conjugation, `lemma` the dictionary form; all in UniDic's Japanese terms.
    """

    surface: str
    part: str
    kind: str
    conjugation: str
    lemma: str


Analyze = Callable[[str], Sequence[Morpheme]]
"""A morphological analyzer: splits a Japanese text into morphemes."""


@dataclass(frozen=True, slots=True)
class Style:
    """The style sheet for summaries in one language: `guide` is the text for the model, all else configures the checks.

    `shortest` and `longest` are in characters, `least_kana` is a share (0–1). `terms` are the category names to reuse.
    `aliases` maps an abbreviation to the phrases for it in English abstracts, `preferred` a spelling to the preferred
    one. `absolutes` maps a pattern of a strong claim to beginnings of English words that justify it. `hedges` are
    English patterns of hedging, `hedged` the words for them. `analyze` is a morphological analyzer of Japanese.

    `language` is the name of the language in prompts, `stop` what ends a sentence. `least_latin` is the least share
    (0–1) of Latin letters, `informal` are patterns that break the register, `cells` the fixed texts of cells. `repair`
    maps the code of a rule to its wording in the request to repair a summary, where that differs from the usual one.
    """

    guide: str
    shortest: int
    longest: int
    least_kana: float
    terms: tuple[str, ...]
    aliases: Mapping[str, tuple[str, ...]]
    preferred: Mapping[str, str]
    absolutes: Mapping[str, tuple[str, ...]]
    hedges: tuple[str, ...]
    hedged: tuple[str, ...]
    analyze: Analyze = field(compare=False)
    language: str = "Japanese"
    stop: str = "。"
    least_latin: float = 0.0
    informal: tuple[str, ...] = ()
    cells: CellWords = JAPANESE
    repair: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, guide: str, numbers_toml: str, analyze: Analyze, own: Vocabulary = _NOTHING) -> Style:
        """Parse the style guide and its TOML file, and add a topic's own words. Raises ConfigError for anything
        missing, unknown or of a wrong type.
        """
        about = "style/*.toml"
        try:
            table: dict[str, Any] = tomllib.loads(numbers_toml)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(str(error), about=about) from None
        wanted = {field.name for field in fields(cls)} - {"guide", "analyze"} | GAPS
        if wrong := wanted ^ table.keys():
            raise ConfigError(f"missing or unknown: {', '.join(sorted(wrong))}", about=about)
        try:
            style = cls(
                guide=Template(guide.strip()).safe_substitute(
                    {gap: getattr(own, gap) or table[gap] for gap in GAPS},
                    shortest=table["shortest"],
                    longest=table["longest"],
                ),
                shortest=int(table["shortest"]),
                longest=int(table["longest"]),
                least_kana=float(table["least_kana"]),
                terms=own.terms or tuple(table["terms"]),
                aliases={**_lists(table["aliases"]), **own.aliases},
                preferred={str(k): str(v) for k, v in table["preferred"].items()} | dict(own.preferred),
                absolutes=_lists(table["absolutes"]),
                hedges=tuple(table["hedges"]),
                hedged=tuple(table["hedged"]),
                analyze=analyze,
                language=str(table["language"]),
                stop=str(table["stop"]),
                least_latin=float(table["least_latin"]),
                informal=tuple(table["informal"]),
                cells=CellWords(**table["cells"]),
                repair={str(code): str(told) for code, told in table["repair"].items()},
            )
            # A pattern with a mistake must be reported at the start, not in the middle of a run.
            for pattern in (
                *style.absolutes,
                *style.hedges,
                *style.informal,
                *(w for words in style.absolutes.values() for w in words),
            ):
                re.compile(pattern)
        except (TypeError, ValueError, AttributeError, re.error) as error:
            raise ConfigError(f"a value of the wrong kind: {error}", about=about) from None
        if not (0 < style.shortest <= style.longest and 0 <= style.least_kana <= 1 and 0 <= style.least_latin <= 1):
            raise ConfigError("needs 0 < shortest <= longest and 0 <= least_kana, least_latin <= 1", about=about)
        return style


def _lists(table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The table with its lists as tuples."""
    return {name: tuple(items) for name, items in table.items()}


_JA = r"[\u3041-\u309f\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff々〆「」『』（）、。・]"
_HALF_KANA = lazy_pattern("[\uff61-\uff9f]+")
_WIDE_SIGN = str.maketrans({"％": "%", "＋": "+", "＝": "=", "＆": "&", "／": "/", "－": "-", "＿": "_"})
# Full-width commas and points inside numbers and names: "１，０００" and "Ｖ１．２".
_WIDE_POINT = lazy_pattern(r"(?<=\d)，(?=\d{3}(?!\d))|(?<=[0-9A-Za-z])．(?=[0-9A-Za-z])")
_COMMA = lazy_pattern(rf"(?<={_JA})\s*,[\s,]*|(?<=[)\w%]),[\s,]*(?={_JA})")
_STOP = lazy_pattern(rf"(?<={_JA})\.(?=\s|$|{_JA})")
_SPACE = lazy_pattern(rf"(?<={_JA})[ \u3000]+(?=\S)|(?<=\S)[ \u3000]+(?={_JA})")
_REPEATED = lazy_pattern("([、。])[、。]+")


def autofixed(text: str, preferred: Mapping[str, str]) -> str:
    """A text of a summary with its typography corrected to that of the catalog; its meaning is never changed.

    Half-width kana become full-width; full-width letters, digits and signs become ASCII; 「，．」 and ASCII commas and
    periods after Japanese become 「、。」; spaces beside Japanese are removed. `preferred` maps a spelling to the
    preferred one.
    """
    text = _HALF_KANA.sub(lambda kana: unicodedata.normalize("NFKC", kana[0]), text)
    text = narrow(text).translate(_WIDE_SIGN)
    text = _WIDE_POINT.sub(lambda point: "," if point[0] == "，" else ".", text)
    text = text.replace("，", "、").replace("．", "。")
    while (closer := _punctuated(text)) != text:  # one rule may make another apply, so repeat until nothing changes
        text = closer
    for spelling, term in preferred.items():
        text = text.replace(spelling, term)
    return text


def _punctuated(text: str) -> str:
    """One pass of the rules for punctuation and spaces."""
    text = _STOP.sub("。", _COMMA.sub("、", text))
    return _REPEATED.sub(r"\1", _SPACE.sub("", text)).strip()


_QUOTED = lazy_pattern("「[^」]*」")
_POLITE = ("助動詞-デス", "助動詞-マス")
_HONORIFICS = frozenset({"くださる", "下さる", "ござる"})
_COLLOQUIAL_PARTICLES = frozenset({"ね", "よ", "わ", "ぞ", "さ", "な", "のだ"})
_UNFINISHED_PARTICLES = frozenset({"格助詞", "係助詞", "接続助詞", "準体助詞"})
_HEADLINE_PARTICLES = frozenset({"に", "へ", "まで", "から", "ため", "ながら"})  # 「〜を可能に。」 is a usual headline


def sentences(text: str) -> list[str]:
    """Split a text into sentences, each with its end: a 「。」 outside brackets; in a text without Japanese, a period
    before a capital.
    """
    if not has_japanese(text):
        return english_sentences(text)
    found, depth, start = list[str](), 0, 0
    for place, character in enumerate(text):
        depth = max(0, depth + (character in "「『（(") - (character in "」』）)"))
        if character == "。" and depth == 0:
            found.append(text[start : place + 1])
            start = place + 1
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def style_faults(text: str, analyze: Analyze) -> Iterator[str]:
    """The pieces of a Japanese text that break the plain written style.

    They are polite forms (です・ます), colloquial endings, and 「だ」 as an ending where other sentences end in 「である」.
    """
    ends: dict[str, str] = {}
    for sentence in sentences(text):
        # Quotations may be in any style; a noun of the same length takes their place, so that the grammar stays.
        pieces = analyze(_QUOTED.sub(lambda quote: "語" * len(quote[0]), sentence))
        yield from _polite(pieces)
        last = [piece for piece in pieces if piece.part not in {"補助記号", "空白"}][-3:]
        if last and last[-1].kind == "終助詞" and last[-1].surface in _COLLOQUIAL_PARTICLES:
            yield last[-1].surface
        if _is_copula(last):
            ends["だ"] = last[-1].surface if last[-1].lemma == "だ" else "だった"
        elif [piece.lemma for piece in last[-2:]] == ["だ", "ある"] or (
            len(last) > 2 and [piece.lemma for piece in last[:2]] == ["だ", "ある"]
        ):
            ends["である"] = "である"
    if len(ends) > 1:
        yield ends["だ"]


def truncated_endings(text: str, analyze: Analyze) -> Iterator[str]:
    """The last characters of each Japanese sentence that ends in a particle and so is incomplete, e.g. 「〜において、を。」."""
    for sentence in sentences(text):
        pieces = [piece for piece in analyze(sentence) if piece.part not in {"補助記号", "空白"}]
        if (
            pieces
            and pieces[-1].part == "助詞"
            and pieces[-1].kind in _UNFINISHED_PARTICLES
            and pieces[-1].surface not in _HEADLINE_PARTICLES
        ):
            yield sentence[-6:]


def _polite(pieces: Sequence[Morpheme]) -> Iterator[str]:
    """The polite forms among the morphemes."""
    for place, piece in enumerate(pieces):
        if piece.conjugation.startswith(_POLITE) or piece.lemma in _HONORIFICS:
            tail = place + 1
            while tail < len(pieces) and pieces[tail].part == "助動詞":
                tail += 1
            if not pieces[place - 1 : place] or not pieces[place - 1].conjugation.startswith(_POLITE):
                yield "".join(p.surface for p in pieces[place:tail])


def _is_copula(last: Sequence[Morpheme]) -> bool:
    """Whether a sentence ends in 「だ」 or 「だった」."""
    if last and last[-1].conjugation.startswith("助動詞-ダ") and last[-1].surface == "だ":
        return True
    return len(last) > 1 and last[-1].lemma == "た" and last[-2].surface == "だっ"
