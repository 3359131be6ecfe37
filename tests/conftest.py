"""Every test starts from a clean environment; databases are real, SQLite and PostgreSQL alike."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa

from tests.databases import PostgresServer, SqliteTemplate, no_fsync
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade

_OURS = ("WATCHER_", "OPENAI_", "SLACK_", "DATABASE_URL", "PORT")
_FOR_TESTS = ("WATCHER_TOOLS", "WATCHER_REQUIRE_TOOLS")


_MEMORY = Path("/dev/shm")  # noqa: S108 - Linux keeps its files in memory
_ENOUGH_MEMORY = 4 * 1024**3  # bytes


hypothesis.settings.register_profile("tests", deadline=None)  # a busy machine takes its time over any example
hypothesis.settings.load_profile("tests")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the tests' folders in memory where there is room: a commit there takes a fiftieth of the time on a disk.

    Each session has a place of its own: pytest closes the common one to all other users when another session begins, and
    PostgreSQL runs as another user where the tests run as root.
    """
    if "PYTEST_DEBUG_TEMPROOT" not in os.environ and _has_room(_MEMORY):
        folder = tempfile.mkdtemp(prefix="watcher-tests-", dir=_MEMORY)
        os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def _has_room(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ENOUGH_MEMORY


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for no garbage while the tests are imported, which takes a quarter less time, and never among these later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a PostgreSQL server, which takes seconds to start, as `endurance`."""
    for item in items:
        call = getattr(item, "callspec", None)
        if call and call.params.get("database_url") == "postgresql":
            item.add_marker(pytest.mark.endurance)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(_OURS) and name not in _FOR_TESTS:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own."""
    server = PostgresServer(tmp_path_factory.mktemp("postgres"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    """What SQLite's databases are copied from."""
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[str]:
    """The URL of a database of either kind that holds the schema and no row.

    A test marked `empty_database` gets one without the schema, as a deployment's first start finds it.
    """
    is_empty = request.node.get_closest_marker("empty_database") is not None
    if request.param == "sqlite":
        file = tmp_path / "watcher.db"
        if not is_empty:
            sqlite_template.copy(file)
        yield f"sqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    if is_empty:
        yield server.empty_database()
        return
    url = server.take()
    yield url
    server.give_back(url)


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    """A store on a database that holds no row, and that need not survive a power cut."""
    database = open_database(database_url)
    if database.is_sqlite:
        sa.event.listen(database.engine, "connect", no_fsync)
    upgrade(database)
    yield SqlStore(database)
    database.close()
