"""Proposals, decisions and outcomes keep their promises on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import NOW, RUN, a_proposal, a_question
from watcher.adapters.store import SqlStore
from watcher.domain.catalog.check import FindingKind
from watcher.domain.catalog.proposals import (
    Ending,
    ProposalCard,
    ProposalDecision,
    ProposalOutcome,
    ProposalState,
    ProposalVerdict,
)
from watcher.domain.errors import UsageError
from watcher.domain.facts import Cells
from watcher.domain.papers.paper import PaperId

VENUE = a_proposal(kind=FindingKind.VENUE, cell="venue", before="arXiv", after="NeurIPS 2023 (Oral)")


def decide(store: SqlStore, number: int, verdict: ProposalVerdict) -> bool:
    return store.proposals.decide(number, ProposalDecision(verdict, "Hana", "web", NOW))


def end(store: SqlStore, number: int, ending: Ending) -> None:
    store.proposals.add_outcome(number, ProposalOutcome(ending, "", NOW))


def test_a_proposal_comes_back_as_it_was_made(store: SqlStore) -> None:
    cells = Cells("t", "s", "a", "2024", "c", "v", "低")
    made = [a_proposal(), a_question(), a_proposal(paper=None, cells=cells, title="Other")]

    assert store.proposals.add(made, RUN, NOW) == 3

    assert [one.proposal for one in store.proposals.all()] == made
    assert [one.card for one in store.proposals.all()] == [1, 1, 3]
    assert store.proposals.count_open() == 3


def test_what_stands_open_is_not_added_twice(store: SqlStore) -> None:
    store.proposals.add([a_proposal(), a_question()], RUN, NOW)

    assert store.proposals.add([a_proposal(), a_question()], RUN, NOW) == 0


def test_what_was_rejected_is_never_added_again(store: SqlStore) -> None:
    store.proposals.add([a_proposal(), a_question()], RUN, NOW)
    assert [decide(store, number, ProposalVerdict.REJECT) for number in (1, 2)] == [True, True]

    again = [a_proposal(before="edited by hand"), a_question()]
    assert store.proposals.add(again, RUN, NOW) == 0
    assert store.proposals.all() == []

    other = [a_proposal(after="Visual Instruction Tuning, Revised"), a_question(before="ScienceQA")]
    assert store.proposals.add(other, RUN, NOW) == 2


def test_a_question_that_was_answered_is_asked_again_only_of_another_cell(store: SqlStore) -> None:
    store.proposals.add([a_question()], RUN, NOW)
    decide(store, 1, ProposalVerdict.ACCEPT)

    assert store.proposals.add([a_question()], RUN, NOW) == 0
    assert store.proposals.add([a_question(before="ScienceQA")], RUN, NOW) == 1


def test_another_change_of_the_same_cell_overtakes_the_open_one(store: SqlStore) -> None:
    store.proposals.add([VENUE], RUN, NOW)
    store.proposals.add([a_proposal(kind=VENUE.kind, cell="venue", before="arXiv", after="NeurIPS 2023")], RUN, NOW)

    assert [one.state for one in store.proposals.all(settled=True)] == [ProposalState.OVERTAKEN, ProposalState.OPEN]
    assert store.proposals.count_open() == 1


def test_a_stale_proposal_may_be_made_anew(store: SqlStore) -> None:
    store.proposals.add([a_proposal()], RUN, NOW)
    decide(store, 1, ProposalVerdict.ACCEPT)
    end(store, 1, Ending.STALE)

    assert store.proposals.add([a_proposal(before="by hand")], RUN, NOW) == 1


def test_an_accepted_change_waits_for_the_catalog_until_something_came_of_it(store: SqlStore) -> None:
    store.proposals.add([a_proposal(), a_question(), VENUE], RUN, NOW)
    for number in (1, 2, 3):
        decide(store, number, ProposalVerdict.ACCEPT)
    assert store.proposals.to_change() == [1, 3]

    end(store, 1, Ending.WRITTEN)
    end(store, 1, Ending.STALE)

    assert store.proposals.to_change() == [3]
    assert store.proposals.get(1).state is ProposalState.WRITTEN
    assert store.proposals.get(2).state is ProposalState.ANSWERED
    assert [one.number for one in store.proposals.all()] == [3]


def test_people_may_change_their_minds_until_something_came_of_it(store: SqlStore) -> None:
    store.proposals.add([a_proposal()], RUN, NOW)
    decide(store, 1, ProposalVerdict.REJECT)
    assert decide(store, 1, ProposalVerdict.ACCEPT)
    assert not decide(store, 1, ProposalVerdict.ACCEPT)
    end(store, 1, Ending.WRITTEN)

    with pytest.raises(UsageError, match="settled already"):
        decide(store, 1, ProposalVerdict.REJECT)


def test_a_number_nobody_gave_is_refused(store: SqlStore) -> None:
    with pytest.raises(UsageError, match="no such proposal"):
        decide(store, 7, ProposalVerdict.ACCEPT)
    with pytest.raises(UsageError, match="no such proposal"):
        store.proposals.get(7)


def test_trouble_is_told_once_and_until_it_is_over(store: SqlStore) -> None:
    store.proposals.add([a_proposal()], RUN, NOW)
    decide(store, 1, ProposalVerdict.ACCEPT)
    for _ in range(3):
        store.proposals.add_failure(1, "the file is gone", RUN, NOW)
    card = ProposalCard(1, tuple(store.proposals.card(1)))
    assert (store.proposals.get(1).trouble, card.etag) == ("the file is gone", "2")

    end(store, 1, Ending.WRITTEN)

    assert store.proposals.get(1).trouble == ""


def test_a_card_waits_for_a_desk_and_is_stale_when_something_happened_to_it(store: SqlStore) -> None:
    store.proposals.add([a_proposal(), VENUE], RUN, NOW)
    assert store.proposals.to_show("slack") == [1]
    card = ProposalCard(1, tuple(store.proposals.card(1)))

    store.proposals.mark_shown(1, "slack", "C/1", card.etag, NOW)
    assert (store.proposals.to_show("slack"), store.proposals.stale("slack")) == ([], [])
    assert store.proposals.to_show("web") == [1]

    decide(store, 2, ProposalVerdict.ACCEPT)
    assert store.proposals.stale("slack") == [(1, "C/1")]
    card = ProposalCard(1, tuple(store.proposals.card(1)))
    store.proposals.mark_shown(1, "slack", "C/1", card.etag, NOW + timedelta(minutes=1))
    assert store.proposals.stale("slack") == []


def test_a_row_without_a_paper_is_known_by_its_title() -> None:
    assert a_proposal(paper=None).row == "title:llavalargelanguageandvisionassistant"
    assert a_proposal(paper=None, title="").row == "document"
    assert a_proposal(paper=PaperId("arxiv", "2304.08485")).row == "arxiv:2304.08485"
