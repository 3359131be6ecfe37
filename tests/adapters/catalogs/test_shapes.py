"""A list of any shape is read, gets one new entry in its own form and place, and has its first bytes back afterwards."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.catalogs.lists import HTML, LINKS, LISTS, PROSE, SECTIONS, TITLE, URL, Known
from tests.adapters.catalogs.rows import ROOT, SEED, added, content, removed
from tests.fakes import NOON
from watcher.adapters.catalogs.markdown import MarkdownCatalog, added_to, removed_from
from watcher.adapters.catalogs.markdown_change import with_cell
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.catalogs.markdown_learn import learn_shape
from watcher.domain.catalog.shape import DEFAULT, Numbering, Order, Sections, Shape
from watcher.domain.errors import CatalogError
from watcher.domain.facts import RowChange
from watcher.ports import LINK, CellChange

CASES = sorted((ROOT / "tests" / "data" / "catalogs").glob("v*.md"))
EVERY = {path.stem: path.read_bytes() for path in CASES} | {name: known.text.encode() for name, known in LISTS.items()}
NEW = content()
OLD = "https://arxiv.org/abs/2210.00001"


def learned(data: bytes) -> Shape:
    return learn_shape(data, "list")


def lines_added(before: bytes, after: bytes) -> list[str]:
    old, new = before.decode().splitlines(), after.decode().splitlines()
    return [line[2:] for line in difflib.ndiff(old, new) if line.startswith("+ ") and line[2:]]


@pytest.mark.parametrize("known", LISTS.values(), ids=LISTS)
def test_a_list_is_understood(known: Known) -> None:
    shape = learned(known.text.encode())
    reading = read_entries(known.text.encode(), "list", shape)

    said = (shape.form, shape.order, shape.numbering, shape.sections)
    assert said == (known.form, known.order, known.numbering, known.sections)
    assert len(reading.rows) == known.entries
    assert len({paper for entry in reading.rows for paper in entry.ids}) == known.ids
    assert all(len(entry.title) > 3 and "](" not in entry.title and "**" not in entry.title for entry in reading.rows)


@pytest.mark.parametrize("known", LISTS.values(), ids=LISTS)
def test_a_paper_is_added_in_the_list_s_form_and_place(known: Known) -> None:
    data = known.text.encode()
    after, (change, _) = added_to(data, NEW, "list", shape=learned(data))

    new = [line for line in lines_added(data, after) if not line.startswith("Total")]
    assert (change, tuple(new)) == (RowChange.ADDED, known.new)
    lines = after.decode().splitlines()
    assert lines[lines.index(known.new[0]) - 1] == known.above


FORMS = [
    (
        f"- **Reasoning by Acting**, Ada Lovelace et al. [[paper]]({OLD})",
        f"- **{TITLE}**, Sato et al. [[paper]]({URL})",
    ),
    (
        f"- **Reasoning by Acting**, Ada Lovelace, Alan Turing, ICLR 2023. [[paper]]({OLD}) [[code]](https://github.com/a/b)",
        f"- **{TITLE}**, Sato et al., arXiv. [[paper]]({URL})",
    ),
    (
        f"- Lovelace et al., **Reasoning by Acting**, ICLR 2023. [[paper]]({OLD})",
        f"- Sato et al., **{TITLE}**, arXiv. [[paper]]({URL})",
    ),
    (
        f"- Reasoning by Acting, Ada Lovelace, Alan Turing, Grace Hopper, ICLR 2023. [arXiv:2210.00001]({OLD})",
        f"- {TITLE}, Sato et al., arXiv. [arXiv:2606.27483]({URL})",
    ),
    (
        f"- Dropout: A Simple Way (2014), N. Srivastava et al. [[pdf]]({OLD})",
        f"- {TITLE} (2026), Sato et al. [[pdf]]({URL})",
    ),
    (f"- ICLR 2023, Reasoning by Acting on Words, [arXiv]({OLD})", f"- arXiv, {TITLE}, [arXiv]({URL})"),
    (
        f"- 📄 [Reasoning by Acting]({OLD}) - Lovelace et al. - ICLR 2023",
        f"- 📄 [{TITLE}]({URL}) - Sato et al. - arXiv",
    ),
    (f"- ⭐ **[2022.10]** Reasoning by Acting [[arXiv]({OLD})]", f"- ⭐ **[2026.06]** {TITLE} [[arXiv]({URL})]"),
    (
        f"- **「言語による世界の予測」** 佐藤太郎, 山田花子, 2022. [PDF]({OLD})",
        f"- **「{TITLE}」** Sato et al., 2026. [PDF]({URL})",
    ),
    (f"- 佐藤ら (2022) 言語による世界の予測. [論文]({OLD})", f"- Sato et al. (2026) {TITLE}. [論文]({URL})"),
    (
        f"- **Reasoning by Acting** by Ada Lovelace and Alan Turing (ICLR 2023) [Paper]({OLD}) · [Code](https://github.com/a/b)",
        f"- **{TITLE}** by Sato et al. (arXiv) [Paper]({URL})",
    ),
    (
        f"* [**Reasoning by Acting**]({OLD}) [**ICLR 2023**]<br>\nAda Lovelace<sup>1</sup>",
        f"* [**{TITLE}**]({URL}) [**arXiv**]<br>\nSato et al.",
    ),
]


@pytest.mark.parametrize(("standing", "new"), FORMS)
def test_the_next_entry_has_the_form_of_the_one_that_stands(standing: str, new: str) -> None:
    data = f"# List\n\n## Contents\n\n- [Papers](#papers)\n\n### Papers\n\n{standing}\n".encode()
    after, _ = added_to(data, NEW, "list", shape=learned(data))

    assert f"\n{new}\n" in after.decode()
    assert removed_from(after, NEW, "list", shape=learned(data))[0] == data


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("year", ["1999", "2022", "2024", "2026", "2031"])
@pytest.mark.parametrize("data", EVERY.values(), ids=EVERY)
def test_undoing_gives_the_first_bytes_back(data: bytes, year: str, line_end: bytes) -> None:
    data = data.replace(b"\n", line_end)
    shape = learned(data)
    row = content(f"{year[2:]}01.31415", year=year)

    after, (change, number) = added_to(data, row, "list", shape=shape)

    assert change is RowChange.ADDED
    assert added_to(after, row, "list", shape=shape) == (after, (RowChange.ADDED, number))
    assert removed_from(after, row, "list", shape=shape)[0] == data
    cut, _ = added_to(data.rstrip(b"\r\n"), row, "list", shape=shape)
    assert removed_from(cut, row, "list", shape=shape)[0] == data.rstrip(b"\r\n")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_variant_of_the_group_s_catalog_is_understood_once_learned(path: Path) -> None:
    data = path.read_bytes()
    reading = read_entries(data, "list", learned(data))

    assert not reading.unread
    assert [len(entry.ids) for entry in reading.rows] == [1] * len(reading.rows)
    assert all(entry.title and entry.year and entry.authors and entry.summary for entry in reading.rows[:1])


@pytest.mark.parametrize("path", [path for path in CASES if path.stem != "v0-as-seed"], ids=lambda path: path.stem)
def test_what_was_not_learned_is_not_written(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "catalog.md"
    file.write_bytes(path.read_bytes())

    with pytest.raises(CatalogError, match="watcher catalog learn"):
        MarkdownCatalog(file, "W", "w@example.org").add(NEW, NOON)
    assert file.read_bytes() == path.read_bytes()


def test_the_seed_learned_is_written_as_the_seed_is() -> None:
    data = SEED.read_bytes()
    shape = learned(data)

    assert (shape.order, shape.numbering, shape.sections) == (Order.OLDEST_FIRST, Numbering.RISING, Sections.NONE)
    for row in (NEW, content("2401.31415", year="2024")):
        assert added_to(data, row, "seed", shape=shape)[0] == added_to(data, row, "seed", shape=DEFAULT)[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [(HTML, "HTML tables"), (PROSE, "only prose"), (LINKS, "only prose"), (SECTIONS, "a section of its own")],
)
def test_other_forms_are_refused_with_a_way_out(text: str, reason: str) -> None:
    with pytest.raises(CatalogError, match=reason) as refused:
        learned(text.encode())
    assert "[catalog] file" in str(refused.value)


def test_a_column_that_people_add_later_stops_nothing() -> None:
    data = LISTS["numbers that fall, an extra column"].text.encode()
    shape = learned(data)
    wider = data.replace(b"| Year |", b"| Year | Venue |").replace(b"| --- |\n", b"| --- | --- |\n")
    wider = wider.replace(b"| 2025 |", b"| 2025 | ICLR |")

    after, _ = added_to(wider, NEW, "list", shape=shape)

    assert "| 2026 | arXiv" in after.decode()
    assert removed_from(after, NEW, "list", shape=shape)[0] == wider


def test_what_few_entries_have_stands_where_these_have_it() -> None:
    fields = {"code": "https://github.com/a/new", "project": "https://a.github.io/new/"}
    data = LISTS["titles in bold above lists of links"].text.encode()
    after, _ = added_to(data, replace(NEW, fields=fields), "list", shape=learned(data))

    new = ["", f"- Homepage: {fields['project']}", f"- Paper: {URL}", f"- Code: {fields['code']}", ""]
    assert "\n".join([f"**{TITLE}**", *new]) in after.decode()


def test_a_column_of_another_name_is_written_like_the_one_of_its_kind() -> None:
    link = "[![Star](https://img.shields.io/github/stars/a/{0}.svg)](https://github.com/a/{0})"
    rows = [f"| [Paper {n} of Worlds](https://arxiv.org/abs/240{n}.00001) | {link.format(n)} |" for n in range(1, 7)]
    tables = [
        "## Few",
        "| Title | Code |",
        "|---|---|",
        *rows[:2],
        "",
        "## Most",
        "| Title | Repository |",
        "|---|---|",
        *rows[2:],
    ]
    data = "\n".join(["# Worlds", "", *tables, ""]).encode()
    row = replace(content(categories="Few"), fields={"code": "https://github.com/a/new"})

    after, _ = added_to(data, row, "list", shape=learned(data))

    new = f"| [{TITLE}]({URL}) | {link.format('new')} |"
    assert f"{rows[1]}\n{new}\n" in after.decode()


def test_headings_are_known_however_they_are_spaced() -> None:
    tables = [
        f"| Title | {heading} |\n|---|---|\n| [Paper {n} of Worlds](https://arxiv.org/abs/240{n}.00001) | ICLR 2024 |\n"
        for n, heading in enumerate(["Pub. & Date", "Pub.&Date", "Pub. &Date"], 1)
    ]
    data = "\n".join(tables).encode()

    assert len(read_entries(data, "list", learned(data)).rows) == len(tables)


def test_numbers_with_leading_zeros_keep_them_when_rows_move() -> None:
    rows = [f"| **0{n}. Learning to Dream {n}** | [arXiv](https://arxiv.org/abs/2501.0000{9 - n}) |" for n in (1, 2, 3)]
    data = "\n".join(["# Papers", "", "| Title | Link |", "| --- | --- |", *rows, ""]).encode()
    shape = replace(learned(data), numbering=Numbering.RISING, order=Order.NEWEST_FIRST)

    after, _ = added_to(data, NEW, "list", shape=shape)

    assert b"| **04. Learning to Dream 3** |" in after
    assert removed_from(after, NEW, "list", shape=shape)[0] == data


def test_a_year_without_a_section_gets_one_like_the_others() -> None:
    data = (ROOT / "tests" / "data" / "catalogs" / "v4-table-per-year.md").read_bytes()

    after, (_, number) = added_to(data, NEW, "list", shape=learned(data))

    new = lines_added(data, after)
    assert [line[:10] for line in new] == ["## 2026", "| 論文タイトル |", "| --- | --", "| **3. Lea", "合計：3本"]
    assert number == 3


def test_a_new_years_section_has_nothing_of_what_people_wrote_about_another_and_goes_with_its_entry() -> None:
    entry = "- [{}](https://arxiv.org/abs/{}) (2025)\n"
    old = "".join(entry.format(f"Learning to Plan, Part {n}", f"2501.0000{n}") for n in (1, 2, 3))
    data = f"# Papers\n\n## 2025\nTotal: 3 papers\n\nA good year.\n\n{old}\n## 2**024\n\nNothing yet.\n".encode()
    shape, row = learn_shape(data, "made"), content("2606.31415", title="Dreams", year="2026")

    after, _ = added_to(data, row, "made", shape=shape)
    assert b"\n\n## 2026\n\n- [Dreams](https://arxiv.org/abs/2606.31415) (2026)\n\n## 2**024\n" in after
    assert b"## 2025\nTotal: 4 papers\n\nA good year.\n" in after
    assert removed_from(after, row, "made", shape=shape)[0] == data


def test_a_paper_whose_title_links_nowhere_is_known_by_title_and_year() -> None:
    data = LISTS["titles that link nowhere, a column of its own for the number"].text.encode()
    shape = learned(data)
    same = content("2405.31415", title="DroidSpeak:  cache sharing", year="2024")

    assert added_to(data, same, "list", shape=shape) == (data, (RowChange.PRESENT, 1))
    later = content("3105.31415", title="DroidSpeak: Cache Sharing", year="2031")
    assert added_to(data, later, "list", shape=shape)[1] == (RowChange.ADDED, 3)


@pytest.mark.parametrize(
    "title", ["# no heading", "1. no item", "A - [x] | `c` *e* <b>", "Ends with a stop.", "> & \\ ~~s~~"]
)
@pytest.mark.parametrize("data", EVERY.values(), ids=EVERY)
def test_hostile_titles_are_text_in_every_shape(data: bytes, title: str) -> None:
    shape = learned(data)
    row = content(title=f"{title} {'w' * 9} of it", summary=f"{title} と書いた。")

    after, (change, _) = added_to(data, row, "list", shape=shape)

    reading = read_entries(after, "list", shape)
    (entry,) = [entry for entry in reading.rows if row.id in entry.ids]
    assert change is RowChange.ADDED
    assert entry.title.rstrip(".") == row.cells.title.rstrip(".")
    assert removed_from(after, row, "list", shape=shape)[0] == data


@pytest.mark.parametrize("name", LISTS)
def test_a_cell_is_changed_and_nothing_else(name: str) -> None:
    data = LISTS[name].text.encode()
    shape = learned(data)
    entry = read_entries(data, "list", shape).rows[0]
    change = CellChange(
        entry.ids[0] if entry.ids else None, entry.title, "title", entry.title, "Another *Title* for the Paper"
    )

    after = with_cell(data, change, "list", shape)

    assert read_entries(after, "list", shape).rows[0].title == "Another *Title* for the Paper"
    assert len(set(after.split(b"\n")) ^ set(data.split(b"\n"))) == 2


def test_a_link_is_changed_in_bullets_too() -> None:
    data = LISTS["nested bullets"].text.encode()
    shape = learned(data)
    entry = read_entries(data, "list", shape).rows[1]
    change = CellChange(entry.ids[0], entry.title, LINK, entry.ids[0].native, "2501.00099")

    assert with_cell(data, change, "list", shape) == data.replace(b"2501.00011", b"2501.00099")


@pytest.mark.parametrize("data", EVERY.values(), ids=EVERY)
def test_writing_to_the_file_is_one_commit_s_worth(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "list.md"
    path.write_bytes(data)
    catalog = MarkdownCatalog(path, "W", "w@example.org", shape=learned(data))

    change = catalog.add(NEW, NOON)
    assert change == added(change.number)
    assert catalog.preview(NEW)
    assert catalog.remove(NEW, NOON) == removed(change.number)
    assert path.read_bytes() == data


def upside_down(*, numbered_from_top: bool) -> bytes:
    """The group's catalog with its newest row first."""
    lines = SEED.read_text(encoding="utf-8").split("\n")
    rows = [n for n, line in enumerate(lines) if line.startswith("| **")]
    for number, (n, line) in enumerate(zip(rows, [lines[n] for n in reversed(rows)], strict=True), 1):
        lines[n] = re.sub(r"\d+", str(number), line, count=1) if numbered_from_top else line
    return "\n".join(lines).encode()


@pytest.mark.parametrize("numbered_from_top", [True, False])
def test_seven_columns_with_the_newest_first_are_not_written_before_they_are_learned(numbered_from_top: bool) -> None:
    data = upside_down(numbered_from_top=numbered_from_top)
    with pytest.raises(CatalogError, match="watcher catalog learn"):
        added_to(data, NEW, "list")
    with pytest.raises(CatalogError, match="watcher catalog learn"):
        read_entries(data, "list")

    shape = learned(data)
    assert shape.order is Order.NEWEST_FIRST
    assert shape.numbering is (Numbering.RISING if numbered_from_top else Numbering.FALLING)
    after, (_, number) = added_to(data, NEW, "list", shape=shape)
    first = read_entries(after, "list", shape).rows[0]
    assert (first.title, first.number) == (NEW.cells.title, number)
    assert number == (1 if numbered_from_top else 26)
    assert removed_from(after, NEW, "list", shape=shape)[0] == data


def test_a_row_that_a_person_put_out_of_order_stops_nothing() -> None:
    lines = SEED.read_bytes().split(b"\n")
    rows = [n for n, line in enumerate(lines) if line.startswith(b"| **")]
    for a, b in ((0, 24), (3, 20), (10, 11)):
        swapped = [*lines]
        swapped[rows[a]], swapped[rows[b]] = lines[rows[b]], lines[rows[a]]
        added_to(b"\n".join(swapped), NEW, "list")
    few = b"\n".join(line for n, line in enumerate(lines) if n not in rows[2:])
    added_to(few, NEW, "list")


@pytest.mark.parametrize("name", LISTS)
def test_line_ends_make_no_difference_to_what_is_learned(name: str) -> None:
    data = LISTS[name].text.encode()
    assert learned(data.replace(b"\n", b"\r\n")) == learned(data)


def test_an_entry_that_would_not_be_read_to_its_last_line_is_not_written() -> None:
    data = b"- [x](https://arxiv.org/abs/2201.00001)\n"
    shape = replace(learned(data), entry=("- [{title}]({url})", "\n\n{summary}"))
    with pytest.raises(CatalogError, match="would not stand"):
        added_to(data, NEW, "list", shape=shape)
