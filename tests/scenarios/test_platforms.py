"""What platforms and shells ask of the program: the Procfiles, a missing extra, completion."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.scenarios.conftest import Deployment
from tests.servers.slack import eventually

ROOT = Path(__file__).parents[2]
_WITHOUT = """
import sys
for name in ("procrastinate", "psycopg", "psycopg_pool", "sklearn"):
    sys.modules[name] = None
from watcher.__main__ import main
main()
"""
"""Runs a command as after `pip install .`, without any extra."""


def processes(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {name: command for name, _, command in (line.partition(": ") for line in lines)}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def health(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as reply:
            text: str = reply.read().decode()
            return text
    except OSError:
        return ""


def test_the_procfile_is_one_process_and_the_shared_one_names_its_three() -> None:
    assert [*processes("Procfile")] == ["web"]
    assert " serve" in processes("Procfile")["web"]
    assert [*processes("Procfile.shared")] == ["web", "worker", "clock"]
    every = [*processes("Procfile").values(), *processes("Procfile.shared").values()]
    assert all(line.startswith("exec ") for line in every), "foreman ends the shell alone, and the program would stay"


@pytest.mark.endurance
@pytest.mark.parametrize("secret", ["", "a long enough secret"])
def test_the_procfile_starts_the_bot_at_the_port_that_the_platform_gives(deployment: Deployment, secret: str) -> None:
    port = free_port()
    line = processes("Procfile")["web"].replace("python -m watcher", f'"{sys.executable}" -c "$RUN"')
    env = deployment.environment() | {"PORT": str(port), "RUN": _WITHOUT, "WATCHER_WEB_SECRET": secret}
    process = subprocess.Popen(["/bin/sh", "-c", line], env=env, cwd=deployment.folder)
    try:
        eventually(lambda: health(port) == "ok")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.endurance
@pytest.mark.parametrize(
    ("command", "extra"),
    [("web", "postgres"), ("worker", "postgres"), ("clock", "postgres"), ("serve", "postgres")],
)
def test_a_missing_extra_is_told_in_one_sentence_with_how_to_install_it(
    deployment: Deployment, command: str, extra: str
) -> None:
    shared = {"WATCHER_QUEUE": "postgresql", "DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}
    env = deployment.environment() | (shared if extra == "postgres" else {})
    done = subprocess.run([sys.executable, "-c", _WITHOUT, command], env=env, cwd=deployment.folder,
                          capture_output=True, text=True, check=False, timeout=60)  # fmt: skip

    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert f"'.[{extra}]'" in done.stderr
    assert "Error" not in done.stderr


@pytest.mark.parametrize(("shell", "says"), [("bash", "complete "), ("zsh", "compdef"), ("fish", "complete ")])
def test_completion_is_offered_for_every_common_shell(deployment: Deployment, shell: str, says: str) -> None:
    env = deployment.environment() | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [sys.executable, "-m", "watcher", "--show-completion", shell]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr
    assert says in done.stdout
    assert "_WATCHER_COMPLETE" in done.stdout


def test_completion_lists_the_commands_that_begin_as_what_is_typed(deployment: Deployment) -> None:
    env = deployment.environment() | {
        "_WATCHER_COMPLETE": "complete_bash", "COMP_WORDS": "watcher catalog p", "COMP_CWORD": "2",
    }  # fmt: skip
    program = "import sys; sys.argv = ['watcher']; from watcher.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False)

    assert {"proposals", "push", "put-back"} <= {*done.stdout.split()}
