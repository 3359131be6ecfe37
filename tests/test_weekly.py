"""The week's account: drawn, shown and reported once, whatever is interrupted; what belongs after all is not lost."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.adapters.store.steps import TOPIC, announce
from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary
from tests.servers.llm_triage import translated
from watcher.adapters.store import SqlStore
from watcher.bootstrap import Watcher
from watcher.domain.budget import Usage
from watcher.domain.curation.card import CardState
from watcher.domain.curation.recall import draw
from watcher.domain.curation.weekly import Week
from watcher.domain.errors import ModelError, UsageError
from watcher.domain.facts import Decision, Nomination, Verdict
from watcher.domain.papers.paper import PaperId
from watcher.pipeline.posting import translate_titles
from watcher.pipeline.run import Run
from watcher.ports import Reply, Request
from watcher.services import Events
from watcher.services.reviews import AuditService
from watcher.settings import load_settings
from watcher.words_ja import history
from watcher.words_ja import report as words

WEEK = Week.of(NOW)


def sampled(store: SqlStore, *natives: str) -> list[int]:
    """Papers that were screened out and drawn."""
    numbers = announce(store, *natives)
    out = a_screening(passed=False, groups=(), keywords=(), priority=9, probability=0.01)
    store.papers.add_screenings([(number, out) for number in numbers], RUN, NOW)
    papers = store.audits.screened_out(TOPIC.slug, WEEK.begins, WEEK.ends)
    store.audits.add_samples(TOPIC.slug, draw(papers, TOPIC.slug, str(WEEK), len(numbers)), RUN, NOW)
    return numbers


def test_what_belongs_after_all_goes_along_the_line_to_a_card_whatever_the_model_says(store: SqlStore) -> None:
    ours, other = sampled(store, "2606.00001", "2606.00002")
    events, told = Events(), list[str]()
    events.decided.subscribe(lambda: told.append("answer"))
    events.nominated.subscribe(lambda: told.append("belongs"))
    audit = AuditService(store, [TOPIC], lambda: NOW, events)
    assert store.scoring.batches(TOPIC.slug, 10, None) == []

    audit.answer(ours, "hana", "web", belongs=True)
    audit.answer(ours, "hana", "web", belongs=True)
    audit.answer(other, "hana", "web", belongs=False)
    batches = store.scoring.batches(TOPIC.slug, 10, None)
    store.scoring.add_relevances([(ours, a_relevance(1))], [], RUN, NOW)
    to_summarize = [candidate.number for candidate, _, _ in store.summaries.to_summarize(TOPIC.slug)]
    store.summaries.add(ours, a_summary(), RUN, NOW)

    assert told == ["belongs", "answer", "answer"], "a double click is told once"
    assert [[c.number for c in batch.candidates] for batch in batches] == [[ours]]
    assert to_summarize == [ours]
    assert store.cards.to_post(TOPIC.slug, "web") == [ours]
    assert store.cards.get(ours).state is CardState.OPEN


def test_a_paper_that_was_not_drawn_cannot_be_answered(store: SqlStore) -> None:
    sampled(store, "2606.00001")
    audit = AuditService(store, [TOPIC], lambda: NOW, Events())

    with pytest.raises(UsageError, match="no paper of the audit sample"):
        audit.answer(99, "hana", "web", belongs=True)


def test_the_report_is_of_the_last_week_that_is_over_unless_one_is_named(store: SqlStore) -> None:
    def later() -> datetime:
        return NOW + timedelta(days=7)

    audit = AuditService(store, [TOPIC], later, Events())

    assert [report.week for report in audit.reports()] == [WEEK]
    assert [report.week for report in audit.reports(WEEK.earlier())] == [WEEK.earlier()]


def test_before_a_first_week_is_over_the_report_is_of_the_present_one(store: SqlStore) -> None:
    announce(store, "2606.00001")
    audit = AuditService(store, [TOPIC], lambda: NOW, Events())

    assert [report.week for report in audit.reports()] == [WEEK]
    assert audit.this_week() == WEEK


def judged(store: SqlStore, number: int) -> None:
    store.scoring.add_relevances([(number, a_relevance(1))], [], RUN, NOW)
    store.summaries.add(number, a_summary(), RUN, NOW)


def test_an_answer_taken_back_takes_the_paper_from_the_line(store: SqlStore) -> None:
    (number,) = sampled(store, "2606.00001")
    audit = AuditService(store, [TOPIC], lambda: NOW, Events())
    audit.answer(number, "hana", "web", belongs=True)

    audit.answer(number, "hana", "web", belongs=False)

    assert store.waiting.counts([TOPIC.slug], "web")["score"] == 0
    assert store.papers.nominated_without_card(TOPIC.slug, "web") == frozenset()

    audit.answer(number, "hana", "web", belongs=True)
    assert store.waiting.counts([TOPIC.slug], "web")["score"] == 1


def test_an_answer_taken_back_turns_down_the_card_it_brought_unless_somebody_decided(store: SqlStore) -> None:
    brought, decided = sampled(store, "2606.00001", "2606.00002")
    audit = AuditService(store, [TOPIC], lambda: NOW, Events())
    for number in (brought, decided):
        audit.answer(number, "hana", "web", belongs=True)
        judged(store, number)
    store.cards.decide(decided, Decision(Verdict.APPROVE, "ken", NOW, "web"))

    for number in (brought, decided):
        audit.answer(number, "hana", "web", belongs=False)

    card = store.cards.get(brought)
    assert (card.state, card.decision and card.decision.reason) == (CardState.REJECTED, words.TAKEN_BACK)
    assert store.cards.get(decided).state is CardState.APPROVED


def test_who_puts_a_paper_forward_by_hand_is_heard_whatever_the_audit_says(store: SqlStore) -> None:
    before, after = sampled(store, "2606.00001", "2606.00002")
    audit = AuditService(store, [TOPIC], lambda: NOW, Events())
    store.papers.nominate([before], Nomination("ken", NOW, "console"), RUN)
    for number in (before, after):
        audit.answer(number, "hana", "web", belongs=True)
        audit.answer(number, "hana", "web", belongs=False)
    assert store.papers.nominated_without_card(TOPIC.slug, "web") == {before}

    store.papers.nominate([after], Nomination("ken", NOW, "console"), RUN)

    assert store.papers.nominated_without_card(TOPIC.slug, "web") == {before, after}


class Translator:
    """A model that is down until it is `up`, and then puts every title into the same words; counts what it is asked."""

    name, recorded = "m", False

    def __init__(self) -> None:
        self.up, self.asked = False, 0

    def ask(self, request: Request) -> Reply:
        self.asked += 1
        if not self.up:
            raise ModelError("down", about=request.stage)
        return Reply(json.dumps(translated(request.user), ensure_ascii=False), "m", "stop", Usage(1))


def test_titles_are_put_into_japanese_once_and_shown_as_they_are_while_no_model_answers(tmp_path: Path) -> None:
    model, clock = Translator(), lambda: NOW
    with closing(Watcher(load_settings({"WATCHER_DATA": str(tmp_path)}), model=model, clock=clock)) as watcher:
        store, numbers = watcher.store, sampled(watcher.store, "2606.00001", "2606.00002")
        run, (topic,) = Run(watcher.pipeline.deps, RUN), watcher.settings.topics

        translate_titles(run, topic, {*numbers})
        assert [card.line_ja for card in store.audits.cards()] == [None, None]
        model.up = True
        for _ in range(2):
            translate_titles(run, topic, {*numbers})

        assert [card.line_ja for card in store.audits.cards()] == ["題名にある主題の研究"] * 2
        assert model.asked == 2
        assert (run.failures, run.usage.calls) == ([], 1)
        told = [history.entry(found) for found in store.history.of(PaperId("arxiv", "2606.00001"))]
        assert any(line.endswith("題名の日本語：題名にある主題の研究") for line in told)
