"""Renders a paper's fields as Markdown, in the form of the table or list that the entry goes into, and verifies the
result by parsing it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from watcher.adapters.catalogs.markdown_document import Document, id_date
from watcher.adapters.catalogs.markdown_place import Place, Wanted
from watcher.adapters.catalogs.markdown_text import BULLET, EMPTY_COMMENT, escaped, line_text, split_cells
from watcher.domain.catalog.shape import PLACEHOLDER, Column, Date, Shape, find_date, write_date
from watcher.domain.errors import CatalogError
from watcher.domain.facts import Cells
from watcher.domain.papers.paper import PaperId, address_of
from watcher.domain.summaries.cells import ADDRESS, RowContent, plain

_LABELS = {"arxiv": "arXiv", "biorxiv": "bioRxiv", "doi": "doi"}
_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_ADDRESSES = frozenset({"url", "code", "project"})
# What begins a block at the beginning of a line.
_BLOCK = re.compile(r"^(?P<digits>\d*)(?P<sign>(?<!\d)[#+=-]|(?<=\d)[.)])")
_ORDERED = re.compile(r"\s*\{number\}[.)]\s+")
_BREAKS = re.compile(r"(?P<lines> *\n+) *")
_NESTED = re.compile(r"\n *[-*+] [^\n]*$")
_HARD_BREAK = re.compile(r"<br\s*/?>$", re.IGNORECASE)
_WORD = re.compile(r"Z([a-z]+)Z")  # stands for a field's text
_COUNTED = re.compile(r"\s*\d+[.)]\s")
_STOPPED = re.compile(rf"(?P<ended>{PLACEHOLDER.pattern}[*_\"”`]*)[.。]")
_SAFE = frozenset({"number", "name", "id", "date", "repo", *_ADDRESSES})  # these hold no sign that could be markup

Tokens = list[tuple[str, str]]
"""Markdown tokens as (type, content); the content of a link is its URL."""


def link_of(paper: PaperId) -> str:
    """The URL of a paper, built only from its validated id. Raises CatalogError for an id of another form."""
    if (address := address_of(paper)) and ADDRESS.fullmatch(address):
        return address
    raise CatalogError(
        "no identifier that a link could be made of", about=str(paper), remedy="add this paper's row by hand"
    )


def name_of(paper: PaperId) -> str:
    """The text of the link to a paper, e.g. `arXiv:2306.12672`; for a paper known only by its URL, the URL without
    `https://`.
    """
    if paper.source == "link":
        return paper.native
    return f"{_LABELS.get(paper.source, paper.source)}:{paper.native}"


def date_of(row: RowContent) -> Date:
    """The date by which a paper is ordered in the catalog: from its fields, else the month in its id, else its year."""
    found = find_date(row.fields.get("date", ""))
    year = int(row.cells.year)
    if found is not None and found.date[0] == year:
        return found.date
    native = row.id.native
    if row.id.source == "arxiv" and native[4:5] == "." and int(native[:2]) + 2000 == year:
        return (year, int(native[2:4]))
    return (year,)


def wanted_by(row: RowContent, shape: Shape) -> Wanted:
    """Extract from a paper's fields what decides where its entry goes in a catalog (date, topics). A catalog of the
    default layout is ordered by year alone, one that states no dates by the months in arXiv ids.
    """
    date = date_of(row) if shape.dated else id_date([row.id]) or date_of(row)
    return Wanted(date[:1] if shape.exact else date, tuple(filter(None, row.cells.categories.split("、"))))


def entry_text(document: Document, place: Place, row: RowContent) -> str:
    """Render a paper's entry as Markdown, in the form of the table or list at `place` and with its number, without the
    last line end. Raises CatalogError unless it parses to exactly the fields' texts, with no links or other markup but
    the form's own.
    """
    group, shape = place.group, document.shape
    values = field_texts(place.number, row, shape.preprint)
    if not group.columns:
        return _bullet(values, row, shape.entry, place)
    header = [len(cell) for cell in split_cells(line_text(document.lines[group.header]))]
    near = [line_text(document.lines[n]) for n in document.entries_in(group)[:_NEAR]]
    padded = shape.exact or 2 * sum("   |" in text for text in near) > len(near)
    return table_row(values, row, header if padded else [0] * len(header), group.columns)


def field_texts(number: int, row: RowContent, preprint: str = "") -> dict[str, str]:
    """The plain text of each field of a paper's entry, by the field's name, "" for an empty one. The names are those of
    the seven cells and of the row's further fields, and `number`, `name` (the text of the link), `id`, `url`, `date`
    (ISO format, as far as it is known: a year, a month or a day) and `repo` (the path in the URL of the code). The URLs
    `url`, `code` and `project` are "" if they could be read as markup.

    `preprint` is the pattern that a catalog writes as the venue of an arXiv preprint, with fields in braces; with ""
    the cell's own text stays. Raises CatalogError for a paper id of which no link can be made.
    """
    cells, date = row.cells, date_of(row)
    values = {name: plain(text) for name, text in row.fields.items()}
    values |= {name: plain(getattr(cells, name)) for name in Cells.names()}
    values |= {"number": str(number), "name": name_of(row.id), "id": row.id.native, "url": link_of(row.id)}
    values["date"] = "-".join(f"{part:02}" for part in date)
    if preprint and values["venue"].startswith("arXiv ("):
        venue = PLACEHOLDER.sub(
            lambda found: write_date(date, found[2] or "") if found[1] == "date" else values.get(found[1], ""), preprint
        )
        values["venue"] = plain(venue)
    values = {n: "" if n in _ADDRESSES and not ADDRESS.fullmatch(text) else text for n, text in values.items()}
    return values | {"repo": urlsplit(values.get("code", "")).path.strip("/")}


def table_row(values: Mapping[str, str], row: RowContent, widths: Sequence[int], columns: Sequence[Column]) -> str:
    """Render the texts of a paper's fields (`field_texts`) as one line of a Markdown table, without line end, its cells
    padded to `widths` characters. Raises CatalogError unless the line parses to exactly one row with these texts.
    """
    patterns = [_punctuated(one.write, values) if _is_told(one, values) else one.empty for one in columns]
    contents = [_filled(pattern, values) for pattern in patterns]
    padded = (f" {content.ljust(width - 2)} " for content, width in zip(contents, widths, strict=True))
    line = f"|{'|'.join(padded)}|"
    meant = [_cells(f"|{_filled(pattern, values, as_words=True)}|", 1) for pattern in patterns]
    if _cells(line, len(columns)) != [_restored(tokens, values) for cells in meant for tokens in cells]:
        raise _unlike(row)
    return line


def _is_told(column: Column, values: Mapping[str, str]) -> bool:
    """Whether a cell is to be filled: its fields have a text, and the URL for its link is known."""
    named = [found[1] for found in PLACEHOLDER.finditer(column.write)]
    return not named or (
        any(values.get(name) for name in named) and all(values.get(n) for n in _ADDRESSES.intersection(named))
    )


def _bullet(values: Mapping[str, str], row: RowContent, pieces: Sequence[str], place: Place) -> str:
    """Render the texts of a paper's fields as a bullet of a Markdown list: lines joined by line feeds. `pieces` are the
    patterns it consists of. Raises CatalogError unless it parses to these pieces with the texts in them.
    """
    pattern = _punctuated(_with_marker(_joined(pieces, values), place.marker), values).rstrip()
    pattern = _indented(pattern, place.number)
    text = _filled(pattern, values, lines=True).rstrip()
    meant = _tokens(_READER.parse(_filled(pattern, values, as_words=True)))
    if _tokens(_READER.parse(text)) != _restored(meant, values):
        raise _unlike(row)
    return text


def _joined(pieces: Sequence[str], values: Mapping[str, str]) -> str:
    """The pieces whose fields have a text. Where others are left out, no comma stays at the end of a line, and a line break
    of theirs stays before the next line.
    """
    made, breaks, left_out = "", "", False
    for piece in pieces:
        gap = _BREAKS.match(piece)
        if gap and _NESTED.search(made) and BULLET.match(piece[gap.end("lines") :]):  # items of one list stand together
            piece = f"\n{piece[gap.end('lines') :]}"  # noqa: PLW2901
            gap = _BREAKS.match(piece)
        elif not gap and (hard := _HARD_BREAK.search(made)):  # a break that another piece brought ends the line
            made, piece = made[: hard.start()], piece + hard[0]  # noqa: PLW2901
        if any(not values.get(found[1]) for found in PLACEHOLDER.finditer(piece)):
            ends = _HARD_BREAK.search(piece)
            breaks, left_out = max(breaks, ends[0] if ends else "", gap["lines"] if gap else "", key=len), True
        elif left_out and gap:
            hard = _HARD_BREAK.fullmatch(breaks)
            longer = breaks + gap["lines"] if hard else max(breaks, gap["lines"], key=len)
            made, breaks, left_out = f"{made.rstrip(',;，、 ')}{longer}{piece[gap.end('lines') :]}", "", False
        else:
            made, breaks, left_out = made + piece, "", False
    return made.rstrip(",;，、 ") if left_out else made


def _unlike(row: RowContent) -> CatalogError:
    return CatalogError(
        "the row would not show what the cells say",
        about=str(row.id),
        remedy="simplify the cells' punctuation with the card's edit button",
    )


def _punctuated(pattern: str, values: Mapping[str, str]) -> str:
    """The pattern without the full stop after a field whose text ends with one."""

    def without(found: re.Match[str]) -> str:
        return found["ended"] if values.get(found[2], "")[-1:] in set(".?!。？！") else found[0]

    return _STOPPED.sub(without, pattern)


def _filled(pattern: str, values: Mapping[str, str], *, lines: bool = False, as_words: bool = False) -> str:
    """The pattern with the fields' texts, escaped, in place of its placeholders; with `lines` what would begin a block at
    the beginning of a line is escaped too. With `as_words` it gets words that parse to nothing but text.
    """
    date, pieces, at = tuple(map(int, values["date"].split("-"))), [], 0
    for found in PLACEHOLDER.finditer(pattern):
        name, text = found[1], values.get(found[1], "")
        before = pattern[pattern.rfind("\n", 0, found.start()) + 1 : found.start()]
        if name == "date":
            text = write_date(date, found[2] or "")
        elif as_words and name not in _SAFE:
            text = f"Z{name}Z" if text else ""
        elif before.count("`") % 2 and name not in _SAFE:  # nothing is escaped in code
            text = text.replace("|", "\\|")
        elif name not in _SAFE:
            text = escaped(text)
            if lines and not BULLET.sub("", before, count=1).strip():
                text = _BLOCK.sub(r"\g<digits>\\\g<sign>", text, count=1)
        pieces += [pattern[at : found.start()], text]
        at = found.end()
    return "".join([*pieces, pattern[at:]])


def _restored(tokens: Tokens, values: Mapping[str, str]) -> Tokens:
    """The tokens of a pattern with the fields' texts in place of those words."""
    return [
        (kind, _WORD.sub(lambda word: values.get(word[1], word[0]), text) if kind in {"text", "code_inline"} else text)
        for kind, text in tokens
    ]


def _with_marker(pattern: str, marker: str) -> str:
    """The pattern with the indentation of a neighbor, and with its marker if that is as wide."""
    own, other = BULLET.match(pattern), BULLET.match(marker)
    if own is None or other is None:
        return pattern
    indent = marker[: len(marker) - len(marker.lstrip())]
    bare = pattern[own.end() :]
    wider = len(other[0].lstrip()) - len(own[0].lstrip())
    fits = wider == 0 or (wider > 0 and _COUNTED.match(own[0]) and _COUNTED.match(other[0]))
    lead = marker.strip() if fits and "{number}" not in pattern else own[0].strip()
    first, *nested = f"{lead}{own[0][len(own[0].rstrip()) :]}{bare}".split("\n")
    # What is nested stays as far to the right as the marker needs.
    width = len(lead) - len(own[0].strip()) if fits else 0
    shifted = (" " * width + line if line[:1].isspace() and line.strip() else line for line in nested)
    return "\n".join(indent + line if line.strip() else line for line in (first, *shifted))


def _indented(pattern: str, number: int) -> str:
    """The pattern with what is nested in an item of an ordered list as far to the right as its number needs."""
    own = _ORDERED.match(pattern)
    if own is None:
        return pattern
    width = len(PLACEHOLDER.sub(str(number), own[0]))
    head, *nested = pattern.split("\n")
    return "\n".join(
        [
            head,
            *(
                line
                if line.strip() == line
                else line.lstrip().rjust(len(line.lstrip()) + max(width, len(line) - len(line.lstrip())))
                for line in nested
            ),
        ]
    )


def _cells(line: str, columns: int) -> list[Tokens]:
    """The tokens of each cell that a Markdown parser sees in the line; empty if it is not exactly one row."""
    tokens = _READER.parse("|" + "h|" * columns + "\n|" + "-|" * columns + "\n" + line)
    if [t.type for t in tokens if t.type in {"tr_open", "table_close"}] != ["tr_open", "tr_open", "table_close"]:
        return []
    return [_tokens(inline.children or ()) for inline in tokens if inline.type == "inline"][columns:]


def _tokens(tokens: Sequence[Token]) -> Tokens:
    """Tokens with their content, those inside of lines included, and adjacent texts joined."""
    found: Tokens = []
    for token in tokens:
        if token.type == "html_inline" and token.content == EMPTY_COMMENT:
            continue
        if token.type == "inline":
            found += [("line", ""), *_tokens(token.children or ())]
        elif token.type == "text" and found and found[-1][0] == "text":
            found[-1] = ("text", found[-1][1] + token.content)
        elif token.content or token.type != "text":
            href = str(token.attrs["href"]) if token.type == "link_open" else token.content
            found.append((token.type, href))
    return found


_NEAR = 9  # so many rows tell whether cells are padded
