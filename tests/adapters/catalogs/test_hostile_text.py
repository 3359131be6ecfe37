"""Whatever a title or summary holds, a Markdown reader sees one row that shows it and does nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.adapters.catalogs.rows import SEED, added, content, table_line
from tests.fakes import NOON
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.catalogs.markdown_text import EMPTY_COMMENT, escaped, named_ids
from watcher.domain.errors import CatalogError
from watcher.domain.papers.paper import PaperId, paper_of_link
from watcher.domain.summaries.cells import RowContent, plain

HOSTILE = [
    "a | b || c",
    r"a \| b \\| c \\\| d",
    r"ends with a backslash \ ",
    "`code | code` and ``` and `",
    "two\nlines\r\nand\u2028more\u2029of\x85them",
    "<img src=x onerror=alert(1)> <script>alert(1)</script>",
    "<!-- hidden --> --> <!-- open",
    "![pixel](https://evil.example/p.png) !\\[x](y)",
    "[x](javascript:alert(1)) [y][1] [^1] [z]",
    "<https://evil.example> https://evil.example www.evil.example WWW.evil.example",
    "Fixes #1, closes #2 @team [skip ci]",
    "# no heading - no list 1. no list > no quote",
    "**bold** __bold__ *it* _it_ ~~gone~~ ~x~ snake_case_name",
    "**26. Title** | forged | **Me**<br>[arXiv:1](x) | 2026 | a | b | c |",
    r"$\pi_0$: $O(n^2)$ costs \$5, $\href{javascript:alert(1)}{x}$",
    "AT&T &amp; &#60;b&#62; &lt; R&D &notanentity",
    "合計：99本",
    "--- | --- | ---",
]


def body_cells(text: str) -> list[str]:
    """The HTML of the cells of the last row of the first table, as a reader makes it."""
    html = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    rows = re.findall(r"<tr>(.*?)</tr>", html.partition("</table>")[0], re.DOTALL)
    return re.findall(r"<td>(.*?)</td>", rows[-1], re.DOTALL)


def shown(html: str) -> str:
    html = html.replace(EMPTY_COMMENT, "")  # what keeps GitHub from making links of addresses
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        html = html.replace(entity, sign)
    return html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_nothing_else(catalog: MarkdownCatalog, path: Path, text: str) -> None:
    row = content(title=text, summary=text, authors=text, categories=text, venue=text, attention=text)
    assert catalog.add(row, NOON) == added(26)
    title, summary, authors, year, *rest = body_cells(path.read_text())
    assert shown(title.removeprefix("<strong>").removesuffix("</strong>")) == plain(f"26. {text}")
    link = '<br><a href="https://arxiv.org/abs/2606.27483">arXiv:2606.27483</a>'
    assert authors.endswith(link)
    assert shown(authors.removesuffix(link)[len("<strong>") : -len("</strong>")]) == plain(text)
    assert [shown(cell) for cell in (summary, *rest)] == [plain(text)] * 4
    assert not re.search("<(?!strong|/strong)", title + summary)
    assert year == "2026"
    assert "合計：26本" in path.read_text()
    catalog.remove(row, NOON)
    assert path.read_bytes() == SEED.read_bytes()


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\ufeff", "\U000e0041", "\x07", "\x1b"])
def test_invisible_characters_are_refused_and_nothing_is_written(
    catalog: MarkdownCatalog, path: Path, hidden: str
) -> None:
    with pytest.raises(CatalogError, match="title_invisible"):
        catalog.add(content(title=f"Safe{hidden}ty"), NOON)
    assert path.read_bytes() == SEED.read_bytes()


@pytest.mark.endurance
@given(st.text(min_size=1).filter(plain), st.text(min_size=1).filter(plain))
def test_any_text_makes_a_row_that_reads_back_as_written(title: str, summary: str) -> None:
    line = table_line(26, content(title=title, summary=summary))
    assert "\n" not in line
    assert shown(body_cells("|" + "h|" * 7 + "\n|" + "-|" * 7 + "\n" + line)[1]) == plain(summary)


@given(st.text(alphabet="\\|[]()<>!*_`~#&$:/.w ;a1", min_size=1, max_size=30).filter(plain))
def test_any_heap_of_signs_makes_a_row_that_reads_back_as_written(signs: str) -> None:
    line = table_line(26, content(title=signs, summary=signs))
    assert shown(body_cells("|" + "h|" * 7 + "\n|" + "-|" * 7 + "\n" + line)[1]) == plain(signs)
    assert len(re.findall(r"(?<!\\)://", line)) == 1  # our own link; GitHub makes links of what looks like one
    assert not re.search(r"www\.", line, re.IGNORECASE)


def test_plain_text_stays_as_people_write_it() -> None:
    text = "mAP@0.5, pass@1; Gurnee & Tegmark: GPT-4 (2026) #1, 3.5+ {x} 100% — “計画(Planning)” R&D!"
    assert escaped(text) == text


@pytest.mark.parametrize(
    "paper",
    [
        PaperId("arxiv", "x](javascript:1)"),
        PaperId("acl", "2026.main-1"),
        PaperId("biorxiv", "10.1101/x](javascript:1)"),
        PaperId("biorxiv", "10.1101/a b"),
    ],
)
def test_only_a_true_id_becomes_a_link(catalog: MarkdownCatalog, paper: PaperId) -> None:
    with pytest.raises(CatalogError, match="no identifier"):
        catalog.add(RowContent(paper, content().cells, "https://evil.example"), NOON)


@pytest.mark.parametrize(
    "url",
    [
        "https://x.org/#/issue?id=1&year=2026",
        "https://x.org/log#2.3.15",
        "https://x.org:8080/a",
        "https://x.org/a?x=1&copy=2",
    ],
)
def test_a_paper_known_by_its_address_has_a_row_that_names_it(catalog: MarkdownCatalog, path: Path, url: str) -> None:
    paper = paper_of_link(url)
    assert paper is not None
    catalog.add(RowContent(paper, content().cells, url), NOON)
    (row,) = (line for line in path.read_text(encoding="utf-8").splitlines() if content().cells.title in line)
    assert content().cells.authors in row
    assert named_ids(row) == {paper}
