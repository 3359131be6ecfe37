"""The catalog's proposals in Slack end to end: posted once, clicked, carried out, and the card says so."""

from __future__ import annotations

import json

import pytest

from tests.adapters.enrich.conftest import seeds
from tests.scenarios.conftest import Deployment
from tests.scenarios.test_catalog_check import SEQUEL
from tests.servers.arxiv_api import ArxivApi
from tests.servers.slack import HANA, LocalSlack, eventually


def about_proposals(slack: LocalSlack) -> list[dict[str, object]]:
    return [post for post in slack.posts() if "カタログの見直し*" in json.dumps(post["blocks"], ensure_ascii=False)]


@pytest.mark.endurance
def test_a_click_in_slack_mends_the_catalog_and_nothing_is_posted_twice(live: Deployment, slack: LocalSlack) -> None:
    with ArxivApi([*seeds(), SEQUEL]) as api:
        live.env["WATCHER_ARXIV_API_URL"] = api.url
        assert live("catalog", "check", "--propose").code == 0
    assert live.run().code == 0
    assert live.run().code == 0
    posts = about_proposals(slack)
    assert len(posts) == 20, "two runs of ten rows each"
    assert len({str(post["blocks"]) for post in posts}) == 20
    digest = next(post for post in slack.posts() if "見直しの提案が" in json.dumps(post["blocks"], ensure_ascii=False))
    assert "52 件" in json.dumps(digest["blocks"], ensure_ascii=False)

    first = next(post for post in posts if "2306.12672" in json.dumps(post["blocks"]))
    process = live.start("serve", "--port", "0")
    try:
        eventually(lambda: "待ち受けを開始しました" in (live.folder / "serve.log").read_text(encoding="utf-8"))
        slack.click(str(first["ts"]), "proposal_accept_all", HANA)
        eventually(lambda: "**Wong et al.**" in live.catalog.read_text(encoding="utf-8"))
        eventually(lambda: json.dumps(_post(slack, str(first["ts"])), ensure_ascii=False).count("反映済み") >= 2)
    finally:
        process.terminate()
        process.wait(20)

    assert live.git("log", "--format=%s").splitlines().count("catalog: edit arXiv:2306.12672") == 2


def _post(slack: LocalSlack, ts: str) -> object:
    return next(post["blocks"] for post in slack.posts() if post["ts"] == ts)
