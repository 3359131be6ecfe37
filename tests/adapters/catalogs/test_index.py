"""Git's index, whatever a person's git does between two steps of the bot: their next commit takes no row back."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.catalogs.conftest import Git
from tests.adapters.catalogs.rows import added, content
from tests.adapters.catalogs.test_kill import ADVANCE, killed_while
from tests.fakes import NOON
from watcher.adapters.catalogs.git_process import Git as OurGit
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.domain.errors import CatalogError

EARLIER, NEW, LATER = content("2606.00001"), content(), content("2606.00002")
STEPS = {
    "hash-object": 1,
    "read-tree": 1,
    "commit-tree": 1,
    "symbolic-ref": 2,  # the first looks for the branch
    "ls-files": 1,
    "update-index": 2,  # the first is of an index apart
    "update-ref": 2,  # the first notes what is put into the index
}
"""Git commands by which a row is written, and which of that name it is."""


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have a person act before a git command of the bot: the one of that name and count."""

    def prepare(step: str, act: Callable[[], object]) -> None:
        left, run = STEPS[step], OurGit.run

        def running(self: OurGit, *words: str, **options: object) -> subprocess.CompletedProcess[bytes]:
            nonlocal left
            left -= words[0] == step
            if not left:
                left = -1
                act()
            return run(self, *words, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(OurGit, "run", running)

    return prepare


def written(catalog: MarkdownCatalog) -> None:
    """Write the new row, as the stage does: what failed is tried again."""
    for _ in range(2):
        try:
            catalog.add(NEW, NOON)
        except CatalogError:
            continue
        return
    raise AssertionError("it is never written")


@pytest.mark.parametrize("step", STEPS)
def test_a_branch_that_a_person_resets_while_a_row_is_written_leaves_no_row_in_the_index(
    catalog: MarkdownCatalog, git: Git, path: Path, meanwhile: Callable[..., None], step: str
) -> None:
    catalog.add(EARLIER, NOON)
    meanwhile(step, lambda: git("reset", "--quiet", "--hard", "HEAD~1"))
    written(catalog)
    assert catalog.add(LATER, NOON).commit
    assert git("status", "--porcelain") == ""
    assert [path.read_text().count(f"{paper}](") for paper in ("2606.00001", "2606.27483", "2606.00002")] == [0, 1, 1]


@pytest.mark.parametrize("act", ["add", "remove"])
@pytest.mark.parametrize("step", STEPS)
def test_a_reset_of_which_a_commit_sees_only_the_files_leaves_no_row_in_the_index(
    catalog: MarkdownCatalog, git: Git, meanwhile: Callable[..., None], step: str, act: str
) -> None:
    catalog.add(EARLIER, NOON)
    before = git("rev-parse", "HEAD~1")
    meanwhile(step, lambda: git("read-tree", "--reset", "-u", before))
    catalog.add(NEW, NOON)
    git("update-ref", "HEAD", before)
    git("read-tree", "--reset", "-u", before) if step in {"hash-object", "read-tree", "commit-tree"} else None
    getattr(catalog, act)(NEW, NOON)  # it is lost; the curator says what shall be
    assert git("status", "--porcelain") == ""


@pytest.mark.endurance
@pytest.mark.parametrize(
    ("step", "when"),
    [
        ("ls-files", "before"),
        ("update-index", "after"),
        ("update-ref", "after"),
        (ADVANCE, "before"),
        (ADVANCE, "after"),
    ],
)
def test_a_person_s_commit_after_a_kill_takes_no_row_back(
    catalog: MarkdownCatalog, git: Git, path: Path, tmp_path: Path, step: str, when: str
) -> None:
    killed_while("add", path, step, when, tmp_path / "bin")
    (path.parent / "other.md").write_text("1\n")
    git("add", "other.md")
    stood = "2606.27483](" in git("show", "HEAD:catalog.md")
    git("-c", "commit.gpgsign=false", "commit", "--quiet", "--message=Hana's")
    assert ("2606.27483](" in git("show", "HEAD:catalog.md")) >= stood
    assert catalog.add(NEW, NOON).number == 26
    assert git("status", "--porcelain") == ""
    assert git("show", "HEAD:catalog.md").count("2606.27483](") == 1


def test_an_older_version_in_the_index_gives_way_to_the_last_one(catalog: MarkdownCatalog, git: Git) -> None:
    old = git("rev-parse", "HEAD:catalog.md")
    catalog.add(EARLIER, NOON)
    git("update-index", "--cacheinfo", f"100644,{old},catalog.md")
    assert git("status", "--porcelain") == "MM catalog.md"
    assert catalog.add(NEW, NOON) == added(27, git("rev-parse", "HEAD"))
    assert git("status", "--porcelain") == ""


@pytest.mark.parametrize("draft", ["", "\n書きかけ\n"])
def test_what_a_person_staged_stays_staged(catalog: MarkdownCatalog, git: Git, path: Path, draft: str) -> None:
    catalog.add(EARLIER, NOON)
    text = path.read_text()
    path.write_text(text + "\n\n置いたもの\n")
    git("add", "catalog.md")
    path.write_text(text + draft)
    for row in (NEW, LATER):
        catalog.add(row, NOON)
        assert git("show", ":catalog.md").endswith("置いたもの")
        assert git("show", ":catalog.md").count("2606.") == git("show", "HEAD:catalog.md").count("2606.")
