"""Commands that stay: a start that Slack refuses, and SIGTERM at any moment, on a machine that is busy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.scenarios.conftest import Deployment
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, CHANNEL
from tests.servers.slack_says import SlackSays

pytestmark = pytest.mark.endurance

_STARTS = 20


@pytest.fixture
def busy() -> Iterator[None]:
    """Two processes that take all the time they get."""
    with ExitStack() as stack:
        for _ in range(2):
            burner = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(burner.kill)
        yield


def log(deployment: Deployment) -> str:
    return (deployment.folder / "serve.log").read_text(encoding="utf-8")


@pytest.mark.usefixtures("busy")
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
