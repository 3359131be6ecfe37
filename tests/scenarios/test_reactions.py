"""Decisions by reactions alone, with the process off between the runs: read at the next run or start, once."""

from __future__ import annotations

import random
import subprocess
from contextlib import suppress

import pytest

from tests.scenarios.conftest import RELEVANT, Deployment
from tests.scenarios.slack import cards
from tests.servers.slack import HANA, KEN, LocalSlack, eventually
from tests.servers.slack_proxy import SlackProxy
from watcher.words_ja import common
from watcher.words_ja import slack as words

pytestmark = pytest.mark.endurance

ONE, TWO, THREE, FOUR = "2606.27483", "2606.27757", "2606.28127", "2606.27406"
over_both = pytest.mark.parametrize("live", ["socket", "http"], indirect=True)


def decided(live: Deployment, paper: str) -> list[str]:
    return [entry["gist"].strip() for entry in live("log", paper, "--json").json if entry["what"] == "decided"]


@over_both
def test_reactions_given_while_no_process_ran_decide_at_the_next_run_and_only_once(
    live: Deployment, slack: LocalSlack
) -> None:
    assert live("run").code == 0
    ts = {paper: post["ts"] for paper, post in cards(slack).items()}
    slack.react(ts[ONE], "white_check_mark", HANA)
    slack.react(ts[TWO], "x", KEN)
    slack.react(ts[THREE], "clock3", HANA)
    slack.react(ts[FOUR], "white_check_mark", HANA)
    slack.react(ts[FOUR], "x", HANA)

    for _ in range(2):
        assert live("digest").code == 0

    assert decided(live, ONE) == [f"approve by hana ({HANA}) at slack"]
    assert decided(live, TWO) == [f"reject by ken ({KEN}) at slack"]
    assert decided(live, THREE) == [f"later by hana ({HANA}) at slack"]
    assert decided(live, FOUR) == []
    assert live.catalog.read_text(encoding="utf-8").count(f"abs/{ONE}") == 1
    assert "No. 26" in str(cards(slack)[ONE]["blocks"])
    asked = [post for post in slack.posts() if f"<@{HANA}>" in post["text"]]
    assert [post["thread_ts"] for post in asked] == [ts[FOUR]]
    assert "リアクション：:x: を付けました ken（Slack）" in live("log", TWO).out

    assert live("decide", ONE, "reject").code == 0
    assert live("digest").code == 0
    assert len(decided(live, ONE)) == 2, "a reaction that merely stands is not applied again"
    assert f"abs/{ONE}" not in live.catalog.read_text(encoding="utf-8")


@over_both
def test_a_start_reads_what_was_given_before_and_a_later_button_wins(live: Deployment, slack: LocalSlack) -> None:
    assert live("run").code == 0
    slack.react(cards(slack)[ONE]["ts"], "white_check_mark", HANA)

    process = live.start("serve", "--port", str(live.port))
    try:
        eventually(lambda: "No. 26" in str(cards(slack)[ONE]["blocks"]))
        slack.click(cards(slack)[ONE]["ts"], "undo", KEN)
        eventually(lambda: common.UNDO not in str(cards(slack)[ONE]["blocks"]))
        slack.react(cards(slack)[TWO]["ts"], "x", KEN)
        eventually(lambda: words.REJECTED in str(cards(slack)[TWO]["blocks"]))
    finally:
        process.kill()
        process.wait(20)

    assert live("digest").code == 0
    assert [line.split()[0] for line in decided(live, ONE)] == ["approve", "undo"]
    assert [line.split()[0] for line in decided(live, TWO)] == ["reject"]


def test_a_channel_that_cannot_be_read_fails_the_run_and_loses_nothing(
    live: Deployment, slack: LocalSlack, proxy: SlackProxy
) -> None:
    assert live("run").code == 0
    slack.react(cards(slack)[ONE]["ts"], "x", HANA)
    proxy.fail("conversations.history", "refused:internal_error")

    failed = live("digest")

    assert failed.code == 1
    assert decided(live, ONE) == []
    assert live("digest").code == 0
    assert decided(live, ONE) == [f"reject by hana ({HANA}) at slack"]


def test_with_the_bots_token_alone_reactions_decide_from_run_to_run(live: Deployment, slack: LocalSlack) -> None:
    for name in ("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        live.env.pop(name, None)
    assert live("run").code == 0
    for paper, post in cards(slack).items():
        slack.react(post["ts"], "white_check_mark" if paper == ONE else "x", HANA)

    assert live("run").code == 0

    assert [decided(live, paper) for paper in sorted(RELEVANT)] == [
        [f"{'approve' if paper == ONE else 'reject'} by hana ({HANA}) at slack"] for paper in sorted(RELEVANT)
    ]
    assert live("status", "--json").json["waiting"]["decide"] == 0
    assert "No. 26" in str(cards(slack)[ONE]["blocks"])


def test_reactions_between_kills_decide_once_each(live: Deployment, slack: LocalSlack) -> None:
    assert live("run").code == 0
    chance = random.Random(5)
    for paper, post in cards(slack).items():
        slack.react(post["ts"], "white_check_mark" if paper < ONE else "x", chance.choice([HANA, KEN]))
        process = live.start("serve", "--port", "0")
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.2, 4.0))
        process.kill()
        process.wait(20)

    assert live("digest").code == 0
    assert [len(decided(live, paper)) for paper in RELEVANT] == [1] * 7
    text = live.catalog.read_text(encoding="utf-8")
    assert [text.count(f"abs/{paper}") for paper in sorted(RELEVANT)] == [int(p < ONE) for p in sorted(RELEVANT)]
    assert len(slack.posts()) == 8, "nothing was asked, since nothing was unclear"
