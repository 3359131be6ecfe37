"""Run command one of the README as a newcomer does, in a copy of this repository: `newcomer.py COMMAND`.

It must end with the address of a page that holds the seven papers of the day, and end well when it is interrupted.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_URL = re.compile(r"http://127\.0\.0\.1:\d+")
_NOT_THEIRS = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "DISPLAY", "WAYLAND_DISPLAY"}
_SECONDS = 600  # for an installation on a slow line


def copy_to(folder: Path) -> None:
    """The working tree without what git ignores."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=_ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and (_ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(_ROOT / name, folder / name)


def try_out(command: str, folder: Path) -> None:
    """Run the command there until it shows its page. Raises SystemExit where it does not."""
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_THEIRS}
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=folder,
        env={**kept, "BROWSER": "true"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    watchdog = threading.Timer(_SECONDS, os.killpg, (process.pid, signal.SIGKILL))
    watchdog.start()
    try:
        printed = ""
        while not _URL.search(printed) and (line := process.stdout.readline()):
            printed += line
        found = _URL.search(printed)
        if not found:
            sys.exit(f"command one shows no page:\n{printed[-2000:]}")
        with urllib.request.urlopen(found[0], timeout=20) as reply:
            papers = reply.read().decode().count("<article")
        os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
        if (papers, process.returncode) != (7, 0):
            sys.exit(f"command one shows {papers} papers and ends with {process.returncode}:\n{rest[-2000:]}")
    finally:
        watchdog.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


with tempfile.TemporaryDirectory() as made:
    copy_to(Path(made))
    try_out(sys.argv[1], Path(made))
