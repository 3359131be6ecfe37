"""Parses a Markdown catalog into entries with their cells; lists the lines that it cannot parse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from watcher.adapters.catalogs.markdown_document import Document, Group, read_document
from watcher.adapters.catalogs.markdown_parts import entry_parts, links_of, url_of
from watcher.adapters.catalogs.markdown_patterns import cell_fields
from watcher.adapters.catalogs.markdown_text import (
    BULLET,
    cell_bounds,
    line_text,
    named_ids,
    read_lines,
    visible_lines,
    visible_text,
    without_number,
)
from watcher.domain.catalog.catalog import CatalogEntry, CatalogReading, Oddity, Place, Section, Span, Unread
from watcher.domain.catalog.shape import DEFAULT, OWN_FIELDS, Numbering, Shape
from watcher.domain.facts import Cells
from watcher.domain.papers.paper import PaperId
from watcher.ports import LINK

_WRITTEN = frozenset({*Cells.names(), *OWN_FIELDS, LINK})
_TERM = re.compile(r"\s*、\s*")
_ADDITIONS = re.compile(r"[\s#>*_-]*追加(?:分|論文|文献|リスト)?\s*(?:[(（][^)）]*[)）])?[\s*_]*[:：]?[\s*_]*")
# A heading or a horizontal rule ends the additions.
_END = re.compile(r"#{1,6}\s|(?:\*\s*){3,}$|(?:-\s*){3,}$|(?:_\s*){3,}$")
_HEAD = re.compile(r" {0,3}(?:(?:[-*+]|\d+[.)])\s+)?[*_]*\[")
_ADDRESS = re.compile(r"\(?(?:https?://\S+|arxiv:\s*\S+)\)?", re.IGNORECASE)


def read_entries(data: bytes, about: str, shape: Shape = DEFAULT) -> CatalogReading:
    """Parse a catalog file into its entries; `about` names the file in errors. Irregular rows are parsed as far as
    possible, and the rest is listed in `unread`. Raises CatalogError if the file contains no catalog with the layout
    `shape`.
    """
    document = read_document(read_lines(data, about), about, shape)
    starts = list(accumulate(map(len, document.lines), initial=0))
    entries: list[CatalogEntry] = []
    unread: list[Unread] = []
    for line in document.ends:
        if line == document.total:
            continue
        text, group = document.text(line), document.group_of(line)
        bounds, oddities = _cells(document, line, text, group) if group.columns else (_parts(text), [])
        entry = None if bounds is None else _entry(document, line, text, starts[line], bounds)
        if entry and not entry.title and not shape.exact:
            entry, oddities = None, [Oddity.UNTITLED]
        entries += [entry] if entry else []
        unread += [Unread(line + 1, oddity, line_text(document.lines[line]).strip()) for oddity in oddities]
    for found in _outside(document, starts):
        if isinstance(found, CatalogEntry):
            entries.append(found)
        else:
            unread.append(found)
    entries.sort(key=lambda entry: entry.place.line)
    unread.sort(key=lambda item: item.line)
    return CatalogReading(tuple(entries), document.stated, tuple(unread), _title(document), shape)


def _title(document: Document) -> str:
    """The document's first heading, "" if there is none."""
    heads = (line_text(line) for line in document.lines[: document.groups[0].header])
    return next((visible_text(head.lstrip("# ")) for head in heads if head.startswith("# ")), "")


def _cells(
    document: Document, line: int, text: str, group: Group
) -> tuple[Mapping[str, tuple[int, int]] | None, list[Oddity]]:
    """The bounds of each field in the text of a table row, None if the row is no entry, and what is irregular about it."""
    columns, exact, bounds = group.columns, document.shape.exact, cell_bounds(text)
    oddities = [Oddity.CELLS] if len(bounds) != len(columns) else []
    if not exact and not any(a < z for a, z in bounds):
        return None, []
    if line not in document.numbers and document.shape.numbering is not Numbering.NONE:
        oddities = [Oddity.UNNUMBERED]
        if not named_ids(text):
            return None, oddities
    found: dict[str, tuple[int, int]] = {}
    for column, (a, b) in zip(columns, bounds, strict=False):
        several = not exact and (len(column.fields) > 1 or "title" in column.fields)
        numbered = document.has_number_in_title(line)
        parted = cell_fields(column.fields, text[a:b], numbered=numbered) if several else {}
        for name in column.fields:
            x, y = parted.get(name, (0, b - a))
            found.setdefault(name, (a + x, a + y))
    if not exact:
        linked = [span for column, span in zip(columns, bounds, strict=False) if column.has_link]
        found.update(zip([LINK], linked, strict=False))
    return found, oddities


def _parts(text: str) -> Mapping[str, tuple[int, int]]:
    """The bounds of each field in the text of a list item with what is nested in it."""
    parts = entry_parts(text)
    return {**parts, LINK: parts["url"]} if "url" in parts else parts


def _entry(document: Document, line: int, text: str, start: int, bounds: Mapping[str, tuple[int, int]]) -> CatalogEntry:
    """An entry whose fields stand within these bounds of its text, which begins at the byte `start`."""
    start += 3 * document.lines[line].startswith(b"\xef\xbb\xbf")  # the text is without a byte order mark
    cells = {name: text[a:b] for name, (a, b) in bounds.items()}
    spans = {
        name: Span(start + len(text[:a].encode()), start + len(text[:b].encode()))
        for name, (a, b) in bounds.items()
        if name in _WRITTEN
    }
    has_number = document.shape.exact or not document.group_of(line).columns  # a learned table's is left out already
    title = visible_text(cells.get("title", ""))
    people = visible_lines(cells.get("authors", ""))
    linked, beside = document.ids_of(line)
    return CatalogEntry(
        place=Place(Section.TABLE, line + 1),
        number=document.numbers.get(line),
        title=without_number(title) if has_number and document.has_number_in_title(line) else title,
        summary=visible_text(cells.get("summary", "")),
        authors=people[0] if people else "",
        notes=people[1:],
        ids=tuple(sorted(linked or beside)),
        year=next(iter(document.date(line)), None),
        categories=tuple(term for term in _TERM.split(visible_text(cells.get("categories", ""))) if term),
        venue=visible_text(cells.get("venue", "")),
        attention=visible_text(cells.get("attention", "")),
        spans=spans,
        fields={name: _own(name, cells[name]) for name in OWN_FIELDS if name in cells},
    )


def _own(name: str, source: str) -> str:
    """The text of an own field as readers see it; of a link to code or a project page its address."""
    link = next((one for one in links_of(source) if one.url), None) if name in {"code", "project"} else None
    return url_of(source, link) if link else visible_text(source)


def _outside(document: Document, starts: Sequence[int]) -> Iterator[CatalogEntry | Unread]:
    """The entries in the section of additions (追加:), and the lines elsewhere that mention a paper."""
    texts = [line_text(line) for line in document.lines]
    adding, head, notes = False, -1, list[int]()
    tables = [n for group in document.groups if group.columns for n in range(group.header, group.end)]
    inside = {*tables, *(n for line, end in document.ends.items() for n in range(line, end))}
    for n, text in enumerate([*texts, "# "]):
        last = n == len(texts)
        if not last and (n in inside or n == document.total):
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
        adding = bool(document.groups[0].columns) and _ADDITIONS.fullmatch(text) is not None
        if not last and not adding and named_ids(text):
            yield Unread(n + 1, Oddity.NAMED, text.strip())


def _is_head(text: str) -> bool:
    """Whether a line begins an addition: a link, or an address that is not a list item about the paper above."""
    return _HEAD.match(text) is not None or (bool(named_ids(text)) and not BULLET.match(text))


def _addition(texts: Sequence[str], starts: Sequence[int], head: int, notes: Sequence[int]) -> Iterator[CatalogEntry]:
    """Yield the entry that begins at line `head` of the additions (papers listed below the table); `notes` are its
    other lines.
    """
    if head < 0:
        return
    bare = BULLET.sub("", texts[head], count=1) if BULLET.match(texts[head]) else texts[head]
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
        summary=" ".join(visible_text(BULLET.sub("", texts[n], count=1)) for n in filled),
        ids=_ids(texts[head]) or _ids("\n".join(texts[n] for n in filled)),
        spans=spans,
    )


def _ids(text: str) -> tuple[PaperId, ...]:
    """The papers that a text mentions, sorted."""
    return tuple(sorted(named_ids(text)))
