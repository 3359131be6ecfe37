"""The guide for contributors, against the layers, packages and checks that are there."""

from __future__ import annotations

import re
import tomllib

from tests.docs.markdown import ROOT, block_after, spans, table
from watcher import __version__

GUIDE = ROOT / "CONTRIBUTING.md"


def test_the_layers_are_those_that_are_enforced() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    enforced = next(rule["layers"] for rule in rules if rule["type"] == "layers")

    assert block_after(GUIDE, "layers").splitlines() == enforced


def test_the_tour_names_every_package_of_the_product() -> None:
    named = {path for row in table(GUIDE, "watcher/domain/") for path in spans(row[0])}
    packages = {f"watcher/{path.parent.name}/" for path in (ROOT / "watcher").glob("*/__init__.py")}

    assert packages - named == set()


def test_every_way_to_run_the_checks_is_told() -> None:
    shown = set(re.findall(r"^\.ci/run (\w+)", GUIDE.read_text(encoding="utf-8"), re.MULTILINE))
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    usage = re.search(r"usage: \.ci/run \[([\w|]+)\]", script)

    assert usage is not None
    assert shown == set(usage[1].split("|")) - {"all"}


def test_the_changelog_begins_with_the_present_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[0] == __version__
