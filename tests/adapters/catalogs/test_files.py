"""A rewrite is whole or not at all, and no other hand's edit gets lost under it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import commands
from tests.adapters.catalogs.rows import SEED, added, content
from tests.fakes import NOON
from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.domain.errors import CatalogConflict, CatalogError


def rewrite(path: Path, edit: Callable[[bytes], bytes]) -> None:
    for draft in files.drafts(path):
        draft.after = edit(draft.before)


def test_an_edit_saved_between_reading_and_writing_is_kept(path: Path) -> None:
    seen: list[bytes] = []

    def edit(data: bytes) -> bytes:
        seen.append(data)
        if len(seen) == 1:
            path.write_bytes(data + b"\na person's line")
        return data + b"\nthe bot's line"

    rewrite(path, edit)
    assert len(seen) == 2
    assert path.read_bytes() == SEED.read_bytes() + b"\na person's line\nthe bot's line"
    assert [p.name for p in path.parent.iterdir()] == ["catalog.md"]


def test_a_file_that_never_keeps_still_is_a_conflict(path: Path) -> None:
    def edit(data: bytes) -> bytes:
        path.write_bytes(data + b".")
        return data + b"!"

    with pytest.raises(CatalogConflict, match="keeps changing"):
        rewrite(path, edit)
    assert path.read_bytes() == SEED.read_bytes() + b"....."


def test_a_failing_edit_leaves_the_file(path: Path) -> None:
    def edit(data: bytes) -> bytes:
        raise CatalogError("no", about=str(len(data)))

    with pytest.raises(CatalogError):
        rewrite(path, edit)
    assert path.read_bytes() == SEED.read_bytes()


def test_mode_and_links_survive(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    link = tmp_path / "link.md"
    link.symlink_to(path)
    assert MarkdownCatalog(link, "W", "w@example.org").add(content(), NOON) == added(26)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o7777 == 0o640
    assert "**26. " in path.read_text()


def test_a_draft_left_by_a_killed_watcher_is_overwritten(catalog: MarkdownCatalog, path: Path) -> None:
    (path.parent / ".catalog.md.draft").write_text("half a cat")
    assert catalog.add(content(), NOON) == added(26)
    assert not (path.parent / ".catalog.md.draft").exists()


def test_a_draft_that_is_a_link_leads_nowhere(catalog: MarkdownCatalog, path: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (path.parent / ".catalog.md.draft").symlink_to(victim)
    catalog.add(content(), NOON)
    assert victim.read_text() == "mine"


def test_a_folder_without_room_for_a_draft_is_an_error_that_says_so(path: Path) -> None:
    (path.parent / ".catalog.md.draft").mkdir()
    with pytest.raises(CatalogError, match="cannot be written"):
        rewrite(path, lambda data: data + b"!")
    assert path.read_bytes() == SEED.read_bytes()


_ADD = """
import sys; from pathlib import Path
from tests.adapters.catalogs.rows import content; from tests.fakes import NOON
from watcher.adapters.catalogs.markdown import MarkdownCatalog
catalog = MarkdownCatalog(Path(sys.argv[1]), "W", "w@example.org")
for n in range(10): catalog.add(content(f"2606.{sys.argv[2]}{n:04d}"), NOON)
"""


@pytest.mark.endurance
def test_two_watchers_at_once_lose_no_row(path: Path) -> None:
    both = [commands.start(["-c", _ADD, str(path), which]) for which in "12"]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert path.read_text().count("**Sato et al.**") == 20
    assert "合計：45本" in path.read_text()
