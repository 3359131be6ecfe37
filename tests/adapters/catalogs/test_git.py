"""In a repository every change of the catalog is one commit of that file alone."""

from __future__ import annotations

import os
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


def test_what_a_repository_s_own_configuration_would_run_does_not_run(
    catalog: MarkdownCatalog, git: Git, path: Path, tmp_path: Path
) -> None:
    trap, sprung = path.parent / ".git" / "trap", tmp_path / "sprung"
    trap.write_text(f'#!/bin/sh\ntouch "{sprung}"\nexit 1\n')
    trap.chmod(0o755)
    hooks = trap.parent / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "commit-msg", "reference-transaction", "post-index-change", "post-commit"):
        (hooks / name).symlink_to(trap)
    for setting in ("core.fsmonitor", "core.editor", "core.askPass", "sequence.editor", "diff.external"):
        git("config", setting, str(trap))
    (path.parent / ".gitattributes").write_text("*.md text eol=crlf\n")
    commit = catalog.add(content(), NOON).commit
    assert not sprung.exists()
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=path.parent, check=True, capture_output=True, text=True)
    assert commit == head.stdout.strip()


@pytest.mark.endurance
def test_a_lock_of_git_that_may_be_somebody_s_is_named_and_the_next_try_goes_on(
    catalog: MarkdownCatalog, git: Git, path: Path
) -> None:
    lock = path.parent / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(CatalogError, match=r"index\.lock") as caught:
        catalog.add(content(), NOON)
    assert "delete the lock it names" in caught.value.remedy
    lock.unlink()
    assert catalog.add(content(), NOON) == added(26, git("rev-parse", "HEAD"))
    assert git("status", "--porcelain") == ""
    lock.touch()
    with pytest.raises(CatalogError, match=r"index\.lock"):
        catalog.remove(content(), NOON)
    lock.unlink()
    assert catalog.remove(content(), NOON) == removed(0, git("rev-parse", "HEAD"))
    assert path.read_bytes() == SEED.read_bytes()
    assert git("status", "--porcelain") == ""


@pytest.mark.parametrize("name", ["index.lock", "HEAD.lock", "refs/heads/main.lock", "watcher-index.lock"])
def test_an_old_lock_that_a_dead_git_left_is_taken_away(
    catalog: MarkdownCatalog, git: Git, path: Path, name: str
) -> None:
    lock = path.parent / ".git" / name
    lock.touch()
    long_ago = NOON.timestamp() - 3600
    os.utime(lock, (long_ago, long_ago))
    assert catalog.add(content(), NOON) == added(26, git("rev-parse", "HEAD"))
    assert not lock.exists()


@pytest.mark.endurance
def test_an_old_lock_stays_while_a_git_is_at_work_there(catalog: MarkdownCatalog, git: Git, path: Path) -> None:
    lock = path.parent / ".git" / "index.lock"
    lock.touch()
    long_ago = NOON.timestamp() - 3600
    os.utime(lock, (long_ago, long_ago))
    with subprocess.Popen(["git", "cat-file", "--batch"], cwd=path.parent, stdin=subprocess.PIPE) as living:
        with pytest.raises(CatalogError, match=r"index\.lock"):
            catalog.add(content(), NOON)
        living.communicate(b"")
    assert lock.exists()
    catalog.add(content(), NOON)
    assert git("status", "--porcelain") == ""


def test_a_draft_is_not_swept_into_our_commit(catalog: MarkdownCatalog, git: Git, path: Path) -> None:
    draft = path.read_text().replace("LLaVA: Large", "LLaVA: Very Large") + "\n書きかけ\n"
    path.write_text(draft)
    catalog.add(content(), NOON)
    changed = git("diff", "--numstat", "HEAD~1", "HEAD")
    assert changed == "2\t1\tcatalog.md"
    assert "書きかけ" in path.read_text()
    assert "2606.27483" in path.read_text()
    assert git("diff", "--numstat") == "3\t2\tcatalog.md"
    catalog.remove(content(), NOON)
    assert path.read_text() == draft
    assert git("show", "HEAD:catalog.md") == SEED.read_text().rstrip("\n")


def test_a_staged_draft_stays_staged_and_the_person_s_commit_keeps_our_row(
    catalog: MarkdownCatalog, git: Git, path: Path
) -> None:
    path.write_text(path.read_text() + "\n書きかけ\n")
    git("add", "catalog.md")
    catalog.add(content(), NOON)
    assert git("diff", "--cached", "--numstat") == "2\t1\tcatalog.md"
    assert git("diff", "--numstat") == ""
    git("-c", "commit.gpgsign=false", "commit", "--quiet", "--message=Hana's")
    assert "2606.27483" in git("show", "HEAD:catalog.md")


@pytest.mark.parametrize("mark", ["--assume-unchanged", "--skip-worktree"])
def test_a_mark_that_a_person_gave_the_file_in_the_index_stays(
    catalog: MarkdownCatalog, git: Git, path: Path, mark: str
) -> None:
    path.write_text(path.read_text() + "\n手元だけの覚え書き\n")
    git("update-index", mark, "catalog.md")
    before = git("ls-files", "-v")
    assert catalog.add(content(), NOON) == added(26, git("rev-parse", "HEAD"))
    assert git("ls-files", "-v") == before
    assert "覚え書き" in path.read_text()
    assert "覚え書き" not in git("show", "HEAD:catalog.md")


def test_a_file_that_is_only_announced_to_git_gets_its_row_and_its_place_in_the_index(git: Git, path: Path) -> None:
    new = path.with_name("new.md")
    new.write_bytes(SEED.read_bytes())
    git("add", "--intent-to-add", "new.md")
    assert MarkdownCatalog(new, "W", "w@example.org").add(content(), NOON) == added(26, git("rev-parse", "HEAD"))
    assert git("status", "--porcelain") == ""


def test_a_repository_that_says_it_has_no_work_tree_is_not_taken_for_none(
    catalog: MarkdownCatalog, git: Git, path: Path
) -> None:
    git("config", "core.bare", "true")
    with pytest.raises(CatalogError, match=r"core\.bare is set"):
        catalog.add(content(), NOON)
    assert path.read_bytes() == SEED.read_bytes()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("HEAD", "", "not a git repository"),
        ("refs/heads/main", "1" * 40 + "\n", "lacks the branch's last commit"),
        ("index", "garbage", "index file"),
    ],
)
def test_nothing_is_written_where_the_repository_is_damaged(
    catalog: MarkdownCatalog, git: Git, path: Path, name: str, text: str, told: str
) -> None:
    git("status")
    (path.parent / ".git" / name).write_text(text)
    with pytest.raises(CatalogError, match=told):
        catalog.add(content(), NOON)
    assert path.read_bytes() == SEED.read_bytes()


@pytest.mark.parametrize("name", ["MERGE_HEAD", "sequencer/todo"])
def test_nothing_is_written_while_a_merge_is_unfinished(
    catalog: MarkdownCatalog, git: Git, path: Path, name: str
) -> None:
    mark = path.parent / ".git" / name
    mark.parent.mkdir(exist_ok=True)
    mark.write_text(git("rev-parse", "HEAD"))
    with pytest.raises(CatalogError, match="unfinished"):
        catalog.add(content(), NOON)
    assert path.read_bytes() == SEED.read_bytes()


def test_a_catalog_in_a_folder_of_its_repository_is_committed_there(git: Git, path: Path) -> None:
    deep = path.parent / "論文 a" / "catalog.md"
    deep.parent.mkdir()
    deep.write_bytes(SEED.read_bytes())
    row = MarkdownCatalog(deep, "W", "w@example.org").add(content(), NOON)
    assert row == added(26, git("rev-parse", "HEAD"))
    assert git("-c", "core.quotePath=false", "show", "--name-only", "--format=", "HEAD") == "論文 a/catalog.md"


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
