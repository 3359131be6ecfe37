"""The files in deploy/: each names commands, options, variables and files that are there, and leaves the bot few rights."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
import yaml

from tests.docs.markdown import ROOT
from watcher import __version__
from watcher.cli import app
from watcher.settings import Environment

DEPLOY = ROOT / "deploy"
COMPOSE = ("compose.yaml", "compose.shared.yaml")
OTHERS = {"FORWARDED_ALLOW_IPS", "HOME", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
"""Variables of uvicorn, the shell and Python."""


def must_be_a_command(words: list[str]) -> None:
    """The words name a command of ours with options that it has."""
    command: Any = typer.main.get_command(app)
    context = click.Context(command, info_name="literature-watcher")
    rest = words
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None, words
        command, context = found, click.Context(found, parent=context, info_name=name)
    command.parse_args(context, list(rest))


def services() -> Iterator[tuple[str, dict[str, Any]]]:
    """The services of the compose files that run our image."""
    for name in COMPOSE:
        document = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))
        for service, values in document["services"].items():
            if values["image"].startswith("literature-watcher"):
                yield f"{name}: {service}", values


def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with their arguments."""
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#")).replace("\\\n", " ")
    return [
        (name, " ".join(rest.split()))
        for name, _, rest in (line.strip().partition(" ") for line in text.splitlines())
        if name
    ]


SERVICES = list(services())


@pytest.mark.parametrize(("name", "service"), SERVICES, ids=[name for name, _ in SERVICES])
def test_a_service_runs_one_of_our_commands_with_few_rights(name: str, service: dict[str, Any]) -> None:
    must_be_a_command(service["command"])

    assert service["image"] == f"literature-watcher:{__version__}", name
    assert (
        service["environment"].keys() <= Environment.model_fields.keys() | OTHERS if "environment" in service else True
    )
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["user"].split(":")[0] not in {"0", "root"}
    assert "no-new-privileges:true" in service["security_opt"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), "a proxy stands before it"
    assert (ROOT / "deploy" / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_the_image_runs_without_rights_from_files_that_are_there() -> None:
    found = dockerfile()
    last = found[max(n for n, (name, _) in enumerate(found) if name == "FROM") :]
    copied = [path for name, text in found if name == "COPY" and "--from" not in text for path in text.split()[:-1]]
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()

    assert next(text for name, text in last if name == "USER") not in {"0", "root"}
    assert "HEALTHCHECK" in dict(last)
    assert {path for path in copied if not (ROOT / path).exists()} == set()
    assert {f"!{path}" for path in copied} == {line for line in ignored if line.startswith("!")}
    assert yaml.safe_load(dict(last)["ENTRYPOINT"]) == ["literature-watcher"]
    must_be_a_command(yaml.safe_load(dict(last)["CMD"]))


def test_the_example_of_the_environment_names_variables_that_there_are() -> None:
    named = re.findall(
        r"^(?:# )?([A-Z_]+)=", (DEPLOY / "watcher.env.example").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert "WATCHER_WEB_SECRET" in named
    assert set(named) <= Environment.model_fields.keys()


@pytest.mark.parametrize("unit", ["watcher.service", "watcher-backup.service"])
def test_a_unit_of_systemd_starts_our_command_with_few_rights(unit: str) -> None:
    lines = configparser.ConfigParser(strict=False, interpolation=None, allow_no_value=True)
    lines.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    lines.read(DEPLOY / unit)
    service = lines["Service"]
    variables = {word.partition("=")[0] for word in shlex.split(service["Environment"])}

    program, *rest = shlex.split(service["ExecStart"])
    if Path(program).name == "literature-watcher":
        must_be_a_command(rest)
    else:
        assert (Path(program).name, rest) == ("watcher-backup", ["/var/lib/watcher/backups"])
    assert variables <= Environment.model_fields.keys() | OTHERS
    assert (service["DynamicUser"], service["ProtectSystem"], service["NoNewPrivileges"]) == ("yes", "strict", "yes")


def test_the_lines_for_cron_run_our_commands() -> None:
    lines = (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines()
    jobs = [line.split(maxsplit=5) for line in lines if re.match(r"[\d*]", line)]
    commands = [job[5].rpartition("&& ")[2].split() for job in jobs]

    assert len(jobs) == 2
    for program, *rest in commands:
        if program == "literature-watcher":
            must_be_a_command(rest)


def test_a_backup_keeps_the_newest_and_one_a_month_and_a_failed_one_deletes_nothing(tmp_path: Path) -> None:
    binaries, folder = tmp_path / "bin", tmp_path / "backups"
    binaries.mkdir()
    folder.mkdir()
    program = binaries / "literature-watcher"
    program.write_text('#!/bin/sh\n[ "$1 $2" = "db backup" ] && echo facts > "$3"\n', encoding="utf-8")
    program.chmod(0o755)
    days = [f"{year}-{month:02}-{day:02}" for year in (2025, 2026) for month in range(1, 13) for day in (3, 17)]
    for day in days:
        (folder / f"watcher-{day}T033000Z.jsonl.gz").touch()
    (folder / "watcher-mine.txt").touch()
    environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"}

    def backup() -> int:
        done = subprocess.run(["sh", DEPLOY / "backup.sh", folder], env=environment, check=False, capture_output=True)
        return done.returncode

    def names() -> set[str]:
        return {path.name for path in folder.iterdir()}

    before = names()
    program.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert backup() == 1
    assert names() == before

    program.write_text('#!/bin/sh\n[ "$1 $2" = "db backup" ] && echo facts > "$3"\n', encoding="utf-8")
    assert backup() == 0
    (made,) = names() - before
    kept = sorted(name[8:18] for name in names() if name.endswith(".gz") and name != made)
    assert (folder / made).read_text(encoding="utf-8") == "facts\n"
    assert kept[-13:] == days[-13:], "the newest fourteen, the one just made among them"
    assert kept[:-13] == sorted(set(days[-24::2]) - set(days[-13:]))[-len(kept[:-13]) :], "the first of each month"
    assert (folder / "watcher-mine.txt").exists(), "what is no backup is left alone"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    programs = tmp_path / "opt"
    programs.mkdir()
    for unit in ("watcher.service", "watcher-backup.service", "watcher-backup.timer"):
        text = (DEPLOY / unit).read_text(encoding="utf-8").replace("/opt/watcher/bin", str(programs))
        (tmp_path / unit).write_text(text, encoding="utf-8")
    for name in ("literature-watcher", "watcher-backup"):
        (programs / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (programs / name).chmod(0o755)

    units = [tmp_path / "watcher.service", tmp_path / "watcher-backup.timer"]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
