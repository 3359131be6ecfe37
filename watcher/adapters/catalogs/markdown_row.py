"""Renders a paper's cells as one row of the catalog's table, and verifies the row by parsing it again."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from watcher.adapters.catalogs.markdown_text import EMPTY_COMMENT, escaped
from watcher.domain.errors import CatalogError
from watcher.domain.papers.paper import ARXIV_ID, BIORXIV_DOI, PaperId
from watcher.domain.summaries.cells import plain
from watcher.ports import RowContent

_LABELS = {"arxiv": "arXiv", "biorxiv": "bioRxiv"}
_COLUMNS = 7
_ABOVE = "|" + "h|" * _COLUMNS + "\n|" + "-|" * _COLUMNS + "\n"
_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

Shape = list[tuple[str, str]]
"""Inline Markdown tokens as (type, content); the content of a link is its URL."""


def link_of(paper: PaperId) -> str:
    """The URL of a paper's abstract page, built only from the validated id. Raises CatalogError for other ids."""
    if paper.source == "arxiv" and ARXIV_ID.fullmatch(paper.native):
        return f"https://arxiv.org/abs/{paper.native}"
    if paper.source == "biorxiv" and BIORXIV_DOI.fullmatch(paper.native):
        return f"https://doi.org/{paper.native}"
    raise CatalogError(
        "no identifier that a link could be made of", about=str(paper), remedy="add this paper's row by hand"
    )


def name_of(paper: PaperId) -> str:
    """The text of the link to a paper, e.g. `arXiv:2306.12672`."""
    return f"{_LABELS.get(paper.source, paper.source)}:{paper.native}"


def render_row(number: int, row: RowContent, widths: Sequence[int]) -> str:
    """The row as one line without line end, its cells padded to `widths` characters.

    Raises CatalogError unless the line parses to exactly one row of seven cells that show the cells' text, with our
    link as the only active element.
    """
    cells, link = row.cells, link_of(row.id)
    contents = (
        f"**{number}. {escaped(cells.title)}**",
        escaped(cells.summary),
        f"**{escaped(cells.authors)}**<br>[{name_of(row.id)}]({link})",
        *map(escaped, (cells.year, cells.categories, cells.venue, cells.attention)),
    )
    padded = (f" {content.ljust(width - 2)} " for content, width in zip(contents, widths, strict=True))
    line = f"|{'|'.join(padded)}|"
    if _read(line) != _intended(number, row, link):
        raise CatalogError(
            "the row would not show what the cells say",
            about=str(row.id),
            remedy="simplify the cells' punctuation with the card's edit button",
        )
    return line


def _intended(number: int, row: RowContent, link: str) -> list[Shape]:
    """The tokens that the rendered row must parse to."""
    cells = row.cells
    title: Shape = [("strong_open", ""), ("text", plain(f"{number}. {cells.title}")), ("strong_close", "")]
    authors: Shape = [
        ("strong_open", ""),
        ("text", plain(cells.authors)),
        ("strong_close", ""),
        ("html_inline", "<br>"),
        ("link_open", link),
        ("text", name_of(row.id)),
        ("link_close", ""),
    ]
    rest = [_text(text) for text in (cells.year, cells.categories, cells.venue, cells.attention)]
    return [title, _text(cells.summary), authors, *rest]


def _text(text: str) -> Shape:
    """The tokens of a cell of plain text."""
    shown = plain(text)
    return [("text", shown)] if shown else []


def _read(line: str) -> list[Shape]:
    """The tokens of each cell that a Markdown parser sees in the line; empty if it is not exactly one row."""
    tokens = _READER.parse(_ABOVE + line)
    if [t.type for t in tokens if t.type in {"tr_open", "table_close"}] != ["tr_open", "tr_open", "table_close"]:
        return []
    inlines = [t for t in tokens if t.type == "inline"][_COLUMNS:]
    return [_shape(inline.children or ()) for inline in inlines]


def _shape(tokens: Sequence[Token]) -> Shape:
    """The tokens of one cell, with adjacent texts joined."""
    shape: Shape = []
    for token in tokens:
        if token.type == "html_inline" and token.content == EMPTY_COMMENT:
            continue
        if token.type == "text" and shape and shape[-1][0] == "text":
            shape[-1] = ("text", shape[-1][1] + token.content)
        elif token.content or token.type != "text":
            href = str(token.attrs["href"]) if token.type == "link_open" else token.content
            shape.append((token.type, href))
    return shape
