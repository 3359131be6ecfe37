"""What `check` finds in the environment, and what it and the first start tell of a deployment that begins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.test_shipped_configuration import CONFIG
from watcher.bootstrap import first_start
from watcher.bootstrap.check import check
from watcher.domain.errors import ConfigError
from watcher.settings import Settings, load_settings

QUEUE = {"WATCHER_QUEUE": "postgresql"}
POSTGRES = {"DATABASE_URL": "postgresql://watcher@db.example/watcher"}


def settings(**environ: str) -> Settings:
    return load_settings({"WATCHER_CONFIG": str(CONFIG), **environ})


def problems(**environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        check(settings(**environ))
    return caught.value.message


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_APP_TOKEN is set but SLACK_BOT_TOKEN is not"),
        ({"SLACK_SIGNING_SECRET": "s"}, "SLACK_SIGNING_SECRET is set but SLACK_BOT_TOKEN is not"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, "set SLACK_CHANNEL"),
        ({"WATCHER_SECRET_KEY": "hush-hush"}, "not a list of Fernet keys"),
        ({"SLACK_BOT_TOKEN": "xapp-hush-hush", "SLACK_CHANNEL": "C1"}, "must begin with xoxb-"),
        ({"SLACK_APP_TOKEN": "xoxb-hush-hush"}, "must begin with xapp-"),
        ({"SLACK_CHANNEL": "#papers"}, "'#papers' is a channel's name; write its id"),
        ({"WATCHER_CATALOGUE": "x"}, "WATCHER_CATALOGUE: no such variable; did you mean WATCHER_CATALOG?"),
        (QUEUE, "set DATABASE_URL to postgresql://"),
        ({**QUEUE, "DATABASE_URL": "sqlite:///watcher.db"}, "set DATABASE_URL to postgresql://"),
    ],
)
def test_check_names_what_does_not_go_together(environ: dict[str, str], says: str) -> None:
    told = problems(**environ)

    assert says in told
    assert "hush-hush" not in told


STATE = {"WATCHER_STATE_BRANCH": "state", "WATCHER_CATALOG_PUSH": "direct", "WATCHER_SECRET_KEY": "A" * 43 + "="}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"WATCHER_SECRET_KEY": ""}, "people could not be encrypted"),
        ({"WATCHER_CATALOG_PUSH": ""}, "rows would be lost with the machine"),
        ({"DATABASE_URL": "sqlite:///elsewhere.db"}, "the state is a file in the data folder"),
    ],
)
def test_check_names_what_keeps_the_state_from_a_branch(changed: dict[str, str], says: str) -> None:
    check(settings(**STATE))

    assert says in problems(**STATE | changed)


def test_a_bot_token_alone_is_enough_where_reactions_decide(tmp_path: Path) -> None:
    alone = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_CHANNEL": "C1"}
    check(settings(**alone))

    shutil.copytree(CONFIG, tmp_path / "config")
    values = tmp_path / "config" / "watcher.toml"
    values.write_text(values.read_text(encoding="utf-8").replace('reject = ["x"]', "reject = []"), encoding="utf-8")
    assert "nobody could decide" in problems(**alone, WATCHER_CONFIG=str(tmp_path / "config"))


def test_a_curator_is_named_by_id(tmp_path: Path) -> None:
    shutil.copytree(CONFIG, tmp_path / "config")
    values = tmp_path / "config" / "watcher.toml"
    plain = values.read_text(encoding="utf-8")
    values.write_text(plain.replace("curators = []", 'curators = ["U01HANA", "hana"]'), encoding="utf-8")

    told = problems(WATCHER_CONFIG=str(tmp_path / "config"))

    assert "slack.curators: 'hana' is a person's name" in told
    assert "U01HANA" not in told


def test_check_finds_nothing_wrong_with_a_shared_deployment_on_postgresql() -> None:
    check(settings(**QUEUE, **POSTGRES))


def test_check_names_a_queue_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "procrastinate", None)
    assert "install the extra 'postgres'" in problems(**QUEUE, **POSTGRES)


def test_an_old_name_of_a_setting_is_told_with_its_new_one(tmp_path: Path) -> None:
    shutil.copytree(CONFIG, tmp_path / "config")
    values = tmp_path / "config" / "watcher.toml"
    for old, new in (("[workers]", "[engine]"), ('queue = "none"', 'kind = "embedded"')):
        values.write_text(values.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        with pytest.raises(ConfigError, match=r"is now called (\[workers\]|queue)"):
            settings(WATCHER_CONFIG=str(tmp_path / "config"))
        values.write_text(values.read_text(encoding="utf-8").replace(new, old), encoding="utf-8")
    with pytest.raises(ConfigError, match="WATCHER_ENGINE is now called WATCHER_QUEUE"):
        settings(WATCHER_ENGINE="procrastinate")


def test_a_level_of_the_log_that_there_is_not_is_refused_and_case_is_of_no_matter() -> None:
    with pytest.raises(ConfigError, match=r"WATCHER_LOG.*'debug', 'info', 'warning'"):
        settings(WATCHER_LOG="loud")
    assert settings(WATCHER_LOG="INFO").env.WATCHER_LOG == "info"


def deployment_in(folder: Path) -> Path:
    folder.mkdir()
    (folder / "watcher.db").touch()
    return folder


def test_a_new_data_folder_is_a_beginning_and_others_nearby_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    default, sibling = deployment_in(Path("var")).absolute(), deployment_in(tmp_path / "lab")
    (tmp_path / "unrelated").mkdir()

    assert first_start(settings(WATCHER_DATA=str(tmp_path / "lba"))) == [sibling, default]
    assert first_start(settings(WATCHER_DATA=str(sibling))) is None
    assert first_start(settings()) is None


_LOOK = """
import sys
from watcher.bootstrap import first_start
from watcher.settings import load_settings
print(first_start(load_settings({"WATCHER_CONFIG": sys.argv[1], "WATCHER_DATA": sys.argv[2]})))
"""


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root may read everything")
def test_a_folder_nearby_that_may_not_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    look = [sys.executable, "-c", _LOOK, str(CONFIG), str(tmp_path / "data")]
    rights = "-dac_override,-dac_read_search"
    as_anybody = ["setpriv", "--bounding-set", rights, "--inh-caps", rights] if os.geteuid() == 0 else []

    done = subprocess.run([*as_anybody, *look], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_with_a_database_of_its_own_a_beginning_is_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert first_start(settings(**POSTGRES, WATCHER_DATA=str(tmp_path))) is None
    assert first_start(settings(**POSTGRES, WATCHER_DATA=str(tmp_path / "lab"))) == []
