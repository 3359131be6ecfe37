"""A summary is kept with what became of its check, and the card shows it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary, a_topic, an_announcement
from watcher.adapters.store import SqlStore
from watcher.domain.curation.weekly import SummaryChecks, Week
from watcher.domain.facts import Decision, Fault, Revision, Rewrite, SentenceVerdict, Verdict, Verification
from watcher.words_ja.report import lines

TOPIC = a_topic()
WRONG = SentenceVerdict(1, "文である。", Fault.NUMBER, "a quote of it", "文", "別の値である")
OK = Verification((SentenceVerdict(1, "文である。"),))
CHECKED = Verification((WRONG, SentenceVerdict(2, "次の文。")), 1, ("an advertisement",), "p", "m")
CUT = Verification(OK.verdicts, planted=("an advertisement",))


def a_card(store: SqlStore, verification: Verification | None, **changes: object) -> int:
    store.papers.announce([an_announcement()], [TOPIC], RUN, NOW)
    (candidate,) = store.papers.to_screen(TOPIC.slug, 10)
    store.papers.add_screenings([(candidate.number, a_screening())], RUN, NOW)
    store.scoring.add_relevances([(candidate.number, a_relevance())], [], RUN, NOW)
    store.summaries.add(candidate.number, a_summary(verification=verification, **changes), RUN, NOW)
    return candidate.number


@pytest.mark.parametrize("verification", [None, Verification(model="m"), CHECKED])
def test_verdicts_are_kept_with_their_summary(store: SqlStore, verification: Verification | None) -> None:
    number = a_card(store, verification)
    card = store.cards.get(number)
    assert card.summary is not None
    assert (card.summary.verification, card.verification) == (verification, verification)


def test_the_verdicts_on_a_rewritten_summary_are_its_own(store: SqlStore) -> None:
    number = a_card(store, CHECKED)
    store.summaries.add_rewrite(number, Rewrite("hana", NOW, "web"))
    ((wish, *_),) = store.summaries.to_rewrite(TOPIC.slug)
    store.summaries.add_rewritten(wish, number, a_summary(summary_ja="別の概要。", verification=None), RUN, NOW)
    assert store.cards.get(number).verification is None


def test_what_a_curator_wrote_is_no_longer_what_was_checked(store: SqlStore) -> None:
    number = a_card(store, CHECKED)
    before = store.cards.get(number).cells
    store.cards.revise(number, [Revision("summary", before.summary, "直した概要。", "hana", NOW)], None)
    card = store.cards.get(number)
    assert (card.verification, card.marked_summary) == (None, (("直した概要。", False),))


def test_a_card_without_a_summary_to_show_may_be_added_with_a_dash(store: SqlStore) -> None:
    number = a_card(store, Verification(planted=("an advertisement",)), summary_ja="", categories_ja=(), evidence=())
    card = store.cards.get(number)
    assert (card.is_unwritten, card.cells.summary) == (True, "")
    store.cards.revise(number, [Revision("summary", "", "—", "hana", NOW)], None)
    assert store.cards.get(number).cells == replace(card.cells, summary="—")


@pytest.mark.parametrize(
    ("verification", "edited", "checks"),
    [
        (OK, False, SummaryChecks(verified=1)),
        (OK, True, SummaryChecks(verified=1, edited=1)),
        (CHECKED, False, SummaryChecks(flagged=1, untouched=1)),
        (CHECKED, True, SummaryChecks(flagged=1)),
        (CUT, False, SummaryChecks(cut=1)),
        (Verification(model="m"), True, SummaryChecks(unchecked=1)),
        (None, True, SummaryChecks()),
    ],
)
def test_the_weekly_report_tells_what_curators_did_with_what_was_checked(
    store: SqlStore, verification: Verification | None, edited: bool, checks: SummaryChecks
) -> None:
    number = a_card(store, verification)
    if edited:
        before = store.cards.get(number).cells.summary
        store.cards.revise(number, [Revision("summary", before, "直した概要。", "hana", NOW)], None)
    assert store.reports.weekly(TOPIC, Week.of(NOW)).checks == SummaryChecks(), "it is not decided yet"
    store.cards.decide(number, Decision(Verdict.APPROVE, "hana", NOW, "web"))
    report = store.reports.weekly(TOPIC, Week.of(NOW))
    assert report.checks == checks
    told = next(line for line in lines(report) if line.label == "要約の照合")
    assert ("誤警報の目安" in told.detail) is (checks != SummaryChecks())
    assert not {"True", "False"} & set(re.findall("[A-Za-z]+", told.detail)), "counts are numbers"
