"""The schema comes and goes with data in it, and the migrations say what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from tests.factories import NOW, RUN, a_topic, an_announcement
from watcher.adapters.store import SqlStore, migrations, open_database
from watcher.adapters.store.tables import Moment, metadata
from watcher.domain.errors import ConfigError


def test_the_head_named_in_code_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))

    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD


def test_the_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    database = open_database(database_url)
    migrations.upgrade(database)
    with database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    database.close()

    assert differences == []


def test_the_schema_goes_down_and_up_again_with_data_in_it(store: SqlStore) -> None:
    store.announce([an_announcement()], [a_topic()], RUN, NOW)

    migrations.downgrade(store.database, "base")
    assert migrations.current(store.database) is None or migrations.current(store.database) != migrations.HEAD
    migrations.upgrade(store.database)

    assert migrations.current(store.database) == migrations.HEAD
    assert store.announce([an_announcement()], [a_topic()], RUN, NOW) == 1


@pytest.mark.parametrize(
    ("url", "says"), [("nonsense", "not a database URL"), ("mysql://x/y", "SQLite or PostgreSQL|driver")]
)
def test_a_wrong_database_url_is_named(url: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        open_database(url)


def test_a_database_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'missing' / 'x.db'}")

    with pytest.raises(ConfigError, match="cannot be opened"):
        migrations.upgrade(database)


def test_sqlite_waits_for_no_reader_and_keeps_foreign_keys(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'x.db'}")
    with database.read() as connection:
        pragmas = [connection.scalar(sa.text(f"pragma {name}")) for name in ("journal_mode", "foreign_keys")]
        synchronous = connection.scalar(sa.text("pragma synchronous"))
    database.close()

    assert pragmas == ["wal", 1]
    assert synchronous == 2


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Moment().process_bind_param(NOW.replace(tzinfo=None), None)
