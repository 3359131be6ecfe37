"""Find the outside programs that tests drive; a missing one skips its tests, or fails them in CI.

WATCHER_TOOLS is the folder where `npm install local-slack-linux-x64 axe-core` was run. With WATCHER_REQUIRE_TOOLS=1
nothing is skipped, so that CI cannot be green without them.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def local_slack() -> Path:
    """The stand-in for Slack."""
    return _of_npm("local-slack-linux-x64", "bin/local-slack")


def axe() -> Path:
    """The script that finds faults of accessibility in a page."""
    return _of_npm("axe-core", "axe.min.js")


def _of_npm(package: str, file: str) -> Path:
    folder = os.environ.get("WATCHER_TOOLS", "")
    found = Path(folder) / "node_modules" / package / file
    if not (folder and found.is_file()):
        _missing(f"{package}: run `npm install {package}` in a folder and set WATCHER_TOOLS to it")
    return found


def chromium() -> Path:
    """The system's Chromium (Debian package chromium)."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        _missing("chromium: install it from the system's packages")
    return Path(found)


def _missing(what: str) -> NoReturn:
    if os.environ.get("WATCHER_REQUIRE_TOOLS") == "1":
        pytest.fail(f"not found: {what}")
    pytest.skip(f"not found: {what}")
