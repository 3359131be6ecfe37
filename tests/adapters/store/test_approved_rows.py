"""What is known of the rows of approved papers: that one is missing is a fact, told once, and so is what people say of it."""

from __future__ import annotations

import pytest

from tests.adapters.store.steps import TOPIC, decide, with_card
from tests.factories import NOW
from watcher.adapters.store import SqlStore
from watcher.domain.curation.card import CardState
from watcher.domain.facts import CatalogRow, Revision, RowChange, Verdict


def standing(store: SqlStore, native: str = "2606.00001", number: int = 26) -> int:
    """A paper whose row was added."""
    candidate = with_card(store, native)
    store.cards.revise(candidate, [Revision("title", "T", "Another title", "hana", NOW)], None)
    decide(store, candidate, Verdict.APPROVE)
    store.catalog.intend(candidate, NOW)
    store.catalog.add_row(candidate, CatalogRow(RowChange.ADDED, number, "abc", NOW))
    return candidate


def missing(store: SqlStore, change: RowChange = RowChange.LOST) -> int:
    candidate = standing(store)
    (row,) = store.catalog.approved([TOPIC.slug])
    assert store.catalog.update_row(row, CatalogRow(change, row.number, "", NOW))
    return candidate


def test_an_approved_row_is_known_by_its_titles_and_where_it_came_to_stand(store: SqlStore) -> None:
    candidate = standing(store)
    rejected = with_card(store, "2606.00002")
    decide(store, rejected, Verdict.REJECT)
    (row,) = store.catalog.approved()
    assert (row.candidate, row.paper.native, row.number, row.commit) == (candidate, "2606.00001", 26, "abc")
    assert (row.change, row.origin) == (RowChange.ADDED, RowChange.ADDED)
    assert row.titles[0] == "Another title"
    assert store.catalog.approved(["another-topic"]) == []


def test_a_row_that_is_missing_is_told_once_and_waits_for_people(store: SqlStore) -> None:
    candidate = standing(store)
    (row,) = store.catalog.approved()
    lost = CatalogRow(RowChange.LOST, 26, "", NOW)
    assert [store.catalog.update_row(row, lost), store.catalog.update_row(row, lost)] == [True, False]
    assert [row.candidate for row in store.catalog.missing()] == [candidate]
    assert store.cards.get(candidate).state is CardState.MISSING
    assert store.catalog.to_write(TOPIC.slug) == []


@pytest.mark.endurance
def test_an_approval_again_asks_for_the_row_under_its_number_and_a_second_click_changes_nothing(
    store: SqlStore,
) -> None:
    candidate = missing(store)
    assert [decide(store, candidate, Verdict.APPROVE) for _ in range(2)] == [True, False]
    assert store.catalog.to_write(TOPIC.slug) == [(candidate, True)]
    assert store.cards.get(candidate).state is CardState.APPROVED
    assert store.catalog.intend(candidate, NOW)
    (row,) = store.catalog.approved()
    assert (row.change, row.number, row.origin) == (RowChange.INTENDED, 26, RowChange.ADDED)
    store.catalog.add_row(candidate, CatalogRow(RowChange.ADDED, 26, "def", NOW))
    assert store.cards.get(candidate).state is CardState.CATALOGED


def test_an_approval_that_is_taken_back_and_given_again_before_anything_is_written_asks_for_the_row(
    store: SqlStore,
) -> None:
    candidate = missing(store)
    decide(store, candidate, Verdict.UNDO)
    assert store.catalog.to_write(TOPIC.slug) == [(candidate, False)]
    decide(store, candidate, Verdict.APPROVE)
    assert store.catalog.to_write(TOPIC.slug) == [(candidate, True)]


def test_a_rejection_of_a_missing_row_ends_the_question(store: SqlStore) -> None:
    candidate = missing(store, RowChange.TAKEN_OUT)
    decide(store, candidate, Verdict.REJECT)
    assert store.catalog.missing() == []
    assert store.catalog.to_write(TOPIC.slug) == [(candidate, False)]
    store.catalog.add_row(candidate, CatalogRow(RowChange.REMOVED, 0, "", NOW))
    assert store.catalog.to_write(TOPIC.slug) == []
