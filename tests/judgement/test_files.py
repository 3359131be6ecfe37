from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from watcher.domain.errors import UsageError
from watcher.domain.screening.measure import Label
from watcher.training.files import merged, read_labels

WHOLE = '{"arxiv_id": "2606.00001", "scores": [2, 3], "weight": 2.5, "announced": "2026-06-29", "stratum": "x"}'
WITH_TEXT = '{"arxiv_id": "2606.00002v1", "score": 0, "title": "A\\n title", "abstract": "b", "categories": ["cs.CL"]}'


def test_labels_of_one_rater_and_of_several_are_read(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl.gz"
    file.write_bytes(gzip.compress(f"\ufeff{WHOLE}\n\n{WITH_TEXT}\n".encode()))

    found = read_labels(file)

    assert found.labels == (
        Label("arxiv:2606.00001", 2.5, 2.5, date(2026, 6, 29)),
        Label("arxiv:2606.00002", 0.0, 1.0, None),
    )
    labeled, missing = found.labeled({})
    assert [(one.title, one.categories) for one in labeled] == [("A title", ("cs.CL",))]
    assert [one.paper for one in missing] == ["arxiv:2606.00001"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nonsense", "line 2"),
        ('{"arxiv_id": "2606.00003"}', "neither score nor scores"),
        ('{"arxiv_id": "2606.00003", "score": 5}', "score"),
        ('{"arxiv_id": "2606.00003", "score": NaN}', "line 2"),
        ('{"arxiv_id": "2606.00003", "score": 1, "weight": 0}', "weight"),
        ('{"arxiv_id": "seed 3", "score": 1}', "seed 3"),
        ('{"arxiv_id": "2606.00001", "score": 1}', "second label"),
    ],
)
def test_a_line_that_is_no_label_is_named(tmp_path: Path, line: str, says: str) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(f"{WHOLE}\n{line}\n", encoding="utf-8")

    with pytest.raises(UsageError, match=says):
        read_labels(file)


def test_a_file_without_labels_or_without_an_end_is_refused(tmp_path: Path) -> None:
    empty, cut = tmp_path / "empty.jsonl", tmp_path / "cut.jsonl.gz"
    empty.write_text("\n", encoding="utf-8")
    cut.write_bytes(gzip.compress(WHOLE.encode())[:-12])

    with pytest.raises(UsageError, match="no label"):
        read_labels(empty)
    with pytest.raises(UsageError, match="cannot be read"):
        read_labels(cut)
    with pytest.raises(UsageError, match="cannot be read"):
        read_labels(tmp_path / "missing.jsonl")


def test_of_several_labels_of_a_paper_the_last_origin_holds(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(WITH_TEXT, encoding="utf-8")
    (before,), _ = read_labels(file).labeled({})
    file.write_text(WITH_TEXT.replace('"score": 0', '"score": 4'), encoding="utf-8")
    (after,), _ = read_labels(file).labeled({})

    assert merged([[before], [after]]) == [after]
    assert merged([[after], []]) == [after]
