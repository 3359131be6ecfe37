"""What the documents say of commands, variables, files and links, against what is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.docs.markdown import DOCUMENTS, READMES, ROOT, anchors, block_after, inlines, spans, table
from watcher.cli import app
from watcher.settings import Environment

FOR_TESTS = {"WATCHER_TOOLS", "WATCHER_REQUIRE_TOOLS", "WATCHER_NESTED_TESTS"}
_VARIABLE = re.compile(r"\b(?:WATCHER|OPENAI|SLACK)_[A-Z][A-Z_]*\b|\bDATABASE_URL\b|\bPORT\b")
_FOLDERS = ("watcher", "tests", "config", "docs", "benchmarks", ".ci")

readmes = pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def variables_of_the_code() -> set[str]:
    """Every variable of the environment that the code names as a whole string, or has as a setting."""
    named = {
        node.value
        for path in (ROOT / "watcher").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch("WATCHER_[A-Z_]+", node.value)
    }
    return named | Environment.model_fields.keys()


def commands_of_the_code() -> dict[str, set[str]]:
    """Every command with the options its help shows; of a switch the form that changes something."""
    return dict(_commands(typer.main.get_command(app), ()))


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, set[str]]]:
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from _commands(inner, (*path, name))
        return
    options = {
        parameter.secondary_opts[0] if parameter.default is True else parameter.opts[0]
        for parameter in command.params
        if parameter.opts[0].startswith("--") and not getattr(parameter, "hidden", False)
    }
    yield " ".join(path), options


def told_commands(readme: Path) -> dict[str, set[str]]:
    """The README's commands with the options it gives them."""
    told = {}
    for row in table(readme, "demo"):
        usage = spans(row[0])[0]
        name = re.match(r"[a-z]+(?: [a-z]+)*", usage)
        assert name is not None, usage
        told[name[0]] = set(re.findall(r"--[a-z-]+", usage))
    return told


def paths_in(document: Path) -> set[str]:
    """Code spans that name a file or folder of the repository, without gaps and patterns."""
    named = (token.content for token in inlines(document) if token.type == "code_inline")
    return {
        text for text in named if text.split("/")[0] in _FOLDERS and "/" in text and not re.search(r"[<>*…\s]", text)
    }


def links_of(document: Path) -> set[str]:
    """Where links and images of a document lead, as written."""
    found = set()
    for token in inlines(document):
        target = token.attrGet("href") or token.attrGet("src")
        if target:
            found.add(str(target))
    return found


@pytest.mark.parametrize("name", ["command one", "command two"])
def test_both_readmes_hold_the_same_command(name: str) -> None:
    assert len({block_after(readme, name) for readme in READMES}) == 1


def test_both_readmes_have_the_same_build() -> None:
    first, second = ([len(spans(row[0])) for row in table(readme, "demo")] for readme in READMES)

    assert first == second
    assert {link for link in links_of(READMES[0]) if "README" not in link} == {
        link for link in links_of(READMES[1]) if "README" not in link
    }


@readmes
def test_every_variable_is_told_and_no_other(readme: Path) -> None:
    told = [name for row in table(readme, "WATCHER_CONFIG") for name in spans(row[0])]

    assert sorted(told) == sorted(variables_of_the_code())


@documents
def test_no_document_names_a_variable_that_does_nothing(document: Path) -> None:
    named = set(_VARIABLE.findall(document.read_text(encoding="utf-8")))

    assert named - variables_of_the_code() - FOR_TESTS == set()


@readmes
def test_every_command_and_option_is_told_and_no_other(readme: Path) -> None:
    assert told_commands(readme) == commands_of_the_code()


@documents
def test_every_command_a_document_shows_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    commands = commands_of_the_code().keys()
    groups = "|".join(sorted({command.partition(" ")[0] for command in commands if " " in command}))
    shown = {m[1] for m in re.finditer(rf"(?:`|bin/|-m )watcher ((?:(?:{groups}) )?[a-z]+)", text)}

    assert shown - commands == set()


@readmes
def test_the_procfile_is_shown_as_it_is(readme: Path) -> None:
    assert (ROOT / "Procfile").read_text(encoding="utf-8") in readme.read_text(encoding="utf-8")


@documents
def test_every_link_and_image_leads_somewhere(document: Path) -> None:
    broken = set()
    for link in links_of(document):
        path, _, fragment = link.partition("#")
        if "://" in link:
            continue
        target = (document.parent / path) if path else document
        if not target.exists() or (fragment and fragment not in anchors(target)):
            broken.add(link)

    assert broken == set()


@documents
def test_every_path_a_document_names_exists(document: Path) -> None:
    named = {path.partition("::")[0] for path in paths_in(document)}  # a test is named after its file
    assert {path for path in named if not (ROOT / path).exists()} == set()
