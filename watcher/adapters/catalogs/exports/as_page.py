"""Exports the catalog as one self-contained HTML page with search, filters and charts, for any static host.

All text of the catalog is escaped in this module. The page's content security policy allows only its own style and
script.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

from watcher.adapters.catalogs.exports.charts import by_category, by_year
from watcher.adapters.catalogs.exports.source import LEVELS, ExportSource, level_of, url_of
from watcher.domain.catalog.catalog import CatalogEntry, Section
from watcher.domain.catalog.shape import OWN_FIELDS
from watcher.domain.text import visible
from watcher.words_ja.catalog import PAGE, beside_table, without_year
from watcher.words_ja.common import field_name

_ENDINGS = {
    "CSV": ".csv",
    "JSON": ".json",
    "BibTeX": ".bib",
    "RIS": ".ris",
    "CSL-JSON": ".csl.json",
    "Atom": ".atom",
}
_LINK = re.compile(r"https?://[^\s<>\"]+")
_FOLDER = files(__package__) / "page"


def render(source: ExportSource) -> str:
    """Render the catalog as one self-contained HTML document."""
    style, script = _asset("page.css"), _asset("page.js")
    entries = source.reading.entries
    years = sorted({entry.year for entry in entries if entry.year is not None})
    terms = sorted({term for entry in entries for term in entry.categories})
    levels = [level for level in LEVELS if any(level_of(entry) == level for entry in entries)]
    gaps = {
        "policy": policy(),
        "title": text(source.reading.title or PAGE["untitled"]),
        "home": f'<p class="home"><a href="{text(source.home)}">{text(PAGE["home"])}</a></p>' if source.home else "",
        "forms": _forms(source),
        "count": str(len(entries)),
        "beside": _beside(entries),
        "linked": str(sum(1 for entry in entries if entry.ids)),
        "span": "–".join(dict.fromkeys((str(years[0]), str(years[-1])))) if years else "—",
        "years": _options(map(str, reversed(years))),
        "categories": _options(terms),
        "levels": _options(levels),
        "by_year": by_year(entries),
        "yearless": _yearless(entries),
        "by_category": by_category(entries),
        "papers": "\n".join(_paper(entry, source.anchors[entry.place]) for entry in entries),
    }
    words = {f"w_{name}": text(word) for name, word in PAGE.items()}
    return Template(_asset("page.html")).substitute(gaps, style=style, script=script, **words)


def policy() -> str:
    """The content security policy of the catalog's HTML page: only its own style and script, by hash."""
    style, script = _hash(_asset("page.css")), _hash(_asset("page.js"))
    return f"default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; base-uri 'none'; form-action 'none'"


def text(untrusted: str) -> str:
    """Escape text for HTML, between tags or inside a quoted attribute."""
    return escape(visible(untrusted), quote=True)


def _paper(entry: CatalogEntry, anchor: str) -> str:
    """The HTML of one entry."""
    url, title = url_of(entry), text(entry.title)
    number = str(entry.number) if entry.number is not None else PAGE["addition"]
    heading = f'<a href="{text(url)}" rel="noreferrer">{title}</a>' if url else title
    tags = "".join(f'<li><a href="#category={text(quote(term))}">{text(term)}</a></li>' for term in entry.categories)
    arxiv = f'<a class="id" href="{text(url)}" rel="noreferrer">{text(entry.ids[0].native)}</a>' if url else ""
    byline = "・".join(text(part) for part in (entry.authors, str(entry.year or ""), entry.venue) if part)
    level = level_of(entry)
    attention = f"{PAGE['attention']} {entry.attention or level}"
    head = (
        f'<article id="{text(anchor)}" data-year="{entry.year or ""}" data-level="{text(level)}" '
        f'data-categories="{text(json.dumps(entry.categories, ensure_ascii=False))}">'
    )
    kicker = (
        f'<p class="kicker"><a class="number" href="#{text(anchor)}" title="{text(PAGE["anchor"])}">{text(number)}</a>'
        f'<span class="level level-{LEVELS.index(level)}">{text(attention)}</span>{arxiv}</p>'
    )
    parts = [
        head,
        kicker,
        f'<h3 lang="en">{heading}</h3>',
        f'<p class="byline">{byline}</p>' if byline else "",
        f'<p class="summary">{text(entry.summary)}</p>' if entry.summary else "",
        _own(entry),
        f'<ul class="tags">{tags}</ul>' if tags else "",
        "</article>",
    ]
    return "\n".join(filter(None, parts))


def _own(entry: CatalogEntry) -> str:
    """The fields that the catalog has beside the seven cells, "" if there are none; their addresses as links."""
    told = []
    for name in OWN_FIELDS:
        if value := entry.fields.get(name, ""):
            shown = text(value)
            if name in {"code", "project"} and _LINK.fullmatch(value):
                shown = f'<a href="{shown}" rel="noreferrer nofollow">{shown}</a>'
            told.append(f"<div><dt>{text(field_name(name))}</dt><dd>{shown}</dd></div>")
    return f'<dl class="own">{"".join(told)}</dl>' if told else ""


def _beside(entries: Sequence[CatalogEntry]) -> str:
    """A note for the HTML page on the papers that are listed outside the table, "" if there are none."""
    count = sum(1 for entry in entries if entry.place.section is not Section.TABLE)
    return f'<p class="note">{text(beside_table(len(entries) - count, count))}</p>' if count else ""


def _yearless(entries: Sequence[CatalogEntry]) -> str:
    """A note on the papers without a year, "" if there are none."""
    count = sum(1 for entry in entries if entry.year is None)
    return f'<p class="note">{text(without_year(count))}</p>' if count else ""


def _forms(source: ExportSource) -> str:
    """Links from the HTML page to the other formats of the catalog, if these are served beside it."""
    if not (source.home and source.address):
        return ""
    links = "・".join(f'<a href="{text(source.address + ending)}">{name}</a>' for name, ending in _ENDINGS.items())
    return f'  <p class="home">{text(PAGE["forms"])}：{links}</p>\n'


def _options(values: Iterable[str]) -> str:
    """The <option> elements of a <select>."""
    return "".join(f'<option value="{text(value)}">{text(value)}</option>' for value in values)


def _asset(name: str) -> str:
    """The text of a file in the folder page/."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """The hash of a style or script as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
