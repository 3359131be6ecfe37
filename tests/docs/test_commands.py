"""The READMEs' two commands, as written, in a fresh clone and a fresh virtual environment.

The clone holds what stands in the working tree, so that a change is tried before it is committed. Installing takes
a minute or two: the package index is reached as this machine's pip is configured.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.markdown import READMES, ROOT, block_after

if os.environ.get("WATCHER_NESTED_TESTS"):
    pytest.skip("this suite was started by this file", allow_module_level=True)

_PATIENCE = 900  # seconds for an installation on a slow line
_URL = re.compile(r"http://127\.0\.0\.1:\d+")


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """A clone of HEAD with the changes of the working tree."""
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the project is no git repository, so there is nothing to clone")
    made = tmp_path / "clone"
    git("clone", "--quiet", str(ROOT), str(made))
    for name in git("ls-files", "-z", "--modified", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, made / name)
    for name in git("ls-files", "-z", "--deleted").split("\0"):
        if name:
            (made / name).unlink()
    yield made
    shutil.rmtree(made)  # a virtual environment is large, and pytest keeps the folders of its last three runs


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A newcomer's environment: a home of their own, no virtual environment, no window to open a browser in."""
    left_out = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "DISPLAY", "WAYLAND_DISPLAY", "PYTEST_ADDOPTS"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    if "VIRTUAL_ENV" in os.environ:
        inside = str(Path(os.environ["VIRTUAL_ENV"]) / "bin")
        kept["PATH"] = os.pathsep.join(folder for folder in kept["PATH"].split(os.pathsep) if folder != inside)
    return {**kept, "BROWSER": "true", "TMPDIR": str(tmp_path), "WATCHER_NESTED_TESTS": "1"}


def commands(name: str) -> list[str]:
    """The command of that name, once for each form in which a README gives it."""
    return sorted({block_after(readme, f"command {name}") for readme in READMES})


@pytest.fixture
def running(
    clone: Path, environment: dict[str, str], request: pytest.FixtureRequest
) -> Iterator[subprocess.Popen[str]]:
    """A command in a shell of its own, ended with everything it started."""
    process = subprocess.Popen(
        ["bash", "-c", request.param],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    watchdog = threading.Timer(_PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("running", commands("one"), indirect=True)
def test_command_one_ends_with_a_page_of_the_seven_papers_of_the_day(running: subprocess.Popen[str]) -> None:
    assert running.stdout is not None
    printed: list[str] = []
    for line in running.stdout:
        printed.append(line)
        if _URL.search(line):
            break
    found = _URL.search("".join(printed))
    assert found is not None, "".join(printed)[-2000:]

    with urllib.request.urlopen(found[0], timeout=20) as reply:
        page = reply.read().decode()
    os.killpg(running.pid, signal.SIGINT)
    rest, _ = running.communicate(timeout=30)

    assert page.count("<article") == 7
    assert running.returncode == 0, rest


@pytest.mark.parametrize("command", commands("two"))
def test_command_two_installs_what_the_tests_need_and_runs_them(
    command: str, clone: Path, environment: dict[str, str]
) -> None:
    narrowed = {**environment, "PYTEST_ADDOPTS": "tests/domain tests/stages tests/config"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=clone, env=narrowed, capture_output=True, text=True, check=False, timeout=_PATIENCE
    )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert re.search(r"\b[1-9]\d* passed\b", done.stdout)
