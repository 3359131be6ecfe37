"""Decides where a new entry goes in a Markdown catalog and with which number, and inserts or removes entries; all other
bytes except numbers and total stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import pairwise

from watcher.adapters.catalogs.markdown_document import Document, Group, read_document, with_total
from watcher.adapters.catalogs.markdown_text import line_end
from watcher.domain.catalog.shape import Date, Form, Numbering, Order, Sections, find_date, folded, is_later
from watcher.domain.errors import CatalogError

# The group that keeps the catalog orders rows by year and numbers them by position. So a number is not an identifier:
# a new row raises the numbers of all later rows, and removing it restores every byte.
_HIGHEST = 999_999
_COUNTED = re.compile(r"(?P<indent>\s*)(?P<n>\d{1,6})(?P<rest>[.)]\s+)")
_UNDERLINE = re.compile(rb" {0,3}(?:=+|-+)\s*")  # of a heading


@dataclass(frozen=True, slots=True)
class Wanted:
    """What decides where an entry goes in a catalog: the paper's date and topics, and the headings it was under before
    (if it is put back).
    """

    date: Date
    topics: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbors:
    """The entries (by Document.key) that must stay above and below a new one, if they have the same date."""

    above: AbstractSet[bytes] = frozenset()
    below: AbstractSet[bytes] = frozenset()


ANYWHERE = Neighbors()


@dataclass(frozen=True, slots=True)
class Place:
    """A place for a new entry in a catalog: the line before which it is inserted, its number (0 in a catalog without
    numbers), the table or list that it joins or whose form it takes, lines to write before and after it (blank lines, a
    new section's heading), and its list marker.
    """

    line: int
    number: int
    group: Group
    before: tuple[bytes, ...] = ()
    after: tuple[bytes, ...] = ()
    marker: str = ""


def place_for(
    document: Document, wanted: Wanted, near: Neighbors = ANYWHERE, kept: AbstractSet[int] = frozenset()
) -> Place:
    """Find the place for a new entry in a catalog, in order of date. Numbers in `kept` are reserved for others."""
    group = _group_for(document, wanted)
    if new := _new_section(document, group, wanted):
        return _numbered(document, new, kept)
    entries = document.entries_in(group)
    at = _index(document, entries, wanted)
    if document.shape.order is Order.OLDEST_FIRST:
        while at and document.key(entries[at - 1]) in near.below:
            at -= 1
    else:
        while at < len(entries) and document.key(entries[at]) in near.above:
            at += 1
    return _numbered(document, _at(document, group, entries, at), kept)


def place_of(document: Document, line: int) -> Place:
    """The place of the entry that stands at a line."""
    return Place(line, document.numbers.get(line, 0), document.group_of(line), marker=document.marker(line))


def own_place(document: Document, wanted: Wanted, number: int) -> Place | None:
    """Find the place at which an entry that went missing can be inserted again with its old number or, if that is
    taken, with the next free number, provided that the dates around it fit; None if there is none.
    """
    shape = document.shape
    if shape.numbering is not Numbering.RISING or shape.restarts:
        return None
    borne = set(document.numbers.values())
    free = next((n for n in range(number, max(borne, default=0)) if n not in borne), number)
    if free in borne:
        return None
    group = _group_for(document, wanted)
    entries = document.entries_in(group)
    mine = [line for line in entries if line in document.numbers]
    under = next((line for line in mine if document.numbers[line] > free), None)
    at = entries.index(under) if under is not None else entries.index(mine[-1]) + 1 if mine else 0
    place = _at(document, group, entries, at)
    dates = [document.date(entries[n]) if 0 <= n < len(entries) else () for n in (at - 1, at)]
    if shape.order is Order.NEWEST_FIRST:
        dates.reverse()
    fits = not is_later(dates[0], wanted.date) and not (dates[1] and is_later(wanted.date, dates[1]))
    return replace(place, number=free) if free == number or fits else None


def neighbors(document: Document, line: int) -> Neighbors:
    """The entries above and below a line of a catalog, by which the place of the entry there is found again in another
    version of the file.
    """
    keys = {n: document.key(n) for n in document.ends}
    return Neighbors(
        frozenset(key for n, key in keys.items() if n < line), frozenset(key for n, key in keys.items() if n > line)
    )


def with_row(document: Document, place: Place, row: bytes, *, fills_gap: bool = False) -> list[bytes]:
    """Insert an entry, which has the number of its place, in the lines of a catalog. Later entries are renumbered, unless
    the entry fills a gap.

    Raises CatalogError if a number would become too large to be parsed as one.
    """
    lines = list(document.lines)
    if max(document.numbers.values(), default=0) >= _HIGHEST:
        raise CatalogError(f"a row is numbered {_HIGHEST} or more", remedy="number the rows 1, 2, 3 …")
    for n, other in _same_count(document, place.group).items():
        if other >= place.number and not fills_gap:
            lines[n] = document.group_of(n).with_number(lines[n], other + 1)
    _count(document, lines, 1)
    end = line_end(lines[place.group.header]) or b"\n"
    last = line_end(lines[place.line - 1]) if place.line else end
    if not last:  # the file ends without a line end, and must still do so with the new row as its last
        lines[place.line - 1] += end
    own = last or end
    new = [*place.before, *row.split(b"\n"), *place.after]
    inserted = [line + own for line in new]
    if not last:
        inserted[-1] = new[-1]
    return [*lines[: place.line], *inserted, *lines[place.line :]]


def without_row(document: Document, line: int) -> list[bytes]:
    """Remove the entry at `line` from the lines of a catalog; later entries are renumbered.

    A section that would be empty is removed too, if adding the entry again would create it again.
    """
    end, group = document.ends.get(line, line + 1), document.group_of(line)
    entries = document.entries_in(group)
    first, last = line, end
    if not group.columns:
        if line != entries[-1]:
            last += bool(end < len(document.lines) and not document.lines[end].strip())
        elif line != entries[0]:
            first -= not document.lines[line - 1].strip()
    if len(entries) == 1 and document.shape.sections is Sections.YEAR:
        for bounds in _section_bounds(document, group, line):
            shorter = _without(document, line, *bounds)
            if _made_again(document, shorter, line):
                return shorter
    return _without(document, line, first, last)


def without_gap(document: Document, number: int) -> list[bytes]:
    """Renumber the entries of a catalog above a number that is missing, so that the gap is closed; return the file's
    lines.
    """
    lines = list(document.lines)
    if number not in document.numbers.values() and not document.shape.restarts:
        for n, other in document.numbers.items():
            if other > number:
                lines[n] = document.group_of(n).with_number(lines[n], other - 1)
    return lines


def _without(document: Document, line: int, first: int, last: int) -> list[bytes]:
    """The lines without the entry at `line`, which are those from `first` to `last`."""
    lines = list(document.lines)
    removed = document.numbers.get(line)
    if removed is not None:
        for n, other in _same_count(document, document.group_of(line)).items():
            if other > removed:
                lines[n] = document.group_of(n).with_number(lines[n], other - 1)
    if removed is not None or document.shape.numbering is Numbering.NONE:
        _count(document, lines, -1)
    if not line_end(lines[last - 1]) and first:
        lines[first - 1] = lines[first - 1].removesuffix(line_end(lines[first - 1]))
    del lines[first:last]
    return lines


def _section_bounds(document: Document, group: Group, line: int) -> list[tuple[int, int]]:
    """The lines of a section that holds one entry, with the blank line above, and with the one below."""
    end = document.ends.get(line, line + 1)
    if group.head < 0:
        return []
    above = group.head - bool(group.head and not document.lines[group.head - 1].strip())
    below = end + bool(end < len(document.lines) and not document.lines[end].strip())
    return [(above, end), (group.head, below)]


def _made_again(document: Document, shorter: Sequence[bytes], line: int) -> bool:
    """Whether adding the entry to a file without it would give exactly the present document."""
    group, key, number = document.group_of(line), document.key(line), document.numbers.get(line)
    try:
        again = read_document(shorter, "", document.shape)
    except CatalogError:
        return False
    for heads in (group.heads, ()):  # as an entry that stood here, and as a new one
        try:
            place = place_for(again, Wanted(group.date, (), heads))
            made = with_row(again, place, key if number is None else group.with_number(key, place.number))
        except CatalogError:
            continue
        if b"".join(made) == b"".join(document.lines):
            return True
    return False


def _group_for(document: Document, wanted: Wanted) -> Group:
    """The group that a new entry joins: where it stood, else under a heading that is one of its topics, else under the
    one of its year, else under `into`, else where most entries are.
    """
    shape = document.shape
    groups = [
        group for group in document.groups if bool(group.columns) == (shape.form is Form.TABLE)
    ] or document.groups
    if wanted.heads and (same := [group for group in groups if _folded(group.heads) == _folded(wanted.heads)]):
        return same[0]
    into = folded(shape.into)
    inside = [group for group in groups if into and into in _folded(group.heads)] or groups
    if shape.sections is Sections.TOPIC:
        topics = {folded(topic) for topic in wanted.topics}
        named = [group for group in groups if group.heads and folded(group.heads[-1]) in topics]
        if named:
            return named[0]
    if shape.sections is Sections.YEAR or all(group.date for group in inside):
        return _nearest(inside, wanted, shape.order)
    return max(inside, key=lambda group: len(document.entries_in(group)))


def _nearest(groups: Sequence[Group], wanted: Wanted, order: Order) -> Group:
    """Of dated groups the one whose date fits, else the last before it, else the first of all."""
    dated = [group for group in groups if group.date] or list(groups)
    same = [group for group in dated if group.date[:1] == wanted.date[:1]]
    if same:
        best = max(group.date for group in same)
        newest = [group for group in same if group.date == best]
        return newest[0] if order is Order.NEWEST_FIRST else newest[-1]
    before = [group for group in dated if not is_later(group.date, wanted.date)]
    return max(before, key=lambda group: group.date) if before else min(dated, key=lambda group: group.date)


def _folded(heads: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(folded, heads))


def _new_section(document: Document, near: Group, wanted: Wanted) -> Place | None:
    """The place of an entry whose year has no section yet, with a section like its neighbor's; None if there is one."""
    if document.shape.sections is not Sections.YEAR or near.head < 0 or not near.heads or not wanted.date:
        return None
    stated = find_date(near.heads[-1])
    if stated is None or len(stated.date) != 1 or stated.date == wanted.date[:1]:
        return None
    year = str(stated.date[0]).encode()
    head = _head_of(document, near)
    if head[0].count(year) != 1:
        return None
    head[0] = head[0].replace(year, str(wanted.date[0]).encode())
    newer = is_later(wanted.date, near.date)
    siblings = [group.date for group in document.groups if group.heads[:-1] == near.heads[:-1] and group.date]
    falling = siblings[0] > siblings[-1] if len(set(siblings)) > 1 else document.shape.order is Order.NEWEST_FIRST
    marker = document.marker(near.start) if not near.columns else ""
    group = Group(near.start, near.end, near.header, near.columns, (*near.heads[:-1], head[0].decode()), near.head)
    if newer == falling:
        return Place(near.head, 0, group, tuple(head), (b"",), marker)
    return Place(near.end, 0, group, (b"", *head), (), marker)


def _head_of(document: Document, group: Group) -> list[bytes]:
    """The lines with which a section begins: its heading, and a table's header. What people wrote between, such as a total
    or an introduction, is about that section alone.
    """
    lines = [line.rstrip(b"\r\n") for line in document.lines[group.head : group.start]]
    header, heading = group.header - group.head, 1
    if header > 1 and _UNDERLINE.fullmatch(lines[1]):
        heading = 2
    blank = next((n for n in range(header, heading, -1) if lines[n - 1].strip()), heading)
    return [*lines[:heading], *lines[blank:]]


def _index(document: Document, entries: Sequence[int], wanted: Wanted) -> int:
    """The index among a group's entries at which an entry of this date comes; entries without a date do not count."""
    newest_first = document.shape.order is Order.NEWEST_FIRST
    none_known = True
    for n, line in enumerate(entries) if newest_first else reversed(list(enumerate(entries))):
        date = document.date(line)
        none_known = none_known and not date
        if date and not is_later(date, wanted.date):
            return n if newest_first else n + 1
    if newest_first or (none_known and document.shape.numbering is Numbering.NONE):
        return len(entries)
    return next((n for n, line in enumerate(entries) if line in document.numbers), 0)


def _at(document: Document, group: Group, entries: Sequence[int], at: int) -> Place:
    """The place at an index of a group's entries, with the blank lines that part its entries."""
    if group.columns:
        return Place(group.start + at, 0, group)
    gaps = [_gap(document, a, b) for a, b in pairwise(entries)]
    usual = max(Counter(gaps or _all_gaps(document)).items(), key=lambda pair: (pair[1], -pair[0]))[0]
    if at == len(entries):
        last = entries[-1]
        return Place(document.ends[last], 0, group, (b"",) * usual, (), _next_marker(document, entries))
    blank = gaps[at - 1] if 0 < at < len(entries) else usual
    return Place(entries[at], 0, group, (), (b"",) * blank, document.marker(entries[at]))


def _gap(document: Document, one: int, following: int) -> int:
    """Whether a blank line parts two entries, as 0 or 1."""
    end = document.ends[one]
    return int(end < following and not document.lines[end].strip())


def _all_gaps(document: Document) -> list[int]:
    found = [
        _gap(document, a, b)
        for group in document.groups
        if not group.columns
        for entries in [document.entries_in(group)]
        for a, b in pairwise(entries)
    ]
    return found or [int(document.shape.form is Form.PARAGRAPHS)]


def _next_marker(document: Document, entries: Sequence[int]) -> str:
    """The list marker after the last of some entries: one higher where the last two are counted."""
    last, before = (_COUNTED.match(document.marker(line)) for line in (entries[-1], entries[-2:][0]))
    if last is None or before is None or int(last["n"]) != int(before["n"]) + 1:
        return document.marker(entries[-1])
    return f"{last['indent']}{int(last['n']) + 1}{last['rest']}"


def _numbered(document: Document, place: Place, kept: AbstractSet[int]) -> Place:
    """The place with the number that the entry gets there."""
    numbering = document.shape.numbering
    if numbering is Numbering.NONE:
        return place
    counted = _same_count(document, place.group)
    if numbering is Numbering.RISING:
        number = 1 + max((number for n, number in counted.items() if n < place.line), default=0)
    else:
        number = 1 + max((number for n, number in counted.items() if n >= place.line), default=0)
    while number in kept:
        number += 1
    return replace(place, number=number)


def _same_count(document: Document, group: Group) -> dict[int, int]:
    """The numbers that are counted together with those of a group."""
    if not document.shape.restarts:
        return document.numbers
    return {n: number for n, number in document.numbers.items() if group.start <= n < group.end}


def _count(document: Document, lines: list[bytes], more: int) -> None:
    """Change the stated total in `lines`, if the document states one.

    The seven columns' total is the number of rows. A learned one may count what the file does not show, so it changes
    by one.
    """
    if document.stated is not None and document.total is not None:
        total = (len(document.numbers) if document.shape.exact else document.stated.count) + more
        lines[document.total] = with_total(lines[document.total], total, document.shape)
