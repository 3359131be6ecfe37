"""The text of additional catalog fields, those beside the seven standard cells (date, code, keywords …): computed from
metadata, or requested from a model.
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
    """The additional catalog fields that can be computed for a paper, by name, "" for those unknown: `date` (ISO),
    `code` and `project` (addresses), `acronym` (the name before the title's colon), `comment` (the summary's first
    sentence) and `keywords` (the categories).

    Addresses are taken from the authors' comment. From the abstract an address is taken only if it is the only
    repository or the only project page there: others may be anybody's.
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
    """The text of each additional field of a catalog, by name; `written` are the texts that a model wrote. A field that
    the model left empty is computed from metadata and cells.
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
    """Those of a catalog's additional fields whose text a model writes."""
    return tuple(field for field in fields if field.source is FieldSource.MODEL)


def told(asked: Sequence[OwnField], language: str) -> str:
    """The end of the summary prompt, which asks the model for the additional catalog fields `asked`; "" if there are
    none.
    """
    if not asked:
        return ""
    lines = "\n".join(f'  - "{field.name}": {field.prompt}' for field in asked)
    return (
        f"\n- fields: an object beside these three. Each value is {language} text of one line and at most {LONGEST} "
        f'characters, held to the same rules; "" where title and abstract say nothing of it:\n{lines}'
    )


def schema_with(schema: Mapping[str, Any], asked: Sequence[OwnField]) -> Mapping[str, Any]:
    """Extend the JSON schema of a model's answer by an object `fields` with the additional catalog fields `asked`."""
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
    """The (field name, text) pairs for the additional catalog fields `asked` in a model's answer, on one line each;
    values that are neither text nor a list of texts are left out.
    """
    for field in asked:
        value = answer.get(field.name) if isinstance(answer, Mapping) else None
        if isinstance(value, list):
            value = ", ".join(one for one in value if isinstance(one, str))
        if isinstance(value, str) and (text := " ".join(value.split())):
            yield field.name, text
