"""The order of the line stands once, in watcher/pipeline.py; whatever else tells it agrees."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

from tests.docs.markdown import READMES, ROOT, Row, table
from watcher import pipeline, stages
from watcher.adapters.store.tables import metadata
from watcher.domain import card, facts, paper
from watcher.words_ja import cli as words

ORDER = pipeline.__doc__.splitlines()[0].removeprefix("The line, on one screen: ").removesuffix(".").split(", ")
_FIRST_LINE = re.compile(r"(?P<takes>[^:.,]+) -> (?P<gives>[^:.,]+)[:,] \S")


def told(stage: str) -> tuple[str, str]:
    """What a stage takes and gives, in the words of its module's first line."""
    line = (importlib.import_module(f"watcher.stages.{stage}").__doc__ or "").splitlines()[0]
    found = _FIRST_LINE.match(line)
    assert found is not None, f"stages/{stage}.py begins {line!r}, not 'Candidate -> Fact: …'"
    return found["takes"].lower(), found["gives"]


def line_table(readme: Path) -> list[Row]:
    return table(readme, "collect")


def test_every_stage_is_one_file() -> None:
    files = {path.stem for path in (ROOT / "watcher" / "stages").glob("*.py")} - {"__init__"}

    assert files == set(ORDER)
    assert len(ORDER) == 7


def called(function: str, *names: str) -> list[str]:
    """Which of these a function of the pipeline calls, in order."""
    source = ast.parse(inspect.getsource(pipeline))
    body = next(node for node in ast.walk(source) if isinstance(node, ast.FunctionDef) and node.name == function)
    made = sorted(
        (node.lineno, node.func.attr)
        for node in ast.walk(body)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
    )
    return [name for _, name in made]


def test_a_run_takes_the_stages_in_order_and_follows_decisions_last() -> None:
    assert called("run", *ORDER, "_side_by_side", "follow") == ["collect", "_side_by_side", "follow"]
    assert called("_side_by_side", *ORDER, "_line") == ["_line"]
    assert called("_line", *ORDER) == ORDER[1:5]
    assert ORDER[5:] == ["decide", "catalog"]


def test_the_package_of_the_stages_names_them_in_order() -> None:
    assert ", ".join(ORDER) in (stages.__doc__ or "").splitlines()[0]


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_table_of_a_readme_names_the_stages_in_order(readme: Path) -> None:
    assert [re.split(r"\W", row[0])[0] for row in line_table(readme)] == ORDER


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
@pytest.mark.parametrize("stage", ORDER)
def test_a_stage_s_first_line_and_both_readmes_name_the_same_fact(stage: str, readme: Path) -> None:
    row = next(row for row in line_table(readme) if row[0].startswith(stage))

    assert told(stage)[1] == row[2]


@pytest.mark.parametrize("stage", ORDER)
def test_a_stage_s_first_line_and_the_readme_in_its_language_take_the_same(stage: str) -> None:
    row = next(row for row in line_table(READMES[0]) if row[0].startswith(stage))

    assert told(stage)[0] == row[1]


@pytest.mark.parametrize("stage", ORDER)
def test_what_a_stage_gives_is_a_type_of_the_domain(stage: str) -> None:
    gives = told(stage)[1].split(" or ")

    assert all(any(inspect.isclass(getattr(module, name, None)) for module in (facts, card, paper)) for name in gives)


def test_what_people_read_names_the_stages_in_order() -> None:
    assert list(words.STAGE) == ORDER


def test_the_drawing_of_the_line_names_what_each_stage_gives() -> None:
    drawing = next(line for line in pipeline.__doc__.splitlines() if "->" in line)
    given = [told(stage)[1].split(" or ")[0] for stage in ORDER]

    assert [step.strip() for step in drawing.split("->")] == ["feed entry", *given]


def test_no_table_of_candidates_keeps_a_status() -> None:
    about = [t for t in metadata.sorted_tables if t.name == "candidates" or "candidate" in t.columns]
    columns = {column.name for t in about for column in t.columns}

    assert {"screenings", "relevances", "summaries", "cards", "decisions", "catalog_rows"} <= {t.name for t in about}
    assert columns & {"status", "state", "stage", "done"} == {"stage"}, "only a failure names its stage"
