"""Learns from a list of papers how its cells and bullets are written, as patterns with placeholders such as
`[{title}]({url})`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from watcher.adapters.catalogs.markdown_parts import (
    MARKER,
    Span,
    entry_parts,
    head_end,
    is_label,
    links_of,
    nodes,
    own_ids,
    repository_of,
)
from watcher.adapters.catalogs.markdown_text import BREAK, named_ids
from watcher.domain.catalog.shape import PLACEHOLDER, find_date
from watcher.domain.catalog.venue import is_preprint
from watcher.domain.text import has_japanese

_NUMBER = re.compile(r"\s*(?P<number>\d{1,6})\s*\\?[.．)]\s*")
_GENERIC = {"link": "[Paper]({url})", "code": "[Code]({code})", "project": "[Project]({project})", "number": "{number}"}
_DROPPED = frozenset({"code", "project", "repo"})  # fields that few entries have
_MANY = 9
_NAMES_PAPER = frozenset({"url", "name", "id"})
_KEPT = frozenset({"by", "in", "at", "from", "with", "and", "paper", "著", "発表"})
_BLANK_LINE = re.compile(r"(?:\r\n|\r(?!\n)|\n)[ \t]*(?:\r\n|\r(?!\n)|\n)$")
_JOINT = re.compile(r"[\])}*_]*(?P<gap>)[^\w\s]*$")

_PAIRS = tuple(map(str.split, ("** **", "__ __", "` `", "[ ]", "( )", "< >", '" "', "“ ”", "「 」", "『 』")))
_FOOTNOTE = re.compile(r"<sup>[^<>{}]*</sup>,?")
_QUOTE = re.compile(r"\n\s*>")
_TELLS_NOTHING = re.compile(r"[-–—―/×✗❌]{0,3}|\\-|n/?a\.?|none|tbd|なし|無し|无|暂无", re.IGNORECASE)
_OTHER_SERVER = re.compile(r"(?!arxiv)[a-z]+r\s?xiv", re.IGNORECASE)

Filling = tuple[int, int, str]
"""The bounds of a piece of text, and the placeholder that goes there."""


def cell_pattern(fields: Sequence[str], cells: Iterable[str]) -> str:
    """The commonest pattern by which the cells of a table column are written, with placeholders for `fields`. For a
    column without a known field it is the text that most cells have, "" if there is none.
    """
    filled = [cell for cell in cells if cell.strip()]
    if not fields:
        texts = Counter(cells if isinstance(cells, list) else filled)
        most, count = texts.most_common(1)[0] if texts else ("", 0)
        return most if 2 * count > texts.total() and texts.total() > 1 else ""
    found = Counter(pattern for cell in filled if (pattern := _cell(fields, cell)))
    return found.most_common(1)[0][0] if found else " ".join(_GENERIC.get(f, f"{{{f}}}") for f in fields)


def empty_cell(cells: Iterable[str]) -> str:
    """The text ("-", "n/a" or "") that a table column's cells without information commonly have."""
    found = Counter(cell for cell in cells if _TELLS_NOTHING.fullmatch(cell))
    return found.most_common(1)[0][0] if found else ""


def _cell(fields: Sequence[str], cell: str) -> str:
    """The pattern of one cell, "" if the fields are not found in it."""
    spans: list[Filling] = []
    for field in fields:
        spans += _FINDERS.get(field, _text)(cell, field, spans)
    pattern = _with_ids(_filled(cell, spans), cell)
    told = {found[1] for found in PLACEHOLDER.finditer(pattern)}
    return pattern if told & {"url", *fields} and not _leftover(pattern) else ""


def cell_fields(fields: Sequence[str], cell: str, *, numbered: bool = False) -> dict[str, Span]:
    """Find fields in the text of a table cell that holds several, e.g. "2024, arXiv", as (start, end) positions by
    name. `numbered` says that the title begins with the entry's number, which is left out.
    """
    spans: list[Filling] = []
    for field in fields:
        spans += _FINDERS.get(field, _text)(cell, field, spans)
    begins = next((a for a, _, put in spans if put == "{number}" and "number" not in fields and not numbered), None)
    spans = [(a if begins is None or put != "{title}" else begins, z, put) for a, z, put in spans]
    named = {PLACEHOLDER.match(put): (a, z) for a, z, put in spans}
    return {found[1]: span for found, span in named.items() if found and found[1] in fields}


def _leftover(pattern: str) -> bool:
    """Whether words of the one entry are left in a pattern, beside labels and addresses of badges."""
    bare = PLACEHOLDER.sub("", re.sub(r"!?\[[^\[\]]*\]\([^()\s]*\)|<[^>]*>", "", pattern))
    return len(re.findall(r"[^\W\d_]{2,}", bare)) > 2


def _peeled(text: str, a: int, z: int) -> Span:
    """The bounds of what is shown, without the marks of bold, italics and code, and without blanks and final stops."""
    while True:
        while a < z and text[a].isspace():
            a += 1
        while z > a and text[z - 1].isspace():
            z -= 1
        inside = nodes(text, a, z)
        if len(inside) == 1 and inside[0].kind in {"strong", "em", "code"}:
            a, z = inside[0].inner
            continue
        return a, z


def _text(cell: str, field: str, taken: Sequence[Filling]) -> list[Filling]:
    """A field that is the whole text of its cell, or of what others left of it."""
    end = BREAK.search(cell)
    a, z = _peeled(cell, 0, end.start() if end else len(cell))
    for start, stop, _ in sorted(taken):
        if start - a <= z - stop:
            a = stop + len(cell[stop:z]) - len(cell[stop:z].lstrip(" ,，、.()（）-–/|"))
        else:
            z = a + len(cell[a:start].rstrip(" ,，、.()（）-–/|"))
    return [(a, z, f"{{{field}}}")] if z > a else []


def _title(cell: str, _field: str, _taken: Sequence[Filling]) -> list[Filling]:
    a, z = _peeled(cell, 0, len(cell))
    number = _NUMBER.match(cell, a, z)
    spans = [(*number.span("number"), "{number}")] if number else []
    a = number.end() if number else a
    link = next((node for node in links_of(cell, a, z) if node.kind == "link" and not is_label(cell, node)), None)
    if link is not None and link.url:
        spans.append((*link.url, "{url}"))
        a, z = link.inner
        if not number and (number := _NUMBER.match(cell, a, z)):
            spans.append((*number.span("number"), "{number}"))
            a = number.end()
    a, z = _peeled(cell, a, z)
    if not number and (number := _NUMBER.match(cell, a, z)):
        spans.append((*number.span("number"), "{number}"))
        a = number.end()
    return [*spans, (a, z, "{title}")] if z > a else []


def _link(cell: str, _field: str, _taken: Sequence[Filling]) -> list[Filling]:
    """The first link of a cell, with the id where its text is one."""
    link = next((node for node in links_of(cell) if node.url), None)
    if link is None or link.url is None:
        return []
    shown = cell[slice(*link.inner)]
    name = re.fullmatch(r"(?:arXiv:\s*)?\d{4}\.\d{4,5}(?:v\d+)?", shown.strip(), re.IGNORECASE)
    spans = [(*link.url, "{url}")]
    if name and link.kind == "link":
        spans.append((*link.inner, "{name}" if ":" in shown else "{id}"))
    return spans


def _address(cell: str, field: str, _taken: Sequence[Filling]) -> list[Filling]:
    """The address of a code repository or a project page, and of a badge that names the repository."""
    link = next((node for node in links_of(cell) if node.url), None)
    if link is None or link.url is None:
        return []
    spans = [(*link.url, f"{{{field}}}")]
    repository = repository_of(cell, link)
    if repository and (at := cell.find(repository, *link.inner)) >= 0:
        spans.append((at, at + len(repository), "{repo}"))
    return spans


def _authors(cell: str, _field: str, taken: Sequence[Filling]) -> list[Filling]:
    """The names, and the link where one stands in the same cell."""
    links = [node for node in links_of(cell) if node.url]
    end = min([len(cell), *(node.start for node in links), *(found.start() for found in BREAK.finditer(cell))])
    a, z = _peeled(cell, 0, end)
    spans = [(a, z, "{authors}")] if z > a else []
    return [*spans, *_link(cell, "link", ())] if links and not any("{url}" in one[2] for one in taken) else spans


def _date(cell: str, field: str, _taken: Sequence[Filling]) -> list[Filling]:
    found = find_date(cell)
    if found is None:
        return []
    return [(found.start, found.end, "{year}" if field == "year" else f"{{date:{found.form}}}")]


def _number(cell: str, _field: str, _taken: Sequence[Filling]) -> list[Filling]:
    found = re.search(r"\d{1,6}", cell)
    return [(*found.span(), "{number}")] if found else []


_FINDERS = {
    "title": _title, "link": _link, "code": _address, "project": _address, "authors": _authors, "date": _date, "year": _date,
    "number": _number,
}  # fmt: skip


def _filled(text: str, spans: Iterable[Filling], start: int = 0, end: int | None = None) -> str:
    """The text with placeholders in place of the spans within its bounds; of overlapping ones the first."""
    made, at, end = "", start, len(text) if end is None else end
    for a, z, put in sorted(spans):
        if a >= at and z <= end:
            made, at = made + text[at:a] + put, z
    return made + text[at:end]


def _with_ids(pattern: str, text: str) -> str:
    """The pattern with {id} where a badge or an address names the entry's own paper."""
    for paper in named_ids(text):
        pattern = re.sub(re.escape(paper.native), "{id}", pattern, flags=re.IGNORECASE)
    return pattern


def entry_pieces(texts: Sequence[str], *, numbered: bool) -> tuple[str, ...]:
    """Learn the pieces (patterns with placeholders) of which a list's bullets commonly consist; a piece for code or
    project page is as most of the bullets that have it.
    """
    on_arxiv = [text for text in texts if any(paper.source == "arxiv" for paper in own_ids(text))]
    # New papers are mostly on arXiv, and a list may label other links by their publisher.
    made = [_pieces(text, numbered=numbered) for text in (on_arxiv if len(on_arxiv) > _MANY else texts)]
    made = [pieces for pieces in made if any("{title}" in piece for piece in pieces) and _is_closed(pieces)]
    linked = [pieces for pieces in made if any(_fields(piece) & _NAMES_PAPER for piece in pieces)]
    made = linked if len(linked) * 5 >= len(made) else made
    kinds = Counter(tuple(piece for piece in pieces if not _fields(piece) & _DROPPED) for pieces in made)
    if not kinds:
        return ()
    best = max(kinds.items(), key=lambda pair: (pair[1] * (1 + len(pair[0]) / 10), len(pair[0])))[0]
    alike = [pieces for pieces in made if tuple(p for p in pieces if not _fields(p) & _DROPPED) == best]
    result = list(best)
    for field in _later_first(alike):
        rare = Counter(
            (pieces[n - 1], piece)
            for pieces in alike
            for n, piece in enumerate(pieces)
            if field in _fields(piece) and n
        )
        if rare:
            before, piece = rare.most_common(1)[0][0]
            at = result.index(before) + 1 if before in result else len(result)
            result.insert(at, piece)
    return tuple(result)


def _is_closed(pieces: Sequence[str]) -> bool:
    """Whether what is opened in the pieces is closed in them, with and without those that few entries have."""
    rare = [piece for piece in pieces if _fields(piece) & _DROPPED]
    return all(
        text.count(opened) == text.count(closed) and (opened != closed or text.count(opened) % 2 == 0)
        for text in (_QUOTE.sub("\n", "".join(piece for piece in pieces if piece not in rare)), *rare)
        for opened, closed in _PAIRS
    )


def _later_first(made: Sequence[Sequence[str]]) -> list[str]:
    """Code and project page, the one that stands after the other first."""
    both = [[field for piece in pieces for field in ("code", "project") if field in _fields(piece)] for pieces in made]
    return (
        ["code", "project"]
        if both.count(["project", "code"]) > both.count(["code", "project"])
        else ["project", "code"]
    )


def _fields(piece: str) -> set[str]:
    return {found[1] for found in PLACEHOLDER.finditer(piece)}


def _pieces(text: str, *, numbered: bool) -> list[str]:
    """The pieces of one entry: of its head, then one for each nested item that holds a field."""
    spans = _entry_spans(text)
    marker = MARKER.match(text)
    indent, start = (len(marker["indent"]), marker.end()) if marker else (0, 0)
    lead = text[indent:start]
    if numbered and marker and marker["number"]:
        spans = [*spans, (*marker.span("number"), "{number}")]
        lead = _filled(text, spans, indent, start)
    end = head_end(text)
    pieces: list[str] = []
    for n, line in enumerate(re.finditer(r"[^\r\n]+", text)):
        a, z = line.span()
        if a < end:
            pieces += _line_pieces(
                text, start if n == 0 else a, z, spans, lead if n == 0 else _break_before(text, a, indent)
            )
            continue
        bounds = [(x, y) for x, y, _ in spans if a <= x and y <= z]
        if bounds:
            first = next(
                (one.start for one in links_of(text, a, z) if one.start < min(bounds)[0] < one.end), min(bounds)[0]
            )
            before = text[a + min(indent, len(line[0]) - len(line[0].lstrip())) : first]
            label = (
                before
                if before.rstrip().endswith((":", "：")) or not re.search(r"\w", before)
                else before[: len(before) - len(before.lstrip())]
            )
            gap = "\n\n" if _BLANK_LINE.search(text[:a]) else "\n"
            pieces += _line_pieces(text, first, z, spans, gap + label)
    return [_with_ids(piece, text) for piece in pieces]


def _break_before(text: str, at: int, indent: int) -> str:
    """The line end before a further line of an entry's head, with the blanks around it: two before it break the line."""
    above = text[:at].rstrip("\r\n")
    begins = len(text[at:]) - len(text[at:].lstrip(" \t"))
    return f"{'  ' if above.endswith('  ') else ''}\n{text[at + min(indent, begins) : at + begins]}"


def _entry_spans(text: str) -> list[Filling]:
    """The fields of an entry as spans with their placeholders."""
    spans: list[Filling] = []
    for field, (a, z) in entry_parts(text).items():
        around = a if find_date(text[a:z]) else max(0, a - 3)  # "17.03" is a date after a word alone
        if field == "date" and (told := find_date(text[around:z])):
            spans.append((around + told.start, around + told.end, f"{{date:{told.form}}}"))
        elif field == "authors" and text[z - 1] == ".":  # the stop ends the sentence as well
            spans.append((a, z - 1, "{authors}"))
        elif field == "keywords":
            spans.append((a, z, "{categories}"))
        elif field != "number":
            spans.append((a, z, f"{{{field}}}"))
    for link in links_of(text):
        if repository := repository_of(text, link):
            at = text.find(repository, *link.inner)
            spans += [(at, at + len(repository), "{repo}")] if at >= 0 else []
    return spans + [(*span, "{url}") for span in _same_paper(text)]


def _same_paper(text: str) -> list[Span]:
    """The addresses of further links to the paper that an entry is about, such as a badge's."""
    url = entry_parts(text).get("url")
    named = named_ids(text[slice(*url)]) if url else frozenset()
    links = [link.url for link in links_of(text) if link.url and link.url != url]
    return [span for span in links if named and named_ids(text[slice(*span)]) == named]


def _line_pieces(text: str, start: int, end: int, spans: Sequence[Filling], lead: str) -> list[str]:
    """The pieces of a line, cut at blanks outside of fields and markup. What few entries have does not begin a line that
    holds more.
    """
    pieces, before = [], lead
    words = _words(text, start, end, spans)
    told = [{put.strip("{}").partition(":")[0] for x, y, put in spans if a <= x and y <= z} for _, a, z in words]
    for (gap, a, z), fields in zip(words, told, strict=True):
        if fields <= _DROPPED and fields and before == lead and any(one - _DROPPED for one in told):
            continue
        if fields:
            shown = _FOOTNOTE.sub("", _filled(text, spans, a, z))
            pieces.append(before + ("" if before[-1:].isspace() else gap) + shown)
            before = ""
        elif _is_kept(text[a:z]):
            before += ("" if before[-1:].isspace() else gap) + text[a:z]
    return pieces


def _is_kept(word: str) -> bool:
    """Whether a word between the fields belongs to the form of the list."""
    return (not re.search(r"\w", word) and "(" not in word) or word.strip("().:*_").lower() in _KEPT


def _words(text: str, start: int, end: int, spans: Sequence[Filling]) -> list[tuple[str, int, int]]:
    """The words of a line as (blank before, start, end); fields, links, bold and italics are not cut. Links that stand
    together without a blank are words of their own.
    """
    inline = nodes(text, start, end)
    whole = sorted(
        [(a, z) for a, z, _ in spans if start <= a and z <= end]
        + [(node.start, node.end) for node in inline if node.kind != "text"]
    )
    links = [node for node in inline if node.kind == "link"]
    joints = [_JOINT.match(text, one.end, other.start) for one, other in pairwise(links)]
    gaps = [blank.span() for blank in re.compile(r"\s+").finditer(text, start, end)]
    gaps += [joint.span("gap") for joint in joints if joint]
    cuts, at, before = [], start, ""
    for a, z in sorted(gaps):
        if a >= at and not any(x < z and a < y for x, y in whole):
            cuts.append((before, at, a))
            at, before = z, text[a:z]
    return [(gap, a, z) for gap, a, z in [*cuts, (before, at, end)] if z > a]


def preprint_pattern(venues: Iterable[str]) -> str:
    """The text by which a list names an arXiv preprint as a paper's venue, with a placeholder for the date if any; ""
    if it is Japanese or no preprint is named.
    """
    found: Counter[str] = Counter()
    told = [venue for venue in venues if is_preprint(venue)]
    if any(map(has_japanese, told)):
        return ""
    for text in [text for text in told if not re.search(r"\bMay\b", text)] or told:  # "May" is short and long
        venue = _OTHER_SERVER.sub("arXiv", _with_ids(re.sub(r"['’]\d\d", "", text), text))
        if venue and len(venue) < 30:
            date = find_date(venue)
            found[f"{venue[: date.start]}{{date:{date.form}}}{venue[date.end :]}" if date else venue] += 1
    return found.most_common(1)[0][0] if found else ""
