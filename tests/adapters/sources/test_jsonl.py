"""A file of papers becomes announcements day by day; bad lines are named by number."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from watcher.adapters.sources.jsonl import PaperFile
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import AnnounceType
from watcher.ports import Source

PAPERS = Path(__file__).parents[2] / "data" / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz"
LINE: dict[str, object] = {
    "arxiv_id": "2606.13682",
    "version": 2,
    "title": r"Fr\'echet",
    "abstract": "An abstract.",
    "authors": [r"Andr\'e Roe", "Ann (Bo) Lee"],
    "categories": ["cs.AI", "cs.LG"],
    "published": "2026-03-25T15:19:19Z",
    "announced": "2026-06-15",
    "comment": "Accepted at ICML 2026",
    "extra": 1,
}


def write(path: Path, *lines: object) -> Path:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.endurance
def test_fourteen_real_days_are_read_whole() -> None:
    source: Source = PaperFile(PAPERS)
    readings = list(source.read())
    assert len(readings) == 14
    assert sum(len(reading.announcements) for reading in readings) == 8841
    assert all(reading.broken == () and reading.error is None for reading in readings)
    assert readings[0].announced_on == date(2026, 6, 15)
    odd = [a.anomalies for reading in readings for a in reading.announcements if a.anomalies]
    assert odd.count(("long_abstract",)) == 6
    assert len(odd) == 17  # the other eleven hold `<think>`, `[INST]`, links or words that sound like orders


@pytest.mark.parametrize("name", ["papers.jsonl", "papers.jsonl.gz"])
def test_a_line_gives_all_its_facts(tmp_path: Path, name: str) -> None:
    (reading,) = PaperFile(write(tmp_path / name, LINE)).read()
    (found,) = reading.announcements
    assert (found.feed, found.announce_type, found.announced_on) == (name, AnnounceType.NEW, date(2026, 6, 15))
    paper = found.paper
    assert (str(paper.id), paper.version, paper.title) == ("arxiv:2606.13682", 2, "Fréchet")
    assert paper.title_raw == r"Fr\'echet"
    assert paper.authors == ("André Roe", "Ann (Bo) Lee")
    assert paper.published == date(2026, 3, 25)
    assert paper.comment == "Accepted at ICML 2026"


def test_bad_lines_are_named_and_their_neighbors_kept(tmp_path: Path) -> None:
    lines = (LINE, "{not json", LINE | {"version": 0}, "", LINE | {"arxiv_id": "x"}, {"title": "t"}, "[]", LINE)
    (reading,) = PaperFile(write(tmp_path / "papers.jsonl", *lines)).read()
    assert len(reading.announcements) == 2
    assert [line.split(":")[0] for line in reading.broken] == ["line 2", "line 3", "line 5", "line 6", "line 7"]
    assert "version" in reading.broken[1]


def test_a_file_of_which_no_line_can_be_read_is_refused(tmp_path: Path) -> None:
    files: list[list[object]] = [["{not json"], ["[]", LINE | {"version": 0}, ""], ["\ufffe{}"]]
    for number, lines in enumerate(files):
        (reading,) = PaperFile(write(tmp_path / f"{number}.jsonl", *lines)).read()
        assert reading.announcements == ()
        assert reading.error is not None
        assert "can be read; line 1: " in str(reading.error)


@pytest.mark.parametrize("title", ["", " \n", "x" * 1001])
def test_what_is_no_title_makes_a_bad_line(tmp_path: Path, title: str) -> None:
    (reading,) = PaperFile(write(tmp_path / "papers.jsonl", LINE, LINE | {"title": title})).read()
    assert len(reading.announcements) == 1
    assert reading.broken[0].startswith("line 2: title: ")


def test_a_file_of_no_papers_is_refused_before_it_is_read_and_one_good_line_is_enough(tmp_path: Path) -> None:
    for path in (tmp_path / "no.jsonl", write(tmp_path / "bad.jsonl", "{not json", "[]")):
        with pytest.raises(FeedError, match=path.name):
            PaperFile(path).check()
    PaperFile(write(tmp_path / "good.jsonl", "[]", LINE)).check()
    PaperFile(write(tmp_path / "empty.jsonl", "")).check()


def test_an_empty_file_is_an_empty_reading_and_no_error(tmp_path: Path) -> None:
    (reading,) = PaperFile(write(tmp_path / "papers.jsonl", "\ufeff", "")).read()
    assert (reading.announcements, reading.broken, reading.error) == ((), (), None)


@pytest.mark.parametrize("name", ["papers.jsonl", "papers.jsonl.gz"])
def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, "\ufeff" + json.dumps(LINE), LINE)
    (reading,) = PaperFile(path).read()
    assert (len(reading.announcements), reading.broken) == (2, ())


def test_a_character_no_database_can_keep_is_replaced_and_the_paper_flagged(tmp_path: Path) -> None:
    texts = dict.fromkeys(("title", "abstract", "comment", "journal_ref", "doi", "license"), "a\0b")
    line = LINE | texts | {"authors": ["A\0 B"], "categories": ["cs.AI", "c\0"]}
    (reading,) = PaperFile(write(tmp_path / "papers.jsonl", line)).read()
    (found,) = reading.announcements
    assert r"\x00" not in repr(found)
    assert found.paper.title_raw == found.paper.title == found.paper.comment == "a\ufffdb"
    assert found.paper.authors == ("A\ufffd B",)
    assert found.anomalies == ("invisible",)


@pytest.mark.parametrize("version", [10_000, 10**30])
def test_a_version_that_no_paper_has_is_a_bad_line(tmp_path: Path, version: int) -> None:
    (reading,) = PaperFile(write(tmp_path / "papers.jsonl", LINE, LINE | {"version": version})).read()
    assert len(reading.broken) == 1
    assert "no version" in reading.broken[0]


def test_each_day_is_a_reading_of_its_own(tmp_path: Path) -> None:
    lines = (LINE, LINE | {"announced": "2026-06-16"}, "broken", LINE | {"announced": None})
    readings = list(PaperFile(write(tmp_path / "papers.jsonl", *lines)).read())
    assert [reading.announced_on for reading in readings] == [date(2026, 6, 15), date(2026, 6, 16), None]
    assert [len(reading.broken) for reading in readings] == [0, 1, 0]


def test_a_damaged_file_gives_what_it_held_and_then_the_error(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl.gz"
    path.write_bytes(PAPERS.read_bytes()[:200_000])
    readings = list(PaperFile(path).read())
    assert sum(len(reading.announcements) for reading in readings) > 100
    assert [reading.error is None for reading in readings] == [True] * (len(readings) - 1) + [False]
    assert "to its end" in str(readings[-1].error)


def test_a_file_that_is_not_there_or_not_packed_is_an_error(tmp_path: Path) -> None:
    not_packed = tmp_path / "plain.jsonl.gz"
    not_packed.write_text("{}")
    for path in (tmp_path / "no.jsonl", not_packed):
        (reading,) = PaperFile(path).read()
        assert reading.error is not None
        assert reading.error.about == path.name
