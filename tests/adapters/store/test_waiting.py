"""What is left to do is told for all topics at once, and finding it takes no longer than there are candidates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.adapters.store.steps import TOPIC, announce, decide, passed, with_card
from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary
from watcher.adapters.store import SqlStore, open_database, operations
from watcher.adapters.store import tables as t
from watcher.adapters.store.migrations import upgrade
from watcher.domain.facts import CardPosted, CatalogRow, Nomination, Revision, RowChange, Verdict
from watcher.domain.papers.paper import PaperId
from watcher.ports import Failure


def test_what_waits_is_told_for_any_number_of_topics_at_once(store: SqlStore) -> None:
    one, two = with_card(store, "2606.00001"), with_card(store, "2606.00002")
    decide(store, one, Verdict.APPROVE)
    decide(store, two, Verdict.REJECT)

    assert store.waiting.counts([TOPIC.slug, "another"], "slack") == store.waiting.counts([TOPIC.slug], "slack")
    assert store.waiting.counts([TOPIC.slug], "slack")["catalog"] == 1
    assert not any(store.waiting.counts(["another"], "slack").values())
    assert not any(store.waiting.counts([], "slack").values())


@pytest.mark.endurance
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
            store.cards.add(number, CardPosted("web", f"w{made}", NOW), "0", RUN)
            decide(store, number, Verdict.APPROVE)
            store.cards.revise(number, [Revision("year", "2026", "2025", "hana", NOW)], None)
            store.catalog.add_row(number, CatalogRow(RowChange.ADDED, made, "", NOW))
            store.runs.add_failure(Failure("post", number, "the desk is away", TOPIC.slug), RUN, NOW)

    questions: list[Callable[[], object]] = [
        lambda: store.waiting.counts([TOPIC.slug], "web"),
        lambda: store.cards.overdue(TOPIC.slug, "web", NOW, NOW.date()),
        lambda: store.cards.known(TOPIC.slug),
        lambda: store.waiting.to_follow("web"),
        lambda: store.runs.failures("post"),
        lambda: store.reports.digest(TOPIC, NOW.date(), NOW, recorded=False),
    ]
    add(60)
    few = [_steps(store, ask) for ask in questions]
    add(60)
    many = [_steps(store, ask) for ask in questions]
    database.close()

    assert all(after < 2.3 * before for before, after in zip(few, many, strict=True)), (few, many)


def test_what_waits_is_the_same_after_the_rest_was_marked_done(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "_AT_A_TIME", 2)
    screened_out(store, "2606.00001", "2606.00002", "2606.00003", "2606.00004")
    announce(store, "2606.00005")
    unscored, irrelevant, unsummarized = passed(store, "2606.00006", "2606.00007", "2606.00008")
    store.scoring.add_relevances([(irrelevant, a_relevance(score=0, relevant=False))], [], RUN, NOW)
    store.scoring.add_relevances([(unsummarized, a_relevance())], [], RUN, NOW)
    with_card(store, "2606.00009")
    before = store.waiting.counts([TOPIC.slug], "web")

    store.waiting.mark_done()

    assert store.waiting.counts([TOPIC.slug], "web") == before
    assert [before[stage] for stage in ("screen", "score", "summarize", "post", "decide", "catalog")] == [
        1,
        1,
        1,
        1,
        1,
        0,
    ]
    assert marked(store) == {*store.papers.numbers_of(PaperId("arxiv", "2606.00005")), unscored, unsummarized}


@pytest.mark.endurance
def test_what_is_put_forward_goes_on_though_it_was_marked_done(store: SqlStore) -> None:
    by_hand, by_old_code = screened_out(store, "2606.00001", "2606.00002")
    store.waiting.mark_done()

    store.papers.nominate([by_hand], Nomination("hana", NOW, "web"), RUN)
    with store.database.write() as connection:
        values = {"candidate": by_old_code, "curator": "hana", "desk": "web", "run": RUN, "at": NOW}
        connection.execute(sa.insert(t.nominations).values(values))
    assert asked_about(store) == {by_hand}
    store.waiting.mark_done()
    assert asked_about(store) == {by_hand, by_old_code}

    store.scoring.add_relevances([(by_hand, a_relevance(score=0, relevant=False))], [], RUN, NOW)
    store.waiting.mark_done()
    assert [unit[0].number for unit in store.summaries.to_summarize(TOPIC.slug)] == [by_hand]
    store.summaries.add(by_hand, a_summary(), RUN, NOW)
    store.waiting.mark_done()
    assert marked(store) == {by_old_code}


def test_what_was_marked_done_takes_no_work_any_more(tmp_path: Path) -> None:
    database = open_database(tmp_path / "watcher.db")
    upgrade(database)
    store = SqlStore(database)
    questions: list[Callable[[], object]] = [
        lambda: store.papers.to_screen(TOPIC.slug, 1000),
        lambda: store.scoring.unscored(TOPIC.slug),
        lambda: store.scoring.batches(TOPIC.slug, 15, 0),
        lambda: store.scoring.judged(TOPIC.slug, "prompt", "model"),
        lambda: store.summaries.to_summarize(TOPIC.slug),
    ]
    with_card(store, "2606.00001")
    screened_out(store, "2606.00002")
    store.waiting.mark_done()
    few = [_steps(store, ask) for ask in questions]
    screened_out(store, *(f"2606.{number:05d}" for number in range(3, 300)))
    store.waiting.mark_done()
    many = [_steps(store, ask) for ask in questions]
    database.close()

    assert all(after <= before + 1 for before, after in zip(few, many, strict=True)), (few, many)


def screened_out(store: SqlStore, *natives: str) -> list[int]:
    numbers = announce(store, *natives)
    store.papers.add_screenings([(number, a_screening(passed=False)) for number in numbers], RUN, NOW)
    return numbers


def asked_about(store: SqlStore) -> set[int]:
    return {candidate.number for batch in store.scoring.batches(TOPIC.slug, 10, None) for candidate in batch.candidates}


def marked(store: SqlStore) -> set[int]:
    with store.database.read() as connection:
        return set(connection.scalars(sa.select(t.candidates.c.number).where(t.candidates.c.is_active)))


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
