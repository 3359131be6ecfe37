"""The tour of the house and its recipes, against the files, names and layers that are there."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.docs.markdown import DOCUMENTS, ROOT, block_after, spans, table
from watcher import __version__

GUIDE = ROOT / "CONTRIBUTING.md"


def bound_in(path: Path) -> set[str]:
    """The names that a module binds at its top level."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                found.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return found


def test_the_layers_are_those_that_are_enforced() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    enforced = next(rule["layers"] for rule in rules if rule["type"] == "layers")

    assert block_after(GUIDE, "layers").splitlines() == enforced


def test_the_tour_names_every_package_of_the_product() -> None:
    named = {path for row in table(GUIDE, "watcher/domain/") for path in spans(row[0])}
    packages = {f"watcher/{path.parent.name}/" for path in (ROOT / "watcher").glob("*/__init__.py")}

    assert packages - named == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_name_that_a_document_places_in_a_file_stands_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    placed = re.findall(r"`(\w+)`(?: and `\w+`)? in `(watcher/[\w/]+\.py)`", text)
    missing = [(name, path) for name, path in placed if name not in bound_in(ROOT / path)]

    assert missing == []
    assert placed or document != GUIDE


def test_every_way_to_run_the_checks_is_told() -> None:
    shown = set(re.findall(r"^\.ci/run (\w+)", GUIDE.read_text(encoding="utf-8"), re.MULTILINE))
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    usage = re.search(r"usage: \.ci/run \[([\w|]+)\]", script)

    assert usage is not None
    assert shown == set(usage[1].split("|")) - {"all"}


def test_the_changelog_tells_of_the_present_version() -> None:
    headings = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[:2] == ["Unreleased", __version__]
