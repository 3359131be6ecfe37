"""`watcher doctor`: every way in which a deployment may be ill is found, with its remedy."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.adapters.llm.manners import ALL, Manner, Right, dialects
from tests.revisions import with_second_revision
from tests.scenarios.conftest import CATEGORIES, FEED, Deployment
from tests.servers.arxiv import ArxivServer
from tests.servers.llm import LlmServer, failing, rejecting, templated
from tests.servers.slack_says import SlackSays
from watcher.adapters.catalogs.publishing import Publishing, Upstream
from watcher.adapters.desks.slack.api.examine import SCOPES, examine_slack
from watcher.adapters.store import SqlStore, migrations, open_database
from watcher.adapters.store.database_file import examine
from watcher.bootstrap.doctor import doctor, model_checkups, skew
from watcher.domain.errors import PushRefused
from watcher.domain.health import Checkup, Health
from watcher.settings import load_settings
from watcher.words_ja import cli as words

ROOT = Path(__file__).parents[2]
KEY = "sk-planted-0123456789"


@pytest.fixture
def slack_says() -> Iterator[SlackSays]:
    with SlackSays() as says:
        yield says


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return Path(shutil.copyfile(ROOT / "tests" / "data" / "catalog" / "catalog.md", tmp_path / "catalog.md"))


@pytest.fixture
def environ(tmp_path: Path, llm: LlmServer, catalog: Path) -> Iterator[dict[str, str]]:
    """A deployment in good health, every service of it on loopback."""
    with ArxivServer({CATEGORIES: FEED.read_bytes()}) as arxiv:
        yield {
            "WATCHER_CONFIG": str(ROOT / "config"),
            "WATCHER_DATA": str(tmp_path / "var"),
            "WATCHER_CATALOG": str(catalog),
            "WATCHER_ARXIV_RSS_URL": arxiv.rss_url,
            "OPENAI_BASE_URL": llm.url,
            "OPENAI_API_KEY": KEY,
            "WATCHER_MODEL": "m",
        }


def now() -> datetime:
    return datetime.now(UTC)


def looked_at(environ: Mapping[str, str], *, offline: bool = False) -> dict[str, Checkup]:
    found = doctor(load_settings(environ), now, offline=offline)
    assert KEY not in "".join(map(words.line, found))
    assert all(words.remedy(each) for each in found if each.health is not Health.OK)
    return {each.name: each for each in found}


@pytest.mark.endurance
def test_a_deployment_in_good_health_is_told_so_and_what_the_question_took(
    environ: dict[str, str], llm: LlmServer, tmp_path: Path
) -> None:
    (tmp_path / "var").mkdir()
    migrations.upgrade(database := open_database(tmp_path / "var" / "watcher.db"))
    database.close()

    found = looked_at(environ)

    assert {name: each.health for name, each in found.items()} == dict.fromkeys(
        ("installation", "configuration", "database", "catalog", "disk", "days", "source", "clock", "model"), Health.OK
    )
    assert "json_schema" in found["model"].detail
    assert "tokens, $" in found["model"].detail
    assert llm.calls == 1, "both stages have the same model"


def test_offline_nobody_is_asked(environ: dict[str, str], llm: LlmServer) -> None:
    assert looked_at(environ, offline=True).keys() == {"installation", "configuration", "database", "catalog", "disk"}
    assert llm.calls == 0


@pytest.mark.endurance
def test_what_is_wrong_with_files_and_feeds_is_told_together(
    environ: dict[str, str], llm: LlmServer, catalog: Path
) -> None:
    catalog.write_text("# no table\n", encoding="utf-8")
    environ["WATCHER_ARXIV_RSS_URL"] = f"{llm.url}/nowhere/"
    llm.always(failing(401, "invalid_api_key"))

    found = looked_at(environ)

    assert {name: each.sign for name, each in found.items() if each.health is Health.BROKEN} == {
        "catalog": "unreadable",
        "source": "unreadable",
        "model": "key",
    }


def test_a_catalog_that_no_row_could_be_written_to_is_told_with_what_to_do(
    environ: dict[str, str], catalog: Path
) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=H", "-c", "user.email=h@example.org"]
        subprocess.run(["git", *who, *arguments], cwd=catalog.parent, check=True, capture_output=True)

    git("init", "-q")
    git("add", "catalog.md")
    git("commit", "-qm", "begin")
    assert looked_at(environ, offline=True)["catalog"].health is Health.OK
    git("config", "gpg.program", "/nowhere/signs")
    git("config", "commit.gpgSign", "true")
    found = looked_at(environ, offline=True)["catalog"]
    assert (found.sign, "/nowhere/signs" in found.detail, "署名" in words.remedy(found)) == ("refused", True, True)
    git("checkout", "-q", "--detach")
    found = looked_at(environ, offline=True)["catalog"]
    assert (found.sign, "HEAD が切り離されています" in words.remedy(found)) == ("refused", True)


@pytest.mark.endurance
def test_a_model_server_that_is_down_is_told_from_one_that_refuses(environ: dict[str, str]) -> None:
    environ |= {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "WATCHER_ARXIV_RSS_URL": "http://127.0.0.1:9/"}

    assert looked_at(environ)["model"].sign == "unreachable"


@pytest.mark.endurance
def test_a_model_that_is_not_configured_is_told_with_what_to_set(environ: dict[str, str]) -> None:
    del environ["WATCHER_MODEL"]
    found = looked_at(environ)["model"]

    assert found.sign == "missing"
    assert "WATCHER_MODEL" in found.detail


@pytest.mark.endurance
def test_a_server_without_schemas_is_a_warning(environ: dict[str, str], llm: LlmServer) -> None:
    llm.always(rejecting("json_schema"))
    found = looked_at(environ)["model"]

    assert (found.health, found.sign) == (Health.WARNING, "no_schema")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """A store that is thrown away afterwards."""
    migrations.upgrade(database := open_database(tmp_path_factory.mktemp("own") / "own.db"))
    yield SqlStore(database)
    database.close()


@pytest.fixture(scope="module")
def servers() -> Iterator[LlmServer]:
    with LlmServer() as server:
        server.lists_models = False
        yield server


_AT_ONCE = [manner for manner in ALL if "chat" in dialects(manner) and (not manner.waits or "SGLang" in manner.name)]


@pytest.mark.endurance
@pytest.mark.parametrize("manner", _AT_ONCE, ids=[manner.name for manner in _AT_ONCE])
def test_the_verdict_on_a_model_fits_what_its_server_does(servers: LlmServer, own: SqlStore, manner: Manner) -> None:
    servers.reset()
    servers.when(manner.when, manner.behavior)
    environ = {
        "WATCHER_CONFIG": str(ROOT / "config"),
        "OPENAI_BASE_URL": servers.url,
        "OPENAI_API_KEY": KEY,
        "WATCHER_MODEL": manner.name,
    }

    found = next(model_checkups(load_settings(environ), own, now))

    if manner.right is Right.ANSWERED:
        last = servers.asked[-1].form
        whole = last == "json_schema"
        assert (found.health, found.sign) == ((Health.OK, "") if whole else (Health.WARNING, "no_schema"))
        assert last in found.detail
        return
    signs = {"OPENAI_API_KEY": "key", "credit": "credit", "WATCHER_MODEL": "not_offered", "rights": "access"}
    signs["OPENAI_BASE_URL"] = "address"
    passing = {"address", "failing"} if manner.right is Right.MAY_PASS else {"no_answer"}
    assert found.health is Health.BROKEN
    assert found.sign in ({signs[manner.remedy]} if manner.right is Right.EVERYBODY else passing)
    assert manner.says in found.detail


@pytest.mark.endurance
def test_a_model_that_gives_no_answer_is_never_told_to_be_well(environ: dict[str, str], llm: LlmServer) -> None:
    thoughts = {"role": "assistant", "content": None, "reasoning_content": '{"ok": true}'}
    llm.always(templated({"choices": [{"index": 0, "finish_reason": "stop", "message": thoughts}]}))

    assert (looked_at(environ)["model"].health, looked_at(environ)["model"].sign) == (Health.BROKEN, "no_answer")


@pytest.mark.empty_database
def test_a_database_is_empty_then_well_then_behind_then_ahead(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(database_url)
    assert examine(database).sign == "empty"
    migrations.upgrade(database)
    assert examine(database) == examine(database) == Checkup("database", Health.OK)
    with monkeypatch.context() as released:
        with_second_revision(tmp_path, released)
        assert examine(database).sign == "behind"
        migrations.upgrade(database)
        assert examine(database).health is Health.OK
    assert examine(database).sign == "ahead"
    with database.write() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '0022'")
    assert (found := examine(database)).sign == "unreleased"
    assert "WATCHER_DATA" in words.line(found)
    database.close()


def test_a_database_that_cannot_be_opened_is_unreachable(tmp_path: Path) -> None:
    assert examine(open_database(tmp_path / "no" / "folder" / "x.db")).sign == "unreachable"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_may_only_be_read_is_told(database_url: str) -> None:
    migrations.upgrade(database := open_database(database_url))
    with database.read() as connection:
        name = connection.exec_driver_sql("select current_database()").scalar()
    with database.write() as connection:
        connection.exec_driver_sql(f'alter database "{name}" set default_transaction_read_only = on')
    database.close()

    assert examine(database).sign == "read_only"
    database.close()


def test_slack_in_good_health(slack_says: SlackSays) -> None:
    assert slack_says.found() == dict.fromkeys(
        ("slack_token", "slack_scopes", "slack_channel", "slack_app_token"), (Health.OK, "")
    )


@pytest.mark.parametrize(
    ("method", "error", "name"),
    [
        ("auth.test", "invalid_auth", "slack_token"),
        ("conversations.history", "not_in_channel", "slack_channel"),
        ("conversations.history", "channel_not_found", "slack_channel"),
        ("apps.connections.open", "not_allowed_token_type", "slack_app_token"),
    ],
)
def test_what_slack_refuses_is_told_by_its_own_word(slack_says: SlackSays, method: str, error: str, name: str) -> None:
    slack_says.errors[method] = error

    assert slack_says.found()[name] == (Health.BROKEN, "refused")


def test_a_missing_scope_is_named_and_those_that_are_needed_break_the_desk(slack_says: SlackSays) -> None:
    slack_says.scopes = ",".join(SCOPES - {"links:read"})
    assert slack_says.found()["slack_scopes"] == (Health.WARNING, "missing")
    slack_says.scopes = ",".join(SCOPES - {"chat:write"})
    assert slack_says.found()["slack_scopes"] == (Health.BROKEN, "missing")
    slack_says.scopes = None
    assert slack_says.found()["slack_scopes"] == (Health.WARNING, "untold")


def test_a_slack_out_of_reach_is_told_from_one_that_refuses() -> None:
    (found,) = examine_slack("xoxb-x", "", "http://127.0.0.1:9/api/", ["C"])

    assert (found.health, found.sign) == (Health.BROKEN, "unreachable")


def test_the_scopes_looked_for_are_those_of_the_manifest() -> None:
    manifest = (ROOT / "config" / "slack" / "manifest.yaml").read_text(encoding="utf-8")
    asked = manifest.partition("    bot:\n")[2].partition("settings:")[0]

    assert {line.split("#")[0].strip(" -") for line in asked.splitlines() if line.strip().startswith("-")} == SCOPES


@pytest.mark.parametrize(("seconds", "health"), [(0, Health.OK), (-100, Health.OK), (200, Health.BROKEN)])
def test_a_clock_that_is_minutes_off_is_told(seconds: int, health: Health) -> None:
    now = datetime(2026, 6, 29, tzinfo=UTC)

    assert skew(now, now + timedelta(seconds=seconds)).health is health


def test_a_remote_that_lets_nobody_push_is_noticed_without_a_push(deployment: Deployment, tmp_path: Path) -> None:
    bare = tmp_path / "remote.git"
    deployment.git("init", "-q", "--bare", str(bare))
    deployment.git("remote", "add", "origin", str(bare))
    publishing = Publishing(deployment.catalog, ("w", "w@localhost"), Upstream("direct"))

    publishing.rehearse()
    assert deployment.git("ls-remote", "origin") == "", "nothing was pushed"

    deployment.git("remote", "set-url", "origin", str(tmp_path / "gone.git"))
    with pytest.raises(PushRefused, match="no such repository"):
        publishing.rehearse()


@pytest.mark.endurance
def test_the_command_ends_with_one_and_names_what_is_broken(deployment: Deployment) -> None:
    deployment.catalog.write_text("# no table\n", encoding="utf-8")
    done = deployment("doctor", "--offline", "--json")

    assert done.code == 1
    assert done.err.strip() == "watcher: 異常があります：カタログ"
    assert {each["name"]: each["health"] for each in done.json}["catalog"] == "broken"


def test_what_is_well_is_told_plainly_and_what_was_not_looked_at_is_not_called_well() -> None:
    assert words.line(Checkup("disk", Health.OK, detail="9.1 GB")) == "［正常］ディスク：空き 9.1 GB"
    assert words.line(Checkup("catalog", Health.OK, detail="/a/catalog.md")) == "［正常］カタログ：/a/catalog.md"
    assert words.line(Checkup("remote", Health.BROKEN, "refused", "HTTP 403")).endswith(
        "確かめてください。（HTTP 403）"
    )
