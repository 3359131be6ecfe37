"""The state's branch: one commit without a parent, replaced by compare and swap; of two who replace it one is told."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from tests.adapters.catalogs.conftest import Git
from tests.fakes import NOON
from watcher.adapters.catalogs.git_process import Git as OurGit
from watcher.adapters.catalogs.state_branch import FILE, StateBranch, Tip
from watcher.domain.errors import Overtaken, PushError, UsageError

NAME = "watcher-state"
FIRST = Tip("", "run-1", NOON, NOON + timedelta(minutes=15))


def branch_in(folder: Path, name: str = NAME) -> StateBranch:
    return StateBranch(OurGit(folder, ("Watcher", "w@example.org")), "origin", name, sleep=lambda _: None)


@pytest.fixture
def branch(path: Path, bare: Path) -> StateBranch:
    assert bare.exists()
    return branch_in(path.parent)


def at_remote(bare: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=bare, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_there_is_none_at_first_and_then_one_commit_without_a_parent_that_is_replaced(
    branch: StateBranch, bare: Path
) -> None:
    assert branch.look() is None

    made = branch.replace(None, FIRST, b"one")
    assert branch.look() == made
    assert branch.content(made) == b"one"
    released = branch.replace(made, Tip("", "run-1", NOON + timedelta(minutes=1), None, NOON), b"two")

    assert branch.look() == released
    assert branch.content(released) == b"two"
    assert (released.until, released.unsure_since) == (None, NOON)
    assert at_remote(bare, "rev-list", "--count", NAME) == "1"
    assert at_remote(bare, "ls-tree", "--name-only", NAME) == FILE


def test_a_commit_may_keep_the_content_and_change_the_lease_alone(branch: StateBranch) -> None:
    made = branch.replace(None, FIRST, b"one")

    kept = branch.replace(made, Tip("", "run-2", NOON), None)

    assert branch.content(kept) == b"one"
    assert kept.until is None


def test_of_two_that_replace_the_same_commit_the_second_is_overtaken_and_changes_nothing(
    branch: StateBranch, hana: Git, tmp_path: Path
) -> None:
    assert hana("branch")
    made = branch.replace(None, FIRST, b"one")
    other = branch_in(tmp_path / "hana")
    assert other.look() == made
    won = branch.replace(made, Tip("", "run-1", NOON), b"two")

    with pytest.raises(Overtaken):
        other.replace(made, Tip("", "run-2", NOON), b"three")
    with pytest.raises(Overtaken):
        other.replace(None, Tip("", "run-2", NOON), b"three")

    assert branch.look() == won
    assert branch.content(won) == b"two"


def test_a_push_whose_answer_was_lost_is_found_to_have_arrived(branch: StateBranch, bare: Path) -> None:
    hook = bare / "hooks" / "post-receive"
    hook.write_text("#!/bin/sh\nkill -9 $(ps -o ppid= -p $PPID)\n", encoding="utf-8")
    hook.chmod(0o755)

    made = branch.replace(None, FIRST, b"one")

    assert branch.look() == made


def test_a_branch_of_something_else_is_refused_and_left_alone(branch: StateBranch, hana: Git, bare: Path) -> None:
    hana("push", "--quiet", "origin", f"main:{NAME}")
    before = at_remote(bare, "rev-parse", NAME)

    with pytest.raises(UsageError, match="something else than a state"):
        branch.look()

    assert at_remote(bare, "rev-parse", NAME) == before


def test_a_remote_that_is_away_is_no_state_that_is_missing(branch: StateBranch, bare: Path) -> None:
    made = branch.replace(None, FIRST, b"one")
    bare.rename(bare.with_name("away.git"))

    with pytest.raises(PushError):
        branch.look()
    with pytest.raises(PushError):
        branch.replace(made, Tip("", "run-1", NOON), b"two")
