"""A week is held to account by commands: what was screened out is looked at, and the report tells what it was worth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.scenarios.conftest import Deployment
from tests.servers.llm import LlmServer
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, CHANNEL, LocalSlack
from tests.servers.slack_proxy import SlackProxy

pytestmark = pytest.mark.endurance

AFTER = "2026-07-06T01:00:00+00:00"  # the Monday after the week of the recorded day


def test_what_an_audit_brings_back_becomes_a_card_and_the_week_is_reported(deployment: Deployment) -> None:
    deployment.run()
    first = deployment("audit", "draw", "--now", AFTER, "--json")
    drawn = deployment("audit", "list", "--json").json
    again = deployment("audit", "draw", "--now", AFTER, "--json")

    assert (first.code, again.code) == (0, 0), first.err + again.err
    assert len(drawn) == 10
    assert deployment("audit", "list", "--json").json == drawn
    assert {(paper["week"], paper["belongs"]) for paper in drawn} == {("2026-W27", None)}
    assert first.json["llm"]["calls"] == 1, "about the ten titles"
    assert again.json["llm"]["calls"] == 0

    missed = drawn[0]
    said = deployment("audit", "answer", str(missed["number"]), "yes", "--as", "hana", "--json").json
    deployment("audit", "answer", str(drawn[1]["number"]), "no", "--as", "hana")
    after = deployment.run(now=AFTER).json
    approved = deployment("decide", "2606.27483", "approve", "--as", "hana", "--json")

    assert said["belongs"] is True
    assert (after["scored"], after["summarized"], after["posted"]) == (1, 1, 1)
    told = {entry["what"] for entry in deployment("log", missed["paper"].partition(":")[2], "--json").json}
    assert {"screened", "drawn", "answered", "scored", "posted"} <= told
    assert approved.json["state"] == "cataloged"

    report = deployment("report", "--week", "2026-W27", "--json").json[0]
    assert report["counts"]["relevant"] == 7
    assert report["recall"]["estimate"] is None
    assert (report["recall"]["answered"], report["recall"]["belonging"], report["recall"]["found"]) == (2, 1, 1)
    assert report["recall"]["answers_lacking"] == 28
    text = deployment("report", "--now", AFTER)
    assert "あと28件の回答が必要です" in text.out


def test_what_curators_decided_is_shown_to_the_model_the_next_day_and_nothing_is_asked_again(
    deployment: Deployment, llm: LlmServer
) -> None:
    deployment.run()
    before = {str(asked.body["messages"][0]["content"]) for asked in llm.asked}
    deployment("decide", "2606.27483", "approve", "--reason", "主題そのもの")
    deployment("decide", "2606.27757", "reject", "--reason", "言語モデルを使わない")
    llm.reset()
    tomorrow = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT05:00:00+00:00}"
    deployment.run(now=tomorrow)
    asked_again = llm.calls
    deployment("audit", "draw", "--now", AFTER)
    missed = deployment("audit", "list", "--json").json[0]
    deployment("audit", "answer", str(missed["number"]), "yes")
    deployment.run(now=tomorrow)

    prompt = next(asked.system for asked in llm.asked if "belongs: " in asked.system)
    assert asked_again == 0
    assert "(主題そのもの)" in prompt
    assert "does not belong: " in prompt
    assert not any("主題そのもの" in text for text in before)


def test_a_draw_whose_replies_are_lost_posts_nothing_twice(deployment: Deployment, slack: LocalSlack) -> None:
    deployment.configure(deployment.folder / "config", "per_week = 10 ", "per_week = 2 ")
    deployment.run()
    with SlackProxy(slack) as proxy:
        deployment.env |= {"SLACK_API_URL": proxy.api, "SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}
        deployment.env["SLACK_CHANNEL"] = CHANNEL
        proxy.fail("chat.postMessage", "lost", "lost")
        failed = deployment("audit", "draw", "--now", AFTER)
        after = [deployment("audit", "draw", "--now", AFTER).code for _ in range(2)]

    posted = [post["text"].splitlines()[0] for post in slack.posts()]
    assert failed.code == 1
    assert "audit: " in failed.err
    assert after == [0, 0]
    assert sorted(text.partition("\u3000")[0] for text in posted) == ["抜き取り確認", "週次レポート"]


def test_an_answer_needs_a_paper_of_the_sample(deployment: Deployment) -> None:
    deployment.run()

    refused = deployment("audit", "answer", "1", "yes")

    assert refused.code == 1
    assert "この論文は抜き取り確認の対象ではありません" in refused.err
    assert deployment("audit", "answer", "1", "perhaps").code == 2
    assert deployment("report", "--week", "27").code == 2


def test_with_none_a_week_nothing_is_drawn_and_the_week_is_reported_all_the_same(deployment: Deployment) -> None:
    deployment.configure(deployment.folder / "config", "per_week = 10 ", "per_week = 0 ")
    deployment.run()

    assert deployment("audit", "draw", "--now", AFTER).code == 0
    assert deployment("audit", "list", "--json").json == []
    assert deployment("report", "--week", "2026-W27", "--json").json[0]["counts"]["relevant"] == 7
