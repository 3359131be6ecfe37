"""Whatever one paper's text makes of a model server: every other paper is scored in its own run, and the paper ends before
a person.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.poison import MANNERS, TOPIC, line
from tests.servers.llm import FILTERED, REFUSING, TRUNCATED, Behavior, failing
from watcher.adapters.store import SqlStore
from watcher.domain.curation.card import CardState
from watcher.domain.facts import HandoverCause, Retry

PAPERS = 15
BOUND = int(2 * math.log2(PAPERS))
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.endurance
def test_one_paper_that_the_server_refuses_costs_no_other_its_verdict_and_ends_before_a_person(
    store: SqlStore, tmp_path: Path
) -> None:
    with line(tmp_path, store) as made:
        poisoned, *others = made.announce(0, PAPERS)
        made.poison(poisoned, MANNERS["400 with content words"])
        first = made.run()
        assert made.scored() == set(others)
        assert made.further(PAPERS) <= BOUND
        assert (first.counts["unscored"], len(first.failures)) == (1, 1)
        made.run()
        third = made.run()
        assert (third.counts["unscored"], third.failures, third.waiting["score"]) == (0, (), 0)
        (card,) = store.cards.all(TOPIC.slug)
        assert card.candidate.paper.id.native == poisoned
        assert card.handover is not None
        assert card.handover.cause is HandoverCause.REFUSED
        assert "Content Exists Risk" in card.handover.error
        assert (card.relevance, card.summary, card.cells.summary, card.state) == (None, None, "", CardState.OPEN)
        asked = made.asked_about(poisoned)
        quiet = made.run()
        assert (made.asked_about(poisoned), quiet.failures) == (asked, ())


@pytest.mark.endurance
@SQLITE
@pytest.mark.parametrize("place", [0, 6, 7, 14])
def test_wherever_it_stands_a_poisoned_paper_is_found_by_so_many_questions(
    store: SqlStore, tmp_path: Path, place: int
) -> None:
    with line(tmp_path, store) as made:
        papers = made.announce(0, PAPERS)
        made.poison(papers[place], MANNERS["400 with content words"])
        made.run()
        assert made.scored() == set(papers) - {papers[place]}
        assert made.further(PAPERS) <= BOUND


@pytest.mark.endurance
@SQLITE
@pytest.mark.parametrize("manner", ["451 with content words", "500", "an answer about nothing"])
def test_five_days_with_a_poisoned_paper_a_day(store: SqlStore, tmp_path: Path, manner: str) -> None:
    with line(tmp_path, store) as made:
        poisoned: list[str] = []
        ended: dict[str, int] = {}
        for day in range(8):
            others: list[str] = []
            if day < 5:
                bad, *others = made.announce(day, PAPERS)
                made.poison(bad, MANNERS[manner])
                poisoned.append(bad)
            report = made.run()
            assert set(others) <= made.scored()
            for card in store.cards.all(TOPIC.slug):
                ended.setdefault(card.candidate.paper.id.native, day)
        assert ended == {native: day + 2 for day, native in enumerate(poisoned)}
        assert report.failures == ()
        asked = {native: made.asked_about(native) for native in poisoned}
        assert made.run().failures == ()
        assert {native: made.asked_about(native) for native in poisoned} == asked


@pytest.mark.endurance
@SQLITE
def test_two_poisoned_papers_of_one_batch_cost_no_more_than_each_alone(store: SqlStore, tmp_path: Path) -> None:
    with line(tmp_path, store) as made:
        papers = made.announce(0, PAPERS)
        for bad in (papers[2], papers[3], papers[11]):
            made.poison(bad, MANNERS["500"])
        made.run()
        assert made.scored() == set(papers) - {papers[2], papers[3], papers[11]}
        assert made.further(PAPERS) <= 3 * BOUND


@pytest.mark.endurance
@SQLITE
def test_an_outage_is_no_papers_fault(store: SqlStore, tmp_path: Path) -> None:
    with line(tmp_path, store) as made:
        for day in range(3):
            made.announce(day, PAPERS)
        for behavior in (MANNERS["500"], MANNERS["a dropped connection"], MANNERS["an answer that never fits"]):
            made.server.always(behavior)
            for _ in range(4):
                report = made.run()
                assert report.counts["unscored"] == 3 * PAPERS
                assert len(report.failures) == 1
        assert store.cards.all(TOPIC.slug) == []
        made.server.reset()
        assert made.run().counts["scored"] == 3 * PAPERS


@pytest.mark.endurance
@SQLITE
def test_a_lone_paper_is_not_blamed_while_nothing_else_gets_through(store: SqlStore, tmp_path: Path) -> None:
    with line(tmp_path, store) as made:
        made.announce(0, 1)
        made.server.always(MANNERS["400 with content words"])
        for _ in range(5):
            assert made.run().counts["unscored"] == 1
        made.server.always(MANNERS["500"])
        for _ in range(5):
            assert made.run().counts["unscored"] == 1
        assert store.cards.all(TOPIC.slug) == []


@pytest.mark.endurance
def test_a_lone_paper_is_blamed_where_a_harmless_one_gets_through(store: SqlStore, tmp_path: Path) -> None:
    with line(tmp_path, store) as made:
        (bad,) = made.announce(0, 1)
        made.poison(bad, MANNERS["a dropped connection"])
        made.run()
        made.run()
        assert made.run().failures == ()
        assert [card.candidate.paper.id.native for card in store.cards.all(TOPIC.slug)] == [bad]


@pytest.mark.endurance
@SQLITE
def test_a_key_that_is_refused_is_nobodys_poison(store: SqlStore, tmp_path: Path) -> None:
    with line(tmp_path, store) as made:
        made.announce(0, PAPERS)
        made.server.always(failing(401, "invalid_api_key", "Incorrect API key"))
        for _ in range(4):
            made.run()
        assert made.further(PAPERS) == 0
        assert store.cards.all(TOPIC.slug) == []


@pytest.mark.endurance
def test_a_curator_may_have_the_model_asked_again_and_failures_are_counted_anew(
    store: SqlStore, tmp_path: Path
) -> None:
    with line(tmp_path, store) as made:
        bad, *_ = made.announce(0, PAPERS)
        made.poison(bad, MANNERS["500"])
        for _ in range(4):
            made.run()
        (card,) = store.cards.all(TOPIC.slug)
        number = card.candidate.number
        assert store.handovers.add_retry(number, Retry("hana", made.now, "slack"))
        assert not store.handovers.add_retry(number, Retry("hana", made.now, "slack"))
        assert store.cards.get(number).retrying
        for left in (1, 1, 0):
            assert made.run().counts["unscored"] == left
        assert not store.cards.get(number).retrying
        asked = made.asked_about(bad)
        made.run()
        assert made.asked_about(bad) == asked
        store.handovers.add_retry(number, Retry("hana", made.now, "slack"))
        made.server.reset()
        report = made.run()
        assert (report.counts["scored"], report.counts["summarized"], report.failures) == (1, 1, ())
        card = store.cards.get(number)
        assert (card.handover, card.retrying, card.score) == (None, False, 0)
        assert card.summary is not None


@SQLITE
@pytest.mark.parametrize("behavior", [TRUNCATED, REFUSING, FILTERED, failing(413)])
def test_what_is_too_long_or_refused_is_asked_again_in_smaller_batches(
    store: SqlStore, tmp_path: Path, behavior: Behavior
) -> None:
    with line(tmp_path, store) as made:
        papers = made.announce(0, 4)
        made.server.script(behavior)
        assert made.run().failures == ()
        assert made.scored() == set(papers)
        assert [len(asked.ids) for asked in made.server.asked][:2] == [4, 2]


@pytest.mark.endurance
def test_a_summary_that_never_comes_leaves_a_card_with_score_and_reason(store: SqlStore, tmp_path: Path) -> None:
    with line(tmp_path, store) as made:
        made.announce_recorded()
        bad = "2606.27483"
        made.poison(bad, MANNERS["403 with content words"], summary=True)
        made.run()
        assert made.run().waiting["summarize"] == 1
        third = made.run()
        assert (third.failures, third.waiting["summarize"], third.counts["posted"]) == ((), 0, 1)
        card = next(card for card in store.cards.all(TOPIC.slug) if card.candidate.paper.id.native == bad)
        assert (card.score, card.summary, card.handover and card.handover.stage) == (4, None, "summarize")
        asked = made.server.calls
        made.run()
        assert made.server.calls == asked
