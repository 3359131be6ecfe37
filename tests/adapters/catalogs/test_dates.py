"""What people wrote is dated by the commits of its file; what is in no commit, by the file itself."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.adapters.catalogs.conftest import Git
from tests.adapters.catalogs.rows import content
from tests.fakes import NOON
from watcher.adapters.catalogs.exports import ExportCache
from watcher.adapters.catalogs.exports.source import standing_since
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.domain.papers.paper import PaperId

ATOM = {"a": "http://www.w3.org/2005/Atom"}
BEGUN, WRITTEN = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def history(git: Git, path: Path) -> Git:
    """The catalog committed at BEGUN, the file written at WRITTEN."""
    at = BEGUN.isoformat()
    git("-c", "commit.gpgsign=false", "commit", "--quiet", "--amend", "--no-edit", f"--date={at}")
    os.utime(path, (WRITTEN.timestamp(), WRITTEN.timestamp()))
    return git


def feed(path: Path, added: dict[PaperId, datetime] | None = None) -> ET.Element:
    return ET.fromstring(ExportCache(path, lambda: added or {}).export("atom").data)


def updated(root: ET.Element) -> list[str]:
    return [entry.findtext("a:updated", "", ATOM) for entry in root.findall("a:entry", ATOM)]


@pytest.mark.usefixtures("history")
def test_a_catalog_that_people_wrote_has_all_its_entries_in_the_feed(path: Path, catalog: MarkdownCatalog) -> None:
    root = feed(path)

    assert updated(root) == ["2025-01-02T03:04:05Z"] * len(catalog.read().entries)
    assert root.findtext("a:updated", "", ATOM) == "2025-01-02T03:04:05Z"
    assert all(entry.findtext("a:id", "", ATOM) for entry in root.findall("a:entry", ATOM))


def test_a_row_is_dated_by_the_commit_that_first_brought_it_whatever_changed_since(
    history: Git, path: Path, catalog: MarkdownCatalog
) -> None:
    catalog.add(content(), NOON)
    text = path.read_text("utf-8").replace("arXiv:2606.27483", "arXiv: 2606.27483")
    path.write_text(text.replace("LLaVA", "LLAVA"), "utf-8")
    history("-c", "commit.gpgsign=false", "commit", "--quiet", "--all", "--message=Another spelling")
    history("mv", "catalog.md", "list.md")
    history("-c", "commit.gpgsign=false", "commit", "--quiet", "--message=Another name")

    dates = updated(feed(path.with_name("list.md")))
    assert dates[0] == f"{NOON:%Y-%m-%dT%H:%M:%SZ}"
    assert set(dates[1:]) == {"2025-01-02T03:04:05Z"}


def test_what_the_bot_recorded_comes_before_what_git_tells(history: Git, path: Path, catalog: MarkdownCatalog) -> None:
    assert history("status", "--porcelain") == ""
    catalog.add(content(), NOON)
    recorded = NOON + timedelta(minutes=5)

    assert updated(feed(path, {content().id: recorded}))[0] == f"{recorded:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.usefixtures("history")
def test_what_is_in_no_commit_is_dated_by_the_file(path: Path, catalog: MarkdownCatalog) -> None:
    text = path.read_text("utf-8")
    row = next(line for line in text.split("\n") if line.startswith("| **3. LLaVA"))
    path.write_text(
        text.replace(row, f"{row}\n{row.replace('LLaVA', 'Of tomorrow').replace('2304.08485', '2611.00001')}"), "utf-8"
    )
    os.utime(path, (WRITTEN.timestamp(), WRITTEN.timestamp()))

    since = standing_since(path, catalog.read().entries)
    assert sorted(set(since.values())) == [BEGUN, WRITTEN]
    assert set(updated(feed(path))) == {f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in since.values()}


@pytest.mark.parametrize("name", ["catalog.md", "-a [b]* :(top).md"])
def test_without_a_repository_the_file_dates_everything(path: Path, name: str) -> None:
    path = path.rename(path.with_name(name))
    os.utime(path, (WRITTEN.timestamp(), WRITTEN.timestamp()))

    assert set(updated(feed(path))) == {"2026-06-01T00:00:00Z"}


def test_an_odd_name_has_its_history_too(history: Git, path: Path) -> None:
    history("mv", "catalog.md", ":(top) [b]*.md")
    history("-c", "commit.gpgsign=false", "commit", "--quiet", "--message=Odd")

    assert set(updated(feed(path.with_name(":(top) [b]*.md")))) == {"2025-01-02T03:04:05Z"}
