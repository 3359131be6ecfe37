"""What the log tells of a day: every card, decision and row, each with what it is about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.scenarios.conftest import RELEVANT, Deployment, Done


def events(done: Done, logger: str) -> list[dict[str, Any]]:
    told = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    return [event for event in told if event["logger"] == logger]


@pytest.mark.endurance
def test_every_card_decision_and_row_is_told_with_what_it_is_about(deployment: Deployment) -> None:
    deployment.env["WATCHER_LOG"] = "info"
    shown = events(deployment.run(), "watcher.stages.post")
    approved = deployment("decide", "2606.27483", "approve", "--as", "花")
    (decided,) = events(approved, "watcher.stages.decide")
    (row,) = events(approved, "watcher.stages.catalog")

    assert {event["paper"] for event in shown} == {f"arxiv:{native}" for native in RELEVANT}
    assert all(event["stage"] == "post" and event["run"].startswith("run-") for event in shown)
    assert (decided["desk"], decided["verdict"]) == ("console", "approve")
    assert row["change"] == "added"
    for event in (*shown, decided, row):
        assert event["topic"] == "llm-x-world-models"
        assert event["paper"].removeprefix("arxiv:") in RELEVANT
        assert isinstance(event["card"], int)
    assert "花" not in approved.err
