"""`watcher serve` against stand-ins: feed by HTTP, model by HTTP, the web desk; killed and started again."""

from __future__ import annotations

import re
import signal
import urllib.request
from pathlib import Path

import pytest

from tests.scenarios.conftest import Deployment
from tests.servers.arxiv import ArxivServer
from tests.servers.llm import LlmServer
from tests.servers.slack import eventually

pytestmark = pytest.mark.endurance


def page(folder: Path) -> str:
    """The front page of the desk that the log says is listening; empty while it is not."""
    log = (folder / "serve.log").read_text(encoding="utf-8")
    found = re.findall(r"http://127\.0\.0\.1:\d+", log)
    if not found:
        return ""
    try:
        with urllib.request.urlopen(found[-1], timeout=5) as reply:
            text: str = reply.read().decode()
            return text
    except OSError:
        return ""


def cards(folder: Path) -> int:
    return page(folder).count("<article")


def test_serve_reads_judges_shows_and_ends_on_request(
    deployment: Deployment, arxiv: ArxivServer, llm: LlmServer
) -> None:
    deployment.env |= {"WATCHER_ARXIV_RSS_URL": arxiv.rss_url, "WATCHER_ARXIV_OAI_URL": arxiv.oai_url}
    process = deployment.start("serve", "--port", "0")
    try:
        eventually(lambda: cards(deployment.folder) == 7)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(20)

    assert code == 0
    assert [seen.path.split("?")[0].split("/")[1] for seen in arxiv.requests] == ["rss", "oai", "oai"]
    assert "Traceback" not in (deployment.folder / "serve.log").read_text(encoding="utf-8")
    paid = llm.calls

    process = deployment.start("serve", "--port", "0")
    try:
        eventually(lambda: cards(deployment.folder) == 7)
    finally:
        process.kill()
        process.wait(20)

    assert llm.calls == paid


def test_a_decision_made_by_command_is_followed_by_the_serving_process(
    deployment: Deployment, arxiv: ArxivServer
) -> None:
    deployment.env |= {"WATCHER_ARXIV_RSS_URL": arxiv.rss_url, "WATCHER_ARXIV_OAI_URL": arxiv.oai_url}
    process = deployment.start("serve", "--port", "0")
    try:
        eventually(lambda: cards(deployment.folder) == 7)
        done = deployment("decide", "2606.27483", "approve")
        eventually(lambda: "合計：26本" in deployment.catalog.read_text(encoding="utf-8"))
    finally:
        process.kill()
        process.wait(20)

    assert done.code == 0, done.err
    assert "追加済み（26 行目" in done.out, "the command waits until the serving process has followed"


def test_serving_to_others_without_a_secret_is_refused(deployment: Deployment) -> None:
    done = deployment("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 - that it is refused is the point

    assert done.code == 1
    assert "WATCHER_WEB_SECRET" in done.err


def test_a_model_that_is_no_longer_offered_is_told_at_the_start_with_the_remedy(
    deployment: Deployment, arxiv: ArxivServer, llm: LlmServer
) -> None:
    llm.models = ("its-successor",)
    deployment.env |= {"WATCHER_ARXIV_RSS_URL": arxiv.rss_url, "WATCHER_ARXIV_OAI_URL": arxiv.oai_url}
    process = deployment.start("serve", "--port", "0")
    try:
        eventually(lambda: "set WATCHER_MODEL" in page(deployment.folder))
        eventually(lambda: "does not offer this model" in deployment("status").out)
    finally:
        process.kill()
        process.wait(20)

    assert "does not offer this model" in (deployment.folder / "serve.log").read_text(encoding="utf-8")
