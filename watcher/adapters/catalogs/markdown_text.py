"""Reads and writes the text of Markdown: lines, table cells, numbers of entries, ids of papers that a text mentions; shows
a cell's text without markup, and escapes untrusted text so that it has no effect as markup.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from markdown_it import MarkdownIt

from watcher.domain.errors import CatalogError
from watcher.domain.papers.paper import PaperId, find_doi, paper_of_doi, paper_of_link

_PIPE = re.compile(r"(?<!\\)\|")  # GFM: a pipe preceded by a backslash separates nothing, even in code
_NUMBERED = re.compile(r"[\s*_\[]*[0-9]{1,6}\s*\\?[.．]\s*")
BULLET = re.compile(r"\s*(?:[-*+・]|\d+[.)])\s+")
"""The indentation and list marker with which a bullet begins."""
# Git's conflict markers; "=======" is left out because it also underlines a heading.
_MERGE_MARKS = (b"<<<<<<< ", b">>>>>>> ")


def read_lines(data: bytes, about: str) -> list[bytes]:
    r"""Split the bytes of a Markdown file into lines, with their line ends (\n, \r or \r\n).

    Raises CatalogError if the file is empty, not UTF-8, or contains conflict markers of an unfinished merge.
    """
    if not data.strip():
        raise CatalogError("the file is empty", about=about, remedy="name another, or delete it to begin a new one")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise CatalogError(f"not UTF-8 (byte {error.start})", about=about, remedy="save it as UTF-8") from error
    lines = data.splitlines(keepends=True)
    if any(line.startswith(_MERGE_MARKS) for line in lines):
        raise CatalogError("holds the marks of an unfinished merge", about=about, remedy="finish the merge, save")
    return lines


def line_text(line: bytes) -> str:
    """A line of a Markdown file as text, without line end and byte order mark."""
    return line.decode().removeprefix("\ufeff").rstrip("\r\n")


def line_end(line: bytes) -> bytes:
    r"""The line end (\n, \r or \r\n) of a line, "" if it has none."""
    return line[len(line.rstrip(b"\r\n")) :]


def cells_in(line: str) -> list[str]:
    """Split a line of a Markdown table into its cells, without padding."""
    cells = [cell.strip() for cell in _PIPE.split(line.strip())]
    return cells[cells[0] == "" : len(cells) - (len(cells) > 1 and cells[-1] == "")]


def split_cells(line: str) -> list[str]:
    """Split a line of a Markdown table into its cells, with padding."""
    cells = _PIPE.split(line.strip())
    if cells[0] == "":
        del cells[0]
    if cells and cells[-1] == "":
        del cells[-1]
    return cells


def cell_bounds(line: str) -> list[tuple[int, int]]:
    """The (start, end) positions of each cell in a line of a Markdown table, without padding."""
    bounds = []
    place = len(line) - len(line.lstrip())
    for cell in _PIPE.split(line.strip()):
        left = place + len(cell) - len(cell.lstrip())
        bounds.append((left, max(left, place + len(cell.rstrip()))))
        place += len(cell) + 1
    edges = _PIPE.split(line.strip())
    return bounds[edges[0] == "" : len(bounds) - (len(edges) > 1 and edges[-1] == "")]


def without_number(title: str) -> str:
    """Remove the number at the beginning of an entry's title."""
    return _NUMBERED.sub("", title, count=1)


# A backslash escapes only ASCII punctuation (CommonMark 2.4); before anything else it stands for itself.
_BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~]|$)")

# Characters that may begin a column, markup, a tag, a formula or an entity; "://" and "www." become links on GitHub
# without any markup. Characters that have no effect inside a cell (# ! + - . digits) are not escaped, for legibility.
_ACTIVE = re.compile(r"[|<>\[\]*_`~$]|&(?=#?\w+;)|:(?=//)|(?<=www)\.", re.ASCII | re.IGNORECASE)

# GitHub makes links of e-mail addresses after unescaping, so an escape does not prevent it; a comment inside does.
_MAIL = re.compile(r"(?<=[A-Za-z0-9.+_-])@(?=[A-Za-z0-9_.-]*\.[A-Za-z0-9_.-]*[A-Za-z])")
EMPTY_COMMENT = "<!-- -->"
"""An empty HTML comment, which breaks an e-mail address so that GitHub makes no link of it."""


def escaped(text: str) -> str:
    """Escape an untrusted text on one line for a Markdown table cell, so that nothing in it acts as markup and readers
    see the text itself.
    """
    return _MAIL.sub(f"{EMPTY_COMMENT}@", _ACTIVE.sub(r"\\\g<0>", _BACKSLASH.sub(r"\\\\", text)))


_MARKED = re.compile(r"[\\*_`\[\]<>&~!\r\n]")
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
"""An HTML line break."""
_INLINE = MarkdownIt("commonmark").enable("strikethrough")


@lru_cache(maxsize=16_384)  # a catalog is parsed often, and few of its cells change in between
def visible_lines(markdown: str) -> tuple[str, ...]:
    """The non-empty lines of a Markdown table cell (separated by `<br>`), without markup and with single spaces."""
    if not _MARKED.search(markdown):
        return tuple(filter(None, [" ".join(markdown.split())]))
    (inline,) = _INLINE.parseInline(markdown.replace("\\|", "|"))
    pieces = []
    for token in inline.children or ():
        html = token.type == "html_inline"
        if token.type in {"softbreak", "hardbreak"} or (html and BREAK.fullmatch(token.content)):
            pieces.append("\n")
        elif not (html and token.content.startswith("<!--")):
            pieces.append(token.content)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return tuple(filter(None, lines))


def visible_text(markdown: str) -> str:
    """The text of a table cell as readers see it, on one line."""
    return " ".join(visible_lines(markdown))


# arXiv ids as people write them: new ones (with a valid month) anywhere, old ones only after "arXiv:" or in a link.
_NAMED = re.compile(
    r"""(?:(?<=arxiv\.)|(?<![A-Za-z0-9.]))(?P<new>\d\d(?:0[1-9]|1[0-2])\.\d{4,6})(?:v\d+)?(?![A-Za-z0-9]|\.\d)
        |arxiv(?::\s*|\.org/(?:abs|pdf|html)/)(?P<old>[a-z-]+(?:\.[a-z]{2})?/\d{7})(?!\d)""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_DOI_LINK = re.compile(r"https?://(?:dx\.)?doi\.org/10\.[^\s|)\]<>\"']+", re.ASCII | re.IGNORECASE)
_OTHER_DOI = re.compile(
    r"(?<![\w.])10\.(?!48550/arxiv)\d{4,9}/[^\s|)\]<>\"']+", re.ASCII | re.IGNORECASE
)  # may look like an id
_ADDRESS_LINK = re.compile(r"\[([^\s\[\]|]+)\]\(https://([^\s()|]+)\)")  # the address is also the link's text


def named_ids(text: str) -> frozenset[PaperId]:
    """The ids of all papers that a text mentions: arXiv ids without version, links to DOIs, and links whose text is
    their URL (by which the catalog names papers without any other id).
    """
    found = set()
    for named in _NAMED.finditer(_OTHER_DOI.sub(" ", text)):
        archive, slash, number = (named["new"] or named["old"]).rpartition("/")
        found.add(PaperId("arxiv", f"{archive.partition('.')[0].lower()}{slash}{number}"))
    found |= {paper_of_doi(doi) for link in _DOI_LINK.finditer(text) if (doi := find_doi(link[0]))}
    for link in _ADDRESS_LINK.finditer(text):
        paper = paper_of_link(f"https://{link[2]}") if link[1] == link[2] else None
        if paper is not None and paper == PaperId("link", link[2]):
            found.add(paper)
    return frozenset(found)


def heads_at(headings: Sequence[tuple[int, int, str]], line: int) -> tuple[tuple[str, ...], int]:
    """Find the headings that a line of a Markdown file is under: their texts, the outermost first, and the line of the
    innermost, -1 without any.
    """
    above: list[tuple[int, int, str]] = []
    for one in headings:
        if one[0] >= line:
            break
        above = [other for other in above if other[1] < one[1]] + [one]
    return tuple(text for _, _, text in above), above[-1][0] if above else -1
