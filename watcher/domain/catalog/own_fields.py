"""The additional fields of a catalog, those beside the seven standard cells, and where the text of each comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from watcher.domain.catalog.shape import OWN_FIELDS, Shape


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


def proposed(shape: Shape) -> tuple[OwnField, ...]:
    """The additional fields in the entries of a catalog of this shape, each with a proposed source for its text."""
    return tuple(
        OwnField(name, FieldSource.MODEL, _PROMPTS[name])
        if name in _PROMPTS
        else OwnField(name, FieldSource.METADATA if name in _KNOWN else FieldSource.NOTHING)
        for name in OWN_FIELDS
        if name in shape.fields
    )
