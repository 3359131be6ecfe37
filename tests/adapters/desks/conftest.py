"""One local-slack for all tests of this folder, emptied before each, and a proxy before it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.slack import LocalSlack, running_local_slack
from tests.servers.slack_proxy import SlackProxy
from tests.tools import local_slack


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSlack]:
    with running_local_slack(local_slack(), tmp_path_factory.mktemp("local-slack")) as running:
        yield running


@pytest.fixture
def slack(workspace: LocalSlack) -> LocalSlack:
    workspace.reset()
    return workspace


@pytest.fixture
def proxy(slack: LocalSlack) -> Iterator[SlackProxy]:
    with SlackProxy(slack) as running:
        yield running
