"""docs/reference.md is what the code says, and leaves out no variable."""

from __future__ import annotations

import ast
import re
import runpy

import pytest

from tests.docs.markdown import ROOT
from tests.docs.test_readme import FOR_TESTS
from watcher.settings import Environment
from watcher.settings.environment import OLD_NAMES


def test_the_reference_is_current() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "make_reference.py"))["reference"]()

    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == made, "run python docs/make_reference.py"


@pytest.mark.endurance
def test_every_variable_that_the_code_reads_is_described() -> None:
    read = {
        node.value
        for path in (ROOT / "watcher").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch("WATCHER_[A-Z_]+", node.value)
    }

    assert read - Environment.model_fields.keys() - OLD_NAMES.keys() - FOR_TESTS == set()
    assert [name for name, field in Environment.model_fields.items() if not field.description] == []
