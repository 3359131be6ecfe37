"""The catalog's branch is the one that readers see; nothing is written while another or none is checked out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.adapters.catalogs.conftest import Git
from tests.adapters.catalogs.remote import Publish, edits
from tests.adapters.catalogs.rows import SEED, added, content
from tests.catalog_kills import CATALOGS, shape_of
from tests.fakes import NOON
from watcher.adapters.catalogs.files import adopt_branch
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.domain.errors import CatalogError

SECOND = content("2606.00001")


def test_a_detached_head_is_never_the_catalog_s_branch(catalog: MarkdownCatalog, git: Git, path: Path) -> None:
    git("checkout", "--quiet", "--detach")
    before = git("rev-parse", "HEAD")
    with pytest.raises(CatalogError, match="HEAD is detached") as caught:
        catalog.add(content(), NOON)
    assert "check" in caught.value.remedy
    assert (path.read_bytes(), git("rev-parse", "HEAD"), git("rev-parse", "main")) == (
        SEED.read_bytes(),
        before,
        before,
    )
    git("checkout", "--quiet", "main")
    assert catalog.add(content(), NOON) == added(26, git("rev-parse", "main"))


def test_a_bisect_that_is_under_way_is_named_with_the_command_that_ends_it(
    catalog: MarkdownCatalog, git: Git, path: Path
) -> None:
    for name in ("one", "two", "three"):
        git("commit", "--quiet", "--allow-empty", f"--message={name}")
    git("bisect", "start", "HEAD", "HEAD~3")
    with pytest.raises(CatalogError, match="a bisect is under way") as caught:
        catalog.add(content(), NOON)
    assert "git bisect reset" in caught.value.remedy
    assert path.read_bytes() == SEED.read_bytes()


def test_the_first_row_takes_the_catalog_over_on_the_branch_that_is_checked_out(
    catalog: MarkdownCatalog, git: Git, path: Path
) -> None:
    first = catalog.add(content(), NOON)
    for act in (["checkout", "--quiet", "-b", "draft"], ["checkout", "--quiet", "--detach", "main"]):
        git(*act)
        with pytest.raises(CatalogError, match=r"'draft', not 'main'|detached") as caught:
            catalog.add(SECOND, NOON)
        assert "check main out" in caught.value.remedy
    assert "2606.00001" not in path.read_text()
    assert git("rev-parse", "main") == git("rev-parse", "draft") == first.commit
    git("checkout", "--quiet", "main")
    assert catalog.add(SECOND, NOON) == added(27, git("rev-parse", "main"))
    assert git("rev-parse", "draft") == first.commit


def test_a_branch_that_is_configured_is_the_one_whatever_is_checked_out(
    catalog: MarkdownCatalog, git: Git, path: Path
) -> None:
    configured = MarkdownCatalog(path, "W", "w@example.org", branch="published")
    with pytest.raises(CatalogError, match="'main', not 'published'"):
        configured.add(content(), NOON)
    assert path.read_bytes() == SEED.read_bytes()
    git("checkout", "--quiet", "-b", "published")
    assert configured.add(content(), NOON) == added(26, git("rev-parse", "published"))
    assert catalog.remove(content(), NOON).number == 26  # nothing was remembered before


def test_adopting_moves_the_catalog_to_the_branch_that_is_checked_out(
    catalog: MarkdownCatalog, git: Git, path: Path
) -> None:
    catalog.add(content(), NOON)
    git("checkout", "--quiet", "-b", "new/home")
    adopt_branch(path)
    assert catalog.add(SECOND, NOON) == added(27, git("rev-parse", "new/home"))
    git("checkout", "--quiet", "--detach")
    with pytest.raises(CatalogError, match="detached"):
        adopt_branch(path)


def test_a_branch_with_the_name_of_a_tag_is_found(catalog: MarkdownCatalog, git: Git) -> None:
    git("tag", "main", "HEAD")
    first = catalog.add(content(), NOON)
    assert first == added(26, git("rev-parse", "refs/heads/main"))
    assert catalog.add(content(), NOON) == first
    assert git("rev-parse", "refs/tags/main") != first.commit


def test_a_branch_that_a_person_moves_while_a_row_is_written_is_not_overwritten(
    catalog: MarkdownCatalog, git: Git, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from watcher.adapters.catalogs.git import Repository  # noqa: PLC0415

    tree_with = Repository.tree_with

    def meanwhile(self: Repository, tree: str, blob: str, at: datetime) -> str:
        made = tree_with(self, tree, blob, at)
        git("commit", "--quiet", "--allow-empty", "--message=Hana's")
        monkeypatch.undo()
        return made

    monkeypatch.setattr(Repository, "tree_with", meanwhile)
    with pytest.raises(CatalogError, match="update-ref"):
        catalog.add(content(), NOON)
    assert git("log", "-1", "--format=%s") == "Hana's"
    assert catalog.add(content(), NOON) == added(26, git("rev-parse", "HEAD"))
    assert git("status", "--porcelain") == ""
    assert path.read_text().count("2606.27483](") == 1


def test_a_branch_that_is_left_while_a_row_is_written_gets_no_commit_and_the_other_none_either(
    catalog: MarkdownCatalog, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    from watcher.adapters.catalogs.git import Repository  # noqa: PLC0415

    catalog.add(SECOND, NOON)
    git("branch", "other")
    advance, before = Repository.advance, git("rev-parse", "main")

    def meanwhile(self: Repository, *arguments: object) -> None:
        git("checkout", "--quiet", "other")
        advance(self, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Repository, "advance", meanwhile)
        with pytest.raises(CatalogError, match="no longer checked out"):
            catalog.add(content(), NOON)
    assert git("rev-parse", "main") == git("rev-parse", "other") == before
    git("checkout", "--quiet", "main")
    assert catalog.add(content(), NOON) == added(27, git("rev-parse", "main"))
    assert git("status", "--porcelain") == ""


def test_others_commits_are_not_merged_into_a_branch_that_is_not_the_catalog_s(
    catalog: MarkdownCatalog, publish: Publish, git: Git, hana: Git
) -> None:
    catalog.add(content(), NOON)
    edits(hana, lambda text: text.replace("NeurIPS 2023", "NeurIPS 2023 (口頭)", 1))
    git("checkout", "--quiet", "-b", "draft")
    before = git("rev-parse", "draft")
    with pytest.raises(CatalogError.__mro__[1], match="'draft', not 'main'"):
        publish().bring(NOON)
    assert git("rev-parse", "draft") == git("rev-parse", "main") == before


@pytest.mark.parametrize("kind", ["bullets", "years"])
def test_a_catalog_of_another_shape_is_written_on_its_branch_alone(git: Git, path: Path, kind: str) -> None:
    path.write_bytes(CATALOGS[kind])
    git("commit", "--quiet", "--all", "--message=Another list")
    catalog = MarkdownCatalog(path, "W", "w@example.org", shape=shape_of(CATALOGS[kind]))
    first = catalog.add(content(), NOON)
    assert first.commit == git("rev-parse", "main")
    for act in (["checkout", "--quiet", "-b", "draft"], ["checkout", "--quiet", "--detach", "main"]):
        git(*act)
        with pytest.raises(CatalogError, match=r"'draft', not 'main'|detached"):
            catalog.add(SECOND, NOON)
    assert "2606.00001" not in path.read_text()
    git("checkout", "--quiet", "main")
    assert catalog.add(SECOND, NOON).commit == git("rev-parse", "main")
    for row in (SECOND, content()):
        catalog.remove(row, NOON)
    assert path.read_bytes() == CATALOGS[kind]
    assert git("status", "--porcelain") == ""
