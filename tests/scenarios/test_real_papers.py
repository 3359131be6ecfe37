"""8,841 real papers go through collect and screen, and come out as candidates exactly once."""

from __future__ import annotations

from tests.scenarios.conftest import DATA, Deployment

PAPERS = DATA / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz"


def test_every_real_paper_is_collected_and_screened_once(deployment: Deployment) -> None:
    first = deployment("import", str(PAPERS), "--json", "--now", "2026-07-03T05:00:00Z")
    again = deployment("import", str(PAPERS), "--json", "--now", "2026-07-03T05:00:00Z")

    assert first.code == 0, first.err
    report = first.json
    watched = report["screened"]
    assert sum(source["entries"] for source in report["sources"]) == report["announced"] == 8841
    assert len(report["sources"]) == 14
    assert 8000 < watched <= 8841  # the rest stand in no watched category (cs.GR, eess.*)
    assert 0 < report["passed"] < watched
    assert report["waiting"]["score"] == report["carried_over"] == report["passed"]
    assert again.code == 0, again.err
    assert (again.json["announced"], again.json["screened"]) == (0, 0)
