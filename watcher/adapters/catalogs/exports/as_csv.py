"""The catalog as CSV for spreadsheets.

UTF-8 begins with a byte order mark: without one Excel reads Japanese as Shift_JIS. Cells that a spreadsheet would
take for a formula get an apostrophe before them (owasp.org, CSV Injection), for titles come from outside.
"""

from __future__ import annotations

import csv
import io

from watcher.adapters.catalogs.exports.edition import Edition, url_of
from watcher.words_ja.catalog import CSV_HEADINGS, SECTION

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def render(edition: Edition) -> bytes:
    """One line a paper under Japanese headings; lines end as RFC 4180 wants."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_HEADINGS)
    for entry in edition.reading.entries:
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
        )
        writer.writerow("" if cell is None else _inert(str(cell)) for cell in cells)
    return text.getvalue().encode("utf-8-sig")


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
