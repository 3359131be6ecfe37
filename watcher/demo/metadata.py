"""Recorded arXiv metadata of the papers in the demo's catalog, so that the demo needs no network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from watcher.domain.catalog.match import Query
from watcher.domain.papers.paper import Paper, PaperId


class RecordedMetadata:
    """A replacement for arXiv's search API in the demo (implements ports.Metadata), which answers from a file with one
    paper a line.
    """

    name = "arXiv API"

    def __init__(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines()
        self._papers = {paper.id: paper for paper in (_paper(json.loads(line)) for line in lines)}

    def lookup(self, ids: Iterable[PaperId]) -> Mapping[PaperId, Paper]:
        """The recorded arXiv metadata of the papers with these ids; unknown ones are left out."""
        return {paper: self._papers[paper] for paper in ids if paper in self._papers}

    def search(self, query: Query) -> Sequence[Paper]:
        """All recorded papers, whatever the query: there are few, and the caller picks the one that fits."""
        del query
        return list(self._papers.values())


def _paper(told: Mapping[str, Any]) -> Paper:
    native, authors = told["arxiv_id"], tuple(told["authors"])
    return Paper(
        id=PaperId("arxiv", native),
        version=1,
        title_raw=told["title"],
        abstract_raw=told["abstract"] or "",
        authors_raw=", ".join(authors),
        title=told["title"],
        abstract=told["abstract"] or "",
        authors=authors,
        categories=tuple(told["categories"]),
        url=f"https://arxiv.org/abs/{native}",
        published=date.fromisoformat(told["published"]) if told["published"] else None,
        journal_ref=told["journal_ref"],
        comment=told["comment"],
    )
