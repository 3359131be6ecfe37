"""Made-up catalogs of many shapes, in whatever state people leave them; `benchmarks/fuzz_catalog.py --shapes` takes a hundred
thousand.
"""

from __future__ import annotations

import re
from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.catalogs.rows import content
from tests.catalog_shapes import account, damaged, made
from watcher.adapters.catalogs.markdown import added_to, removed_from
from watcher.adapters.catalogs.markdown_document import read_document
from watcher.adapters.catalogs.markdown_learn import learn_shape
from watcher.adapters.catalogs.markdown_text import read_lines
from watcher.domain.catalog.shape import Sections
from watcher.domain.errors import CatalogError
from watcher.domain.facts import RowChange

SEEDS = st.integers(0, 2**32)


@settings(deadline=None, max_examples=40)
@given(SEEDS)
def test_a_catalog_of_any_shape_takes_a_paper_gives_it_back_and_merges(seed: int) -> None:
    dice = Random(seed)
    assert account(made(dice), dice).startswith(("table: added", "bullets: added", "paragraphs: added", "not added"))


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(1, 4))
def test_damage_is_refused_or_worked_around_and_no_foreign_byte_changes(seed: int, accidents: int) -> None:
    dice = Random(seed)
    data = made(dice)
    for _ in range(accidents):
        data = damaged(data, dice)
    account(data, dice)


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(1, 3))
def test_a_paper_leaves_a_catalog_that_people_edited_meanwhile_and_takes_nothing_along(seed: int, edits: int) -> None:
    dice = Random(seed)
    data = made(dice)
    shape, row = learn_shape(data, "made"), content("2606.31415")
    try:
        after, (change, _) = added_to(data, row, "made", shape=shape)
        for _ in range(edits):
            after = damaged(after, dice)
        document = read_document(read_lines(after, "made"), "made", shape)
        left, _ = removed_from(after, row, "made", shape=shape)
    except CatalogError:
        return
    assert change is RowChange.ADDED
    own = "".join(document.text(line) + "\n" for line in document.rows_of(row.id))
    section = (
        [line for line in lines_of(after) if line.startswith(("#", "|"))] if shape.sections is Sections.YEAR else []
    )
    assert lines_of(after) - lines_of(left) <= lines_of(own.encode()) + Counter(["", "", *section])


def lines_of(data: bytes) -> Counter[str]:
    """The lines of a file and how often each stands there, whatever the numbers in them."""
    return Counter(re.sub(r"\d+", "#", line) for line in data.decode().splitlines())
