"""A working copy of the real catalog, alone or in a repository."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.catalogs.rows import SEED
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.catalogs.publishing import Publishing, Upstream

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
    (tmp_path / ".gitconfig").write_text("[user]\nname = Hana\nemail = hana@example.org\n")

    def run(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=path.parent, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    run("init", "--quiet", "--initial-branch=main")
    run("add", "catalog.md")
    run("-c", "commit.gpgsign=false", "commit", "--quiet", "--message=The catalog")
    return run


@pytest.fixture
def bare(git: Git, tmp_path: Path) -> Path:
    """The remote, holding what is there at the beginning."""
    bare = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(bare)], check=True)
    git("remote", "add", "origin", str(bare))
    git("push", "--quiet", "origin", "main")
    return bare


@pytest.fixture
def publish(path: Path, bare: Path) -> Callable[..., Publishing]:
    assert bare.exists()

    def made(token: str = "", **fields: str) -> Publishing:
        return Publishing(path, ("Watcher", "watcher@example.org"), replace(Upstream("direct"), **fields), token)  # type: ignore[arg-type]

    return made


@pytest.fixture
def hana(bare: Path, tmp_path: Path) -> Git:
    """Somebody else's clone."""
    folder = tmp_path / "hana"
    subprocess.run(["git", "clone", "--quiet", str(bare), str(folder)], check=True)

    def run(*arguments: str) -> str:
        identity = ["-c", "user.name=Hana", "-c", "user.email=h@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    return run
