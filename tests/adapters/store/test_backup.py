"""A backup holds every fact of one moment, and either kind of database takes it back."""

from __future__ import annotations

import gzip
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.store.steps import TOPIC, announce, decide, with_card
from tests.factories import NOW, RUN, an_announcement
from tests.revisions import SECOND, with_second_revision
from watcher.adapters.store import SqlStore, migrations, open_database
from watcher.adapters.store.backup import backup, restore
from watcher.domain.curation.card import CardState
from watcher.domain.errors import UsageError
from watcher.domain.facts import Verdict
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.papers.paper import PaperId


@pytest.fixture
def other(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    """An empty database of the kind that `store` is not, its schema not yet made."""
    if "postgresql" in database_url:
        url = f"sqlite:///{tmp_path / 'other.db'}"
    else:
        url = request.getfixturevalue("postgres").empty_database()
    database = open_database(url)
    yield SqlStore(database)
    database.close()


def a_used_store(store: SqlStore) -> int:
    number = with_card(store, "2606.00001")
    decide(store, number, Verdict.APPROVE)
    announce(store, "2606.00002")
    store.feeds.add_readings([FeedReport("cs.CL", SourceState.FRESH, 2, 2)], RUN, NOW)
    return number


@pytest.mark.endurance
def test_the_other_kind_of_database_takes_every_fact_back_and_goes_on(
    store: SqlStore, other: SqlStore, tmp_path: Path
) -> None:
    number = a_used_store(store)
    written = backup(store.database, tmp_path / "day.gz", NOW)

    taken = restore(other.database, tmp_path / "day.gz")

    assert taken == written
    assert taken["paper_versions"] == 2
    assert other.cards.get(number) == store.cards.get(number)
    assert other.cards.get(number).state is CardState.APPROVED
    assert other.history.of(PaperId("arxiv", "2606.00001")) == store.history.of(PaperId("arxiv", "2606.00001"))
    assert other.papers.announce([an_announcement("2606.00002")], [TOPIC], RUN, NOW) == 0
    assert (
        other.papers.announce([an_announcement("2606.00003")], [TOPIC], RUN, NOW) == 1
    )  # its number follows the others'


@pytest.mark.endurance
def test_two_backups_of_the_same_facts_through_both_databases_are_alike(
    store: SqlStore, other: SqlStore, tmp_path: Path
) -> None:
    a_used_store(store)
    backup(store.database, tmp_path / "first.gz", NOW)
    restore(other.database, tmp_path / "first.gz")
    backup(other.database, tmp_path / "second.gz", NOW)

    assert rows_of(tmp_path / "second.gz") == rows_of(tmp_path / "first.gz")


@pytest.mark.endurance
def test_a_database_that_holds_rows_is_left_as_it_is(store: SqlStore, tmp_path: Path) -> None:
    a_used_store(store)
    backup(store.database, tmp_path / "day.gz", NOW)

    with pytest.raises(UsageError, match="holds rows already"):
        restore(store.database, tmp_path / "day.gz")

    assert store.papers.numbers_of(PaperId("arxiv", "2606.00002"))


@pytest.mark.endurance
def test_a_backup_cut_short_or_changed_restores_nothing(store: SqlStore, other: SqlStore, tmp_path: Path) -> None:
    a_used_store(store)
    backup(store.database, tmp_path / "day.gz", NOW)
    whole = (tmp_path / "day.gz").read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    damaged = {
        "cut": whole[: len(whole) // 2],
        "no end": gzip.compress(b"".join(lines[:-1])),
        "a row less": gzip.compress(b"".join(line for i, line in enumerate(lines) if i != rows_at(lines))),
        "no backup": gzip.compress(b'{"a": 1}\n'),
        "no gzip": b"hello",
        "empty": b"",
        "newer": gzip.compress(
            b"".join([json.dumps(header(lines) | {"revision": "9999"}).encode() + b"\n", *lines[1:]])
        ),
    }

    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UsageError):
            restore(other.database, tmp_path / name)

    assert restore(other.database, tmp_path / "day.gz")["paper_versions"] == 2


@pytest.mark.endurance
def test_what_is_wrong_with_a_file_is_said_in_words(store: SqlStore, tmp_path: Path) -> None:
    (tmp_path / "text.gz").write_text("no gzip", encoding="utf-8")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"{" * 99)[:-4])
    says = {"text.gz": "not a backup of this program", "cut.gz": "cut off or damaged", "none.gz": "No such file"}

    for name, words in says.items():
        with pytest.raises(UsageError) as told:
            restore(store.database, tmp_path / name)
        assert words in str(told.value)
        assert "Error" not in str(told.value), "the names of classes help nobody"


@pytest.mark.endurance
def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    store: SqlStore, other: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_used_store(store)
    written = backup(store.database, tmp_path / "old.gz", NOW)
    with_second_revision(tmp_path, monkeypatch)

    assert restore(other.database, tmp_path / "old.gz") == written

    assert migrations.current(other.database) == SECOND
    assert other.papers.numbers_of(PaperId("arxiv", "2606.00002"))


@pytest.mark.parametrize("revision", ["0001", "0022"])
def test_a_backup_from_before_the_first_release_is_refused_in_words(
    store: SqlStore, other: SqlStore, tmp_path: Path, revision: str
) -> None:
    backup(store.database, tmp_path / "day.gz", NOW)
    lines = gzip.decompress((tmp_path / "day.gz").read_bytes()).splitlines(keepends=True)
    old = json.dumps(header(lines) | {"revision": revision}).encode() + b"\n"
    (tmp_path / "old.gz").write_bytes(gzip.compress(b"".join([old, *lines[1:]])))

    with pytest.raises(UsageError, match=rf"before 0\.1\.0 made it \(schema {revision}\).*new data folder"):
        restore(other.database, tmp_path / "old.gz")

    assert migrations.current(other.database) is None


def test_only_its_owner_may_read_a_backup_and_none_is_written_over(store: SqlStore, tmp_path: Path) -> None:
    backup(store.database, tmp_path / "day.gz", NOW)

    assert stat.S_IMODE((tmp_path / "day.gz").stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="exists already"):
        backup(store.database, tmp_path / "day.gz", NOW)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def rows_of(path: Path) -> list[tuple[str, list[str]]]:
    """The tables, each with its rows in no particular order."""
    found: dict[str, list[str]] = {}
    table = ""
    for line in gzip.decompress(path.read_bytes()).decode().splitlines()[1:-1]:
        content = json.loads(line)
        if isinstance(content, dict):
            table = content["table"]
            found[table] = []
        else:
            found[table].append(json.dumps(content, sort_keys=True))
    return sorted((name, sorted(rows)) for name, rows in found.items())


def rows_at(lines: list[bytes]) -> int:
    return next(i for i, line in enumerate(lines) if line.startswith(b"["))


def header(lines: list[bytes]) -> dict[str, object]:
    content: dict[str, object] = json.loads(lines[0])
    return content
