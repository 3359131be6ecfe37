"""In a repository every change of the catalog is one commit of that file alone."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from tests.adapters.catalogs.conftest import Git
from tests.adapters.catalogs.rows import SEED, added, content, removed
from tests.fakes import NOON
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.domain.errors import CatalogError


def test_a_row_and_its_removal_are_commits_named_by_id(catalog: MarkdownCatalog, git: Git) -> None:
    first = catalog.add(content(title="Fixes #1 @team [skip ci]"), NOON)
    assert first == added(26, git("rev-parse", "HEAD"))
    assert git("log", "-1", "--format=%an %ae %cn %B").split() == [
        *("Watcher", "watcher@example.org", "Watcher"),
        *("catalog:", "add", "arXiv:2606.27483"),
    ]
    assert git("log", "-1", "--date=unix", "--format=%ad") == str(int(NOON.timestamp()))
    assert catalog.add(content(title="Fixes #1 @team [skip ci]"), NOON + timedelta(hours=1)).commit == first.commit
    last = catalog.remove(content(), NOON)
    assert last == removed(26, git("rev-parse", "HEAD"))
    assert catalog.remove(content(), NOON) == removed(0, last.commit)
    assert git("log", "--format=%s").splitlines() == [
        "catalog: remove arXiv:2606.27483",
        "catalog: add arXiv:2606.27483",
        "The catalog",
    ]
    assert git("status", "--porcelain") == ""


def test_other_work_of_the_person_stays_as_it_was(catalog: MarkdownCatalog, git: Git, path: Path) -> None:
    for name in ("staged.md", "dirty.md"):
        (path.parent / name).write_text("1\n")
    git("add", "dirty.md")
    git("-c", "commit.gpgsign=false", "commit", "--quiet", "--message=More", "dirty.md")
    (path.parent / "dirty.md").write_text("2\n")
    git("add", "staged.md")
    before = git("status", "--porcelain")
    catalog.add(content(), NOON)
    assert git("status", "--porcelain") == before
    assert git("show", "--name-only", "--format=", "HEAD") == "catalog.md"


def test_an_earlier_row_keeps_its_commit_when_others_follow(catalog: MarkdownCatalog, git: Git) -> None:
    first = catalog.add(content(), NOON)
    catalog.add(content("2405.00001", year="2024"), NOON)
    assert catalog.add(content(), NOON) == added(27, first.commit)
    assert len(git("log", "--format=%h").splitlines()) == 3


def test_an_untracked_catalog_is_added_even_with_an_odd_name(git: Git, path: Path) -> None:
    odd = path.with_name("-a [b]* :(top).md")
    odd.write_bytes(SEED.read_bytes())
    path.with_name("-a b").write_text("not this one")
    row = MarkdownCatalog(odd, "Watcher", "watcher@example.org").add(content(), NOON)
    assert row == added(26, git("rev-parse", "HEAD"))
    assert git("show", "--name-only", "--format=", "HEAD") == odd.name


def test_the_first_commit_of_a_new_repository_may_be_ours(catalog: MarkdownCatalog, path: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=path.parent, check=True)
    assert len(catalog.add(content(), NOON).commit) == 40


def test_an_ignored_catalog_is_not_committed(catalog: MarkdownCatalog, git: Git, path: Path) -> None:
    git("rm", "--quiet", "--cached", "catalog.md")
    (path.parent / ".gitignore").write_text("*.md\n")
    assert catalog.add(content(), NOON) == added(26, "")
    assert git("log", "--format=%s") == "The catalog"


def test_a_link_into_a_repository_commits_there(git: Git, path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.md"
    link.symlink_to(path)
    assert MarkdownCatalog(link, "W", "w@example.org").add(content(), NOON).commit == git("rev-parse", "HEAD")


def test_variables_that_point_git_elsewhere_are_not_followed(
    catalog: MarkdownCatalog, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
        patched.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
        commit = catalog.add(content(), NOON).commit
    assert commit == git("rev-parse", "HEAD")


def test_a_hook_runs_without_our_secrets_and_may_refuse_until_mended(
    catalog: MarkdownCatalog, git: Git, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    hook = path.parent / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\necho "the hook says no, token [$SLACK_BOT_TOKEN]" >&2\nexit 1\n')
    hook.chmod(0o755)
    with pytest.raises(CatalogError, match=r"the hook says no, token \[\]") as caught:
        catalog.add(content(), NOON)
    assert "the next try commits" in caught.value.remedy
    assert path.read_text().count("**26. ") == 1
    hook.unlink()
    assert catalog.add(content(), NOON) == added(26, git("rev-parse", "HEAD"))
    assert path.read_text().count("2606.27483](") == 1


def test_a_stale_lock_of_git_is_named_and_the_next_try_commits(catalog: MarkdownCatalog, git: Git, path: Path) -> None:
    lock = path.parent / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(CatalogError) as caught:
        catalog.add(content(), NOON)
    assert "delete .git/index.lock" in caught.value.remedy
    lock.unlink()
    assert catalog.add(content(), NOON) == added(26, git("rev-parse", "HEAD"))
    lock.touch()
    with pytest.raises(CatalogError, match=r"index\.lock"):
        catalog.remove(content(), NOON)
    lock.unlink()
    assert catalog.remove(content(), NOON) == removed(0, git("rev-parse", "HEAD"))
    assert path.read_bytes() == SEED.read_bytes()


def test_a_row_already_committed_is_not_committed_with_a_person_s_unfinished_edit(
    catalog: MarkdownCatalog, git: Git, path: Path
) -> None:
    first = catalog.add(content(), NOON)
    path.write_text(path.read_text() + "\n書きかけ")
    assert catalog.add(content(), NOON) == first
    assert git("rev-parse", "HEAD") == first.commit


def test_a_repository_without_git_is_an_error_and_a_plain_folder_is_not(
    catalog: MarkdownCatalog, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert catalog.add(content(), NOON) == added(26, "")
    (path.parent / ".git").mkdir()
    with pytest.raises(CatalogError, match="install git"):
        catalog.add(content(), NOON)
