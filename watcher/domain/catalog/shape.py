"""The shape of a catalog file, learned from the file: which tables or lists hold its entries, which fields these have,
and how the bot writes a new entry.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from watcher.domain.catalog.headings import field_of, folded
from watcher.domain.facts import Cells

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
            return self.columns if _same_beginnings(header, self.columns) else None
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


def _same_beginnings(header: tuple[str, ...], columns: tuple[Column, ...]) -> bool:
    """Whether headings are those of the columns; some continue after a slash, so only beginnings are compared."""
    bare = [_MARKS.sub("", unicodedata.normalize("NFKC", heading)) for heading in header]
    return len(bare) == len(columns) and all(
        heading.startswith(column.heading) for heading, column in zip(bare, columns, strict=True)
    )


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
