"""The catalog as GitHub's own renderer and as markdown-it show it: the right cells, nothing active, no stray link.

GitHub makes no links of `#1` and `@team` in a repository's files; commit messages and pull requests name ids alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.adapters.catalogs.rows import content, table_line
from tests.adapters.catalogs.test_hostile_text import HOSTILE
from tests.adapters.catalogs.test_other_hands import small
from watcher.adapters.catalogs.markdown_change import with_cell
from watcher.domain.summaries.cells import plain
from watcher.ports import CellChange

WORSE = [
    *HOSTILE,
    "mail me@example.org or mailto:me@example.org, xmpp:me@example.org/x",
    "ftp://evil.example HTTPS://EVIL.EXAMPLE http:evil.example",
    "[^1]: note [^note] ^[inline] [text][^1]",
    "- [ ] task [x] done",
    "</td></tr></table><h1>x</h1>",
    "<a href='javascript:alert(1)'>x</a> <a@b.example> <mailto:a@b.example>",
    "&lt;img src=x&gt; &#x3c;script&#x3e; &#124; &vert; &Tab;",
    ":smile: $`x`$ ```math x``` @org/team GH-1 org/repo#1 deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
    "ends in a pipe |",
    "* | - | + | # | 1) |",
]


@dataclass
class Rendered(HTMLParser):
    """The cells of the last table of a page: their text, and every tag and address in them."""

    rows: list[list[str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
        elif tag == "br":
            self.handle_data("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def github(text: str) -> str:
    # Raw HTML is let through, so that any of ours would be seen.
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
    html: str = cmarkgfm.github_flavored_markdown_to_html(text, options)
    return html


RENDERERS: dict[str, Callable[[str], str]] = {
    "github": github,
    "commonmark": MarkdownIt("commonmark", {"html": True}).enable("table").render,
    "gfm-like": MarkdownIt("gfm-like", {"html": True}).render,
}
LINK = "https://arxiv.org/abs/2606.27483"


def shows(renderer: str, document: str, text: str) -> None:
    page = Rendered()
    page.feed(RENDERERS[renderer](document))
    expected = plain(text)
    head, row = page.rows
    assert len(head) == len(row) == 7
    title, summary, authors, year, *rest = (" ".join(cell.split(" ")).strip() for cell in row)
    assert title == f"1. {expected}"
    assert [summary, *rest] == [expected] * 4
    assert authors == f"{expected}\narXiv:2606.27483"
    assert year == "2026"
    assert page.links == [LINK]
    assert set(page.tags) <= {"table", "thead", "tbody", "tr", "th", "td", "strong", "br", "a", "p"}


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("text", WORSE)
def test_hostile_text_is_seven_cells_that_show_it(renderer: str, text: str) -> None:
    row = content(title=text, summary=text, authors=text, categories=text, venue=text, attention=text)
    shows(renderer, small(table_line(1, row), after=""), text)


@pytest.mark.endurance
@pytest.mark.parametrize("renderer", RENDERERS)
@given(text=st.text(alphabet="\\|[]()<>!*_`~#&$:/.@w ;a1-^", min_size=1, max_size=30).filter(plain))
def test_any_heap_of_signs_is_seven_cells_that_show_it(renderer: str, text: str) -> None:
    row = content(title=text, summary=text, authors=text, categories=text, venue=text, attention=text)
    shows(renderer, small(table_line(1, row), after=""), text)


@pytest.mark.parametrize("text", WORSE)
def test_a_hostile_proposal_changes_one_cell_and_adds_no_link(path: Path, text: str) -> None:
    before = Rendered()
    before.feed(github(path.read_text()))
    entry = "NeurIPS 2023"
    change = CellChange(None, "Large Language Models are Visual Reasoning Coordinators", "venue", entry, text)
    path.write_bytes(with_cell(path.read_bytes(), change, ""))
    after = Rendered()
    after.feed(github(path.read_text()))
    assert (after.links, sorted(after.tags)) == (before.links, sorted(before.tags))
    changed = [(n, m) for n, row in enumerate(before.rows) for m, cell in enumerate(row) if after.rows[n][m] != cell]
    assert changed == [(2, 5)]
    assert after.rows[2][5].strip() == plain(text)
    assert (
        with_cell(path.read_bytes(), CellChange(None, before.rows[2][0].strip()[3:], "venue", plain(text), entry), "")
        != b""
    )
