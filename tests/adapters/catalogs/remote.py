"""A remote of the catalog's repository, and somebody else who pushes there."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.adapters.catalogs.conftest import Git
from watcher.adapters.catalogs.publishing import Publishing

DAY = "watcher/2026-06-29"
AUTHOR = ("Watcher", "watcher@example.org")
Publish = Callable[..., Publishing]


def edits(hana: Git, edit: Callable[[str], str], branch: str = "main", name: str = "catalog.md") -> str:
    """Hana changes a file and pushes."""
    folder = Path(hana("rev-parse", "--show-toplevel"))
    hana("fetch", "--quiet")
    hana("checkout", "--quiet", "-B", branch, f"origin/{branch}")
    path = folder / name
    path.write_text(edit(path.read_text() if path.exists() else ""))
    hana("add", name)
    hana("commit", "--quiet", "--message=Hana's")
    hana("push", "--quiet", "origin", branch)
    return hana("rev-parse", "HEAD")


def remote_file(bare: Path, branch: str = "main") -> str:
    shown = subprocess.run(["git", "show", f"{branch}:catalog.md"], cwd=bare, check=True, capture_output=True)
    return shown.stdout.decode()


def commit_through_filter(git: Git, path: Path, name: str, clean: str, smudge: str) -> None:
    """Set up a filter of git's for the catalog and commit the file through it."""
    git("config", f"filter.{name}.clean", clean)
    git("config", f"filter.{name}.smudge", smudge)
    (path.parent / ".gitattributes").write_text(f"*.md filter={name}\n")
    git("add", "--renormalize", ".")
    git("add", ".gitattributes")
    git("commit", "--quiet", "--message=filtered")
