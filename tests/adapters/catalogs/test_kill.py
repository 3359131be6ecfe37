"""A watcher killed with -9 between any two steps of adding or removing a row, and started again: one row, one commit."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests import commands
from tests.adapters.catalogs.conftest import Git
from tests.adapters.catalogs.rows import SEED, added, content, removed
from tests.fakes import NOON
from watcher.adapters.catalogs.markdown import MarkdownCatalog

pytestmark = pytest.mark.endurance

_ACT = """
import sys; from pathlib import Path
from tests.adapters.catalogs.rows import content; from tests.fakes import NOON
from watcher.adapters.catalogs.markdown import MarkdownCatalog
getattr(MarkdownCatalog(Path(sys.argv[1]), "Watcher", "watcher@example.org"), sys.argv[2])(content(), NOON)
"""

ADVANCE = "watcher:*"
"""Only the command that moves the branch has a word like this, the message for the reflog."""

# Stands before the real git on PATH and kills whoever called it, before or after the step named in KILL_AT.
_DEADLY_GIT = """#!/bin/sh
for word in "$@"; do case "$word" in {step}) deadly=1;; esac; done
[ "${{deadly}}{when}" = 1before ] && kill -9 $PPID && exit 1
{git} "$@"
code=$?
[ "${{deadly}}{when}" = 1after ] && kill -9 $PPID
exit $code
"""


def killed_while(act: str, path: Path, step: str, when: str, folder: Path, script: str = _ACT) -> None:
    folder.mkdir(exist_ok=True)
    wrapper = folder / "git"
    wrapper.write_text(_DEADLY_GIT.format(step=step, when=when, git=shutil.which("git")))
    wrapper.chmod(0o755)
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    done = commands.run(["-c", script, str(path), act], environment)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("step", "when"),
    [
        ("check-ignore", "after"),
        *((step, "before") for step in ("hash-object", "write-tree", "commit-tree", "ls-files", ADVANCE)),
        *((step, "after") for step in ("read-tree", "commit-tree", "update-index", "update-ref", ADVANCE)),
    ],
)
def test_going_on_after_a_kill_makes_one_row_and_one_commit(
    catalog: MarkdownCatalog, git: Git, path: Path, tmp_path: Path, step: str, when: str
) -> None:
    killed_while("add", path, step, when, tmp_path / "bin")
    assert catalog.add(content(), NOON) == added(26, git("rev-parse", "HEAD"))
    assert path.read_text().count("2606.27483](") == 1
    assert "合計：26本" in path.read_text()

    killed_while("remove", path, step, when, tmp_path / "bin")
    last = catalog.remove(content(), NOON)
    was_written = step in {"ls-files", "update-ref", ADVANCE}  # all else comes before the file is touched
    assert last == removed(0 if was_written else 26, git("rev-parse", "HEAD"))
    assert path.read_bytes() == SEED.read_bytes()
    subjects = ["catalog: remove arXiv:2606.27483", "catalog: add arXiv:2606.27483", "The catalog"]
    assert git("log", "--format=%s").splitlines() == subjects
    assert git("status", "--porcelain") == ""


@pytest.mark.parametrize(("step", "when"), [("check-ignore", "after"), (ADVANCE, "before"), ("ls-files", "before")])
def test_a_row_committed_after_one_that_was_written_later_stands_where_it_was_written(
    catalog: MarkdownCatalog, git: Git, path: Path, tmp_path: Path, step: str, when: str
) -> None:
    killed_while("add", path, step, when, tmp_path / "bin")

    catalog.add(content("2606.00001"), NOON)
    catalog.add(content(), NOON)

    assert git("status", "--porcelain") == ""
    assert [git("show", "HEAD:catalog.md").count(f"{paper}](") for paper in ("2606.27483", "2606.00001")] == [1, 1]
