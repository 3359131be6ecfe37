"""Parses a Markdown catalog into entries with the positions of their cells; reports the lines it does
not understand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from watcher.adapters.catalogs.markdown_document import (
    Document,
    cell_bounds,
    line_text,
    named_ids,
    read_document,
    read_lines,
    stated_total,
    without_number,
)
from watcher.adapters.catalogs.markdown_text import visible_lines, visible_text
from watcher.domain.catalog.catalog import CatalogEntry, CatalogReading, Oddity, Place, Section, Span, Unread
from watcher.domain.facts import Cells
from watcher.domain.papers.paper import PaperId

_COLUMNS = Cells.names()
_TERM = re.compile(r"\s*、\s*")
_ADDITIONS = re.compile(r"[\s#>*_-]*追加(?:分|論文|文献|リスト)?\s*(?:[(（][^)）]*[)）])?[\s*_]*[:：]?[\s*_]*")
# A heading or a horizontal rule ends the additions.
_END = re.compile(r"#{1,6}\s|(?:\*\s*){3,}$|(?:-\s*){3,}$|(?:_\s*){3,}$")
_BULLET = re.compile(r"\s*(?:[-*+・]|\d+[.)])\s+")
_HEAD = re.compile(r" {0,3}(?:(?:[-*+]|\d+[.)])\s+)?[*_]*\[")
_ADDRESS = re.compile(r"\(?(?:https?://\S+|arxiv:\s*\S+)\)?", re.IGNORECASE)


def read_entries(data: bytes, about: str) -> CatalogReading:
    """Parse a catalog file; `about` names it in errors.

    Raises CatalogError if the file contains no catalog (see `read_document`). Irregular rows are parsed as far as
    possible, and the rest is listed in `unread`.
    """
    document = read_document(read_lines(data, about), about)
    starts = list(accumulate(map(len, document.lines), initial=0))
    entries: list[CatalogEntry] = []
    unread: list[Unread] = []
    for line in document.body:
        if line == document.total:
            continue
        entry, oddities = _row(document, line, starts[line])
        entries += [entry] if entry else []
        unread += [Unread(line + 1, oddity, line_text(document.lines[line]).strip()) for oddity in oddities]
    for found in _outside(document, starts):
        if isinstance(found, CatalogEntry):
            entries.append(found)
        else:
            unread.append(found)
    entries.sort(key=lambda entry: entry.place.line)
    unread.sort(key=lambda item: item.line)
    return CatalogReading(tuple(entries), stated_total(document), tuple(unread), _title(document))


def _title(document: Document) -> str:
    """The document's first heading, "" if there is none."""
    heads = (line_text(line) for line in document.lines[: document.header])
    return next((visible_text(head.lstrip("# ")) for head in heads if head.startswith("# ")), "")


def _row(document: Document, line: int, start: int) -> tuple[CatalogEntry | None, list[Oddity]]:
    """The entry in a table line, None if it is no entry, and what is irregular about the line."""
    text = line_text(document.lines[line])
    bounds = cell_bounds(text)
    number = document.numbers.get(line)
    oddities = [Oddity.CELLS] if len(bounds) != len(_COLUMNS) else []
    if number is None:
        oddities = [Oddity.UNNUMBERED]
        if not named_ids(text):
            return None, oddities
    start += 3 * document.lines[line].startswith(b"\xef\xbb\xbf")  # line_text() drops a byte order mark
    cells = {name: text[a:b] for name, (a, b) in zip(_COLUMNS, bounds, strict=False)}
    spans = {
        name: Span(start + len(text[:a].encode()), start + len(text[:b].encode()))
        for name, (a, b) in zip(_COLUMNS, bounds, strict=False)
    }
    title = visible_text(cells.get("title", ""))
    people = visible_lines(cells.get("authors", ""))
    entry = CatalogEntry(
        place=Place(Section.TABLE, line + 1),
        number=number,
        title=without_number(title) if number is not None else title,
        summary=visible_text(cells.get("summary", "")),
        authors=people[0] if people else "",
        notes=people[1:],
        ids=_ids(cells.get("authors", "")) or _ids(" ".join(v for k, v in cells.items() if k != "summary")),
        year=document.year(line),
        categories=tuple(term for term in _TERM.split(visible_text(cells.get("categories", ""))) if term),
        venue=visible_text(cells.get("venue", "")),
        attention=visible_text(cells.get("attention", "")),
        spans=spans,
    )
    return entry, oddities


def _outside(document: Document, starts: Sequence[int]) -> Iterator[CatalogEntry | Unread]:
    """The entries in the section of additions (追加:), and the lines elsewhere that mention a paper."""
    texts = [line_text(line) for line in document.lines]
    adding, head, notes = False, -1, list[int]()
    for n, text in enumerate([*texts, "# "]):
        last = n == len(texts)
        if not last and (document.header <= n < document.end or n == document.total):
            continue
        if adding and not last and not _END.match(text):
            if _is_head(text):
                yield from _addition(texts, starts, head, notes)
                head, notes = n, []
            elif head >= 0:
                notes.append(n)
            elif text.strip():
                yield Unread(n + 1, Oddity.STRAY, text.strip())
            continue
        yield from _addition(texts, starts, head, notes)
        head, notes = -1, []
        adding = _ADDITIONS.fullmatch(text) is not None
        if not last and not adding and named_ids(text):
            yield Unread(n + 1, Oddity.NAMED, text.strip())


def _is_head(text: str) -> bool:
    """Whether a line begins an addition: a link, or an address that is not a list item about the paper above."""
    return _HEAD.match(text) is not None or (bool(named_ids(text)) and not _BULLET.match(text))


def _addition(texts: Sequence[str], starts: Sequence[int], head: int, notes: Sequence[int]) -> Iterator[CatalogEntry]:
    """Yield the entry that begins at line `head` of the additions (papers listed below the table); `notes` are its
    other lines.
    """
    if head < 0:
        return
    bare = _BULLET.sub("", texts[head], count=1) if _BULLET.match(texts[head]) else texts[head]
    filled = [n for n in notes if texts[n].strip()]
    end = starts[head] + len(texts[head].encode())
    spans = {"title": Span(starts[head], end)}
    if filled:
        last = filled[-1]
        spans["summary"] = Span(starts[filled[0]], starts[last] + len(texts[last].encode()))
    title = visible_text(bare)
    yield CatalogEntry(
        place=Place(Section.ADDITIONS, head + 1),
        number=None,
        title=" ".join(_ADDRESS.sub(" ", title).split()) or title,
        summary=" ".join(visible_text(_BULLET.sub("", texts[n], count=1)) for n in filled),
        ids=_ids(texts[head]) or _ids("\n".join(texts[n] for n in filled)),
        spans=spans,
    )


def _ids(text: str) -> tuple[PaperId, ...]:
    """The papers that a text mentions, sorted."""
    return tuple(sorted(named_ids(text)))
