"""The stages and their order are told the same everywhere, and no table keeps a status."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest

from tests.docs.markdown import ROOT, table
from watcher.adapters.store.tables import metadata
from watcher.domain import facts
from watcher.domain.curation import card
from watcher.domain.papers import paper
from watcher.words_ja.common import STAGE

ORDER = list(STAGE)
LINE = {row[0]: row for row in table(ROOT / "docs" / "vocabulary.md", "collect")}


def test_every_stage_is_one_file() -> None:
    files = {path.stem for path in (ROOT / "watcher" / "stages").glob("*.py")} - {"__init__"}

    assert files == set(ORDER)


@pytest.mark.parametrize("stage", ORDER)
def test_a_stage_begins_with_what_it_takes_and_gives(stage: str) -> None:
    first = (importlib.import_module(f"watcher.stages.{stage}").__doc__ or "").splitlines()[0].lower()
    _, takes, gives, _ = LINE[stage]

    assert first.startswith(f"{takes} -> {gives}".lower())


@pytest.mark.parametrize("stage", ORDER)
def test_what_a_stage_gives_is_a_type_of_the_domain(stage: str) -> None:
    gives = re.split(" or ", LINE[stage][2])

    assert all(any(inspect.isclass(getattr(module, name, None)) for module in (facts, card, paper)) for name in gives)


def test_no_table_of_candidates_keeps_a_status() -> None:
    about = [t for t in metadata.sorted_tables if t.name == "candidates" or "candidate" in t.columns]
    columns = {column.name for t in about for column in t.columns}

    assert {"screenings", "relevances", "summaries", "cards", "decisions", "catalog_rows"} <= {t.name for t in about}
    assert columns & {"status", "state", "stage", "done"} == {"stage"}, "only a failure names its stage"
