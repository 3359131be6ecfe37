"""Converts the text of a catalog to an export format, without a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from watcher.adapters.catalogs.exports import EXPORTS
from watcher.adapters.catalogs.exports.source import ExportSource
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.domain.papers.paper import PaperId


def export(
    text: str,
    form: str,
    added: Mapping[PaperId, datetime] | None = None,
    authors: Mapping[PaperId, Sequence[str]] | None = None,
) -> str | bytes:
    """The Markdown text of a catalog in one of the formats in EXPORTS; `added` is when the bot added each paper, and
    `authors` are all authors of a paper.
    """
    source = ExportSource.of(read_entries(text.encode(), "catalog"), added or {})
    return EXPORTS[form](replace(source, authors=authors or {}))
