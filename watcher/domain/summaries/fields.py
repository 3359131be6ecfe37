"""Computes the fields that a catalog may have beside the seven cells (date, code, keywords …), and what a model is asked for
those that it fills.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from watcher.domain.catalog.own_fields import FieldSource, OwnField
from watcher.domain.facts import Cells
from watcher.domain.papers.paper import Paper
from watcher.domain.summaries.japanese_style import sentences
from watcher.domain.text import visible

LONGEST: Final = 200
"""The most characters of an own field that a model fills."""

_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~/%+-]+", re.ASCII)
_CODE = re.compile(
    r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|gitee\.com)/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+",
    re.ASCII,
)
_PAGE = re.compile(
    r"https?://[A-Za-z0-9-]+\.(?:github|gitlab)\.io(?![A-Za-z0-9.-]*[A-Za-z0-9-])(?:/[A-Za-z0-9._~/%+-]*)?", re.ASCII
)
_COINED = re.compile(r"\S{2,30}(?:\s\S{1,20}){0,2}")


def fields_of(paper: Paper, cells: Cells) -> Mapping[str, str]:
    """A paper's further fields, "" for those unknown: the date (ISO), the addresses of code and project page, the name
    before the title's colon, as one-line comment the first sentence of the summary, and as keywords the categories.

    Addresses are taken from the authors' comment. From the abstract only the one repository and the one page beside a
    repository that it names are taken: other addresses there may be anybody's.
    """
    comment, abstract = paper.comment or "", paper.abstract
    pages = [found[0].rstrip(".,;") for found in _ADDRESS.finditer(comment) if not _CODE.match(found[0])]
    project = next((one for one in pages if "doi.org" not in one and "arxiv.org" not in one), "")
    head, colon, _ = visible(paper.title).partition(":")
    return {
        "date": paper.published.isoformat() if paper.published else "",
        "code": next(iter(_repositories(comment)), "") or _only(_repositories(abstract)),
        "project": project or _only([found[0].rstrip(".") for found in _PAGE.finditer(abstract)]),
        "comment": next(iter(sentences(cells.summary)), ""),
        "keywords": cells.categories,
        "acronym": head if colon and _COINED.fullmatch(head) else "",
    }


def _repositories(text: str) -> list[str]:
    return [found[0].rstrip(".").removesuffix(".git") for found in _CODE.finditer(text)]


def _only(addresses: Sequence[str]) -> str:
    """The one address that a text names, "" if it names none or several."""
    distinct = set(addresses)
    return distinct.pop() if len(distinct) == 1 else ""


def own_texts(fields: Sequence[OwnField], paper: Paper, cells: Cells, written: Mapping[str, str]) -> dict[str, str]:
    """The text of each of a catalog's own fields, from its source; `written` is what a model wrote. A field for which no
    model answered falls back on metadata and cells.
    """
    known = fields_of(paper, cells)
    texts: dict[str, str] = {}
    for field in fields:
        if field.source is FieldSource.MODEL:
            texts[field.name] = written.get(field.name) or known.get(field.name, "")
        elif field.source is FieldSource.METADATA:
            texts[field.name] = known.get(field.name, "")
        else:
            texts[field.name] = cells.attention if field.source is FieldSource.FIGURE else ""
    return texts


def asked_of(fields: Sequence[OwnField]) -> tuple[OwnField, ...]:
    """Those of a catalog's own fields whose text a model writes."""
    return tuple(field for field in fields if field.source is FieldSource.MODEL)


def told(asked: Sequence[OwnField], language: str) -> str:
    """The part of the prompt for a summary that asks for these fields of the catalog, put at its end; "" for none."""
    if not asked:
        return ""
    lines = "\n".join(f'  - "{field.name}": {field.prompt}' for field in asked)
    return (
        f"\n- fields: an object beside these three. Each value is {language} text of one line and at most {LONGEST} "
        f'characters, held to the same rules; "" where title and abstract say nothing of it:\n{lines}'
    )


def schema_with(schema: Mapping[str, Any], asked: Sequence[OwnField]) -> Mapping[str, Any]:
    """The JSON schema of a model's answer, extended by these fields in an object of their own."""
    if not asked:
        return schema
    names = [field.name for field in asked]
    own = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": names,
        "additionalProperties": False,
    }
    return {
        **schema,
        "properties": {**schema["properties"], "fields": own},
        "required": [*schema["required"], "fields"],
    }


def texts_in(asked: Sequence[OwnField], answer: object) -> Iterator[tuple[str, str]]:
    """The texts that a model's answer has for these fields, on one line each; values that are not text are left out."""
    for field in asked:
        value = answer.get(field.name) if isinstance(answer, Mapping) else None
        if isinstance(value, list):
            value = ", ".join(one for one in value if isinstance(one, str))
        if isinstance(value, str) and (text := " ".join(value.split())):
            yield field.name, text
