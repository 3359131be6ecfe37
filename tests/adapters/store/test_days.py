"""Who decided what, what waits too long, and summaries written anew, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.adapters.store.steps import TOPIC, decide, with_card
from tests.factories import NOW, RUN, a_summary
from watcher.adapters.store import SqlStore
from watcher.domain.curation.card import Decided
from watcher.domain.errors import EditConflict, UsageError
from watcher.domain.facts import CardPosted, Decision, Handover, HandoverCause, LoneFailure, Revision, Rewrite, Verdict

HOUR = timedelta(hours=1)


def shown(store: SqlStore, native: str, hours_ago: int) -> int:
    number = with_card(store, native)
    store.cards.add(
        number, CardPosted("slack", f"C/{native}", NOW - hours_ago * HOUR), store.cards.get(number).etag, RUN
    )
    return number


def test_only_cards_that_still_wait_and_are_old_enough_are_overdue(store: SqlStore) -> None:
    fresh, old, older, approved, later, undone = (
        shown(store, f"2606.0000{n}", hours) for n, hours in enumerate((1, 80, 90, 80, 85, 82))
    )
    decide(store, approved, Verdict.APPROVE)
    decide(store, later, Verdict.LATER)
    decide(store, undone, Verdict.REJECT)
    decide(store, undone, Verdict.UNDO)

    found = store.cards.overdue(TOPIC.slug, "slack", NOW - 72 * HOUR, NOW.date())

    assert [(one.posted, one.put_off) for one in found] == [
        (NOW - 90 * HOUR, False),
        (NOW - 85 * HOUR, True),
        (NOW - 82 * HOUR, False),
        (NOW - 80 * HOUR, False),
    ]
    assert store.cards.overdue(TOPIC.slug, "web", NOW, NOW.date()) == []
    assert store.cards.count_posted(TOPIC.slug, "slack", NOW - 2 * HOUR) == 1
    assert {fresh, old, older} <= set(range(1, 9))


@pytest.mark.endurance
def test_the_digest_says_who_decided_how_many_since_the_one_before(store: SqlStore) -> None:
    one, two, three = (with_card(store, f"2606.0000{n}") for n in range(3))
    store.cards.decide(one, Decision(Verdict.REJECT, "ken", NOW - 30 * HOUR, "web"))
    store.cards.decide(one, Decision(Verdict.UNDO, "hana", NOW, "web"))
    for number, verdict in ((one, Verdict.APPROVE), (two, Verdict.REJECT), (three, Verdict.LATER)):
        store.cards.decide(number, Decision(verdict, "hana", NOW, "web"))
    store.cards.decide(three, Decision(Verdict.APPROVE, "mio", NOW, "web", needed=2))

    digest = store.reports.digest(TOPIC, NOW.date(), NOW - HOUR, recorded=False)

    assert digest.decided == (Decided("hana", 1, 1, 0), Decided("mio", 1, 0, 0))
    assert len(digest.found) == 3
    store.reports.put_digest(digest, "C/1", NOW)
    assert store.reports.last_digest() == (digest, NOW)


def test_a_rewritten_summary_replaces_the_one_shown_and_leaves_what_was_revised(store: SqlStore) -> None:
    number = with_card(store)
    before = store.cards.get(number)
    store.cards.revise(number, [Revision("categories", "世界モデル", "計画", "ken", NOW)], 0)

    assert store.summaries.add_rewrite(number, Rewrite("hana", NOW, "slack"))
    assert not store.summaries.add_rewrite(number, Rewrite("ken", NOW, "slack")), "one is on its way"
    assert store.cards.get(number).rewriting
    ((wish, candidate, _, attempt),) = store.summaries.to_rewrite(TOPIC.slug)
    assert (candidate.number, attempt) == (number, 1)

    again = a_summary(summary_ja="書き直した概要である。", categories_ja=("評価",), evidence=("a b c",))
    store.summaries.add_rewritten(wish, number, again, RUN, NOW + HOUR)
    store.summaries.add_rewritten(wish, number, a_summary(summary_ja="二度目。"), RUN, NOW + HOUR)

    after = store.cards.get(number)
    assert (after.cells.summary, after.cells.categories) == ("書き直した概要である。", "計画")
    assert after.summary == again
    assert (after.revision, after.rewriting) == (2, False)
    assert after.etag != before.etag
    assert store.summaries.to_rewrite(TOPIC.slug) == []
    assert [(c.cell, c.after, c.curator) for c in store.history.changes(number)] == [
        ("categories", "計画", "ken"),
        ("summary", "書き直した概要である。", "hana"),
    ]
    with pytest.raises(EditConflict):
        store.cards.revise(number, [Revision("year", "2026", "2027", "ken", NOW)], 1)
    assert store.summaries.add_rewrite(number, Rewrite("hana", NOW, "slack"))
    assert store.summaries.to_rewrite(TOPIC.slug)[0][3] == 2, "another wish is another question"


def test_a_wish_on_which_the_model_failed_three_times_is_open_no_more(store: SqlStore) -> None:
    number = with_card(store)
    store.summaries.add_rewrite(number, Rewrite("hana", NOW, "slack"))
    ((wish, *_),) = store.summaries.to_rewrite(TOPIC.slug)
    failure = LoneFailure("summarize", HandoverCause.UNUSABLE, "no JSON")
    faces = {store.cards.get(number).etag}
    for last in (False, False, True):
        assert store.summaries.add_failed_rewrite(wish, number, failure, RUN, NOW) is last
        card = store.cards.get(number)
        assert (card.rewriting, card.failed_rewrite is None) == (not last, not last)
        faces.add(card.etag)
    assert len(faces) == 4
    assert store.summaries.to_rewrite(TOPIC.slug) == []
    assert card.failed_rewrite == Handover("summarize", HandoverCause.UNUSABLE, "no JSON", NOW)
    assert store.summaries.add_rewrite(number, Rewrite("ken", NOW + HOUR, "slack"))
    card = store.cards.get(number)
    assert (card.rewriting, card.failed_rewrite) == (True, None)


def test_a_summary_that_was_never_written_cannot_be_written_anew(store: SqlStore) -> None:
    with pytest.raises(UsageError):
        store.summaries.add_rewrite(99, Rewrite("hana", NOW, "slack"))


def test_everything_curators_did_is_told_newest_first_in_pages(store: SqlStore) -> None:
    number = with_card(store)
    store.cards.revise(number, [Revision("year", "2026", "2025", "ken", NOW)], None)
    store.summaries.add_rewrite(number, Rewrite("mio", NOW + HOUR, "slack"))
    store.cards.decide(number, Decision(Verdict.REJECT, "hana", NOW + 2 * HOUR, "web", "off topic"))

    day = (NOW + 24 * HOUR).date()
    store.cards.decide(number, Decision(Verdict.LATER, "ken", NOW + 3 * HOUR, "slack", until=day))

    later, *acts = store.history.acts(10)

    assert (later.what, later.until) == ("later", day)
    assert [(a.what, a.curator, a.detail) for a in acts] == [
        ("reject", "hana", "off topic"),
        ("rewrite", "mio", ""),
        ("revise", "ken", "year: 2026 -> 2025"),
    ]
    assert store.history.acts(1, 2) == acts[1:2]
    assert acts[0].gist == "arxiv:2606.00001 by hana at web off topic"


def test_two_first_approvals_at_once_are_one_endorsement_and_one_approval(store: SqlStore) -> None:
    number = with_card(store)

    for curator in ("hana", "ken"):
        store.cards.decide(number, Decision(Verdict.APPROVE, curator, NOW, "web", needed=2))

    assert store.cards.get(number).endorsers == ("hana", "ken")
    assert store.catalog.to_write(TOPIC.slug) == [(number, True)]
    store.cards.decide(number, Decision(Verdict.UNDO, "ken", NOW, "web", needed=2))
    assert store.cards.get(number).endorsers == ("hana",)
    assert store.catalog.to_write(TOPIC.slug) == []
