"""The catalog's branch through the commands: rows wait, are looked for, asked about and put back."""

from __future__ import annotations

import sqlite3

import pytest

from tests.scenarios.conftest import Deployment

pytestmark = pytest.mark.endurance

FIRST = "2606.27483"


def approved(deployment: Deployment, *papers: str) -> None:
    """The day's cards, some of them approved."""
    assert deployment.run().code == 0
    for paper in papers:
        done = deployment("decide", paper, "approve")
        assert done.code == 0, done.err


def test_a_row_waits_while_head_is_detached_and_card_and_status_say_why(deployment: Deployment) -> None:
    assert deployment.run().code == 0
    deployment.git("checkout", "-q", "--detach")
    before = deployment.catalog.read_bytes()
    done = deployment("decide", FIRST, "approve")
    assert done.code == 1
    assert "どのブランチも開かれていません" in done.err
    assert deployment.catalog.read_bytes() == before
    told = deployment("status").out
    assert "HEAD が切り離されています" in told
    assert "異常はありません" not in told
    deployment.git("checkout", "-q", "-")
    assert deployment.run().code == 0
    assert f"{FIRST}](" in deployment.git("show", "HEAD:catalog.md")


def test_a_row_that_was_reset_away_alarms_and_comes_back_when_asked_for(deployment: Deployment) -> None:
    approved(deployment, FIRST)
    deployment.git("reset", "-q", "--hard", "HEAD~1")
    run = deployment.run()
    assert run.code == 1
    assert "失われています" in run.err
    assert FIRST in run.err
    status = deployment("status")
    assert "追加した行が、カタログのブランチから失われています" in status.out
    assert "異常はありません" not in status.out
    assert [row["change"] for row in deployment("status", "--json").json["missing_rows"]] == ["lost"]
    assert FIRST not in deployment.git("show", "HEAD:catalog.md")
    done = deployment("catalog", "put-back", FIRST)
    assert (done.code, "追加済み（26 行目" in done.out) == (0, True), done.err
    assert deployment.git("show", "HEAD:catalog.md").count(f"{FIRST}](") == 1
    assert "追加した行はすべてカタログにあります" in deployment("catalog", "put-back").out
    assert deployment("catalog", "put-back", FIRST).code == 1


def test_a_row_that_a_person_took_out_is_asked_about_once_and_may_be_left_out(deployment: Deployment) -> None:
    approved(deployment, FIRST)
    deployment.git("revert", "--no-edit", "HEAD")
    assert deployment.run().code == 0
    listed = deployment("catalog", "leave-out")
    assert (listed.code, "人の手でカタログから外されています" in listed.out) == (0, True)
    assert FIRST not in deployment.git("show", "HEAD:catalog.md")
    events = deployment("log", FIRST).out
    assert events.count("人の手でカタログから外されていました") == 1
    assert deployment("catalog", "leave-out", FIRST).code == 0
    assert "異常はありません" in deployment("status").out
    assert FIRST not in deployment.git("show", "HEAD:catalog.md")


def test_a_row_whose_removal_was_reset_away_is_asked_about_and_goes_or_stays_as_a_curator_says(
    deployment: Deployment,
) -> None:
    approved(deployment, FIRST)
    assert deployment("undo", FIRST).code == 0
    deployment.git("reset", "-q", "--hard", "HEAD~1")
    assert deployment.run().code == 0
    status = deployment("status")
    assert "追加を取り消した行が、カタログに戻っています" in status.out
    assert "異常はありません" not in status.out
    assert [row["change"] for row in deployment("status", "--json").json["missing_rows"]] == ["returned"]
    assert deployment("catalog", "leave-out", FIRST).code == 0
    assert FIRST not in deployment.git("show", "HEAD:catalog.md")
    assert "異常はありません" in deployment("status").out
    deployment.git("reset", "-q", "--hard", "HEAD~1")
    assert deployment("catalog", "put-back", FIRST).code == 0
    assert deployment.git("show", "HEAD:catalog.md").count(f"{FIRST}](") == 1
    assert "異常はありません" in deployment("status").out


def test_a_row_that_nobody_misses_yet_keeps_its_number(deployment: Deployment) -> None:
    assert deployment.run().code == 0
    with sqlite3.connect(deployment.folder / "var" / "watcher.db") as connection:
        papers = [str(number) for (number,) in connection.execute("select candidate from summaries limit 2")]
    assert deployment("decide", papers[0], "approve").code == 0
    deployment.git("reset", "-q", "--hard", "HEAD~1")
    second = deployment("decide", papers[1], "approve", "--json")
    assert second.json["row"]["number"] == 27
    deployment("catalog", "put-back", "--all")
    text = deployment.git("show", "HEAD:catalog.md")
    assert [text.count(f"| **{number}. ") for number in (25, 26, 27, 28)] == [1, 1, 1, 0]
