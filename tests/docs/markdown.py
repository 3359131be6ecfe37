"""Markdown files of the repository into what the tests ask of them: tables, code spans, commands, links, anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
READMES = (ROOT / "README.md", ROOT / "README.ja.md")
DOCUMENTS = tuple(sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]))

_PARSER = MarkdownIt("commonmark").enable("table")
_SPAN = re.compile(r"`([^`]+)`")

Row = list[str]
"""The cells of a row in source form."""


def parsed(document: Path) -> list[Token]:
    """The document's tokens."""
    return _PARSER.parse(document.read_text(encoding="utf-8"))


def inlines(document: Path) -> Iterator[Token]:
    """What stands within the document's blocks: text, code spans, links, images."""
    for token in parsed(document):
        yield from token.children or ()


def tables(document: Path) -> list[list[Row]]:
    """The document's tables, each with its header as the first row."""
    found: list[list[Row]] = []
    for token, after in pairwise(parsed(document)):
        match token.type:
            case "table_open":
                found.append([])
            case "tr_open":
                found[-1].append([])
            case "th_open" | "td_open":
                found[-1][-1].append(after.content if after.type == "inline" else "")
    return found


def table(document: Path, first: str) -> list[Row]:
    """The body of the one table whose first row after the header begins with a cell that holds `first`."""
    found = [rows[1:] for rows in tables(document) if first in rows[1][0]]
    assert len(found) == 1, f"{document.name} has {len(found)} tables that begin with {first!r}"
    return found[0]


def spans(text: str) -> list[str]:
    """The code spans of a piece of Markdown."""
    return _SPAN.findall(text)


def block_after(document: Path, marker: str) -> str:
    """The fenced block that follows the comment `<!-- MARKER -->`, without its fence."""
    blocks = [
        after.content.strip()
        for before, after in pairwise(parsed(document))
        if before.type == "html_block" and before.content.strip() == f"<!-- {marker} -->" and after.type == "fence"
    ]
    assert len(blocks) == 1, f"{document.name} holds {len(blocks)} blocks after <!-- {marker} -->"
    return blocks[0]


def anchors(document: Path) -> set[str]:
    """The fragments that lead to the document's headings, as GitHub makes them."""
    headings = [after.content for before, after in pairwise(parsed(document)) if before.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
