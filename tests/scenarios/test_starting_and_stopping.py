"""Long-running commands: a start that Slack refuses, and SIGTERM at any moment of a start."""

from __future__ import annotations

import signal
import time

import pytest

from tests.scenarios.conftest import Deployment
from tests.servers.arxiv import ArxivServer
from tests.servers.llm import LlmServer, slow
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, CHANNEL
from tests.servers.slack_says import SlackSays

pytestmark = pytest.mark.endurance

_STARTS = 5


def log(deployment: Deployment) -> str:
    return (deployment.folder / "serve.log").read_text(encoding="utf-8")


def test_a_start_that_slack_refuses_ends_with_1_and_one_line_every_time(deployment: Deployment) -> None:
    with SlackSays() as slack:
        slack.errors["apps.connections.open"] = "invalid_auth"
        deployment.env |= {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "SLACK_CHANNEL": CHANNEL}
        deployment.env["SLACK_API_URL"] = slack.url
        deployment.run()
        codes = [deployment.start("serve", "--port", "0").wait(60) for _ in range(_STARTS)]

    assert codes == [1] * _STARTS
    assert log(deployment).count("watcher: ") == _STARTS, log(deployment)
    assert "Traceback" not in log(deployment)


@pytest.mark.parametrize("again", [None, 0.05, 1.0])
def test_sigterm_at_any_moment_ends_serve_in_time_and_without_a_traceback(
    deployment: Deployment, arxiv: ArxivServer, llm: LlmServer, again: float | None
) -> None:
    llm.always(slow(1.0))
    deployment.env |= {"WATCHER_ARXIV_RSS_URL": arxiv.rss_url, "WATCHER_ARXIV_OAI_URL": arxiv.oai_url}
    assert deployment("status").code == 0
    for moment in (0.5, 1.5, 4.0):
        process = deployment.start("serve", "--port", "0")
        time.sleep(moment)
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        if again is not None:
            time.sleep(again)
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) in {0, -signal.SIGTERM}, "the signal ends it before it has anything to end"
        assert time.monotonic() - begun < 12
    assert "Traceback" not in log(deployment)
