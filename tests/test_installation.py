"""The package: what its metadata says, and how programs of the same name are found beside it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.markdown import ROOT
from watcher.bootstrap.doctor import examine_installation
from watcher.domain.health import Health
from watcher.words_ja import cli as words
from watcher.words_ja import failures

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def packaged_readme() -> str:
    """README.md as the build puts it into a package: hatch-fancy-pypi-readme applies the substitutions in order."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for rule in PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        text = re.sub(rule["pattern"], rule["replacement"], text)
    return text


def test_the_readme_of_the_package_holds_no_link_into_a_repository_that_readers_do_not_have() -> None:
    readme = packaged_readme()

    assert re.findall(r"\]\((?!https?://|#)[^)]*\)|<!--", readme) == []
    assert readme.startswith("# Literature watcher\n\nA bot for a research group")
    assert "watcher demo" in readme


def test_both_commands_start_the_same_program() -> None:
    scripts = PROJECT["project"]["scripts"]

    assert set(scripts) == {"watcher", PROJECT["project"]["name"]}
    assert set(scripts.values()) == {"watcher.__main__:main"}


def test_the_citation_names_the_newest_release_that_the_changelog_dates() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    headings = re.findall(r"^## (\S+) - (\S+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    released = next((version, day) for version, day in headings if day != "unreleased")

    assert (cited["version"], str(cited["date-released"])) == released
    assert cited["license"] == PROJECT["project"]["license"]


def test_the_source_archive_leaves_tests_and_pictures_out() -> None:
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]

    assert {"/watcher", "/config"} <= set(included), "what the wheel is made from"
    assert not any(path.startswith(("/tests", "/benchmarks", "/docs/screenshots")) for path in included)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder as the only place where commands are looked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def command(folder: Path, text: str) -> Path:
    script = folder / "watcher"
    script.write_text(text, encoding="utf-8")
    script.chmod(0o755)
    return script


@pytest.mark.usefixtures("alone")
def test_another_package_of_the_same_name_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert examine_installation().health is Health.OK

    info = tmp_path / "site" / "python_watcher-17.0.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: python-watcher\nVersion: 17.0.0\n", encoding="utf-8")
    (info / "top_level.txt").write_text("watcher\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(info.parent))
    found = examine_installation()

    assert (found.health, found.sign, found.detail) == (Health.WARNING, "shared", "python-watcher")
    assert "専用の環境" in words.remedy(found)


def test_a_command_of_the_same_name_is_told_from_our_own(alone: Path) -> None:
    command(alone, "#!/usr/bin/python3\nimport sys\nfrom watcher.__main__ import main\nsys.exit(main())\n")
    assert examine_installation().health is Health.OK

    script = command(alone, "#!/usr/bin/python3\nimport sys\nfrom watcher import main\nsys.exit(main())\n")
    found = examine_installation()

    assert (found.health, found.sign, found.detail) == (Health.WARNING, "other_script", str(script))
    assert "literature-watcher と入力" in words.remedy(found)


def test_files_that_another_package_has_overwritten_are_told_with_what_to_do() -> None:
    raised = ImportError("cannot import name '__version__' from 'watcher'", name="watcher")

    assert "専用の環境" in failures.unexpected(raised)
    assert "上書き" not in failures.unexpected(ImportError("no driver", name="psycopg"))
