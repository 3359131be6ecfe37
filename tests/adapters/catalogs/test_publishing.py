"""The catalog's commits reach the remote whatever others push there meanwhile; what cannot be pushed is kept."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests import commands
from tests.adapters.catalogs.conftest import Git
from tests.adapters.catalogs.remote import AUTHOR, Publish, edits, remote_file
from tests.adapters.catalogs.rows import SEED, content
from tests.adapters.catalogs.test_kill import _DEADLY_GIT, ADVANCE
from tests.fakes import NOON
from watcher.adapters.catalogs.files import adopt_branch
from watcher.adapters.catalogs.git_remote import push_error
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.catalogs.publishing import Publishing, Upstream
from watcher.domain.errors import CatalogConflict, PushError, PushRefused
from watcher.domain.facts import Push


def test_a_row_is_pushed_and_asking_again_changes_nothing(
    catalog: MarkdownCatalog, publish: Publish, git: Git, bare: Path, path: Path
) -> None:
    commit = catalog.add(content(), NOON).commit
    assert publish().bring(NOON) == Push(str(path), commit, "main", "", NOON)
    assert "2606.27483" in remote_file(bare)
    assert publish().bring(NOON) == Push(str(path), commit, "main", "", NOON)
    assert git("log", "--format=%H", "-1", "origin/main") == commit


@pytest.mark.endurance
def test_others_commits_are_taken_in_and_both_stand(
    catalog: MarkdownCatalog, publish: Publish, git: Git, bare: Path, hana: Git, path: Path
) -> None:
    ours = catalog.add(content(), NOON).commit
    theirs = edits(hana, lambda text: text.replace("NeurIPS 2023", "NeurIPS 2023 (口頭)", 1))
    edits(hana, lambda text: text + "notes\n", name="notes.md")
    push = publish().bring(NOON)
    assert push.commit == git("rev-parse", "HEAD")
    log = git("log", "--format=%H", "origin/main").splitlines()
    assert {ours, theirs} <= set(log)
    assert "NeurIPS 2023 (口頭)" in remote_file(bare)
    assert "2606.27483" in remote_file(bare)
    assert path.read_text().strip() == remote_file(bare).strip()
    assert (path.parent / "notes.md").read_text() == "notes\n"
    assert git("status", "--porcelain") == ""
    assert git("log", "-1", "--format=%s") == "catalog: merge origin/main"


@pytest.mark.endurance
def test_a_row_that_others_added_too_stands_once(
    catalog: MarkdownCatalog, publish: Publish, bare: Path, hana: Git, tmp_path: Path
) -> None:
    catalog.add(content(), NOON)
    catalog.add(content("2606.00001"), NOON)
    theirs = MarkdownCatalog(tmp_path / "hana" / "catalog.md", "Hana", "h@example.org")
    theirs.add(content(title="Typed by hand"), NOON)
    theirs.add(content("2606.00002"), NOON)
    hana("push", "--quiet", "origin", "main")
    publish().bring(NOON)
    text = remote_file(bare)
    assert [text.count(f"{native}](") for native in ("2606.27483", "2606.00001", "2606.00002")] == [1, 1, 1]
    assert "Typed by hand" in text
    assert "合計：28本" in text


@pytest.mark.endurance
def test_a_draft_outlives_the_taking_in(
    catalog: MarkdownCatalog, publish: Publish, git: Git, path: Path, hana: Git
) -> None:
    catalog.add(content(), NOON)
    path.write_text(path.read_text().replace("with chatGPT", "with care"))
    edits(hana, lambda text: text.replace("NeurIPS 2023", "NeurIPS 2023 (口頭)", 1))
    publish().bring(NOON)
    assert "with care" in path.read_text()
    assert "NeurIPS 2023 (口頭)" in path.read_text()
    assert git("diff", "--numstat") == "1\t1\tcatalog.md"
    assert git("diff", "--cached", "--numstat") == ""


@pytest.mark.endurance
def test_a_draft_of_what_others_changed_is_left_to_people_and_nothing_moves(
    catalog: MarkdownCatalog, publish: Publish, git: Git, path: Path, hana: Git
) -> None:
    commit = catalog.add(content(), NOON).commit
    draft = path.read_text().replace("with chatGPT", "with care")
    path.write_text(draft)
    edits(hana, lambda text: text.replace("with chatGPT", "by hand"))
    with pytest.raises(CatalogConflict, match="changed here and there"):
        publish().bring(NOON)
    assert (git("rev-parse", "HEAD"), path.read_text()) == (commit, draft)
    path.write_text(draft.replace("with care", "with chatGPT"))
    publish().bring(NOON)
    assert "by hand" in path.read_text()


@pytest.mark.endurance
def test_somebody_faster_between_look_and_push_is_taken_in_with_the_next_look(
    catalog: MarkdownCatalog, publish: Publish, bare: Path, hana: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.add(content(), NOON)
    folder = tmp_path / "bin"
    folder.mkdir()
    clone = Path(hana("rev-parse", "--show-toplevel"))
    real = subprocess.run(["which", "git"], check=True, capture_output=True, text=True).stdout.strip()
    once = tmp_path / "once"
    once.touch()
    (folder / "git").write_text(
        f'#!/bin/sh\nfor word in "$@"; do [ "$word" = push ] && pushing=1; done\n'
        f'if [ "$pushing" ] && [ -e "{once}" ]; then rm "{once}"; cd "{clone}" && echo x > n && {real} add n && '
        f"{real} -c user.name=h -c user.email=h@x -c commit.gpgsign=false commit -qm n && {real} push -q origin main; "
        f'cd "$OLDPWD"; fi\nexec {real} "$@"\n'
    )
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    push = publish().bring(NOON)
    assert not once.exists()
    files = subprocess.run([real, "ls-tree", "--name-only", push.commit], cwd=bare, capture_output=True, check=True)
    assert files.stdout.split() == [b"catalog.md", b"n"]
    assert "2606.27483" in remote_file(bare)


def test_an_empty_remote_gets_its_first_branch(
    catalog: MarkdownCatalog, publish: Publish, bare: Path, git: Git
) -> None:
    fresh = bare.with_name("fresh.git")
    subprocess.run(["git", "init", "--quiet", "--bare", str(fresh)], check=True)
    git("remote", "add", "fresh", str(fresh))
    commit = catalog.add(content(), NOON).commit
    assert publish(remote="fresh").bring(NOON).commit == commit == git("rev-parse", "fresh/main")


@pytest.mark.endurance
@pytest.mark.parametrize("new", ["trunk", ""])
def test_a_branch_renamed_or_deleted_at_the_remote_is_told_of_and_not_made_again(
    catalog: MarkdownCatalog, publish: Publish, git: Git, bare: Path, new: str
) -> None:
    publish().bring(NOON)
    act = ["branch", "--move", "main", "trunk"] if new else ["update-ref", "-d", "refs/heads/main"]
    subprocess.run(["git", *act], cwd=bare, check=True)
    commit = catalog.add(content(), NOON).commit
    with pytest.raises(PushRefused, match="'main' is gone from the remote") as caught:
        publish().bring(NOON)
    heads = subprocess.run(["git", "branch", "--format=%(refname:short)"], cwd=bare, check=True, capture_output=True)
    assert heads.stdout.decode().split() == ([new] if new else [])
    assert (f"default branch is {new!r}" in str(caught.value)) == bool(new)
    if new:  # what the remedy says
        git("branch", "-m", "main", new)
        adopt_branch(Path(git("rev-parse", "--show-toplevel"), "catalog.md"))
        assert publish().bring(NOON).commit == commit
        assert "2606.27483" in remote_file(bare, new)


def test_a_branch_that_was_pushed_to_is_not_made_again_even_where_git_forgot_it(
    catalog: MarkdownCatalog, publish: Publish, git: Git, bare: Path
) -> None:
    catalog.add(content(), NOON)
    publish().bring(NOON)
    subprocess.run(["git", "branch", "--move", "main", "trunk"], cwd=bare, check=True)
    git("fetch", "--quiet", "--prune", "origin")
    with pytest.raises(PushRefused, match="is gone from the remote"):
        publish().bring(NOON)


@pytest.mark.endurance
def test_a_branch_that_was_rewritten_at_the_remote_is_told_of_and_what_it_dropped_is_not_brought_back(
    catalog: MarkdownCatalog, publish: Publish, git: Git, bare: Path, hana: Git
) -> None:
    catalog.add(content(), NOON)
    catalog.add(content("2606.00001"), NOON)
    publish().bring(NOON)
    hana("pull", "--quiet")
    hana("reset", "--quiet", "--hard", "HEAD~1")
    hana("push", "--quiet", "--force", "origin", "main")
    git("fetch", "--quiet", "origin")
    catalog.add(content("2606.00002"), NOON)
    for _ in range(2):
        with pytest.raises(PushRefused, match="was rewritten at the remote"):
            publish().bring(NOON)
    assert "2606.00001" not in remote_file(bare)
    git("reset", "--quiet", "--hard", "origin/main")  # what the remedy says
    catalog.add(content("2606.00003"), NOON)
    publish().bring(NOON)
    text = remote_file(bare)
    assert [text.count(f"{paper}](") for paper in ("2606.27483", "2606.00001", "2606.00003")] == [1, 0, 1]


@pytest.mark.endurance
def test_commits_that_were_squashed_at_the_remote_without_a_change_are_taken_in(
    catalog: MarkdownCatalog, publish: Publish, git: Git, bare: Path, hana: Git
) -> None:
    catalog.add(content(), NOON)
    catalog.add(content("2606.00001"), NOON)
    publish().bring(NOON)
    hana("pull", "--quiet")
    hana("reset", "--quiet", "--soft", "HEAD~2")
    hana("commit", "--quiet", "--message=squashed")
    hana("push", "--quiet", "--force", "origin", "main")
    publish().bring(NOON)
    catalog.add(content("2606.00002"), NOON)
    publish().bring(NOON)
    text = remote_file(bare)
    assert [text.count(f"{paper}](") for paper in ("2606.27483", "2606.00001", "2606.00002")] == [1] * 3
    assert git("status", "--porcelain") == ""


@pytest.mark.endurance
@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("remote: error: GH006: Protected branch update failed for refs/heads/main.", "the branch is protected"),
        (
            "remote: error: GH013: Repository rule violations found for refs/heads/main. Commits must have verified signatures.",
            "the remote wants signed commits",
        ),
        ("GitLab: Commit must be signed with a GPG key", "the remote wants signed commits"),
        ("GitLab: Commit author's email 'x@localhost' does not follow the pattern", "the commits' author"),
        ("remote: error: GH013: Changes must be made through a pull request.", "the branch is protected"),
        ("", "the branch is protected"),  # a hook that declines without a word
    ],
)
def test_a_refusal_names_what_a_person_must_mend_and_the_row_is_kept(
    catalog: MarkdownCatalog, publish: Publish, bare: Path, said: str, meaning: str
) -> None:
    commit = catalog.add(content(), NOON).commit
    hook = bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(PushRefused) as caught:
        publish().bring(NOON)
    assert meaning in str(caught.value)
    assert caught.value.remedy
    assert remote_file(bare) == SEED.read_text()
    hook.unlink()
    assert publish().bring(NOON).commit == commit


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("remote: error: GH001: Large files detected.\n[remote rejected] (pre-receive hook declined)", "commit holds"),
        ("remote: error: GH013: - Push cannot contain secrets", "commit holds"),
        ("[remote rejected] (TF402455: not permitted; you must use a pull request to update)", "is protected"),
        ("[remote rejected] (branch is currently checked out)", "refuses the push"),
        ("[remote rejected] (shallow update not allowed)", "refuses the push"),
        ("remote: This repository was archived so it is read-only.", "refuses the push"),
        ("Host key verification failed.\nfatal: Could not read from remote repository.", "not set up"),
        ("fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate", "not set up"),
        ("fatal: detected dubious ownership in repository at '/srv/x.git'", "not set up"),
        ("ERROR: The key you are authenticating with has been marked as read only.", "our credentials"),
        ("ERROR: enforced SAML SSO. To access this repository, you must re-authorize", "our credentials"),
    ],
)
def test_what_a_person_must_mend_is_not_taken_for_an_outage(said: str, meaning: str) -> None:
    refused = push_error(said, "origin")
    assert isinstance(refused, PushRefused)
    assert meaning in refused.message
    assert refused.remedy


@pytest.mark.parametrize(
    "said",
    [
        "fatal: unable to access 'https://x/': Could not resolve host: x",
        "error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502",
        "error: remote unpack failed\n[remote rejected] (unpacker error)",
        "kex_exchange_identification: Connection closed by remote host",
    ],
)
def test_an_outage_is_no_refusal(said: str) -> None:
    assert not isinstance(push_error(said, "origin"), PushRefused)


def test_a_remote_that_does_not_take_the_push_is_quoted_where_nobody_else_pushed(
    catalog: MarkdownCatalog, publish: Publish, bare: Path
) -> None:
    catalog.add(content(), NOON)
    (bare / "refs" / "heads" / "main.lock").touch()
    with pytest.raises(PushRefused, match=r"main\.lock"):
        publish().bring(NOON)


def test_a_branch_that_follows_another_one_is_not_made_at_the_remote(
    catalog: MarkdownCatalog, publish: Publish, git: Git, bare: Path
) -> None:
    subprocess.run(["git", "branch", "--move", "main", "trunk"], cwd=bare, check=True)
    git("fetch", "--quiet", "--prune", "origin")
    git("branch", "--quiet", "--set-upstream-to=origin/trunk")
    catalog.add(content(), NOON)
    with pytest.raises(PushRefused, match="it follows 'trunk' there"):
        publish().bring(NOON)


@pytest.mark.parametrize(("own", "draft"), [(True, b""), (False, b""), (False, b"draft\n")])
def test_others_rows_come_into_a_file_whose_line_ends_git_converts(
    catalog: MarkdownCatalog, publish: Publish, git: Git, hana: Git, path: Path, *, own: bool, draft: bytes
) -> None:
    git("config", "core.autocrlf", "true")
    path.unlink()
    git("checkout", "--quiet", "--", "catalog.md")
    if own:
        catalog.add(content(), NOON)
    path.write_bytes(path.read_bytes() + draft)
    edits(hana, lambda text: text.replace("NeurIPS 2023", "NeurIPS 2023 (口頭)", 1))
    publish().take_in(NOON)
    data = path.read_bytes()
    assert "(口頭)".encode() in data
    assert data.endswith(draft)
    assert data.count(b"\n") == data.count(b"\r\n") + len(draft.splitlines())
    assert "\r" not in git("show", "HEAD:catalog.md")


def test_credentials_that_are_refused_are_what_a_person_must_mend() -> None:
    refused = push_error("fatal: Authentication failed for 'https://hana:hunter2@github.example/papers.git'", "origin")
    assert isinstance(refused, PushRefused)
    assert "does not accept our credentials" in str(refused)
    assert "hunter2" not in str(refused)


def test_a_remote_that_is_not_there_is_an_error_without_a_secret(
    catalog: MarkdownCatalog, publish: Publish, git: Git
) -> None:
    catalog.add(content(), NOON)
    git("remote", "set-url", "origin", "http://hana:hunter2@127.0.0.1:9/papers.git")
    with pytest.raises(PushError) as caught:
        publish().bring(NOON)
    assert "hunter2" not in str(caught.value)
    git("remote", "remove", "origin")
    with pytest.raises(PushRefused, match="no such repository"):
        publish().bring(NOON)


def test_another_branch_checked_out_is_not_pushed(catalog: MarkdownCatalog, publish: Publish, git: Git) -> None:
    catalog.add(content(), NOON)
    git("checkout", "--quiet", "-b", "draft")
    with pytest.raises(PushRefused, match="the branch checked out is 'draft', not 'main'"):
        publish().bring(NOON)
    with pytest.raises(PushRefused, match="the branch checked out is 'draft', not 'main'"):
        publish(branch="main").bring(NOON)


def test_a_catalog_outside_of_any_repository_cannot_be_pushed(tmp_path: Path) -> None:
    path = tmp_path / "catalog.md"
    path.write_bytes(SEED.read_bytes())
    with pytest.raises(PushRefused, match="in no repository"):
        Publishing(path, AUTHOR, Upstream("direct")).bring(NOON)


_BRING = """
import sys; from pathlib import Path
from tests.fakes import NOON
from watcher.adapters.catalogs.publishing import Publishing, Upstream
Publishing(Path(sys.argv[1]), ("Watcher", "watcher@example.org"), Upstream("direct")).bring(NOON)
"""


def cut_short(path: Path, step: str, when: str, folder: Path) -> None:
    """Bring the commits, and die before or after git does one thing."""
    folder.mkdir()
    wrapper = folder / "git"
    wrapper.write_text(_DEADLY_GIT.format(step=step, when=when, git=shutil.which("git")))
    wrapper.chmod(0o755)
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    done = commands.run(["-c", _BRING, str(path)], environment)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.endurance
@pytest.mark.parametrize(
    ("step", "when"),
    [("merge-tree", "after"), ("update-ref", "after"), (ADVANCE, "before"), (ADVANCE, "after"), ("push", "after")],
)
def test_a_merge_that_was_cut_short_is_finished_by_whoever_comes_next(
    catalog: MarkdownCatalog, publish: Publish, git: Git, path: Path, hana: Git, tmp_path: Path, step: str, when: str
) -> None:
    catalog.add(content(), NOON)
    theirs = edits(hana, lambda text: text.replace("NeurIPS 2023", "NeurIPS 2023 (口頭)", 1))
    cut_short(path, step, when, tmp_path / "bin")
    catalog.add(content("2606.00001"), NOON)
    publish().bring(NOON)
    assert git("status", "--porcelain") == ""
    assert theirs in git("log", "--format=%H", "origin/main")
    assert [path.read_text().count(sign) for sign in ("2606.27483](", "2606.00001](", "(口頭)", "27本")] == [1] * 4


@pytest.mark.parametrize("cut", [("-u", "before"), ("-u", "after"), ("ls-files", "before")])
def test_a_person_who_commits_after_a_cut_leaves_out_nothing_that_others_wrote(
    catalog: MarkdownCatalog,
    publish: Publish,
    git: Git,
    path: Path,
    hana: Git,
    tmp_path: Path,
    bare: Path,
    cut: tuple[str, str],
) -> None:
    catalog.add(content(), NOON)
    theirs = edits(hana, lambda text: text.replace("NeurIPS 2023", "NeurIPS 2023 (口頭)", 1))
    edits(hana, lambda text: text + "notes\n", name="notes.md")
    cut_short(path, *cut, tmp_path / "bin")
    with suppress(subprocess.CalledProcessError):  # nothing to commit yet
        git("-c", "commit.gpgsign=false", "commit", "--quiet", "--all", "--message=Hana's")
    publish().bring(NOON)
    assert [path.read_text().count(sign) for sign in ("(口頭)", "2606.27483](")] == [1, 1]
    assert path.read_text().strip() == remote_file(bare).strip()
    assert theirs in git("log", "--format=%H", "origin/main")
    assert (path.parent / "notes.md").read_text() == "notes\n"


@pytest.mark.endurance
def test_a_person_who_commits_after_a_cut_concludes_the_merge(
    catalog: MarkdownCatalog, publish: Publish, git: Git, path: Path, hana: Git, tmp_path: Path
) -> None:
    catalog.add(content(), NOON)
    theirs = edits(hana, lambda text: text.replace("NeurIPS 2023", "NeurIPS 2023 (口頭)", 1))
    cut_short(path, ADVANCE, "before", tmp_path / "bin")
    assert "All conflicts fixed but you are still merging" in git("status")
    git("-c", "commit.gpgsign=false", "commit", "--quiet", "--all", "--message=Hana's")
    assert theirs in git("log", "-1", "--format=%P").split()
    edits(hana, lambda text: text.replace("(口頭)", "(ポスター)", 1))
    publish().bring(NOON)
    assert "(ポスター)" in path.read_text()
