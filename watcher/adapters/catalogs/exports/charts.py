"""Draws two SVG charts for the catalog's HTML page, papers by year and by category, whose bars are links that filter
the page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from watcher.adapters.catalogs.exports.source import LEVELS, level_of
from watcher.domain.catalog.catalog import CatalogEntry
from watcher.domain.text import visible
from watcher.words_ja.catalog import PAGE

_WIDTH = 360
_HEIGHT = 196  # of the timeline
_TOP, _BOTTOM = 44, 170  # where its bars end and stand
_ROW = 24  # height of a category's row
_LABEL = 150  # width for the names of categories
_MOST_TERMS = 8
_LEAST_PAPERS = 2
_ABBREVIATION = re.compile("[A-Za-z]{1,3}")  # "AI" and "LLM" occur in too many categories
_WORDS = re.compile(r"[\s+＋・/／()（）]+")


def by_year(entries: Sequence[CatalogEntry]) -> str:
    """Draw a bar chart of papers per year, stacked by attention level; years without papers are left blank."""
    counts = Counter((entry.year or 0, level_of(entry)) for entry in entries)
    stated = sorted({year for year, _ in counts} - {0})
    if not stated:
        return ""
    years = range(stated[0], stated[-1] + 1)
    highest = max(sum(counts[year, level] for level in LEVELS) for year in years)
    step = _WIDTH / len(years)
    width = min(56.0, step * 0.7)
    parts = [f'<path class="axis" d="M0 {_BOTTOM}.5H{_WIDTH}"/>', _legend({level for year, level in counts if year})]
    for place, year in enumerate(years):
        center, foot = step * (place + 0.5), float(_BOTTOM)
        bars = []
        for number, level in enumerate(LEVELS):
            height = (_BOTTOM - _TOP) * counts[year, level] / highest
            foot -= height
            bars.append(_rect(center - width / 2, foot, width, height, f"level-{number}"))
        total = sum(counts[year, level] for level in LEVELS)
        bars += [_text(center, foot - 6, str(total), "value"), _text(center, _BOTTOM + 18, str(year), "label")]
        parts.append(_link(f"year={year}", f"{year}: {total}", "".join(bars)) if total else "")
    return _svg(_HEIGHT, "".join(parts))


def by_category(entries: Sequence[CatalogEntry]) -> str:
    """Draw a bar chart of the commonest words in the categories of papers. Words are counted instead of whole category
    names, because people write names freely and few recur.
    """
    terms = {word for entry in entries for term in entry.categories for word in _WORDS.split(term)}
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
            + _text(_LABEL - 10, top + 12, name, "label end")
            + _rect(_LABEL, top, width, _ROW - 8, "bar")
            + _text(_LABEL + width + 8, top + 12, str(count), "value start")
        )
        parts.append(_link(f"category={quote(word)}", f"{word}: {count}", row))
    return _svg(len(shown) * _ROW, "".join(parts))


def _legend(present: set[str]) -> str:
    """The legend of the attention levels that occur."""
    parts, x = [_text(0, 13, PAGE["attention"], "start")], 52.0
    for number, level in enumerate(LEVELS):
        if level in present:
            parts += [_rect(x, 4, 10, 10, f"level-{number}"), _text(x + 15, 13, level, "start")]
            x += 36
    return f'<g class="legend">{"".join(parts)}</g>'


def _svg(height: int, inside: str) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="group" xmlns="http://www.w3.org/2000/svg">{inside}</svg>'


def _link(target: str, title: str, inside: str) -> str:
    safe = escape(visible(title))
    return f'<a href="#{escape(target)}"><title>{safe}</title>{inside}</a>'


def _rect(x: float, y: float, width: float, height: float, name: str) -> str:
    return f'<rect class="{name}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _text(x: float, y: float, content: str, name: str) -> str:
    return f'<text class="{name}" x="{x:.1f}" y="{y:.1f}">{escape(visible(content))}</text>'
