"""`--batch`: what waits for a score goes out at half the price, and comes back in a later run."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.conftest import FEED, NOW, Deployment
from tests.servers.batches import Fate
from tests.servers.llm import LlmServer


def test_a_day_sent_by_batch_is_judged_when_it_comes_back(deployment: Deployment, llm: LlmServer) -> None:
    llm.batches.fates = [Fate(polls=2, expires=frozenset({0}))]

    sent = deployment("run", "--feed", str(FEED), "--now", NOW, "--batch", "--json")
    waiting = deployment.run()
    half = deployment.run()
    whole = deployment.run()

    assert (sent.code, waiting.code, half.code, whole.code) == (0, 0, 0, 0), sent.err + waiting.err + half.err
    assert (sent.json["scored"], sent.json["unscored"], sent.json["carried_over"]) == (0, 0, 86)
    assert (waiting.json["scored"], waiting.json["carried_over"]) == (0, 86)
    assert 86 - 15 <= half.json["scored"] < 86
    assert half.json["scored"] + whole.json["scored"] == 86
    assert half.json["posted"] + whole.json["posted"] == 7
    assert all('"summary_ja"' in asked.system for asked in llm.asked), "no score was asked for singly"
    assert len(llm.batches.made) == 2
    assert llm.batches.made["batch-0"]["endpoint"] == "/v1/chat/completions"


def test_a_server_without_batches_is_told_with_the_remedy_and_asked_singly_next(
    deployment: Deployment, llm: LlmServer, tmp_path: Path
) -> None:
    llm.batches.offered = False

    refused = deployment("run", "--feed", str(FEED), "--now", NOW, "--batch", "--json")
    singly = deployment.run()

    assert refused.code == 1
    assert "cannot be sent as a batch" in refused.err
    assert singly.code == 0, singly.err
    assert singly.json["scored"] == 86
    assert (tmp_path / "var" / "watcher.db").exists()


def test_a_parcel_is_taken_in_days_later_though_the_examples_have_changed(
    deployment: Deployment, llm: LlmServer
) -> None:
    deployment.run()
    for paper, verdict in (("2606.27483", "approve"), ("2606.28127", "reject")):
        assert deployment("decide", paper, verdict, "--reason", "主題が合う").code == 0
    later = "2026-06-30T05:00:00+00:00"
    feed = FEED.parent / "rss_cs.AI+cs.CL_2026-06-30.xml"
    before = llm.calls

    sent = deployment("run", "--feed", str(feed), "--now", later, "--batch", "--json")
    days_later = deployment("run", "--feed", str(feed), "--now", "2027-01-09T05:00:00+00:00", "--json")

    assert sent.json["carried_over"] > 50, sent.err
    assert days_later.json["scored"] == sent.json["carried_over"]
    assert all('"summary_ja"' in asked.system for asked in llm.asked[before:]), "no score was asked for singly"
