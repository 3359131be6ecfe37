"""Real papers go through collect and screen, and come out as candidates exactly once."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.scenarios.conftest import DATA, Deployment

PAPERS = DATA / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz"


@pytest.mark.endurance
@pytest.mark.parametrize(
    ("step", "announced"),
    [(20, 443), pytest.param(1, 8841, marks=pytest.mark.figure)],
)
def test_every_real_paper_is_collected_and_screened_once(
    deployment: Deployment, tmp_path: Path, step: int, announced: int
) -> None:
    papers = tmp_path / "papers.jsonl"
    with gzip.open(PAPERS) as lines:
        papers.write_bytes(b"".join(lines.readlines()[::step]))

    first = deployment("import", str(papers), "--json", "--now", "2026-07-03T05:00:00Z")
    again = deployment("import", str(papers), "--json", "--now", "2026-07-03T05:00:00Z")

    assert first.code == 0, first.err
    report = first.json
    watched = report["screened"]
    assert sum(source["entries"] for source in report["sources"]) == report["announced"] == announced
    assert len(report["sources"]) == 14
    assert announced * 0.905 < watched <= announced  # the rest stand in no watched category (cs.GR, eess.*)
    assert 0 < report["passed"] < watched
    assert report["waiting"]["score"] == report["carried_over"] == report["passed"]
    assert again.code == 0, again.err
    assert (again.json["announced"], again.json["screened"]) == (0, 0)
