"""What the documents say of commands, variables, files and links, against what is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.docs.markdown import DOCUMENTS, READMES, ROOT, anchors, block_after, inlines
from watcher.cli import app
from watcher.settings import Environment

FOR_TESTS = {"WATCHER_TOOLS", "WATCHER_REQUIRE_TOOLS"}
_VARIABLE = re.compile(r"\b(?:WATCHER|OPENAI|SLACK)_[A-Z][A-Z_]*\b|\bDATABASE_URL\b|\bPORT\b")
_FOLDERS = ("watcher", "tests", "config", "docs", "benchmarks", "deploy", ".ci")

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def commands_of_the_code(command: Any, *before: str) -> Iterator[str]:
    """Every command there is, e.g. `catalog check`."""
    members = getattr(command, "commands", {})
    if not members:
        yield " ".join(before)
    for name, member in members.items():
        yield from commands_of_the_code(member, *before, name)


COMMANDS = frozenset(commands_of_the_code(typer.main.get_command(app)))


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


def test_both_readmes_lead_to_the_same_places() -> None:
    first, second = (
        {link for link in links_of(readme) if link not in {"README.md", "README.ja.md"}} for readme in READMES
    )

    assert first == second


def test_the_readme_can_be_read_in_a_few_minutes() -> None:
    assert len(READMES[0].read_text(encoding="utf-8").split()) <= 700


@documents
def test_no_document_names_a_variable_that_does_nothing(document: Path) -> None:
    named = set(_VARIABLE.findall(document.read_text(encoding="utf-8")))

    assert named - Environment.model_fields.keys() - FOR_TESTS == set()


@documents
def test_every_command_a_document_shows_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    groups = "|".join(sorted({command.partition(" ")[0] for command in COMMANDS if " " in command}))
    shown = {m[1] for m in re.finditer(rf"(?:`|bin/|-m )watcher ((?:(?:{groups}) )?[a-z]+(?:-[a-z]+)*)", text)}

    assert shown - COMMANDS == set()


@pytest.mark.parametrize("name", ["Procfile", "Procfile.shared"])
def test_the_procfiles_are_shown_as_they_are(name: str) -> None:
    shown = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")

    assert f"```text\n{(ROOT / name).read_text(encoding='utf-8')}```" in shown


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
