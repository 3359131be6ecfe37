"""The style sheet for summaries in one language, read from config/style/, against which summaries are checked."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from string import Template
from typing import Any

from watcher.domain.errors import ConfigError
from watcher.domain.papers.topic import Vocabulary
from watcher.domain.summaries.cells import JAPANESE, CellWords
from watcher.domain.summaries.japanese_style import Analyze
from watcher.domain.text import narrow

GAPS = frozenset({"abbreviations", "example"})
"""The placeholders of a style guide, which a topic may fill in its own way."""

_NOTHING = Vocabulary()


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
_HALF_KANA = re.compile("[\uff61-\uff9f]+")
_WIDE_SIGN = str.maketrans({"％": "%", "＋": "+", "＝": "=", "＆": "&", "／": "/", "－": "-", "＿": "_"})
# Full-width commas and points inside numbers and names: "１，０００" and "Ｖ１．２".
_WIDE_POINT = re.compile(r"(?<=\d)，(?=\d{3}(?!\d))|(?<=[0-9A-Za-z])．(?=[0-9A-Za-z])")
_COMMA = re.compile(rf"(?<={_JA})\s*,[\s,]*|(?<=[)\w%]),[\s,]*(?={_JA})")
_STOP = re.compile(rf"(?<={_JA})\.(?=\s|$|{_JA})")
_SPACE = re.compile(rf"(?<={_JA})[ \u3000]+(?=\S)|(?<=\S)[ \u3000]+(?={_JA})")
_REPEATED = re.compile("([、。])[、。]+")


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
