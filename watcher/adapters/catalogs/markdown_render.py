"""Renders a paper's entry for a catalog, in the form of the table or list that it goes into."""

from __future__ import annotations

from watcher.adapters.catalogs.markdown_document import Document, id_date
from watcher.adapters.catalogs.markdown_lines import line_text, split_cells
from watcher.adapters.catalogs.markdown_place import Place, Wanted
from watcher.adapters.catalogs.markdown_row import date_of, render_entry, render_row
from watcher.domain.catalog.shape import Shape
from watcher.ports import RowContent

_NEAR = 9  # so many rows tell whether cells are padded


def wanted_by(row: RowContent, shape: Shape) -> Wanted:
    """Extract from a paper's fields what decides where its entry goes in a catalog (date, topics). A catalog of the
    default layout is ordered by year alone, one that states no dates by the months in arXiv ids.
    """
    date = date_of(row) if shape.dated else id_date([row.id]) or date_of(row)
    return Wanted(date[:1] if shape.exact else date, tuple(filter(None, row.cells.categories.split("、"))))


def entry_text(document: Document, place: Place, row: RowContent, number: int | None = None) -> str:
    """Render a paper's entry as Markdown, in the form of the table or list at `place`, without the last line end. It
    gets the number of that place, or `number` if given.
    """
    number = place.number if number is None else number
    group, shape = place.group, document.shape
    if not group.columns:
        return render_entry(number, row, shape.entry, place.marker, shape.preprint)
    header = [len(cell) for cell in split_cells(line_text(document.lines[group.header]))]
    near = [line_text(document.lines[n]) for n in document.entries_in(group)[:_NEAR]]
    padded = shape.exact or 2 * sum("   |" in text for text in near) > len(near)
    return render_row(number, row, header if padded else [0] * len(header), group.columns, shape.preprint)
