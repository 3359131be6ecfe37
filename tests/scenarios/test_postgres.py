"""The same day on PostgreSQL: the same code, the same figures, the same promises."""

from __future__ import annotations

import pytest

from tests.scenarios.conftest import Deployment


@pytest.mark.endurance
@pytest.mark.empty_database
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_day_on_postgresql_is_the_same_day(deployment: Deployment, database_url: str) -> None:
    deployment.env["DATABASE_URL"] = database_url

    first, second = deployment.run(), deployment.run()
    approved = deployment("decide", "2606.27483", "approve", "--json")
    undone = deployment("undo", "2606.27483", "--json")

    assert first.code == second.code == 0, first.err + second.err
    assert (first.json["passed"], first.json["posted"], first.json["llm"]["calls"]) == (86, 7, 20)
    assert (second.json["announced"], second.json["posted"], second.json["llm"]["calls"]) == (0, 0, 0)
    assert approved.json["row"]["number"] == 26
    assert undone.json["state"] == "open"
    assert not (deployment.folder / "var" / "watcher.db").exists()
