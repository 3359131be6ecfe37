"""The shape of a catalog file, learned from the file: which tables or lists hold its entries, which fields their headings
(Japanese, English or Chinese) stand for, how it writes dates, and how the bot writes a new entry.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

from watcher.domain.facts import Cells

# Words that people put over a column; a longer word goes before a shorter one that it contains.
_WORDS: Final[dict[str, str]] = {
    "number": "# no no. num number 番号 通番 序号 编号 id",
    "title": "title|paper title|paper|papers|paper name|論文タイトル|論文名|論文|タイトル|題名|題目|表題|标题|论文标题|论文|题目|论文名称|文献"
    "|article|work|publication",
    "summary": "summary|abstract|overview|description|tldr|tl;dr|key contribution|key contributions|contribution|contributions"
    "|key idea|main idea|概要|要約|要旨|内容|説明|アブストラクト|摘要|简介|内容简介|主要贡献|贡献|要点",
    "authors": "authors|author|first author|by|著者|著者名|筆頭著者|作者|第一作者",
    "link": "link|links|url|urls|pdf|arxiv|arxiv id|doi|リンク|论文链接|链接|地址|paper link|paper url|論文リンク",
    "year": "year|published year|発表年|年|年度|出版年|年份|发表年份|发表年",
    "date": "date|published|publication date|submitted|submission date|released|release date|time|month|日付|発表日|公開日|投稿日"
    "|発表年月|年月|日期|发布日期|时间|发表时间",
    "categories": "category|categories|topic|topics|tag|tags|type|area|field|subject|theme|研究カテゴリー|カテゴリー|カテゴリ|分類|分野"
    "|テーマ|タグ|类别|分类|标签|领域|方向|主题",
    "venue": "venue|conference|journal|publication venue|pub|pub.|publisher|published in|source|conf|conf.|カンファレンス名"
    "|カンファレンス|学会|会議|会議名|出版情報|掲載先|掲載|発表先|ジャーナル|会议|期刊|发表于|出处|来源",
    "attention": "attention|impact|popularity|arxivでの注目度|注目度|关注度",
    "code": "code|codes|code link|github|repo|repository|implementation|source code|コード|実装|代码|代码链接|开源代码|开源",
    "project": "project|project page|page|website|web|site|homepage|home page|demo|プロジェクト|プロジェクトページ|ページ|サイト|项目"
    "|项目主页|主页|项目页",
    "acronym": "acronym|abbreviation|abbr|abbr.|short name|alias|nickname|略称|通称|简称|缩写",
    "task": "task|tasks|タスク|課題|任务",
    "comment": "comment|comments|note|notes|remark|remarks|memo|一言|ひとこと|一言コメント|コメント|メモ|備考|感想|所感|备注|一句话评价|评价|备考"
    "|短评|点评",
    "keywords": "keyword|keywords|key|keys|key words|キーワード|关键词|关键字",
    "institution": "institution|institutions|affiliation|affiliations|organization|organizations|org|lab|所属|機関|研究機関|所属機関"
    "|机构|单位|发表机构",
}  # fmt: skip
_FIELDS: Final = {
    word: field for field, words in _WORDS.items() for word in (words.split("|") if "|" in words else words.split())
}
# Long words alone, since a short one ("id", "年") stands inside many that mean something else.
_LONG: Final = sorted((word for word in _FIELDS if len(word) > (3 if word.isascii() else 1)), key=len, reverse=True)
_MARKUP = re.compile(r"[*_`~]|<[^>]*>|!?\[([^\]]*)\]\([^)]*\)")
_BRACKETS = re.compile(r"[(（\[【](.*?)[)）\]】]")
_JOINTS = re.compile(r"\s*(?:[/／・&＆+,、|]|\band\b|@|と)\s*")


def folded(text: str, space: str = " ") -> str:
    """A heading normalized for comparison: without markup, emoji and capitals, with `space` between its words."""
    text = unicodedata.normalize("NFKC", _MARKUP.sub(lambda found: found[1] or "", text)).casefold()
    kept = "".join(" " if unicodedata.category(c) in {"So", "Sk", "Cf", "Mn", "Co", "Cn"} else c for c in text)
    return space.join(kept.split())


@cache
def _inside() -> re.Pattern[str]:
    """Finds the long words; Latin ones must stand alone."""
    latin = r"(?<![a-z0-9]){}(?![a-z0-9])"
    return re.compile("|".join((latin if word.isascii() else "{}").format(re.escape(word)) for word in _LONG))


@lru_cache(maxsize=4096)
def field_of(heading: str) -> str:
    """The name of the field that a column heading stands for (for several joined by "+": "年・会議" is "year+venue");
    "" if unknown.
    """
    return "+".join(dict.fromkeys(_fields(folded(heading).strip(" :：.") or heading.strip())))


def _fields(text: str) -> Iterator[str]:
    if text in _FIELDS:
        yield _FIELDS[text]
        return
    bare = _BRACKETS.sub(" ", text).strip()
    if bare in _FIELDS:
        yield _FIELDS[bare]
        return
    parts = [part for part in _JOINTS.split(bare) if part]
    known = [_FIELDS.get(part.strip(), "") for part in parts]
    if len(parts) > 1 and any(known):
        yield from filter(None, known)
        return
    for inner in _BRACKETS.findall(text):
        if inner.strip() in _FIELDS:
            yield _FIELDS[inner.strip()]
            return
    if found := sorted(_inside().findall(bare), key=len):
        yield _FIELDS[found[-1]]


OWN_FIELDS: Final = ("date", "code", "project", "acronym", "task", "comment", "keywords", "institution")
"""Fields that a catalog may have beside the seven cells."""
LINKS: Final = ("url", "name", "id")
"""Placeholders that tell which paper an entry is about: the link, its text, and the bare id."""
PLACEHOLDERS: Final = frozenset({*Cells.names(), *OWN_FIELDS, *LINKS, "number", "repo"})
PLACEHOLDER: Final = re.compile(rf"\{{({'|'.join(sorted(PLACEHOLDERS))})(?::([^{{}}\n]*))?\}}")
"""A placeholder in a pattern, e.g. `{title}`, or `{date:%Y-%m-%d}` with a date format."""

_MARKS = re.compile(r"[\s*_]")


class Form(StrEnum):
    """The Markdown form of a catalog's entries: table rows, bullets, or paragraphs that begin with the title in bold."""

    TABLE = "table"
    BULLETS = "bullets"
    PARAGRAPHS = "paragraphs"


class Order(StrEnum):
    """The order of a catalog's entries by date: oldest first or newest first."""

    OLDEST_FIRST = "oldest-first"
    NEWEST_FIRST = "newest-first"


class Numbering(StrEnum):
    """How a catalog numbers its entries from the first to the last of the file: not at all, rising or falling."""

    NONE = "none"
    RISING = "rising"
    FALLING = "falling"


class Sections(StrEnum):
    """The meaning of the headings above a catalog's tables or lists: nothing, years or topics."""

    NONE = "none"
    YEAR = "year"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a catalog's table. `heading` is its heading, `field` the fields in it joined by "+" ("" if it holds
    none that the bot knows), `write` the pattern by which its cell is written (without a field: the text that every new
    row gets), `empty` the text of a cell that has nothing ("-").
    """

    heading: str
    field: str = ""
    write: str = ""
    empty: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that this column of the catalog holds."""
        return tuple(filter(None, self.field.split("+")))

    @property
    def has_link(self) -> bool:
        """Whether the cells of this column link to the paper."""
        return any(found[1] in LINKS for found in PLACEHOLDER.finditer(self.write))


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a catalog file: how its entries are laid out, and how a new one is written.

    `columns` are those of its tables. `entry` are the pieces of an entry in bullets or paragraphs, joined when written; a piece is
    left out if a field in it is empty. `restarts` says that numbers begin anew in every section. New entries go under
    the heading `into` where no better section is found. `total` is how the file states the number of its entries, with
    {n} for the number, "" if it does not. `preprint` is what the list writes as the venue of a preprint, "" for the
    default. With `exact`, the file must hold exactly one table with exactly these columns.
    """

    form: Form = Form.TABLE
    columns: tuple[Column, ...] = ()
    entry: tuple[str, ...] = ()
    order: Order = Order.OLDEST_FIRST
    numbering: Numbering = Numbering.NONE
    restarts: bool = False
    sections: Sections = Sections.NONE
    into: str = ""
    total: str = ""
    preprint: str = ""
    exact: bool = False

    @property
    def fields(self) -> frozenset[str]:
        """The names of all fields that a new entry of this catalog gets."""
        patterns = [column.write for column in self.columns] + list(self.entry)
        return frozenset(found[1] for pattern in patterns for found in PLACEHOLDER.finditer(pattern))

    @property
    def cells(self) -> frozenset[str]:
        """The names of those of the seven standard cells that this catalog has."""
        read = {name for column in self.columns for name in column.fields}
        return frozenset(Cells.names()) & (read | self.fields)

    @property
    def dated(self) -> bool:
        """Whether the catalog's entries, or the headings above them, state a date or a year."""
        stated = {name for column in self.columns for name in column.fields} | self.fields
        return bool(stated & {"year", "date"}) or self.sections is Sections.YEAR

    def columns_of(self, header: tuple[str, ...]) -> tuple[Column, ...] | None:
        """Recognize a table of the catalog by its headings: its columns in their order, or None if the table does not
        hold the catalog's entries.

        A table that was recognized once stays the catalog's when people add, move or remove columns: it must have the
        title's column and half of the others.
        """
        if self.exact:
            # Some headings continue after a slash, so only beginnings are compared.
            bare = [_MARKS.sub("", unicodedata.normalize("NFKC", heading)) for heading in header]
            same = len(bare) == len(self.columns) and all(
                heading.startswith(column.heading) for heading, column in zip(bare, self.columns, strict=True)
            )
            return self.columns if same else None
        known = {folded(column.heading, ""): column for column in self.columns}
        found = [known.get(folded(heading, "")) for heading in header]
        if not any(column and "title" in column.fields for column in found):
            return None
        if 2 * sum(column is not None for column in found) < len(self.columns):
            return None
        taken = {name for column in found if column for name in column.fields}
        alike = {
            column.field: column for column in self.columns if column.field and not taken.intersection(column.fields)
        }
        return tuple(
            column
            or (
                replace(alike[field], heading=heading)
                if (field := field_of(heading)) in alike
                else _added(heading, taken)
            )
            for heading, column in zip(header, found, strict=True)
        )


def _added(heading: str, taken: set[str]) -> Column:
    """A column that people added after the shape was learned."""
    field = field_of(heading)
    plain = field in {*Cells.names(), *OWN_FIELDS} and field not in taken
    return Column(heading, field if plain else "", f"{{{field}}}" if plain else "")


DEFAULT: Final = Shape(
    columns=(
        Column("論文タイトル", "title", "**{number}. {title}**"),
        Column("概要", "summary", "{summary}"),
        Column("著者", "authors", "**{authors}**<br>[{name}]({url})"),
        Column("発表年", "year", "{year}"),
        Column("研究カテゴリー", "categories", "{categories}"),
        Column("カンファレンス名", "venue", "{venue}"),
        Column("arXivでの注目度", "attention", "{attention}"),
    ),
    numbering=Numbering.RISING,
    total="合計：{n}本",
    exact=True,
)
"""The shape of a catalog if none was learned: one table of seven columns, numbered, by year."""


Date = tuple[int, ...]
"""A year, or a year and a month, or a year, a month and a day."""

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_YEAR = r"(?P<Y>(?:19|20)\d\d)"
_MONTH = r"(?P<m>0?[1-9]|1[0-2])"
_DAY = r"(?P<d>0?[1-9]|[12]\d|3[01])"
_NAME = rf"(?P<B>{'|'.join(month for month in _MONTHS if len(month) > 3)})"  # May is taken for a short one
_SHORT = rf"(?P<b>{'|'.join(month[:3] for month in _MONTHS)}|Sept)\.?"
# The longest first: of two that begin at the same place the first is taken.
_FORMS: Final = (
    *(rf"{_YEAR}(?P<x>[-/.]){_MONTH}(?P=x){_DAY}", rf"{_YEAR}年\s?{_MONTH}月\s?{_DAY}日", rf"{_YEAR}年\s?{_MONTH}月"),
    *(
        rf"{_NAME} {_DAY}, {_YEAR}",
        rf"{_SHORT} {_DAY}, {_YEAR}",
        rf"{_DAY} {_NAME} {_YEAR}",
        rf"{_DAY} {_SHORT} {_YEAR}",
    ),
    *(rf"{_NAME},? {_YEAR}", rf"{_SHORT},? {_YEAR}", rf"{_MONTH}/{_YEAR}", rf"{_YEAR}[-/.]{_MONTH}(?![-/.]?\d)"),
    *(r"(?:(?<=[A-Za-z] )|(?<=[A-Za-z], ))(?P<y>[12]\d)\.(?P<m>0?[1-9]|1[0-2])(?![.\d])", rf"{_YEAR}(?=年)", _YEAR),
)
# Compiled by re when the first date is looked for: few commands look for any.
_PATTERNS: Final = tuple(rf"(?<![\d.-]){form}(?!\d)" for form in _FORMS)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date found in a text, and its position."""

    date: Date
    start: int
    end: int
    match: re.Match[str]

    @property
    def form(self) -> str:
        """The date's format with the codes of strftime (%Y %y %m %B %b %d, "-" for no leading zero)."""
        match, form = self.match, self.match[0]
        spans = sorted(
            ((match.span(name), name) for name, value in match.groupdict().items() if value and name in "YymdBb")
        )
        for (a, z), name in reversed(spans):
            bare = name in "md" and (z - a == 1 or (int(match[name]) > 9 and "年" in form))
            form = f"{form[: a - self.start]}%{'-' if bare else ''}{name}{form[z - self.start :]}"
        return form


def find_date(text: str) -> FoundDate | None:
    """The first date in a text, or None. A date with a month is preferred to a year alone; if it can be read in several
    ways, the longest is taken.
    """
    found: list[FoundDate] = []
    for pattern in _PATTERNS:
        match = re.search(pattern, text, re.IGNORECASE)
        if match is None:
            continue
        parts = match.groupdict()
        year = int(parts["Y"]) if parts.get("Y") else 2000 + int(parts["y"])
        name = parts.get("B") or parts.get("b")
        month = next(n for n, full in enumerate(_MONTHS, 1) if full[:3].lower() == name[:3].lower()) if name else None
        month = int(parts["m"]) if parts.get("m") else month
        date: Date = (year,) if month is None else (year, month)
        if month is not None and parts.get("d"):
            date = (*date, int(parts["d"]))
        found.append(FoundDate(date, match.start(), match.end(), match))
    exact = [one for one in found if len(one.date) > 1]
    return min(exact or found, key=lambda one: (one.start, -one.end), default=None)


def write_date(date: Date, form: str) -> str:
    """Write a date in a format of strftime codes; parts that the date lacks (day, month) are left out together with the
    separator before them.
    """
    form = form or "%Y-%m-%d"
    if len(date) < 3:
        form = re.sub(r"[-/. ]?%-?d(?:日|,)?|(?<=^)%-?d ", "", form).strip()
    if len(date) < 2:
        return str(date[0])
    year, month, day = (*date, 1)[:3]
    values = {
        "%Y": str(year), "%y": f"{year % 100:02}", "%m": f"{month:02}", "%-m": str(month), "%B": _MONTHS[month - 1],
        "%b": _MONTHS[month - 1][:3], "%d": f"{day:02}", "%-d": str(day),
    }  # fmt: skip
    return re.sub(r"%-?[A-Za-z]", lambda code: values.get(code[0], code[0]), form)


def is_later(one: Date, other: Date) -> bool:
    """Whether the date `one` is later than `other`, comparing only the parts (year, month, day) that both have."""
    known = min(len(one), len(other))
    return one[:known] > other[:known]


class FieldSource(StrEnum):
    """Where the text of an additional catalog field comes from when a new entry is written: the paper's metadata, a
    model, services' figures, or nowhere (people fill it).
    """

    METADATA = "metadata"  # the paper's metadata and the seven cells, by rule
    MODEL = "model"
    FIGURE = "figure"  # what services count: the text of the attention
    NOTHING = "nothing"  # people


@dataclass(frozen=True, slots=True)
class OwnField:
    """An additional field of a catalog, beside the seven standard cells. `prompt` tells a model what to write into it."""

    name: str
    source: FieldSource
    prompt: str = ""


BY_RULE: Final = frozenset({"date", "code", "project"})
"""Fields that no model fills: a date is known, and an address that a model writes could be anybody's."""

_PROMPTS: Final = {
    "comment": "what is new about the paper, in one short sentence",
    "task": "the task or problem that the paper is about, in a few words",
}
_KNOWN: Final = frozenset({*BY_RULE, "acronym", "keywords"})


def proposed_fields(shape: Shape) -> tuple[OwnField, ...]:
    """The additional fields in the entries of a catalog of this shape, each with a proposed source for its text."""
    return tuple(
        OwnField(name, FieldSource.MODEL, _PROMPTS[name])
        if name in _PROMPTS
        else OwnField(name, FieldSource.METADATA if name in _KNOWN else FieldSource.NOTHING)
        for name in OWN_FIELDS
        if name in shape.fields
    )
