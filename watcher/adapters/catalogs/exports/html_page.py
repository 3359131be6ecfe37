"""Exports the catalog as one self-contained HTML page with search, filters and SVG charts, for any static host.

The bars of the charts are links that filter the page. All text of the catalog is escaped in this module. The page's content security policy allows only its own style and
script.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

from watcher.adapters.catalogs.exports.source import ExportSource, url_of
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
_LEVELS = ("高", "中", "低", PAGE["unknown_level"])
_WIDTH = 360
_HEIGHT = 196  # of the timeline
_TOP, _BOTTOM = 44, 170  # where its bars end and stand
_ROW = 24  # height of a category's row
_LABEL = 150  # width for the names of categories
_MOST_TERMS = 8
_LEAST_PAPERS = 2
_ABBREVIATION = re.compile("[A-Za-z]{1,3}")  # "AI" and "LLM" occur in too many categories
_WORD_ENDS = re.compile(r"[\s+＋・/／()（）]+")


def html_page(source: ExportSource) -> str:
    """Render the catalog as one self-contained HTML document."""
    style, script = _asset("page.css"), _asset("page.js")
    entries = source.reading.entries
    years = sorted({entry.year for entry in entries if entry.year is not None})
    terms = sorted({term for entry in entries for term in entry.categories})
    levels = [level for level in _LEVELS if any(_level_of(entry) == level for entry in entries)]
    gaps = {
        "policy": policy(),
        "title": _text(source.reading.title or PAGE["untitled"]),
        "home": f'<p class="home"><a href="{_text(source.home)}">{_text(PAGE["home"])}</a></p>' if source.home else "",
        "forms": _forms(source),
        "count": str(len(entries)),
        "beside": _beside(entries),
        "linked": str(sum(1 for entry in entries if entry.ids)),
        "span": "–".join(dict.fromkeys((str(years[0]), str(years[-1])))) if years else "—",
        "years": _options(map(str, reversed(years))),
        "categories": _options(terms),
        "levels": _options(levels),
        "by_year": _by_year(entries),
        "yearless": _yearless(entries),
        "by_category": _by_category(entries),
        "papers": "\n".join(_paper(entry, source.anchors[entry.place]) for entry in entries),
    }
    words = {f"w_{name}": _text(word) for name, word in PAGE.items()}
    return Template(_asset("page.html")).substitute(gaps, style=style, script=script, **words)


def policy() -> str:
    """The content security policy of the catalog's HTML page: only its own style and script, by hash."""
    style, script = _hash(_asset("page.css")), _hash(_asset("page.js"))
    return f"default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; base-uri 'none'; form-action 'none'"


def _text(untrusted: str) -> str:
    """Escape text for HTML, between tags or inside a quoted attribute."""
    return escape(visible(untrusted), quote=True)


def _paper(entry: CatalogEntry, anchor: str) -> str:
    """The HTML of one entry."""
    url, title = url_of(entry), _text(entry.title)
    number = str(entry.number) if entry.number is not None else PAGE["addition"]
    heading = f'<a href="{_text(url)}" rel="noreferrer">{title}</a>' if url else title
    tags = "".join(f'<li><a href="#category={_text(quote(term))}">{_text(term)}</a></li>' for term in entry.categories)
    arxiv = f'<a class="id" href="{_text(url)}" rel="noreferrer">{_text(entry.ids[0].native)}</a>' if url else ""
    byline = "・".join(_text(part) for part in (entry.authors, str(entry.year or ""), entry.venue) if part)
    level = _level_of(entry)
    attention = f"{PAGE['attention']} {entry.attention or level}"
    head = (
        f'<article id="{_text(anchor)}" data-year="{entry.year or ""}" data-level="{_text(level)}" '
        f'data-categories="{_text(json.dumps(entry.categories, ensure_ascii=False))}">'
    )
    kicker = (
        f'<p class="kicker"><a class="number" href="#{_text(anchor)}" title="{_text(PAGE["anchor"])}">{_text(number)}</a>'
        f'<span class="level level-{_LEVELS.index(level)}">{_text(attention)}</span>{arxiv}</p>'
    )
    parts = [
        head,
        kicker,
        f'<h3 lang="en">{heading}</h3>',
        f'<p class="byline">{byline}</p>' if byline else "",
        f'<p class="summary">{_text(entry.summary)}</p>' if entry.summary else "",
        _own(entry),
        f'<ul class="tags">{tags}</ul>' if tags else "",
        "</article>",
    ]
    return "\n".join(filter(None, parts))


def _level_of(entry: CatalogEntry) -> str:
    """The attention that a paper of the catalog has got (high, medium, low or unknown; one of _LEVELS), by the first
    character of its attention cell.
    """
    return next((level for level in _LEVELS[:-1] if entry.attention.startswith(level)), _LEVELS[-1])


def _own(entry: CatalogEntry) -> str:
    """The fields that the catalog has beside the seven cells, "" if there are none; their addresses as links."""
    told = []
    for name in OWN_FIELDS:
        if value := entry.fields.get(name, ""):
            shown = _text(value)
            if name in {"code", "project"} and _LINK.fullmatch(value):
                shown = f'<a href="{shown}" rel="noreferrer nofollow">{shown}</a>'
            told.append(f"<div><dt>{_text(field_name(name))}</dt><dd>{shown}</dd></div>")
    return f'<dl class="own">{"".join(told)}</dl>' if told else ""


def _beside(entries: Sequence[CatalogEntry]) -> str:
    """A note for the HTML page on the papers that are listed outside the table, "" if there are none."""
    count = sum(1 for entry in entries if entry.place.section is not Section.TABLE)
    return f'<p class="note">{_text(beside_table(len(entries) - count, count))}</p>' if count else ""


def _yearless(entries: Sequence[CatalogEntry]) -> str:
    """A note on the papers without a year, "" if there are none."""
    count = sum(1 for entry in entries if entry.year is None)
    return f'<p class="note">{_text(without_year(count))}</p>' if count else ""


def _forms(source: ExportSource) -> str:
    """Links from the HTML page to the other formats of the catalog, if these are served beside it."""
    if not (source.home and source.address):
        return ""
    links = "・".join(f'<a href="{_text(source.address + ending)}">{name}</a>' for name, ending in _ENDINGS.items())
    return f'  <p class="home">{_text(PAGE["forms"])}：{links}</p>\n'


def _options(values: Iterable[str]) -> str:
    """The <option> elements of a <select>."""
    return "".join(f'<option value="{_text(value)}">{_text(value)}</option>' for value in values)


def _asset(name: str) -> str:
    """The text of a file in the folder page/."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """The hash of a style or script as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _by_year(entries: Sequence[CatalogEntry]) -> str:
    """Draw a bar chart of papers per year, stacked by attention level; years without papers are left blank."""
    counts = Counter((entry.year or 0, _level_of(entry)) for entry in entries)
    stated = sorted({year for year, _ in counts} - {0})
    if not stated:
        return ""
    years = range(stated[0], stated[-1] + 1)
    highest = max(sum(counts[year, level] for level in _LEVELS) for year in years)
    step = _WIDTH / len(years)
    width = min(56.0, step * 0.7)
    parts = [f'<path class="axis" d="M0 {_BOTTOM}.5H{_WIDTH}"/>', _legend({level for year, level in counts if year})]
    for place, year in enumerate(years):
        center, foot = step * (place + 0.5), float(_BOTTOM)
        bars = []
        for number, level in enumerate(_LEVELS):
            height = (_BOTTOM - _TOP) * counts[year, level] / highest
            foot -= height
            bars.append(_rect(center - width / 2, foot, width, height, f"level-{number}"))
        total = sum(counts[year, level] for level in _LEVELS)
        bars += [_svg_text(center, foot - 6, str(total), "value"), _svg_text(center, _BOTTOM + 18, str(year), "label")]
        parts.append(_svg_link(f"year={year}", f"{year}: {total}", "".join(bars)) if total else "")
    return _svg(_HEIGHT, "".join(parts))


def _by_category(entries: Sequence[CatalogEntry]) -> str:
    """Draw a bar chart of the commonest words in the categories of papers. Words are counted instead of whole category
    names, because people write names freely and few recur.
    """
    terms = {word for entry in entries for term in entry.categories for word in _WORD_ENDS.split(term)}
    words = {word for word in terms if word and not _ABBREVIATION.fullmatch(word)}
    counts = Counter({word: sum(any(word in term for term in entry.categories) for entry in entries) for word in words})
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = [(word, count) for word, count in ranked if count >= _LEAST_PAPERS][:_MOST_TERMS]
    if not shown:
        return ""
    longest = shown[0][1]
    parts = []
    for place, (word, count) in enumerate(shown):
        top, width = place * _ROW + 4, (_WIDTH - _LABEL - 34) * count / longest
        name = word if len(word) <= 11 else f"{word[:10]}…"
        row = (
            f'<rect class="hit" x="0" y="{top - 4}" width="{_WIDTH}" height="{_ROW}"/>'
            + _svg_text(_LABEL - 10, top + 12, name, "label end")
            + _rect(_LABEL, top, width, _ROW - 8, "bar")
            + _svg_text(_LABEL + width + 8, top + 12, str(count), "value start")
        )
        parts.append(_svg_link(f"category={quote(word)}", f"{word}: {count}", row))
    return _svg(len(shown) * _ROW, "".join(parts))


def _legend(present: set[str]) -> str:
    """The legend of the attention levels that occur."""
    parts, x = [_svg_text(0, 13, PAGE["attention"], "start")], 52.0
    for number, level in enumerate(_LEVELS):
        if level in present:
            parts += [_rect(x, 4, 10, 10, f"level-{number}"), _svg_text(x + 15, 13, level, "start")]
            x += 36
    return f'<g class="legend">{"".join(parts)}</g>'


def _svg(height: int, inside: str) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="group" xmlns="http://www.w3.org/2000/svg">{inside}</svg>'


def _svg_link(target: str, title: str, inside: str) -> str:
    return f'<a href="#{escape(target)}"><title>{_text(title)}</title>{inside}</a>'


def _rect(x: float, y: float, width: float, height: float, name: str) -> str:
    return f'<rect class="{name}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _svg_text(x: float, y: float, content: str, name: str) -> str:
    return f'<text class="{name}" x="{x:.1f}" y="{y:.1f}">{_text(content)}</text>'
