"""Decisions where one curator is enough, and where several must agree."""

from __future__ import annotations

import pytest

from tests.fakes import NOON
from watcher.domain.curation.card import bare_name, decision_to_record, endorsers, same_curator, standing
from watcher.domain.errors import NotYours
from watcher.domain.facts import Decision, Verdict

HANA, KEN, MIO = "hana (U01HANA)", "ken (U02KEN)", "mio (U03MIO)"
APPROVE, ENDORSE, REJECT, LATER, UNDO = (
    Verdict.APPROVE,
    Verdict.ENDORSE,
    Verdict.REJECT,
    Verdict.LATER,
    Verdict.UNDO,
)


def after(*asked: tuple[str, Verdict], needed: int) -> list[Decision]:
    """What is recorded of what was asked for."""
    recorded: list[Decision] = []
    for curator, verdict in asked:
        taken = decision_to_record(recorded, Decision(verdict, curator, NOON, "slack", needed=needed))
        recorded += [taken] if taken else []
    return recorded


def said(decisions: list[Decision]) -> list[Verdict]:
    return [decision.verdict for decision in decisions]


def test_where_one_is_enough_the_latest_wins_and_repeats_are_none() -> None:
    found = after((HANA, APPROVE), (KEN, APPROVE), (KEN, UNDO), (KEN, UNDO), (HANA, REJECT), (KEN, UNDO), needed=1)

    assert said(found) == [APPROVE, UNDO, REJECT, UNDO]
    assert endorsers(found) == ()


def test_the_second_curator_completes_an_approval() -> None:
    found = after((HANA, APPROVE), (KEN, APPROVE), needed=2)

    assert said(found) == [ENDORSE, APPROVE]
    assert endorsers(found) == (HANA, KEN)


def test_the_same_curator_twice_counts_once_under_whatever_name_or_desk() -> None:
    found = after((HANA, APPROVE), (HANA, APPROVE), ("Hana（Web）", APPROVE), ("hana-s (U01HANA)", APPROVE), needed=2)

    assert said(found) == [ENDORSE]


def test_a_rejection_wins_and_only_its_curator_takes_it_back() -> None:
    found = after((HANA, APPROVE), (KEN, REJECT), needed=2)

    for verdict in (UNDO, APPROVE, LATER):
        with pytest.raises(NotYours) as caught:
            decision_to_record(found, Decision(verdict, HANA, NOON, "slack", needed=2))
        assert caught.value.about == KEN
    undone = [*found, *after_(found, KEN, UNDO)]
    assert said(undone) == [ENDORSE, REJECT, UNDO]
    assert endorsers(undone) == (HANA,), "what hana said stands again"
    assert said(after_(undone, MIO, APPROVE)) == [APPROVE]


def test_an_undo_takes_back_ones_own_approval_and_leaves_the_other() -> None:
    found = after((HANA, APPROVE), (KEN, APPROVE), (HANA, UNDO), needed=2)
    assert endorsers(found) == (KEN,)

    again = [*found, *after_(found, MIO, APPROVE)]
    assert said(again) == [ENDORSE, APPROVE, UNDO, APPROVE]

    with pytest.raises(NotYours):
        decision_to_record(again, Decision(UNDO, HANA, NOON, "slack", needed=2))


def test_both_may_take_theirs_back_one_after_the_other() -> None:
    found = after((HANA, APPROVE), (KEN, APPROVE), (HANA, UNDO), (KEN, UNDO), (KEN, UNDO), needed=2)

    assert said(found) == [ENDORSE, APPROVE, UNDO, UNDO]
    assert endorsers(found) == ()


def test_an_approval_of_stricter_days_is_completed_when_one_has_become_enough() -> None:
    found = after((HANA, APPROVE), needed=2)

    assert said(after_(found, HANA, APPROVE, needed=1)) == [APPROVE]


def test_only_who_rejected_adds_the_reason() -> None:
    found = after((HANA, REJECT), needed=1)

    assert decision_to_record(found, Decision(REJECT, KEN, NOON, "slack", "off topic")) is None
    added = decision_to_record(found, Decision(REJECT, HANA, NOON, "slack", "off topic"))
    assert added is not None
    assert decision_to_record([*found, added], Decision(REJECT, HANA, NOON, "slack", "off topic")) is None


@pytest.mark.parametrize(
    ("record", "name"), [(HANA, "hana"), ("花（Web）", "花"), ("console", "console"), ("Web", "Web")]
)
def test_a_name_is_shown_without_what_the_record_adds(record: str, name: str) -> None:
    assert bare_name(record) == name


def test_two_people_are_two() -> None:
    assert not same_curator(HANA, KEN)
    assert not same_curator("hana", "ken（Web）")


def after_(before: list[Decision], curator: str, verdict: Verdict, needed: int = 2) -> list[Decision]:
    """What one more click adds."""
    taken = decision_to_record(before, Decision(verdict, curator, NOON, "slack", needed=needed))
    return [taken] if taken else []


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        (((HANA, REJECT), (HANA, UNDO), (HANA, LATER)), [(HANA, LATER)]),
        (((HANA, REJECT), (KEN, APPROVE)), [(KEN, APPROVE)]),
        (((HANA, APPROVE), (HANA, UNDO)), []),
        ((), []),
    ],
)
def test_only_what_has_not_been_taken_back_or_overtaken_stands(
    asked: tuple[tuple[str, Verdict], ...], left: list[tuple[str, Verdict]]
) -> None:
    assert [(one.curator, one.verdict) for one in standing(after(*asked, needed=1))] == left


def test_every_approval_that_has_not_been_taken_back_stands() -> None:
    found = standing(after((HANA, APPROVE), (KEN, APPROVE), needed=2))

    assert [(one.curator, one.verdict) for one in found] == [(HANA, ENDORSE), (KEN, APPROVE)]
