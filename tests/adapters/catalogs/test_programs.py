"""What signs commits and filters files is the operator's word: it runs, and where it fails nothing is written."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.catalogs.conftest import Git
from tests.adapters.catalogs.remote import Publish, commit_through_filter, edits
from tests.adapters.catalogs.rows import SEED, added, content, removed
from tests.fakes import NOON
from watcher.adapters.catalogs import git_process
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.domain.errors import CatalogError

SECOND = content("2606.00001")


@pytest.fixture
def signing(git: Git, tmp_path: Path) -> Path:
    """Commits are signed by a key that ssh-keygen made; gives the list of keys that are trusted."""
    key, trusted = tmp_path / "key", tmp_path / "trusted"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    trusted.write_text(f"watcher@example.org {key.with_suffix('.pub').read_text()}")
    settings = {"gpg.format": "ssh", "user.signingKey": str(key), "commit.gpgSign": "yes"}
    for name, value in (settings | {"gpg.ssh.allowedSignersFile": str(trusted)}).items():
        git("config", name, value)
    return trusted


def program(folder: Path, name: str, script: str) -> Path:
    made = folder / name
    made.write_text(f"#!/bin/sh\n{script}\n")
    made.chmod(0o755)
    return made


@pytest.mark.endurance
def test_rows_and_merges_are_signed_where_the_machine_signs(
    catalog: MarkdownCatalog, publish: Publish, git: Git, hana: Git, signing: Path
) -> None:
    assert signing.exists()
    catalog.add(content(), NOON)
    assert git("log", "-1", "--format=%G? %GS") == "G watcher@example.org"
    edits(hana, lambda text: text.replace("NeurIPS 2023", "NeurIPS 2023 (口頭)", 1))
    publish().bring(NOON)
    assert git("log", "-1", "--format=%G? %s") == "G catalog: merge origin/main"
    catalog.remove(content(), NOON)
    assert git("log", "-1", "--format=%G? %GS %s") == "G watcher@example.org catalog: remove arXiv:2606.27483"


@pytest.mark.parametrize("kind", ["openpgp", "x509"])
def test_another_program_signs_where_one_is_named(
    catalog: MarkdownCatalog, git: Git, tmp_path: Path, kind: str
) -> None:
    signs = "cat >/dev/null; echo '[GNUPG:] SIG_CREATED ' >&2; echo '-----BEGIN PGP SIGNATURE-----'; echo made-up"
    git("config", "gpg.format", kind)
    git("config", f"gpg.{kind}.program", str(program(tmp_path, "signs", signs)))
    git("config", "commit.gpgSign", "true")
    row = catalog.add(content(), NOON)
    assert row == added(26, git("rev-parse", "HEAD"))
    assert "made-up" in git("cat-file", "commit", "HEAD")


@pytest.mark.parametrize("script", [None, "exit 3", "sleep 60"], ids=["missing", "failing", "hanging"])
def test_a_signing_program_that_does_not_sign_is_named_and_nothing_is_written(
    catalog: MarkdownCatalog,
    git: Git,
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str | None,
) -> None:
    monkeypatch.setattr(git_process, "_PROGRAM_SECONDS", 0.5)
    named = tmp_path / "signs" if script is None else program(tmp_path, "signs", script)
    git("config", "gpg.program", str(named))
    git("config", "commit.gpgSign", "true")
    before, began = git("rev-parse", "HEAD"), time.monotonic()
    with pytest.raises(CatalogError, match="the signing program") as caught:
        catalog.add(content(), NOON)
    assert time.monotonic() - began < 10
    assert str(named) in str(caught.value)
    assert (path.read_bytes(), git("rev-parse", "HEAD"), git("status", "--porcelain")) == (
        SEED.read_bytes(),
        before,
        "",
    )
    git("config", "commit.gpgSign", "false")
    assert catalog.add(content(), NOON) == added(26, git("rev-parse", "HEAD"))


@pytest.fixture
def filtered(git: Git, path: Path) -> Callable[[str], str]:
    """The catalog is committed through a filter; gives what a commit holds."""
    commit_through_filter(git, path, "ptr", "sed s/^/PTR:/", "sed s/^PTR://")
    return lambda commit: git("cat-file", "blob", f"{commit}:catalog.md")


def is_filtered(blob: str) -> bool:
    return all(line.startswith("PTR:") for line in blob.splitlines())


def test_the_commit_holds_the_filtered_form_and_the_file_the_plain_one(
    catalog: MarkdownCatalog, git: Git, path: Path, filtered: Callable[[str], str]
) -> None:
    assert is_filtered(filtered("HEAD"))
    assert catalog.add(content(), NOON) == added(26, git("rev-parse", "HEAD"))
    catalog.add(SECOND, NOON)
    assert is_filtered(filtered("HEAD"))
    assert filtered("HEAD").replace("PTR:", "").count("2606.27483](") == 1
    assert "PTR:" not in path.read_text()
    assert git("status", "--porcelain") == ""
    assert git("diff", "--numstat", "HEAD~1").endswith("catalog.md")
    assert catalog.remove(content(), NOON) == removed(26, git("rev-parse", "HEAD"))
    assert is_filtered(filtered("HEAD"))
    assert git("status", "--porcelain") == ""


def test_drafts_of_a_filtered_file_stay_drafts(
    catalog: MarkdownCatalog, git: Git, path: Path, filtered: Callable[[str], str]
) -> None:
    path.write_text(path.read_text() + "\n書きかけ\n")
    git("add", "catalog.md")
    path.write_text(path.read_text() + "\nもう一つ\n")
    catalog.add(content(), NOON)
    assert "2606.27483" in filtered("HEAD")
    assert "書きかけ" not in filtered("HEAD")
    assert git("diff", "--cached", "--numstat") == "2\t1\tcatalog.md"
    assert git("diff", "--numstat") == "2\t0\tcatalog.md"


@pytest.mark.endurance
def test_what_others_pushed_is_taken_into_a_filtered_file(
    catalog: MarkdownCatalog, publish: Publish, git: Git, path: Path, hana: Git, filtered: Callable[[str], str]
) -> None:
    git("push", "--quiet", "origin", "main")
    for name, value in (("clean", "sed s/^/PTR:/"), ("smudge", "sed s/^PTR://")):
        hana("config", f"filter.ptr.{name}", value)
    catalog.add(content(), NOON)
    edits(hana, lambda text: text.replace("NeurIPS 2023", "NeurIPS 2023 (口頭)", 1))
    publish().bring(NOON)
    assert is_filtered(filtered("origin/main"))
    assert [path.read_text().count(sign) for sign in ("2606.27483](", "(口頭)", "PTR:")] == [1, 1, 0]
    assert git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("clean", "named"),
    [(None, "'ptr' that .gitattributes names is not set up"), ("false", "false"), ("sleep 60", "sleep 60")],
    ids=["missing", "failing", "hanging"],
)
def test_a_filter_that_does_not_work_is_named_and_nothing_is_written(
    catalog: MarkdownCatalog,
    git: Git,
    path: Path,
    filtered: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    clean: str | None,
    named: str,
) -> None:
    monkeypatch.setattr(git_process, "_PROGRAM_SECONDS", 0.5)
    before = filtered("HEAD")
    if clean is None:
        git("config", "--remove-section", "filter.ptr")
    else:
        git("config", "filter.ptr.clean", clean)
    with pytest.raises(CatalogError, match="the filter 'ptr'") as caught:
        catalog.add(content(), NOON)
    assert named in str(caught.value)
    assert (path.read_bytes(), filtered("HEAD")) == (SEED.read_bytes(), before)
    git("config", "filter.ptr.clean", "sed s/^/PTR:/")
    git("config", "filter.ptr.smudge", "sed s/^PTR://")
    assert catalog.add(content(), NOON) == added(26, git("rev-parse", "HEAD"))


def test_a_filter_of_one_process_is_spoken_to_as_git_speaks_to_it(
    catalog: MarkdownCatalog, git: Git, path: Path, filtered: Callable[[str], str], tmp_path: Path
) -> None:
    assert filtered("HEAD")
    git("config", "filter.ptr.process", str(program(tmp_path, "dies", "exit 1")))
    with pytest.raises(CatalogError, match=str(tmp_path / "dies")):
        catalog.add(content(), NOON)
    assert path.read_bytes() == SEED.read_bytes()
