"""`watcher add`: papers put forward by hand come to the desk, whatever screening and score say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cards import real_papers
from tests.scenarios.conftest import Deployment
from tests.scenarios.test_serve import cards
from tests.servers.arxiv import ArxivServer
from tests.servers.arxiv_api import ArxivApi
from tests.servers.llm import LlmServer
from tests.servers.slack import eventually

pytestmark = pytest.mark.endurance

LOW = "2606.27460"  # of the recorded day, scored below the threshold
OFF_TOPIC = "2606.30001"


@pytest.fixture
def api() -> Iterator[ArxivApi]:
    records = [
        {
            "arxiv_id": paper.id.native,
            "title": paper.title,
            "abstract": paper.abstract,
            "authors": list(paper.authors),
            "categories": list(paper.categories),
            "published": str(paper.published),
        }
        for paper in real_papers()
        if paper.id.native in {LOW, "2606.27483"}
    ]
    off = {"arxiv_id": OFF_TOPIC, "title": "On rings", "abstract": "We count rings.", "authors": ["A. Noether"]}
    with ArxivApi([*records, {**off, "categories": ["math.RA"], "version": 3}]) as running:
        yield running


@pytest.fixture
def by_hand(deployment: Deployment, api: ArxivApi) -> Deployment:
    deployment.env["WATCHER_ARXIV_API_URL"] = api.url
    return deployment


def test_a_paper_no_keyword_finds_comes_to_the_desk(by_hand: Deployment, llm: LlmServer) -> None:
    done = by_hand("add", f"https://arxiv.org/pdf/{OFF_TOPIC}v1.pdf", "--as", "hana", "--json")

    assert done.code == 0, done.err
    (told,) = done.json
    assert (told["paper"], told["state"]) == (f"arxiv:{OFF_TOPIC}", "open")
    history = by_hand("log", OFF_TOPIC).out
    assert "配信：第3版 改訂版 arXiv API" in history
    assert "候補に追加：hana（端末）" in history
    assert "選別：通過せず" in history
    assert "投稿：web" in history
    paid = llm.calls

    assert by_hand("add", OFF_TOPIC, "--json").json[0]["state"] == "open"
    assert llm.calls == paid, "what is known says where it stands"


def test_a_paper_that_was_screened_scored_and_found_wanting_is_shown_all_the_same(
    by_hand: Deployment, llm: LlmServer, api: ArxivApi
) -> None:
    by_hand.run()
    before = llm.calls

    done = by_hand("add", LOW, "2606.27483", "--json")

    assert done.code == 0, done.err
    assert [told["state"] for told in done.json] == ["open", "open"]
    assert api.asked == [], "both had come by"
    assert llm.calls <= before + 3, "it is not scored again, only summarized and checked"
    assert by_hand("log", LOW).out.count("選別：") == 1


def test_an_id_that_nobody_has_is_told_and_does_not_keep_out_the_others(by_hand: Deployment) -> None:
    done = by_hand("add", "2601.99999", OFF_TOPIC)

    assert done.code == 1
    assert "2601.99999：arXiv に見つかりません" in done.err
    assert OFF_TOPIC in done.out
    assert by_hand("add", "no-id").code == 2
    assert "arXiv の番号でも URL でもありません" in by_hand("add", "no-id").err


def test_when_arxiv_does_not_answer_nothing_is_taken(by_hand: Deployment, api: ArxivApi) -> None:
    api.answer_with(b"<html>")

    done = by_hand("add", OFF_TOPIC)

    assert done.code == 1
    assert by_hand("log", OFF_TOPIC).code == 1


def test_a_paper_added_while_serving_is_taken_up_by_the_serving_process(
    by_hand: Deployment, arxiv: ArxivServer
) -> None:
    by_hand.env |= {"WATCHER_ARXIV_RSS_URL": arxiv.rss_url, "WATCHER_ARXIV_OAI_URL": arxiv.oai_url}
    process = by_hand.start("serve", "--port", "0")
    try:
        eventually(lambda: cards(by_hand.folder) == 7, 90)
        done = by_hand("add", OFF_TOPIC, "--json")
        eventually(lambda: cards(by_hand.folder) == 8)
    finally:
        process.kill()
        process.wait(20)

    assert done.code == 0, done.err
    assert done.json[0]["state"] == "open"
