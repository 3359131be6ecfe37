"""The lease on the state that runs share on a branch: one run has it at a time, one that was killed loses it after a
quarter of an hour, and a state that cannot be used is refused while everything stays as it is.
"""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.adapters.catalogs.rows import content
from tests.adapters.store.steps import announce
from tests.fakes import NOON
from tests.scenarios.conftest import SHIPPED
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.catalogs.state_branch import FILE, Tip
from watcher.bootstrap import Watcher
from watcher.bootstrap.doctor import state_checkups
from watcher.bootstrap.state import BranchState, branch_of
from watcher.domain.budget import Usage
from watcher.domain.errors import Overtaken, UsageError
from watcher.domain.health import Health
from watcher.domain.papers.paper import PaperId
from watcher.ports import RunReport
from watcher.settings import Settings, load_settings
from watcher.words_ja.cli import remedy
from watcher.words_ja.failures import error as in_japanese

pytestmark = pytest.mark.endurance

BRANCH = "watcher-state"
KEY = Fernet.generate_key().decode()


@dataclass
class Machine:
    """One machine with a checkout and a data folder; `now` is its clock."""

    settings: Settings
    now: datetime = NOON
    kept: list[Watcher] = field(default_factory=list)

    def state(self, run: str = "run-1") -> BranchState:
        return BranchState(self.settings, branch_of(self.settings), run, lambda: self.now)

    def taken(self, run: str = "run-1") -> tuple[BranchState, Watcher]:
        """A run that holds the lease, and its watcher."""
        state = self.state(run)
        state.take()
        watcher = Watcher(self.settings, state=state)
        self.kept.append(watcher)
        state.begin(watcher)
        return state, watcher

    def finish(self, state: BranchState, watcher: Watcher, *failures: str) -> RunReport:
        report = RunReport("run-1", self.now, self.now, (), {}, {}, Usage(), failures)
        report = state.finish(watcher, report)
        watcher.close()
        return report


Make = Callable[..., Machine]


@pytest.fixture
def machine(bare: Path, tmp_path: Path) -> Make:
    """Machines by name, each with a clone of its own."""

    def made(name: str, key: str = KEY) -> Machine:
        folder = tmp_path / name
        subprocess.run(["git", "clone", "--quiet", str(bare), str(folder)], check=True)
        environ = {"WATCHER_CONFIG": str(SHIPPED), "WATCHER_DATA": str(tmp_path / f"{name}-data")}
        environ |= {"WATCHER_CATALOG": str(folder / "catalog.md"), "WATCHER_SECRET_KEY": key}
        return Machine(load_settings(environ | {"WATCHER_STATE_BRANCH": BRANCH, "WATCHER_CATALOG_PUSH": "direct"}))

    return made


def at_remote(bare: Path, branch: str = BRANCH) -> str:
    done = subprocess.run(["git", "rev-parse", branch], cwd=bare, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def tip(machine: Machine) -> Tip:
    found = branch_of(machine.settings).look()
    assert found is not None
    return found


def test_a_second_run_is_told_that_another_is_at_work_and_changes_nothing(machine: Make, bare: Path) -> None:
    one, two = machine("one"), machine("two")
    state, watcher = one.taken()
    before = at_remote(bare)

    with pytest.raises(Overtaken) as told:
        two.state("run-2").take()

    assert "ほかの実行が動いています" in in_japanese(told.value)
    assert at_remote(bare) == before
    assert not (two.settings.data / "watcher.db").exists()
    one.finish(state, watcher)


def test_what_one_run_recorded_the_next_machine_knows(machine: Make) -> None:
    one = machine("one")
    state, watcher = one.taken()
    announce(watcher.store, "2606.00001")
    state.checkpoint()
    one.finish(state, watcher)

    state, watcher = machine("two").taken("run-2")

    assert watcher.store.papers.numbers_of(PaperId("arxiv", "2606.00001"))
    assert state.unsure_since is None, "the first run ended by itself"
    watcher.close()


def test_after_a_run_that_was_killed_messages_are_looked_for_from_its_last_push(machine: Make) -> None:
    one, two = machine("one"), machine("two")
    one.taken()[1].close()

    two.now = NOON + timedelta(minutes=14)
    with pytest.raises(Overtaken):
        two.state("run-2").take()
    two.now = NOON + timedelta(minutes=16)
    state, watcher = two.taken("run-2")

    assert watcher.store.outbox.unsure_since == state.unsure_since == NOON
    assert tip(two).unrecorded_since == NOON, "also if this run is killed too"
    two.finish(state, watcher)
    assert tip(two).unsure_since is None


def test_a_run_whose_posts_failed_leaves_word_that_some_may_have_been_sent(machine: Make) -> None:
    one, two = machine("one"), machine("two")
    one.taken()[1].close()
    two.now = NOON + timedelta(hours=1)
    state, watcher = two.taken("run-2")

    two.finish(state, watcher, "post: Slack did not answer")

    assert tip(two).unsure_since == NOON


def test_a_run_that_was_taken_over_pushes_no_row_although_nobody_told_it(machine: Make, bare: Path) -> None:
    one, two = machine("one"), machine("two")
    state, watcher = one.taken()
    MarkdownCatalog(one.settings.catalog, "Watcher", "w@example.org").add(content(), NOON)
    one.now = two.now = NOON + timedelta(minutes=20)
    other, theirs = two.taken("run-2")
    before = at_remote(bare, "main")

    with pytest.raises(Overtaken):
        one.finish(state, watcher)

    assert at_remote(bare, "main") == before
    watcher.close()
    two.finish(other, theirs)


def test_a_run_that_was_taken_over_can_neither_push_nor_post(machine: Make) -> None:
    one, two = machine("one"), machine("two")
    state, watcher = one.taken()
    two.now = NOON + timedelta(minutes=20)
    other, theirs = two.taken("run-2")

    with pytest.raises(Overtaken):
        state.checkpoint()
    with pytest.raises(Overtaken):
        state.permit()
    with pytest.raises(Overtaken):
        one.finish(state, watcher)
    watcher.close()
    two.finish(other, theirs)


def test_a_lease_that_ends_soon_is_renewed_before_a_message_is_sent(machine: Make) -> None:
    one = machine("one")
    state, watcher = one.taken()
    first = tip(one)

    state.permit()
    assert tip(one) == first
    one.now = NOON + timedelta(minutes=13)
    state.permit()

    assert tip(one).until == NOON + timedelta(minutes=28)
    assert tip(one).unrecorded_since == NOON, "what was sent since then is in no state"
    one.finish(state, watcher)
    assert tip(one).unsure_since is None


def test_rows_that_no_remote_took_are_not_in_the_state_so_that_they_are_written_again(
    machine: Make,
    bare: Path,
) -> None:
    one = machine("one")
    state, watcher = one.taken()
    announce(watcher.store, "2606.00001")
    MarkdownCatalog(one.settings.catalog, "Watcher", "w@example.org").add(content(), NOON)
    hook = bare / "hooks" / "update"
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/main ]\n', encoding="utf-8")
    hook.chmod(0o755)

    report = one.finish(state, watcher)

    assert [failure.partition(":")[0] for failure in report.failures] == ["push"]
    _, next_one = machine("two").taken("run-2")
    assert not next_one.store.papers.numbers_of(PaperId("arxiv", "2606.00001"))
    assert next_one.store.outbox.unsure_since == NOON
    next_one.close()


def newer(data: bytes) -> bytes:
    return gzip.compress(gzip.decompress(data).replace(b'"revision":"0001_initial"', b'"revision":"0099_later"', 1))


def older(data: bytes) -> bytes:
    return gzip.compress(gzip.decompress(data).replace(b'"revision":"0001_initial"', b'"revision":"0019"', 1))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda _: b"\x00 nothing that could be read", "バックアップではありません"),
        (lambda data: data[: len(data) // 2], "途中で切れているか、壊れています"),
        (older, "0.1.0 より前"),
        (newer, "新しい版"),
        (None, "別の環境の状態か、別の鍵"),
    ],
    ids=["unreadable", "truncated", "older", "newer", "foreign"],
)
def test_a_state_that_cannot_be_used_is_refused_in_words_and_nothing_is_overwritten(
    machine: Make,
    bare: Path,
    harm: Callable[[bytes], bytes] | None,
    said: str,
) -> None:
    one = machine("one")
    state, watcher = one.taken()
    one.finish(state, watcher)
    branch, found = branch_of(one.settings), tip(one)
    if harm is not None:
        branch.replace(found, found, harm(branch.content(found)))
    before = at_remote(bare)
    two = machine("two", KEY if harm else Fernet.generate_key().decode())

    with pytest.raises(UsageError) as refused:
        two.state("run-2").take()

    assert said in in_japanese(refused.value)
    assert at_remote(bare) == before
    assert list(two.settings.data.glob("*.db")) == []


def test_a_branch_that_went_back_is_refused_where_a_newer_state_is_at_hand(machine: Make, bare: Path) -> None:
    one = machine("one")
    state, watcher = one.taken()
    one.finish(state, watcher)
    earlier = tip(one)
    one.now = NOON + timedelta(days=1)
    state, watcher = one.taken()
    announce(watcher.store, "2606.00001")
    one.finish(state, watcher)
    branch_of(one.settings).replace(tip(one), earlier, b"whatever")
    before = at_remote(bare)

    with pytest.raises(UsageError) as refused:
        one.state().take()

    assert "手元のものより古く" in in_japanese(refused.value)
    assert at_remote(bare) == before
    again = Watcher(one.settings)
    assert again.store.papers.numbers_of(PaperId("arxiv", "2606.00001"))
    again.close()


def test_a_database_that_is_not_of_the_branch_is_left_as_it_is(machine: Make) -> None:
    one, two = machine("one"), machine("two")
    state, watcher = one.taken()
    one.finish(state, watcher)
    theirs = Watcher(two.settings)
    announce(theirs.store, "2606.00009")
    theirs.close()

    with pytest.raises(UsageError, match="holds rows already"):
        two.state("run-2").take()

    again = Watcher(two.settings)
    assert again.store.papers.numbers_of(PaperId("arxiv", "2606.00009"))
    again.close()


def test_a_database_that_is_at_hand_begins_the_branch(machine: Make) -> None:
    one = machine("one")
    ours = Watcher(one.settings)
    announce(ours.store, "2606.00009")
    ours.close()
    state, watcher = one.taken()
    one.finish(state, watcher)

    _, theirs = machine("two").taken("run-2")

    assert theirs.store.papers.numbers_of(PaperId("arxiv", "2606.00009"))
    theirs.close()


def test_the_state_is_the_only_file_of_its_branch(machine: Make, bare: Path) -> None:
    one = machine("one")
    state, watcher = one.taken()
    one.finish(state, watcher)

    done = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", BRANCH], cwd=bare, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [FILE]


def test_doctor_says_what_a_public_repository_would_show_and_what_is_wrong_with_the_state(machine: Make) -> None:
    one = machine("one")
    (none,) = state_checkups(one.settings)
    assert (none.health, none.sign) == (Health.OK, "to_begin")
    state, watcher = one.taken()
    announce(watcher.store, "2606.00001")
    one.finish(state, watcher)

    (found,) = state_checkups(one.settings)
    assert (found.health, found.sign) == (Health.OK, "shows")
    assert "candidates 1" in found.detail
    assert "誰にでも見えます" in remedy(found)
    (foreign,) = state_checkups(machine("two", Fernet.generate_key().decode()).settings)
    assert (foreign.health, foreign.sign) == (Health.BROKEN, "refused")
