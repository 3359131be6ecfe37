"""Whoever begins a deployment, or one without a model, is told; whoever mistyped WATCHER_DATA finds out."""

from __future__ import annotations

import pytest

from tests.scenarios.conftest import NOBODY, Deployment
from tests.servers.slack import eventually

pytestmark = pytest.mark.endurance


def test_whoever_begins_a_deployment_is_told_where_and_which_others_stand_nearby(deployment: Deployment) -> None:
    place = deployment.folder / "var"
    first, second = deployment("status", "--json"), deployment("status", "--json")

    assert str(place) in first.err
    assert first.json["last_run"] is None
    assert (second.code, second.err) == (0, "")

    deployment.env |= dict.fromkeys(("WATCHER_ARXIV_RSS_URL", "WATCHER_ARXIV_OAI_URL"), NOBODY)
    deployment.env["WATCHER_DATA"] = str(deployment.folder / "vra")
    mistyped = deployment("check")
    assert mistyped.code == 0
    assert str(place) in mistyped.err
    process = deployment.start("serve", "--port", "0")
    log = deployment.folder / "serve.log"
    eventually(lambda: str(deployment.folder / "vra") in log.read_text("utf-8"))
    process.kill()
    process.wait()
    assert str(place) in log.read_text("utf-8")

    deployment.env["WATCHER_DATA"] = str(deployment.folder / "rav")
    (deployment.folder / "cut.xml").touch()
    failed = deployment("run", "--feed", str(deployment.folder / "cut.xml"))
    assert failed.code == 1
    assert str(deployment.folder / "rav") in failed.out
    assert len(failed.err.splitlines()) == 1


def test_check_tells_what_keeps_everything_from_being_judged(deployment: Deployment) -> None:
    del deployment.env["OPENAI_BASE_URL"], deployment.env["OPENAI_API_KEY"], deployment.env["WATCHER_MODEL"]
    done = deployment("check")

    assert done.code == 0
    assert "WATCHER_MODEL" in done.err
    assert "OPENAI_API_KEY" in done.err
