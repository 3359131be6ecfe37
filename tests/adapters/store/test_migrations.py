"""The schema comes and goes with data in it, and the migrations say what the tables say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from tests.adapters.store.steps import decide, with_card
from tests.factories import NOW, RUN, a_topic, an_announcement
from tests.revisions import SECOND, with_second_revision
from watcher.adapters.store import SqlStore, migrations, open_database
from watcher.adapters.store.backup import backup, restore
from watcher.adapters.store.database import Database, Moment
from watcher.adapters.store.tables import metadata
from watcher.domain.curation.card import CardState
from watcher.domain.errors import BusyError, ConfigError, DatabaseError, UsageError
from watcher.domain.facts import Verdict

pytestmark = pytest.mark.empty_database


def test_the_head_named_in_code_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.SCRIPTS))

    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD


def test_the_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    database = open_database(database_url)
    migrations.upgrade(database)
    with database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    database.close()

    assert differences == []


def described(database: Database) -> dict[str, Any]:
    """Everything a server tells of every table, but for the order in which it tells it."""
    with database.read() as connection:
        look = sa.inspect(connection)
        return {
            name: {
                "columns": [column | {"type": repr(column["type"])} for column in look.get_columns(name)],
                "primary key": look.get_pk_constraint(name),
                "foreign keys": sorted(look.get_foreign_keys(name), key=str),
                "unique": sorted(look.get_unique_constraints(name), key=str),
                "checks": sorted(look.get_check_constraints(name), key=str),
                "indexes": sorted(
                    (
                        index | {"dialect_options": {k: str(v) for k, v in index["dialect_options"].items()}}
                        for index in look.get_indexes(name)
                    ),
                    key=str,
                ),
            }
            for name in look.get_table_names()
            if name != "alembic_version"
        }


def test_a_database_that_was_migrated_is_one_made_from_the_tables_to_the_last_default(database_url: str) -> None:
    database = open_database(database_url)
    migrations.upgrade(database)
    migrated = described(database)
    migrations.downgrade(database, "base")
    assert described(database) == {}
    with database.write() as connection:
        metadata.create_all(connection)
    made = described(database)
    database.close()

    assert migrated == made
    assert migrated.keys() == metadata.tables.keys()


def test_the_schema_goes_down_and_up_again_with_data_in_it(store: SqlStore) -> None:
    store.papers.announce([an_announcement()], [a_topic()], RUN, NOW)

    migrations.downgrade(store.database, "base")
    assert migrations.current(store.database) is None or migrations.current(store.database) != migrations.HEAD
    migrations.upgrade(store.database)

    assert migrations.current(store.database) == migrations.HEAD
    assert store.papers.announce([an_announcement()], [a_topic()], RUN, NOW) == 1


def test_what_older_tables_hold_survives_every_step_down_and_up_again(
    store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = with_card(store)
    decide(store, number, Verdict.APPROVE)
    paper = store.cards.get(number).candidate.paper.id
    before = store.history.of(paper)

    first = migrations.HEAD
    with_second_revision(tmp_path, monkeypatch)
    migrations.upgrade(store.database)
    assert migrations.current(store.database) == SECOND
    migrations.downgrade(store.database, first)
    assert migrations.current(store.database) == first
    migrations.upgrade(store.database)

    assert store.history.of(paper) == before
    assert store.cards.get(number).state is CardState.APPROVED
    assert store.papers.announce([an_announcement("2606.00001")], [a_topic()], RUN, NOW) == 0
    assert store.papers.announce([an_announcement("2606.00009")], [a_topic()], RUN, NOW) == 1


@pytest.mark.endurance
@pytest.mark.parametrize("revision", ["0001", "0013", "0022"])
def test_a_schema_from_before_the_first_release_is_refused_and_left_as_it_is(
    store: SqlStore, tmp_path: Path, revision: str
) -> None:
    stand_at(store.database, revision)
    before = described(store.database)

    for refused in (
        migrations.upgrade,
        migrations.must_not_lag,
        lambda database: migrations.downgrade(database, "base"),
        lambda database: backup(database, tmp_path / "day.gz", NOW),
        lambda database: restore(database, tmp_path / "day.gz"),
    ):
        with pytest.raises(
            ConfigError, match=rf"before 0\.1\.0 made the schema: it stands at {revision}.*new data folder"
        ):
            refused(store.database)

    assert (described(store.database), migrations.current(store.database)) == (before, revision)
    assert not (tmp_path / "day.gz").exists()


def test_a_schema_of_a_later_release_is_refused_and_left_as_it_is(store: SqlStore) -> None:
    stand_at(store.database, SECOND)

    for refused in (migrations.upgrade, lambda database: migrations.downgrade(database, "base")):
        with pytest.raises(ConfigError, match=f"a newer version made the schema: it stands at {SECOND}"):
            refused(store.database)

    assert migrations.current(store.database) == SECOND


def stand_at(database: Database, revision: str) -> None:
    with database.write() as connection:
        connection.execute(sa.text("update alembic_version set version_num = :to"), {"to": revision})


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://x/y", "postgresql://host:notaport/x", "postgresql+nosuchdriver://host/x"]
)
def test_a_wrong_database_url_is_named(url: str) -> None:
    with pytest.raises(ConfigError, match="use sqlite:///FILE or postgresql://"):
        open_database(url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database at all, but long enough to look into" * 10)

    with pytest.raises(DatabaseError, match=r"notes\.txt.*is no database"):
        migrations.upgrade(open_database(tmp_path / "notes.txt"))


@pytest.mark.endurance
def test_a_folder_with_odd_signs_keeps_its_own_database(tmp_path: Path) -> None:
    for name in ("a?b", "100%41", "日本 語#x"):
        (tmp_path / name).mkdir()
        migrations.upgrade(open_database(tmp_path / name / "watcher.db"))

        assert (tmp_path / name / "watcher.db").is_file()


def test_an_unknown_revision_is_named(tmp_path: Path) -> None:
    database = open_database(tmp_path / "x.db")

    with pytest.raises(UsageError, match="nope"):
        migrations.downgrade(database, "nope")


def test_a_database_has_one_watcher_at_a_time(database_url: str) -> None:
    one, other = open_database(database_url), open_database(database_url)

    with one.hold(), pytest.raises(BusyError, match="another watcher"), other.hold():
        pass
    with other.hold():
        pass
    one.close()
    other.close()


def test_a_database_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'missing' / 'x.db'}")

    with pytest.raises(DatabaseError, match="cannot be opened"):
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
