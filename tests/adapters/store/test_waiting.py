"""What is left to do is told for all topics at once, and finding it takes no longer than there are candidates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from tests.adapters.store.steps import TOPIC, decide, with_card
from tests.factories import NOW, RUN
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.facts import CardPosted, CatalogRow, Revision, RowChange, Verdict
from watcher.ports import Failure


def test_what_waits_is_told_for_any_number_of_topics_at_once(store: SqlStore) -> None:
    one, two = with_card(store, "2606.00001"), with_card(store, "2606.00002")
    decide(store, one, Verdict.APPROVE)
    decide(store, two, Verdict.REJECT)

    assert store.waiting_in([TOPIC.slug, "another"], "slack") == store.waiting(TOPIC.slug, "slack")
    assert store.waiting_in([TOPIC.slug], "slack")["catalog"] == 1
    assert not any(store.waiting_in(["another"], "slack").values())
    assert not any(store.waiting_in([], "slack").values())


def test_with_twice_the_decided_cards_it_takes_no_more_than_twice_the_work_to_see_what_waits(tmp_path: Path) -> None:
    """Counted in steps of SQLite's machine, so that it does not depend on the computer."""
    database = open_database(tmp_path / "watcher.db")
    upgrade(database)
    store, made = SqlStore(database), 0

    def add(cards: int) -> None:
        nonlocal made
        for _ in range(cards):
            made += 1
            number = with_card(store, f"2606.{made:05d}")
            store.add_card(number, CardPosted("web", f"w{made}", NOW), "0", RUN)
            decide(store, number, Verdict.APPROVE)
            store.add_revisions(number, [Revision("year", "2026", "2025", "hana", NOW)], None)
            store.add_row(number, CatalogRow(RowChange.ADDED, made, "", NOW))
            store.fail(Failure("post", number, "the desk is away", TOPIC.slug), RUN, NOW)

    questions: list[Callable[[], object]] = [
        lambda: store.waiting_in([TOPIC.slug], "web"),
        lambda: store.overdue(TOPIC.slug, "web", NOW),
        lambda: store.with_cards(TOPIC.slug),
        lambda: store.to_follow("web"),
        lambda: store.failures("post"),
        lambda: store.digest_for(TOPIC, NOW.date(), NOW, recorded=False),
    ]
    add(60)
    few = [_steps(store, ask) for ask in questions]
    add(60)
    many = [_steps(store, ask) for ask in questions]
    database.close()

    assert all(after < 2.3 * before for before, after in zip(few, many, strict=True)), (few, many)


def _steps(store: SqlStore, ask: Callable[[], object]) -> int:
    """How many hundred steps SQLite takes for a question."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    def listen(connection: sa.Connection) -> None:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.set_progress_handler(step, 20)

    sa.event.listen(store.database.engine, "begin", listen)
    ask()
    sa.event.remove(store.database.engine, "begin", listen)
    return count
