"""Detects conflicts with other programs called `watcher`: PyPI's `watcher` and `python-watcher` install a package and a
script of that name too.
"""

from __future__ import annotations

import shutil
from importlib.metadata import packages_distributions
from pathlib import Path

from watcher import __version__
from watcher.domain.health import Checkup, Health

DISTRIBUTION = "literature-watcher"
_ENTRY_POINT = b"watcher.__main__"  # named by the script of a wheel, whichever installer wrote it
_SCRIPT_BYTES = 4096


def examine_installation() -> Checkup:
    """Health check of this installation: a warning if another distribution holds a package `watcher` in the same
    environment, or if the command `watcher` is another program's.
    """
    others = sorted(set(packages_distributions().get("watcher", ())) - {DISTRIBUTION})
    if others:
        return Checkup("installation", Health.WARNING, "shared", ", ".join(others))
    script = shutil.which("watcher")
    if script and not _is_ours(Path(script)):
        return Checkup("installation", Health.WARNING, "other_script", script)
    return Checkup("installation", Health.OK, detail=f"{DISTRIBUTION} {__version__}")


def _is_ours(script: Path) -> bool:
    try:
        with script.open("rb") as file:
            text = file.read(_SCRIPT_BYTES)
    except OSError:
        return True  # not to be read, so nothing is known about it
    return _ENTRY_POINT in text or b"-m watcher" in text
