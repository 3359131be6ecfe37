"""The table of faults: it is whole, and every test that it names is there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, spans, tables
from tests.scenarios.test_fault_matrix import CELLS, SERVICES
from tests.servers.faults import FAULTS

MATRIX = ROOT / "docs" / "fault-matrix.md"
_WORDS = 8  # a reason is a sentence


def functions(file: Path) -> set[str]:
    return {
        node.name for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    }


def test_every_service_and_every_fault_has_its_row_with_tests_or_a_reason() -> None:
    found = [rows[1:] for rows in tables(MATRIX)]
    assert [len(rows) for rows in found] == [len(FAULTS)] * len(SERVICES)
    bare = [row for rows in found for row in rows if not spans(row[2]) and len(row[1].split()) < _WORDS]
    assert bare == []


@pytest.mark.endurance
def test_every_test_that_is_named_is_there() -> None:
    named = [name for rows in tables(MATRIX) for row in rows[1:] for name in spans(row[2])]
    assert len(named) > len(CELLS)
    for name in named:
        file, _, function = name.partition("[")[0].partition("::")
        assert function in functions(ROOT / file), name


def test_every_cell_that_is_tested_is_named_once() -> None:
    named = [
        name.partition("[")[2].rstrip("]") for rows in tables(MATRIX) for row in rows[1:] for name in spans(row[2])
    ]
    assert sorted(filter(None, named)) == sorted("-".join(cell) for cell in CELLS)
