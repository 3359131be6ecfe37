"""Pydantic schema of the table [catalog] in a topic's TOML file: the path of its Markdown catalog, and the layout
(columns, order, numbering) that was learned from that file.
"""

from __future__ import annotations

import re
from typing import Self

from pydantic import Field, field_validator, model_validator

from watcher.domain.catalog.shape import (
    BY_RULE,
    OWN_FIELDS,
    PLACEHOLDERS,
    Column,
    FieldSource,
    Form,
    Numbering,
    Order,
    OwnField,
    Sections,
    Shape,
)
from watcher.domain.facts import Cells
from watcher.settings.values import Strict

_BRACES = re.compile(r"\{([^{}]*)\}")
_FIELDS = frozenset({*Cells.names(), *OWN_FIELDS, "link", "number"})


def _pattern(text: str) -> str:
    unknown = [name for name in _BRACES.findall(text) if name.partition(":")[0] not in PLACEHOLDERS]
    if unknown:
        raise ValueError(f"{{{unknown[0]}}} is no field; the fields are {', '.join(sorted(PLACEHOLDERS))}")
    return text


class ColumnTable(Strict):
    """Schema of an element of [[catalog.columns]]: one column of the catalog's tables, with its heading, the field it
    shows and the pattern by which it is written.
    """

    heading: str
    field: str = ""
    write: str = Field(default="", pattern=r"^[^\n|]*$")
    empty: str = Field(default="", pattern=r"^[^\n|]*$")

    @field_validator("field")
    @classmethod
    def _known(cls, value: str) -> str:
        if unknown := [name for name in value.split("+") if name and name not in _FIELDS]:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(sorted(_FIELDS))}")
        return value

    _write = field_validator("write")(_pattern)


class FieldTable(Strict):
    """Schema of an element of [catalog.fields], a field that a catalog has beside the standard seven: where its text
    comes from, and if a model writes it, the prompt.
    """

    source: FieldSource
    prompt: str = Field(default="", pattern=r"^[^\n]*$", max_length=300)

    @model_validator(mode="after")
    def _says_what_to_write(self) -> Self:
        if (self.source is FieldSource.MODEL) != bool(self.prompt.strip()):
            raise ValueError('source = "model" needs a prompt, and no other source has one')
        return self


class CatalogTable(Strict):
    """Schema of [catalog] in a topic's file: the path of the Markdown catalog, the layout that was learned from it
    (none if `form` is missing), and its fields beside the standard seven.
    """

    file: str = ""
    form: Form | None = None
    order: Order = Order.OLDEST_FIRST
    numbering: Numbering = Numbering.NONE
    restarts: bool = False
    sections: Sections = Sections.NONE
    into: str = ""
    total: str = Field(default="", pattern=r"^(.*\{n\}.*)?$")
    preprint: str = ""
    entry: tuple[str, ...] = ()
    columns: tuple[ColumnTable, ...] = ()
    fields: dict[str, FieldTable] = Field(default_factory=dict)

    @field_validator("fields")
    @classmethod
    def _own(cls, value: dict[str, FieldTable]) -> dict[str, FieldTable]:
        if unknown := [name for name in value if name not in OWN_FIELDS]:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(OWN_FIELDS)}")
        if asked := [name for name, field in value.items() if name in BY_RULE and field.source is FieldSource.MODEL]:
            raise ValueError(f"{asked[0]!r} is taken from metadata, never from a model")
        return value

    @field_validator("entry")
    @classmethod
    def _pieces(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for piece in value:
            _pattern(piece)
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        titled = any("title" in column.field.split("+") for column in self.columns)
        if self.form is Form.TABLE and not titled:
            raise ValueError("a table needs a column with the field title")
        if self.form in {Form.BULLETS, Form.PARAGRAPHS} and not any("{title}" in piece for piece in self.entry):
            raise ValueError(f"{self.form} need a piece of `entry` with {{title}}")
        written = [*self.entry, *(column.write for column in self.columns)]
        if self.form and not any(f"{{{name}}}" in text for text in written for name in ("url", "name", "id")):
            raise ValueError("no pattern names the paper: one must hold {url}, {name} or {id}")
        return self

    @property
    def own_fields(self) -> tuple[OwnField, ...]:
        """The fields that the catalog has beside the standard seven, in a fixed order."""
        told = [(name, self.fields[name]) for name in OWN_FIELDS if name in self.fields]
        return tuple(OwnField(name, field.source, field.prompt) for name, field in told)

    @property
    def shape(self) -> Shape | None:
        """The layout in which entries are written to the catalog, as learned from its file; None if none
        was learned.
        """
        if self.form is None:
            return None
        return Shape(
            form=self.form,
            columns=tuple(Column(one.heading, one.field, one.write, one.empty) for one in self.columns),
            entry=self.entry,
            order=self.order,
            numbering=self.numbering,
            restarts=self.restarts,
            sections=self.sections,
            into=self.into,
            total=self.total,
            preprint=self.preprint,
        )
