"""A process that is asked to end does so within ten seconds, whatever it waits for, and loses nothing."""

from __future__ import annotations

import signal
import socket
import time

import pytest

from tests.scenarios.conftest import Deployment
from tests.scenarios.test_serve import cards
from tests.servers.arxiv import ArxivServer
from tests.servers.llm import Behavior, LlmServer
from tests.servers.slack import LocalSlack, eventually
from tests.servers.slack_proxy import SlackProxy

pytestmark = pytest.mark.endurance


def ended(deployment: Deployment, llm: LlmServer) -> float:
    """Start serving, ask it to end while it waits for the model; the seconds that took."""
    process = deployment.start("serve", "--port", "0")
    try:
        eventually(lambda: llm.calls > 0)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        return time.monotonic() - began
    finally:
        process.kill()
        process.wait(20)


def test_a_process_that_waits_for_a_model_ends_in_time_and_the_next_start_goes_on(
    deployment: Deployment, arxiv: ArxivServer, llm: LlmServer
) -> None:
    deployment.env |= {"WATCHER_ARXIV_RSS_URL": arxiv.rss_url, "WATCHER_ARXIV_OAI_URL": arxiv.oai_url}
    llm.always(Behavior(delay=25))

    assert ended(deployment, llm) < 10

    llm.always(Behavior())
    process = deployment.start("serve", "--port", "0")
    try:
        eventually(lambda: cards(deployment.folder) == 7)
    finally:
        process.kill()
        process.wait(20)


def test_a_process_that_slack_makes_wait_ends_in_time_and_the_next_run_posts_what_is_left(
    live: Deployment, slack: LocalSlack, proxy: SlackProxy
) -> None:
    proxy.fail("chat.postMessage", "throttled:19")
    process = live.start("serve", "--port", "0")
    try:
        eventually(lambda: proxy.calls["chat.postMessage"] > 0)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert time.monotonic() - began < 10
    finally:
        process.kill()
        process.wait(20)

    assert live("digest").code == 0
    assert len(slack.posts()) == 8, "the digest and seven cards"


def test_the_port_of_the_demo_that_is_taken_is_refused_when_asked_for(deployment: Deployment) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for command in (("demo", "--no-browser", "--fast"), ("serve",)):
            done = deployment(*command, "--port", port)
            assert done.code == 1
            assert f"127.0.0.1:{port}：このアドレスでは待ち受けられません" in done.err
