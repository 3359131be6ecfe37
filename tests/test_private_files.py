"""What a deployment writes is readable by its owner alone, whatever the umask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from watcher.adapters.queue.folder_lock import hold
from watcher.bootstrap import open_store
from watcher.settings import load_settings


@pytest.fixture
def _common_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


@pytest.mark.usefixtures("_common_umask")
def test_database_log_locks_and_folders_are_their_owner_s_alone(tmp_path: Path) -> None:
    data = tmp_path / "lab" / "var"
    store = open_store(load_settings({"WATCHER_DATA": str(data)}))

    with hold(data), store.database.hold():
        files = {path.name: mode(path) for path in data.iterdir()}
    store.database.close()

    assert {"watcher.db", "watcher.db-wal", "watcher.db.made", "watcher.lock", "watcher.db.lock"} <= files.keys()
    assert set(files.values()) == {"0o600"}
    assert (mode(data), mode(data.parent)) == ("0o700", "0o700")


@pytest.mark.usefixtures("_common_umask")
def test_a_folder_that_stands_already_keeps_the_rights_that_people_gave_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)

    open_store(load_settings({"WATCHER_DATA": str(tmp_path)})).database.close()

    assert mode(tmp_path) == "0o750"
    assert mode(tmp_path / "watcher.db") == "0o600"
