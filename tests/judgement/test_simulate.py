from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.judgement.world import LATER, STARTER, deployed, write
from watcher.domain.errors import UsageError
from watcher.domain.screening.measure import Label
from watcher.training.evaluate import simulate
from watcher.training.files import read_papers
from watcher.training.plot import Axis, Line, plot

LABELS = LATER
KNOWN = [replace(one, day=None) for one in STARTER if one.belongs][:3]


@pytest.mark.endurance
def test_what_belongs_is_found_long_before_everything_was_looked_at(tmp_path: Path) -> None:
    (topic,) = deployed(tmp_path, STARTER).topics
    papers, _ = read_papers(write(tmp_path / "papers.jsonl", LATER))
    told: list[tuple[int, int]] = []

    found = simulate(topic, KNOWN, LABELS, papers, progress=lambda looks, so_far: told.append((looks, so_far)))

    assert (found.papers, found.belonging, found.known) == (40, 14, 3)
    assert found.looks(0.95) == 14
    assert found.looks(0.5) == 7
    assert told[-1] == (14, 14)
    assert found == simulate(topic, KNOWN, LABELS, papers)


@pytest.mark.endurance
def test_a_recall_that_was_not_reached_has_no_looks(tmp_path: Path) -> None:
    (topic,) = deployed(tmp_path, STARTER).topics
    papers, _ = read_papers(write(tmp_path / "papers.jsonl", LATER))

    found = simulate(topic, KNOWN, LABELS, papers, up_to=0.5)

    assert (found.looks(0.5), found.looks(0.95)) == (7, None)


def test_nothing_to_find_or_to_begin_with_is_said(tmp_path: Path) -> None:
    (topic,) = deployed(tmp_path, STARTER).topics
    papers, _ = read_papers(write(tmp_path / "papers.jsonl", LATER))

    for known, labels in ((KNOWN, [Label(LATER[0].paper, 0)]), ([], LABELS)):
        with pytest.raises(UsageError, match="at least one"):
            simulate(topic, known, labels, papers)


def test_a_plot_is_whole_svg_with_every_text_escaped() -> None:
    drawn = plot("<t>", Axis("a & b", 10.0, [(5.0, "5")]), "up", [Line("<script>", [(2.0, 0.5), (20.0, 1.0)])])

    texts = [node.text for node in ET.fromstring(drawn).iter() if node.text and node.text.strip()]
    assert {"<t>", "a & b", "5", "up", "<script>"} <= set(texts)
    assert "<script>" not in drawn


@pytest.mark.parametrize("dashed", [True, False])
def test_a_line_ends_at_the_axis(*, dashed: bool) -> None:
    drawn = plot("t", Axis("x", 10.0, []), "y", [Line("l", [(30.0, 1.0), (40.0, 1.0)], dashed=dashed)])

    path = next(node.get("d", "") for node in ET.fromstring(drawn).iter() if node.tag.endswith("path"))
    assert max(float(point.split()[0]) for point in path[1:].split("L")) <= 640
