"""A quarter in which papers belong that no watched feed tells of: the second net finds what the services know."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.second_net import Stage
from tests.servers.arxiv_api import ArxivApi
from tests.servers.citations import CitationServices
from watcher.domain.papers.citations import requests_for


@pytest.mark.endurance
@pytest.mark.parametrize("faults", [0.0, 0.3])
def test_a_quarter_loses_nothing_that_a_service_names_within_its_requests(tmp_path: Path, faults: float) -> None:
    with CitationServices() as services, ArxivApi([]) as arxiv:
        stage = Stage.of(tmp_path, services, arxiv, rows=30, seed=1, count=60, weeks=5)
        played = stage.play(100, faults)

    elsewhere = {
        str(one.paper.id) for one in stage.quarter.papers if one.place == "elsewhere" and one.cites and one.belongs
    }
    assert played.lost(stage.quarter) == set()
    assert max(sum(counts.values()) for counts in played.requests.values()) <= requests_for(30) == 10
    assert len(elsewhere & played.ready.keys()) >= 0.8 * len(elsewhere) > 1
    assert not elsewhere & played.fed
