"""The commands of the compose files, as processes on this machine: each starts, is healthy and ends when it is told to."""

from __future__ import annotations

import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from tests.scenarios.conftest import NOBODY, Deployment
from tests.servers.slack import eventually

pytestmark = pytest.mark.endurance

DEPLOY = Path(__file__).parents[2] / "deploy"
SECRET = "a long pass phrase of the test"


def services(name: str) -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))["services"]
    return {service: values for service, values in loaded.items() if "build" in values}


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def prepared(deployment: Deployment) -> str:
    """Set the deployment up as watcher.env would; the answer is its port in the place of the published one."""
    deployment.env |= dict.fromkeys(("WATCHER_ARXIV_RSS_URL", "WATCHER_ARXIV_OAI_URL"), NOBODY)
    deployment.env |= {"WATCHER_WEB_SECRET": SECRET, "HOME": str(deployment.folder)}
    return free_port()


def command(service: dict[str, Any], port: str) -> Sequence[str]:
    return [port if word == "8765" else word for word in service["command"]]


def is_healthy(port: str) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/health").status_code == 200
    except httpx2.TransportError:
        return False


def must_end(processes: Sequence[Any], seconds: float) -> None:
    """All processes end within the grace period that the file gives them."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(seconds) for process in processes] == [0] * len(processes)


def test_one_process_with_sqlite_starts_and_ends_as_the_file_says(deployment: Deployment) -> None:
    (service,) = services("compose.yaml").values()
    port = prepared(deployment)
    process = deployment.start(*command(service, port))
    try:
        eventually(lambda: is_healthy(port))
        assert httpx2.get(f"http://127.0.0.1:{port}/").status_code == 303, "it asks for the password"
    finally:
        must_end([process], float(service["stop_grace_period"].removesuffix("s")))


@pytest.mark.empty_database
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_several_processes_start_in_the_files_order_and_end_as_it_says(
    deployment: Deployment, database_url: str
) -> None:
    found = services("compose.shared.yaml")
    port = prepared(deployment)
    shared = {name: value for name, value in found["web"]["environment"].items() if name != "DATABASE_URL"}
    deployment.env |= {**shared, "DATABASE_URL": database_url}
    first = [name for name, service in found.items() if "release" not in service["depends_on"]]
    assert first == ["release"]

    for name in first:
        done = deployment(*command(found[name], port))
        assert done.code == 0, done.err
    others = [
        name for name in found if name not in first for _ in range(found[name].get("deploy", {}).get("replicas", 1))
    ]
    processes = [deployment.start(*command(found[name], port)) for name in others]
    try:
        eventually(lambda: is_healthy(port))
        assert [process.poll() for process in processes] == [None] * 4, (deployment.folder / "serve.log").read_text()
    finally:
        must_end(processes, float(found["worker"]["stop_grace_period"].removesuffix("s")))
