"""A working copy of the real catalog, alone or in a repository."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.catalogs.rows import SEED
from watcher.adapters.catalogs.markdown import MarkdownCatalog

Git = Callable[..., str]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "papers" / "catalog.md"
    path.parent.mkdir()
    path.write_bytes(SEED.read_bytes())
    return path


@pytest.fixture
def catalog(path: Path) -> MarkdownCatalog:
    return MarkdownCatalog(path, "Watcher", "watcher@example.org")


@pytest.fixture
def git(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """The catalog is committed in a repository of a person; gives git itself, working there."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text("[user]\nname = Hana\nemail = hana@example.org\n[commit]\ngpgsign = true\n")

    def run(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=path.parent, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    run("init", "--quiet", "--initial-branch=main")
    run("add", "catalog.md")
    run("-c", "commit.gpgsign=false", "commit", "--quiet", "--message=The catalog")
    return run
