"""The real catalog damaged at random, and what must hold whatever the bot is then asked to do to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.adapters.catalogs.exports.exported import export
from tests.adapters.catalogs.rows import SEED, content
from watcher.adapters.catalogs.markdown import added_to, removed_from
from watcher.adapters.catalogs.markdown_change import cell_text, with_cell
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.domain.catalog.catalog import CatalogEntry
from watcher.domain.errors import CatalogError
from watcher.domain.facts import Cells, RowChange
from watcher.ports import CellChange


def _short() -> bytes:
    """Every fifth row and no padding: what can go wrong is there all the same, a hundred thousand times a night."""
    lines = re.sub(rb" {2,}", b" ", SEED.read_bytes()).splitlines(keepends=True)
    rows = [n for n, line in enumerate(lines) if line.startswith(b"| **")]
    gone = {n for n in rows if n not in rows[::5]}
    text = b"".join(line for n, line in enumerate(lines) if n not in gone).decode()
    for number, old in enumerate((1, 6, 11, 16, 21), 1):
        text = text.replace(f"| **{old}. ", f"| **{number}. ", 1)
    return text.replace("合計：25本", "合計：5本").encode()


_SHORT = _short()
_SCRAPS = [
    *(
        "|",
        "\\|",
        "\\",
        "`",
        "```",
        "**",
        "<br>",
        "<BR/>",
        "（",
        "）",
        "\t",
        "　",
        "\n",
        "\r\n",
        "\r",
        "\u2028",
        "\x85",
    ),
    *("\ufeff", "\u202e", "\x00", "# ", "> ", "- ", "1. ", "|---|", "---", "    ", "<!--", "-->", "<pre>", "</pre>"),
    *(
        "合計：",
        "**合計：99本**",
        "合計: ０2６ 本",
        "追加:",
        "| **7. ",
        "999999. ",
        "arXiv:2606.27483",
        "[x](y)",
        "2026",
    ),
    *(
        "| a | b | c | d | e | f | g |",
        "| 論文タイトル | 概要 | 著者 | 発表年 | 研究カテゴリー | カンファレンス名 | arXivでの注目度 |",
    ),
]
_TOTAL_DIGITS = re.compile(r"(合計[\s*_]*[:：][\s*_]*)\d+")
_NUMBER = re.compile(r"^(\ufeff?[\s|*_\[　]*)\d{1,6}(?=\s*\\?[.．])")


def mutant(dice: Random) -> bytes:
    """The catalog after some accidents."""
    data = _SHORT
    for _ in range(dice.choice([1, 1, 1, 2, 3, 8])):
        data = dice.choice(_ACCIDENTS)(data, dice)
    return data


def account(data: bytes, dice: Random) -> str:
    """Ask everything of a file; gives how far it came. AssertionError when a byte changed that is none of ours."""
    try:
        reading = read_entries(data, "mutant")
    except CatalogError:
        return "refused"
    starts = [0, *(at + 1 for at, byte in enumerate(data) if byte == 0x0A)]
    for entry in reading.entries:
        for span in entry.spans.values():
            assert 0 < starts[0] + 1 <= span.start + 1 <= span.end + 1 <= len(data) + 1
            data[span.start : span.end].decode()
    export(data.decode(), dice.choice(["json", "csv", "bibtex", "ris", "csl-json", "atom", "html"]))
    edited = _edit_one(data, reading.rows, dice)
    return _add_and_remove(data, dice) + edited


def _add_and_remove(data: bytes, dice: Random) -> str:
    row = content("2606.31415", year=str(dice.randint(2022, 2027)))
    try:
        after, (change, _) = added_to(data, row, "mutant")
    except CatalogError:
        return "not added"
    if change is RowChange.PRESENT:
        assert after == data
        return "present"
    old, new = _texts(data), _texts(after)
    place = next(n for n, line in enumerate(new) if "2606.31415" in line)
    own = new.pop(place)
    assert own.count("2606.31415") == 2
    assert old == new, "a line that is none of ours changed"
    assert read_entries(after, "mutant").rows
    again, (change, _) = added_to(after, row, "mutant")
    assert (again, change) == (after, RowChange.ADDED), "a second asking wrote a second row"
    before, _ = removed_from(after, row, "mutant")
    assert _unstated(before) == _unstated(data), "taking the row out did not give the first bytes back"
    return "added"


def _edit_one(data: bytes, rows: tuple[CatalogEntry, ...], dice: Random) -> str:
    if not rows:
        return ""
    entry = dice.choice(rows)
    cell = dice.choice(Cells.names())
    change = CellChange(entry.ids[0] if entry.ids else None, entry.title, cell, cell_text(entry, cell), "新しい | *文*")
    try:
        after = with_cell(data, change, "mutant")
    except CatalogError:
        return ", cell refused"
    span = entry.spans[cell]
    assert after.startswith(data[: span.start])
    assert after.endswith(data[span.end :])
    return ", cell replaced"


def _texts(data: bytes) -> list[str]:
    """The lines, with what the bot may change in them made alike: their number, their total, the last one's end."""
    lines = [line.rstrip(b"\r\n") for line in data.splitlines(keepends=True)]
    return [_NUMBER.sub(r"\1#", _TOTAL_DIGITS.sub(r"\1#", line.decode())) for line in lines]


def _unstated(data: bytes) -> str:
    return _TOTAL_DIGITS.sub(r"\1#", data.decode())


def _bytes(data: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + dice.randbytes(dice.randint(0, 3)) + data[at + dice.randint(0, 3) :]


def _characters(data: bytes, dice: Random) -> bytes:
    text = data.decode(errors="replace")
    at = dice.randrange(len(text) + 1)
    return (text[:at] + dice.choice(_SCRAPS) + text[at + dice.choice([0, 0, 1, 2, 40]) :]).encode()


def _lines(data: bytes, dice: Random) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    a, b = dice.randrange(len(lines)), dice.randrange(len(lines))
    act = dice.randrange(4)
    if act == 0:
        lines[a], lines[b] = lines[b], lines[a]
    elif act == 1:
        lines.insert(a, lines[b])
    elif act == 2:
        del lines[a]
    else:
        lines[a] = lines[a].rstrip(b"\r\n")
    return b"".join(lines)


def _ends(data: bytes, dice: Random) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", dice.choice([b"\r\n", b"\r", b"\n", b"\n\n"]))


def _cut(data: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] if dice.random() < 0.5 else data[at:]


def _padding(data: bytes, dice: Random) -> bytes:
    return data.replace(
        *dice.choice([(b" | ", b"|"), (b" | ", b"   |  "), (b"<br>", b"<br/>"), (b"**", b"__"), (b"| **", b" | **")])
    )


def _bom(data: bytes, dice: Random) -> bytes:
    return dice.choice([b"\xef\xbb\xbf", b"\n", b"---\ntitle: x\n---\n"]) + data


_ACCIDENTS: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(_characters, _characters, _characters, _characters, _lines, _lines, _lines, _padding, _padding),
    *(_bytes, _ends, _cut, _bom),
)
