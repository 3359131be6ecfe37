"""Exports the catalog as CSV for spreadsheets.

The file begins with a byte order mark, without which Excel reads Japanese as Shift_JIS. A cell that a spreadsheet would
take for a formula gets an apostrophe in front (owasp.org, CSV Injection), because titles are untrusted.
"""

from __future__ import annotations

import csv
import io

from watcher.adapters.catalogs.exports.source import ExportSource, url_of
from watcher.domain.catalog.shape import OWN_FIELDS
from watcher.words_ja.catalog import CSV_HEADINGS, SECTION
from watcher.words_ja.common import OWN_FIELD

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def render(source: ExportSource) -> bytes:
    """The catalog as CSV: one line for each paper under Japanese headings, with the line ends of RFC 4180. Fields that
    a catalog has beside the seven cells come last.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    entries = source.reading.entries
    own = [name for name in OWN_FIELDS if any(name in entry.fields for entry in entries)]
    writer.writerow((*CSV_HEADINGS, *(OWN_FIELD[name] for name in own)))
    for entry in entries:
        cells = (
            entry.number,
            entry.title,
            entry.summary,
            entry.authors,
            entry.year,
            "、".join(entry.categories),
            entry.venue,
            entry.attention,
            " ".join(paper.native for paper in entry.ids),
            url_of(entry),
            SECTION[entry.place.section],
            *(entry.fields.get(name, "") for name in own),
        )
        writer.writerow("" if cell is None else _inert(str(cell)) for cell in cells)
    return text.getvalue().encode("utf-8-sig")


def _inert(cell: str) -> str:
    """The cell with an apostrophe in front if it could be taken for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
