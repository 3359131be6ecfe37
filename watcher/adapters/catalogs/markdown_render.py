"""Renders a paper's entry for a place in a catalog, in the form of the entries around it."""

from __future__ import annotations

from watcher.adapters.catalogs.markdown_document import Document, id_date
from watcher.adapters.catalogs.markdown_lines import line_text, split_cells
from watcher.adapters.catalogs.markdown_place import Place, Wanted
from watcher.adapters.catalogs.markdown_row import date_of, render_entry, render_row
from watcher.domain.catalog.shape import Shape
from watcher.ports import RowContent

_NEAR = 9  # so many rows tell whether cells are padded


def wanted_by(row: RowContent, shape: Shape) -> Wanted:
    """What the place of a paper's new entry depends on. A catalog of the seven columns is ordered by year alone, a list
    that states no dates by the months in the ids.
    """
    date = date_of(row) if shape.dated else id_date([row.id]) or date_of(row)
    return Wanted(date[:1] if shape.exact else date, tuple(filter(None, row.cells.categories.split("、"))))


def entry_text(document: Document, place: Place, row: RowContent, number: int | None = None) -> str:
    """Render a paper's entry as Markdown, in the form of the table or list at `place`. It is numbered as a new entry
    there, or with `number` if given. Returns one line without a line break.
    """
    number = place.number if number is None else number
    group, shape = place.group, document.shape
    if not group.columns:
        return render_entry(number, row, shape.entry, place.marker, shape.preprint)
    header = [len(cell) for cell in split_cells(line_text(document.lines[group.header]))]
    near = [line_text(document.lines[n]) for n in document.entries_in(group)[:_NEAR]]
    padded = shape.exact or 2 * sum("   |" in text for text in near) > len(near)
    return render_row(number, row, header if padded else [0] * len(header), group.columns, shape.preprint)
