"""The real day of 2026-06-29 through every stage, by command, against a real HTTP model server."""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.conftest import DATA, FEED, Deployment
from tests.servers.llm import Behavior, LlmServer, failing

FORM = {
    "run_id", "started", "finished", "sources", "announced", "screened", "passed", "triaged",
    "flagged_by_triage", "scored", "unscored", "relevant", "summarized", "flagged", "posted", "carried_over", "unread_days", "waiting", "llm",
}  # fmt: skip


def counts(report: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in report.items() if isinstance(value, int)}


def sloppy(answer: dict[str, Any]) -> str:
    """Leaves one paper out, judges another twice and differently, and invents a third."""
    papers = answer.get("papers")
    if papers is not None:
        kept = [paper for paper in papers if paper["arxiv_id"] != "2606.27483"]
        twice = [{**paper, "score": 0} for paper in papers if paper["arxiv_id"] == "2606.28127"]
        invented = {"arxiv_id": "2699.99999", "score": 4, "criterion": "a", "reason_ja": "存在しない論文である。"}
        answer = {"papers": [*kept, *twice, invented]}
    return json.dumps(answer, ensure_ascii=False)


def careless(answer: dict[str, Any]) -> str:
    """Judges well and writes badly."""
    bad = {"summary_ja": "すごいです。", "categories_ja": ["世界モデル"], "evidence": []}
    return json.dumps(bad if "summary_ja" in answer else answer, ensure_ascii=False)


def changed_feed(folder: Path, before: str, after: str) -> Path:
    text = FEED.read_text(encoding="utf-8")
    assert before in text
    path = folder / "changed.xml"
    path.write_text(text.replace(before, after), encoding="utf-8")
    return path


def test_the_day_goes_from_feed_to_cards(deployment: Deployment) -> None:
    done = deployment.run()

    assert done.code == 0, done.err
    report = done.json
    assert set(report) == FORM
    assert report["sources"] == [{"name": FEED.name, "state": "fresh", "entries": 202, "new": 202, "error": ""}]
    assert counts(report) == {
        "announced": 202, "screened": 138, "passed": 86, "triaged": 0, "flagged_by_triage": 0, "scored": 86, "unscored": 0,
        "relevant": 7,
        "summarized": 7, "flagged": 0, "posted": 7, "carried_over": 0,
    }  # fmt: skip
    assert report["waiting"] == {
        "screen": 0,
        "triage": 0,
        "score": 0,
        "summarize": 0,
        "post": 0,
        "decide": 7,
        "catalog": 0,
    }
    assert report["llm"]["calls"] == 6 + 7 + 7
    assert report["llm"]["prompt_chars"] > 86 * 500
    assert set(report["llm"]) == {"calls", "prompt_tokens", "prompt_chars", "completion_tokens", "cost_usd"}


@pytest.mark.endurance
def test_the_same_day_again_costs_nothing_and_adds_nothing(deployment: Deployment, llm: LlmServer) -> None:
    deployment.run()
    paid = llm.calls

    done = deployment.run()

    assert done.code == 0, done.err
    assert llm.calls == paid
    assert set(counts(done.json).values()) == {0}
    assert done.json["llm"]["calls"] == 0
    assert done.json["waiting"]["decide"] == 7


@pytest.mark.endurance
def test_a_new_version_of_a_posted_paper_is_no_second_card(deployment: Deployment, tmp_path: Path) -> None:
    deployment.run()
    feed = changed_feed(tmp_path, "2606.27483v1", "2606.27483v2")

    report = deployment.run(feed).json

    assert (report["announced"], report["screened"], report["posted"]) == (1, 0, 0)
    assert report["waiting"]["decide"] == 7


@pytest.mark.endurance
def test_a_dead_model_server_loses_nothing_and_says_so(deployment: Deployment, llm: LlmServer) -> None:
    assert deployment("db", "upgrade").code == 0
    llm.always(failing(500))
    down = deployment.run()
    assert down.code == 1
    assert len(down.err.strip().splitlines()) == 1
    assert "500" in down.err
    assert (down.json["unscored"], down.json["posted"]) == (86, 0)
    status = deployment("status")
    assert re.search(r"採点 +0 +86 +\d+(?:分|時間|日)", status.out)

    llm.always(Behavior())
    up = deployment.run()

    assert up.code == 0, up.err
    assert (up.json["scored"], up.json["unscored"], up.json["posted"]) == (86, 0, 7)


@pytest.mark.endurance
def test_a_refused_key_stops_asking_at_once(deployment: Deployment, llm: LlmServer) -> None:
    llm.always(failing(401, "invalid_api_key"))

    done = deployment.run()

    assert done.code == 1
    assert llm.calls <= 4  # as many as were in flight together
    assert "OPENAI_API_KEY" in done.err
    assert "sk-test" not in done.err + done.out


@pytest.mark.endurance
def test_missing_invented_and_repeated_answers_are_asked_again_singly(deployment: Deployment, llm: LlmServer) -> None:
    llm.always(Behavior(say=sloppy))

    report = deployment.run().json

    assert report["scored"] == 84
    assert report["unscored"] == 2
    alone = [asked.ids for asked in llm.asked if len(asked.ids) == 1 and asked.ids[0] in {"2606.27483", "2606.28127"}]
    assert sorted(alone) == [["2606.27483"], ["2606.28127"]]

    llm.always(Behavior())
    again = deployment.run().json
    assert (again["scored"], again["unscored"], again["posted"]) == (2, 0, 2)


@pytest.mark.endurance
def test_what_the_budget_has_no_room_for_is_carried_over(deployment: Deployment, tmp_path: Path) -> None:
    deployment.configure(tmp_path / "config", "papers_per_run = 400", "papers_per_run = 20")

    first = deployment.run().json
    second = deployment.run().json

    assert (first["scored"], first["carried_over"]) == (20, 66)
    assert (second["scored"], second["carried_over"]) == (20, 46)


@pytest.mark.endurance
def test_world_model_words_are_scored_first_when_the_budget_is_short(
    deployment: Deployment, tmp_path: Path, llm: LlmServer
) -> None:
    deployment.configure(tmp_path / "config", "papers_per_run = 400", "papers_per_run = 10")

    deployment.run()

    assert {"2606.27483", "2606.28127", "2606.27681", "2606.27406"} <= set(llm.asked[0].ids)


@pytest.mark.endurance
def test_a_summary_that_breaks_the_style_sheet_is_shown_flagged(deployment: Deployment, llm: LlmServer) -> None:
    llm.always(Behavior(say=careless))

    report = deployment.run().json

    assert (report["summarized"], report["flagged"], report["posted"]) == (7, 7, 7)
    assert report["llm"]["calls"] == 6 + 14 + 7


@pytest.mark.endurance
def test_an_approved_paper_becomes_row_26_and_undo_takes_it_out(deployment: Deployment) -> None:
    before = deployment.catalog.read_text(encoding="utf-8")
    deployment.run()

    done = deployment("decide", "2606.27483", "approve", "--as", "hana", "--json")
    after = deployment.catalog.read_text(encoding="utf-8")
    again = deployment("decide", "https://arxiv.org/abs/2606.27483v1", "approve")

    assert done.code == 0, done.err
    assert done.json["row"]["number"] == 26
    changes = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert [line[:8] for line in changes] == ["+ | **26", "- **合計：2", "+ **合計：2"]
    assert "**合計：26本**" in after
    assert again.code == 0
    assert deployment.catalog.read_text(encoding="utf-8") == after
    subject = deployment.git("log", "-1", "--format=%s").strip()
    assert subject == "catalog: add arXiv:2606.27483"
    assert deployment.git("status", "--porcelain") == ""

    undone = deployment("undo", "2606.27483")

    assert undone.code == 0, undone.err
    assert deployment.catalog.read_text(encoding="utf-8") == before


@pytest.mark.endurance
def test_every_broken_feed_is_refused_by_name_and_hides_no_other(deployment: Deployment, tmp_path: Path) -> None:
    (tmp_path / "cut.xml").write_bytes(FEED.read_bytes()[:200_000])
    (tmp_path / "empty.xml").write_bytes(b"")

    done = deployment(
        "run", "--json", "--feed", str(tmp_path / "cut.xml"), "--feed", str(tmp_path / "empty.xml"),
        "--feed", str(FEED),
    )  # fmt: skip

    assert done.code == 1
    states = {source["name"]: source["state"] for source in done.json["sources"]}
    assert states == {"cut.xml": "failed", "empty.xml": "failed", FEED.name: "fresh"}
    assert done.json["posted"] == 7
    assert all(source["error"] for source in done.json["sources"] if source["state"] == "failed")


def test_a_mistyped_path_is_wrong_usage_and_is_not_recorded(deployment: Deployment) -> None:
    done = deployment("run", "--feed", str(FEED), "--feed", "nowhere.xml")

    assert (done.code, done.out) == (2, "")
    assert done.err == "watcher: --feed：nowhere.xml というファイルもフォルダーもありません。パスを確かめてください。\n"
    assert not (deployment.folder / "var").exists()


def test_an_empty_weekend_feed_is_a_quiet_day(deployment: Deployment) -> None:
    done = deployment.run(DATA / "feeds" / "rss_cs_2025-04-27_empty_sunday.xml", "2025-04-27T05:00:00Z")

    assert done.code == 0, done.err
    assert done.json["sources"][0]["state"] == "quiet"


def test_a_second_process_is_kept_out_of_the_data_folder(deployment: Deployment) -> None:
    from watcher.adapters.queue.folder_lock import hold  # noqa: PLC0415

    with hold(deployment.folder / "var"):
        done = deployment.run()

    assert done.code == 1
    assert "別の watcher が同じデータで動いています。" in done.err
