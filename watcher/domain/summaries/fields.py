"""Computes the fields that a catalog may have beside the seven cells (date, code, keywords …) from a paper's metadata
and cells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from watcher.domain.facts import Cells
from watcher.domain.papers.paper import Paper
from watcher.domain.summaries.cells import plain

_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~/%+-]+", re.ASCII)
_CODE = re.compile(r"https?://(?:www\.)?(?:github|gitlab)\.com/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", re.ASCII)
_SENTENCE = re.compile(r"(?<=。)")
_COINED = re.compile(r"\S{2,30}(?:\s\S{1,20}){0,2}")


def fields_of(paper: Paper, cells: Cells) -> Mapping[str, str]:
    """A paper's further fields, "" for those unknown: the date (ISO), the addresses of code and project page, the name
    before the title's colon, as one-line comment the first sentence of the summary, and as keywords the categories.

    Addresses are taken from the authors' comment alone: an address in an abstract may be anybody's.
    """
    comment = paper.comment or ""
    code = _CODE.search(comment)
    others = (found[0].rstrip(".,;") for found in _ADDRESS.finditer(comment) if not _CODE.match(found[0]))
    project = next((address for address in others if "doi.org" not in address and "arxiv.org" not in address), "")
    head, colon, _ = plain(paper.title).partition(":")
    return {
        "date": paper.published.isoformat() if paper.published else "",
        "code": code[0].rstrip(".").removesuffix(".git") if code else "",
        "project": project,
        "comment": _SENTENCE.split(cells.summary, maxsplit=1)[0],
        "keywords": cells.categories,
        "acronym": head if colon and _COINED.fullmatch(head) else "",
    }
