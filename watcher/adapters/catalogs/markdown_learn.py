"""Learns the layout (Shape) of a catalog from its file: where its entries are, which fields they hold, and how a new
one is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from watcher.adapters.catalogs.markdown_document import Document, Group, read_document, tables_in
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.catalogs.markdown_parts import entry_parts, is_label, link_kind, links_of, names_venue
from watcher.adapters.catalogs.markdown_patterns import (
    cell_fields,
    cell_pattern,
    empty_cell,
    entry_pieces,
    preprint_pattern,
)
from watcher.adapters.catalogs.markdown_place import place_for
from watcher.adapters.catalogs.markdown_row import entry_text, wanted_by
from watcher.adapters.catalogs.markdown_text import cells_in, line_text, named_ids, read_lines, visible_text
from watcher.domain.catalog.catalog import CatalogReading
from watcher.domain.catalog.shape import (
    Column,
    Date,
    Form,
    Numbering,
    Order,
    Sections,
    Shape,
    field_of,
    find_date,
    folded,
    is_later,
)
from watcher.domain.catalog.venue import is_preprint
from watcher.domain.errors import CatalogError
from watcher.domain.summaries.cells import RowContent
from watcher.domain.text import kana_share

_WAY_OUT = "keep a Markdown file of one table or one list beside it for what the watcher adds, and name it under [catalog] file"
_ANY_BULLETS = ("- {title}",)
_NEWEST = re.compile(
    r"newest first|latest first|most recent (?:first|to oldest)|reverse chronological|新しい順|新着順|从新到旧|倒序",
    re.IGNORECASE,
)
_OLDEST = re.compile(r"oldest first|oldest to|(?<!reverse )chronological|古い順|时间顺序", re.IGNORECASE)
_OF_YEARS = re.compile(
    r"[\W_]*(?:papers?|publications?|in|of|from|year|年|年度|の論文|論文|论文|\W)*[\W_]*", re.IGNORECASE
)
_TOTALS = (
    re.compile(
        r"(?P<before>(?:合計|総数|総計|計|全|共|总计|合计|总数)\s*[:：]?)\s*[*_]*(?P<n>\d+)[*_]*\s*(?P<after>本|件|篇|編|报|論文|papers)?"
    ),
    re.compile(r"(?P<before>total[A-Za-z ()]{0,40}[:：]?)\s*[*_]*(?P<n>\d+)[*_]*(?P<after>)", re.IGNORECASE),
)
_LEAD = re.compile(r"[\s>#*_|+-]*")
_LINKED_ITEM = re.compile(rb"\s*(?:[-*+]|\d+[.)])\s.*\]\(http")
_SPARSE = 5  # entries that hold less than this part of the papers are not the list
_REST = re.compile(r"\W*(?:others?|misc\w*|その他|其他)\b")
_NAMES_WORK = re.compile(r"(?:methods?|models?|names?|approach(?:es)?|手法|手法名|モデル|方法|模型|名称)(?: name)?")
_FEW = 3  # so many tables' rows or bullets beside the others are no accident


@dataclass(frozen=True, slots=True)
class Learned:
    """The result of learning a catalog's layout from its file: the layout, the parsed entries, the number of papers
    that the whole file names, and a sample entry as it would be written, with the line (from 1) at which it would be
    inserted.
    """

    shape: Shape
    reading: CatalogReading
    named: int
    entry: str
    line: int


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a file: its headings, its rows and the line of its header."""

    header: tuple[str, ...]
    rows: list[list[str]]


def learn(data: bytes, sample: RowContent, about: str) -> Learned:
    """Learn the layout of a catalog from its file, and render `sample` as a new entry to show the result. Raises
    CatalogError if the file holds no list of papers.
    """
    shape = learn_shape(data, about)
    document = read_document(read_lines(data, about), about, shape)
    place = place_for(document, wanted_by(sample, shape))
    return Learned(
        shape,
        read_entries(data, about, shape),
        len(named_ids(data.decode())),
        entry_text(document, place, sample),
        place.line + len(place.before) + 1,
    )


def learn_shape(data: bytes, about: str) -> Shape:
    """Learn the layout of the catalog in a file. Raises CatalogError, with what to do, if the file holds no list of
    papers in a table, in bullets or in paragraphs.
    """
    lines = read_lines(data, about)
    columns = _columns(lines)
    bullets, form = _listed(lines, about)
    tables = _read(lines, about, Shape(columns=columns)) if columns else None
    rows = [line for line in tables.ends if _is_entry(tables, line)] if tables else []
    items = list(bullets.ends) if bullets else []
    form = Form.TABLE if len(rows) >= len(items) else form
    # A few bullets beside a table are notes, a small table beside bullets is about something else.
    has_rows = bool(rows) and (form is Form.TABLE or len(rows) >= max(_FEW, len(items) / 10))
    has_items = bool(items) and (form is not Form.TABLE or len(items) >= max(_FEW, len(rows) / 10))
    if not has_rows and not has_items:
        raise _refused(data, about)
    if has_items and bullets and _has_own_sections(bullets):
        raise CatalogError(
            "every paper has a section of its own, which is written by no rule", about=about, remedy=_WAY_OUT
        )
    _must_be_most(data, tables if has_rows else None, bullets if has_items else None, about)
    draft = Shape(form, columns if has_rows else (), _ANY_BULLETS if has_items else ())
    return _finished(lines, about, draft)


def _listed(lines: Sequence[bytes], about: str) -> tuple[Document | None, Form]:
    """The file read as bullets, or as paragraphs if more titles stand in these, and few of them are no accident."""
    bullets = _read(lines, about, Shape(entry=_ANY_BULLETS))
    paragraphs = _read(lines, about, Shape(Form.PARAGRAPHS, entry=_ANY_BULLETS))
    titled = sum("title" in entry_parts(bullets.text(line)) for line in bullets.ends) if bullets else 0
    if paragraphs and len(paragraphs.ends) > titled:
        inside = named_ids("\n".join(map(paragraphs.text, paragraphs.ends)))
        if len(paragraphs.ends) >= _FEW or inside == named_ids(b"".join(lines).decode()):
            return paragraphs, Form.PARAGRAPHS
    return bullets, Form.BULLETS


def _read(lines: Sequence[bytes], about: str, shape: Shape) -> Document | None:
    try:
        return read_document(lines, about, shape)
    except CatalogError:
        return None


def _is_entry(document: Document, line: int) -> bool:
    return bool(re.search(r"\w", document.cell(line, "title")))


def _must_be_most(data: bytes, tables: Document | None, bullets: Document | None, about: str) -> None:
    """Raises CatalogError if the tables and bullets hold a small part of the papers that the file names, or are a few
    among many links to other things: a new paper would stand where no other is.
    """
    read = [(document, line) for document in (tables, bullets) if document for line in document.ends]
    papers = {paper for document, line in read for paper in named_ids(document.text(line))}
    named = named_ids(data.decode())
    links = sum(bool(_LINKED_ITEM.match(line)) for line in data.splitlines())
    if len(named) > _SPARSE and len(papers) * _SPARSE < len(named):
        raise _refused(data, about)
    if not papers and bullets and not tables and len(read) * _SPARSE < links:
        raise _refused(data, about)


def _has_own_sections(document: Document) -> bool:
    """Whether most headings above the entries are the title of one of them."""
    titled = 0
    for group in document.groups:
        texts = [document.text(line) for line in document.entries_in(group)]
        titles = [folded(text[slice(*span)]) for text in texts if (span := entry_parts(text).get("title"))]
        heading = folded(group.heads[-1]) if group.heads else ""
        titled += any(len(title.split()) > 2 and title in heading for title in titles)
    return titled >= _FEW and 2 * titled > len(document.groups)


def _refused(data: bytes, about: str) -> CatalogError:
    """The error for a file whose papers are neither in a table nor in bullets."""
    ids = len(named_ids(data.decode()))
    if re.search(rb"<t[dr][\s>]", data, re.IGNORECASE):
        return CatalogError(
            f"the papers stand in HTML tables ({ids} ids), which are read by no rule", about=about, remedy=_WAY_OUT
        )
    return CatalogError(f"no table or list of papers, only prose ({ids} ids)", about=about, remedy=_WAY_OUT)


def _columns(lines: Sequence[bytes]) -> tuple[Column, ...]:
    """The columns of the tables in which most papers stand, () if there is no table with a title."""
    tables = [_Table(tuple(cells_in(line_text(lines[a]))), _rows(lines, a + 2, z)) for a, z in tables_in(lines)]
    sizes: Counter[tuple[str, ...]] = Counter()
    for table in tables:
        if any("title" in field.split("+") for field in _fields(table)):
            sizes[_key(table)] += 1 + len(table.rows)
    if not sizes:
        return ()
    best = sizes.most_common(1)[0][0]
    alike = [table for table in tables if _key(table) == best]
    cells = [[row[n] for table in alike for row in table.rows if n < len(row)] for n in range(len(best))]
    fields = _fields(_Table(alike[0].header, [row for table in alike for row in table.rows]))
    columns = [
        Column(
            visible_text(heading),
            field,
            cell_pattern(list(filter(None, field.split("+"))), column),
            empty_cell(column) if field else "",
        )
        for heading, field, column in zip(alike[0].header, fields, cells, strict=True)
    ]
    if any("summary" in column.fields for column in columns):  # where people write both, the comment is theirs
        columns = [replace(column, write="") if column.field == "comment" else column for column in columns]
    return tuple(columns if any(column.has_link for column in columns) else map(_linked, columns))


def _key(table: _Table) -> tuple[str, ...]:
    """The headings of a table, however people space them: "Pub. & Date", "Pub.&Date"."""
    return tuple(folded(heading, "") for heading in table.header)


def _rows(lines: Sequence[bytes], start: int, end: int) -> list[list[str]]:
    return [cells_in(line_text(lines[n])) for n in range(start, end)]


def _fields(table: _Table) -> list[str]:
    """The fields of a table's columns, each once; without a heading for the title, the column of most paper links. A
    column of links alone ("[Link](…)") holds no title, whatever its heading says.
    """
    found, taken = [], set[str]()
    kinds = [_kind_of_links([row[n] for row in table.rows if n < len(row)]) for n in range(len(table.header))]
    for heading, kind in zip(table.header, kinds, strict=True):
        told = field_of(heading).split("+")
        if kind and told in ([""], ["title"]):
            told = [kind]
        names = [name for name in told if name and name not in taken]
        taken |= set(names)
        found.append("+".join(names))
    if "title" not in taken:
        linked = [sum(_links_paper(row[n]) for row in table.rows if n < len(row)) for n in range(len(found))]
        short = [_NAMES_WORK.fullmatch(folded(heading)) is not None for heading in table.header]
        long = [
            sum(short[n] or len(visible_text(row[n])) > 20 for row in table.rows if n < len(row))
            for n in range(len(found))
        ]
        best = max(range(len(found)), key=lambda n: (min(linked[n], long[n]), -n), default=None)
        if best is not None and table.rows and 2 * min(linked[best], long[best]) > len(table.rows):
            found[best] = "title"
    return found


def _links_paper(cell: str) -> bool:
    """Whether a cell names a paper, or links to one by a text of its own."""
    links = [link for link in links_of(cell) if link.kind == "link" and not is_label(cell, link)]
    return bool(named_ids(cell)) or any(link_kind(cell, link) == "url" for link in links)


def _kind_of_links(cells: Sequence[str]) -> str:
    """What a column holds whose cells are nothing but a link with a label: "link", "code" or "project", "" for any other."""
    kinds = Counter(_label_kind(cell) for cell in cells if re.search(r"\w", cell))
    kind, count = kinds.most_common(1)[0] if kinds else ("", 0)
    return {"url": "link"}.get(kind, kind) if 2 * count > kinds.total() else ""


def _label_kind(cell: str) -> str:
    """What the first link of a cell points to, "" if it is no label or stands beside other words."""
    link = next((one for one in links_of(cell) if one.url), None)
    if link is None or link.kind != "link" or not is_label(cell, link) or re.search(r"\w{3}", cell[: link.start]):
        return ""
    return link_kind(cell, link)


def _linked(column: Column) -> Column:
    """The column of titles with a link, where the list has no other place for one."""
    if "title" not in column.fields:
        return column
    return replace(column, write=column.write.replace("{title}", "[{title}]({url})"))


def _finished(lines: Sequence[bytes], about: str, draft: Shape) -> Shape:
    """The shape completed with what the entries tell: order, numbering, sections, total."""
    document = read_document(lines, about, draft)
    numbering, restarts = _numbering(document)
    shape = replace(draft, numbering=numbering, restarts=restarts, columns=_as_numbered(draft.columns, numbering))
    texts = [document.text(line) for line in document.ends if not document.group_of(line).columns]
    if texts:
        pieces = entry_pieces(texts, numbered=numbering is not Numbering.NONE)
        if not pieces:
            raise _refused(b"".join(lines), about)
        if not any("{url}" in piece for piece in pieces):
            pieces = tuple(piece.replace("{title}", "[{title}]({url})") for piece in pieces)
        shape = replace(shape, entry=pieces)
    sections, into = _sections(document)
    shape = replace(shape, sections=sections, into=into, preprint=_preprint(document))
    shape = replace(shape, order=_order(document, sections))
    return replace(shape, total=_total(lines, document))


def _as_numbered(columns: Sequence[Column], numbering: Numbering) -> tuple[Column, ...]:
    """The columns without a number in what is written, where numbers do not count anything."""
    if numbering is not Numbering.NONE:
        return tuple(columns)
    bare = [re.sub(r"\{number\}\s*\\?[.．)]?\s*", "", column.write) for column in columns]
    return tuple(replace(column, write=write) for column, write in zip(columns, bare, strict=True))


def _numbering(document: Document) -> tuple[Numbering, bool]:
    """How the entries are numbered, and whether every group begins anew."""
    runs = []
    for group in document.groups:
        entries = document.entries_in(group)
        numbers = [group.number_of(document.lines[line]) for line in entries]
        runs.append([number for number in numbers if number is not None])
    told = [number for run in runs for number in run]
    if len(told) * 10 < len(document.ends) * 6 or not told or max(told) > 4 * len(told) + 30:
        return Numbering.NONE, False
    steps = [b - a for run in runs for a, b in pairwise(run)]
    rising, falling = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    ordered = max(rising, falling) * 10 >= len(steps) * 8 if steps else told == sorted(told) and told[0] == 1
    if not ordered:
        return Numbering.NONE, False
    restarts = sum((min(run) if run else 0) == 1 for run in runs) > 1
    return (Numbering.FALLING if falling > rising else Numbering.RISING), restarts


def _sections(document: Document) -> tuple[Sections, str]:
    """What the headings above the entries stand for, and the heading under which new entries go."""
    groups = [group for group in document.groups if bool(group.columns) == (document.shape.form is Form.TABLE)]
    sizes = {group: len(document.entries_in(group)) for group in groups}
    yearly = _yearly(groups)
    if yearly and 2 * sum(sizes[group] for group in yearly) > sum(sizes.values()):
        parents = Counter[str]()
        newest = max(group.date for group in yearly)
        for group in yearly:
            parents[group.heads[-2] if len(group.heads) > 1 else ""] += sizes[group] if group.date == newest else 0
        several = len({group.heads[:-1] for group in yearly}) > 1
        return Sections.YEAR, parents.most_common(1)[0][0] if several else ""
    if len(groups) < 2 or not any(group.heads for group in groups):
        return Sections.NONE, ""
    if all(group.date for group in groups):
        return Sections.TOPIC, ""
    best = max(_for_new(groups), key=lambda group: sizes[group])
    return Sections.TOPIC, best.heads[-1] if best.heads else ""


def _yearly(groups: Sequence[Group]) -> list[Group]:
    """The groups under a heading that is about nothing but a year, or that differs from others in its year alone."""
    years: dict[str, set[Date]] = {}
    for group in groups:
        years.setdefault(_without_date(group), set()).add(group.date)
    return [
        group
        for group in groups
        if group.heads
        and (
            _is_year(group.heads[-1])
            or (_without_date(group) and len(years[_without_date(group)]) > 1 and not names_venue(group.heads[-1]))
        )
    ]


def _without_date(group: Group) -> str:
    """The innermost heading without its year, "" if it states none."""
    heading = group.heads[-1] if group.heads else ""
    found = find_date(heading)
    return folded(heading[: found.start] + heading[found.end :]) if found and len(found.date) == 1 else ""


def _for_new(groups: Sequence[Group]) -> Sequence[Group]:
    """The groups that may take a paper of no venue yet: none whose heading is a conference or journal, if there is another;
    beside many such those of preprints or of the rest.
    """
    heads = {group: folded(group.heads[-1]) if group.heads else "" for group in groups}
    preprints = [group for group in groups if is_preprint(heads[group])]
    others = [group for group in groups if not names_venue(heads[group])]
    rest = [group for group in others if _REST.match(heads[group])]
    return (preprints or rest if 2 * len(others) < len(groups) else []) or others or groups


def _is_year(heading: str) -> bool:
    """Whether a heading is about nothing but a year."""
    found = find_date(heading)
    rest = heading[: found.start] + heading[found.end :] if found else ""
    return found is not None and len(found.date) == 1 and _OF_YEARS.fullmatch(folded(rest) or " ") is not None


def _order(document: Document, sections: Sections) -> Order:
    """The order of the entries, from their dates, else from what the text says of it."""
    rising = falling = 0
    runs = [[document.date(line) for line in document.entries_in(group)] for group in document.groups]
    if sections is not Sections.TOPIC or all(group.date for group in document.groups):
        runs.append([group.date for group in document.groups])
    for run in runs:
        for one, other in pairwise([date for date in run if date]):
            rising += is_later(other, one)
            falling += is_later(one, other)
    if rising != falling:
        return Order.NEWEST_FIRST if falling > rising else Order.OLDEST_FIRST
    text = b"".join(document.lines).decode()
    return Order.NEWEST_FIRST if _NEWEST.search(text) and not _OLDEST.search(text) else Order.OLDEST_FIRST


def _preprint(document: Document) -> str:
    """How the list names a preprint as a venue; a default if it names none and is not in Japanese."""
    venues = []
    for line in document.ends:
        text = document.text(line)
        if document.group_of(line).columns:
            cell, column = document.cell(line, "venue"), document.group_of(line).fields.get("venue")
            fields = document.group_of(line).columns[column].fields if column is not None else ()
            a, z = cell_fields(fields, cell).get("venue", (0, len(cell))) if len(fields) > 1 else (0, len(cell))
            venues.append(visible_text(cell[a:z]))
        elif span := entry_parts(text).get("venue"):
            venues.append(visible_text(text[slice(*span)]))
    return preprint_pattern(venues) or ("" if kana_share(b"".join(document.lines).decode()) else "arXiv")


def _total(lines: Sequence[bytes], document: Document) -> str:
    """How the file states the number of its entries, "" if it does not."""
    inside = {n for line, end in document.ends.items() for n in range(line, end)}
    for n in (*range(len(lines) - 1, -1, -1),):
        text = line_text(lines[n])
        if n in inside and text.count("|") > 1:
            continue
        for pattern in _TOTALS:
            lead = _LEAD.match(text)
            found = pattern.match(text, lead.end() if lead else 0)
            if found:
                return f"{found['before'].strip()}{{n}}{found['after'] or ''}"
    return ""
