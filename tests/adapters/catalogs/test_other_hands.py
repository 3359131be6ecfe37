"""The file as people leave it: padded, moved, cut short, with other line ends. The bot changes what it must, no more."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.catalogs.rows import SEED, added, content, present, removed
from tests.fakes import NOON
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.domain.errors import CatalogError
from watcher.domain.papers.paper import PaperId

_HEADER = "| 論文タイトル | 概要 | 著者/URL | 発表年 | 研究カテゴリー | カンファレンス名/出版情報 | arXivでの注目度 |"
_RULE = "|---|---|---|---|---|---|---|"
_ROWS = [
    "| **1. A** | 概要。 | **A**<br>[arXiv:2301.00001](https://arxiv.org/abs/2301.00001) | 2023 | あ | い | う |",
    "|   **2. B**|概要。|**B & C**<br/>（arXivリンク不明）  |2024|あ|い|う|",
    "| **3. C \\| D** | `a \\| b` | **C**<BR> [x](https://arxiv.org/pdf/2402.00003v2) (採択) | 2024 | あ | い | う |",
    "  | __4. D__ | 概要。 | **D** |",
    "| 5. E | 概要。 | math/0309136 ではない | 2025 | あ | い | う | え | お |",
    "| メモ：確認中 | | | | | | |",
]
_TOTALS = ["**合計：5本**", "合計: 5 本", "合計 ： **5** 本（2025年まで）", "- 合計：５本", "> 合計：5本"]


def written(tmp_path: Path, text: str | bytes) -> tuple[Path, MarkdownCatalog]:
    path = tmp_path / "catalog.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path, MarkdownCatalog(path, "Watcher", "watcher@example.org")


def small(*rows: str, after: str = "\n合計：{}本\n") -> str:
    return "\n".join([_HEADER, _RULE, *rows]) + "\n" + after.format(len(rows))


@st.composite
def edited_by_hand(draw: st.DrawFn) -> bytes:
    """A catalog as hands other than the bot's may leave it, its total true."""
    rows = draw(st.permutations(_ROWS))
    lines = [
        *draw(st.lists(st.sampled_from(["# 題", "", "本文 | 本文", "```", "| 論文タイトル |", "```", "> 引用"]))),
        "",
    ]
    lines = lines if lines.count("```") % 2 == 0 else [*lines, "```"]
    total = draw(st.sampled_from(_TOTALS))
    where = draw(st.sampled_from(["below", "right below", "above", "none"]))
    lines += [total, ""] if where == "above" else []
    lines += [_HEADER, draw(st.sampled_from([_RULE, "| --- | :-: | --: | - | - | - | - |"])), *rows]
    lines += {"below": ["", "間の行", "", total], "right below": [total]}.get(where, [])
    lines += draw(st.lists(st.sampled_from(["", "追加:", "[F](https://arxiv.org/abs/2410.02742)", "| a | b |"])))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = draw(st.sampled_from(["", "\ufeff"])) + end.join(lines) + draw(st.sampled_from(["", end, end + end]))
    return text.encode()


@pytest.mark.endurance
@settings(max_examples=40, deadline=None)
@given(edited_by_hand(), st.lists(st.integers(2022, 2027), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_rows_come_and_go_in_any_order_and_leave_no_trace(data: bytes, years: list[int], dice: random.Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, catalog = written(Path(folder), data)
        rows = [content(f"2606.{n:05d}", year=str(year)) for n, year in enumerate(years)]
        for row in rows:
            before = path.read_bytes().splitlines(keepends=True)
            catalog.add(row, NOON)
            after = path.read_bytes().splitlines(keepends=True)
            assert len(after) == len(before) + 1
            assert catalog.add(row, NOON).change == "added"
            assert path.read_bytes() == b"".join(after)
        text = path.read_text()
        assert not any(f"合計{sign}" in text for sign in ("：5本", ": 5 本", "：５本"))
        dice.shuffle(rows)
        for row in rows:
            catalog.remove(row, NOON)
        assert path.read_bytes() == data


@pytest.mark.parametrize("total", _TOTALS)
def test_the_total_is_kept_true_in_the_form_people_gave_it(tmp_path: Path, total: str) -> None:
    path, catalog = written(tmp_path, small(*_ROWS, after=f"\n間の行\n\n{total}\n"))
    catalog.add(content(), NOON)
    assert path.read_text().splitlines()[-1] == total.replace("5", "6", 1).replace("５", "６")


def test_a_total_that_was_false_becomes_true_and_a_missing_one_is_not_invented(tmp_path: Path) -> None:
    path, catalog = written(tmp_path, small(_ROWS[0], after="\n合計：9本\n"))
    catalog.add(content(), NOON)
    assert path.read_text().endswith("\n\n合計：2本\n")
    path, catalog = written(tmp_path, small(_ROWS[0], after=""))
    catalog.add(content(), NOON)
    assert "合計" not in path.read_text()


def test_line_ends_stay_those_of_the_file(tmp_path: Path) -> None:
    path, catalog = written(tmp_path, small(_ROWS[0]).replace("\n", "\r\n"))
    catalog.add(content(), NOON)
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") == 6


def test_a_new_row_finds_its_place_among_moved_rows(tmp_path: Path) -> None:
    _, catalog = written(tmp_path, small(_ROWS[0], _ROWS[2].replace("3.", "2."), _ROWS[1].replace("2.", "3.")))
    assert catalog.add(content("2306.00001", year="2023"), NOON) == added(2)
    assert catalog.add(content("2606.00001", year="2026"), NOON) == added(5)


def test_a_row_that_people_edited_is_still_taken_out(tmp_path: Path) -> None:
    path, catalog = written(tmp_path, small(_ROWS[0]) + "\n参考: arXiv:2606.27483\n")
    assert catalog.add(content(), NOON) == present(0)
    path, catalog = written(tmp_path, small(_ROWS[0]))
    catalog.add(content(), NOON)
    edited = path.read_text().replace("Learning World", "World").replace("**Sato et al.**<br>", "Sato ほか ")
    path.write_text(edited + "\n参考: arXiv:2606.27483\n")
    assert catalog.remove(content(), NOON) == removed(2)
    assert path.read_text() == small(_ROWS[0]) + "\n参考: arXiv:2606.27483\n"


def test_a_row_that_only_mentions_a_paper_is_not_its_row(tmp_path: Path) -> None:
    mention = _ROWS[1].replace("概要。", "arXiv:2606.27483 の続編。")
    path, catalog = written(tmp_path, small(_ROWS[0], mention))
    assert catalog.remove(content(), NOON) == removed(0)
    assert path.read_text() == small(_ROWS[0], mention)


def test_two_rows_about_one_paper_are_left_to_people(tmp_path: Path) -> None:
    twin = _ROWS[0].replace("1. A", "2. B")
    _, catalog = written(tmp_path, small(_ROWS[0], twin))
    with pytest.raises(CatalogError, match=r"several rows are about arxiv:2301\.00001"):
        catalog.remove(content("2301.00001"), NOON)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("arXiv:2306.12672v3, https://arxiv.org/pdf/2306.12673.pdf", {"2306.12672", "2306.12673"}),
        ("doi 10.48550/arXiv.2306.12672を参照、論文2306.12673も", {"2306.12672", "2306.12673"}),
        ("arxiv.org/abs/math.GT/0309136v1 hep-th/9901001 issues/1234567", {"math/0309136"}),
        ("0.2306.12672 2313.12672 12306.12672 2306.126721234 2306.12672.5", set()),
    ],
)
def test_ids_are_found_as_people_write_them(tmp_path: Path, text: str, found: set[str]) -> None:
    _, catalog = written(tmp_path, text)
    assert catalog.ids() == {PaperId("arxiv", native) for native in found}


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"# Only prose\n", "no table with the seven columns"),
        (f"```\n{small(_ROWS[0])}```\n", "no table with the seven columns"),
        (small(_ROWS[0]).replace("| 発表年", ""), "no table with the seven columns"),
        (small(_ROWS[0]) + "\n" + small(_ROWS[1]), "more than one table"),
        (small(_ROWS[0]).encode("shift_jis"), "not UTF-8"),
        (f"<<<<<<< HEAD\n{small(_ROWS[0])}=======\n>>>>>>> theirs\n", "unfinished merge"),
    ],
)
def test_a_file_that_is_no_catalog_is_refused_untouched(tmp_path: Path, data: str | bytes, fault: str) -> None:
    path, catalog = written(tmp_path, data)
    before = path.read_bytes()
    for change in (catalog.add, catalog.remove):
        with pytest.raises(CatalogError, match=fault) as caught:
            change(content(), NOON)
        assert (caught.value.about, bool(caught.value.remedy)) == (str(path), True)
    assert path.read_bytes() == before


def test_a_missing_file_is_refused_with_the_setting_to_mend(tmp_path: Path) -> None:
    catalog = MarkdownCatalog(tmp_path / "nowhere" / "catalog.md", "Watcher", "watcher@example.org")
    for act in (catalog.ids, lambda: catalog.add(content(), NOON), lambda: catalog.remove(content(), NOON)):
        with pytest.raises(CatalogError, match="WATCHER_CATALOG"):
            act()


def test_the_seed_with_a_column_dropped_is_refused(catalog: MarkdownCatalog, path: Path) -> None:
    text = SEED.read_text().replace("| arXivでの注目度", "| 注目度", 1)
    path.write_text(text)
    with pytest.raises(CatalogError, match="no table"):
        catalog.add(content(), NOON)
    assert path.read_text() == text
