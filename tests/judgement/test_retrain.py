"""Training from labels and decisions: used if not worse, kept with its evidence, gone back from by hand."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.judgement.world import LATER, STARTER, deployed, write
from watcher.adapters.prefilters.trained import Trained
from watcher.adapters.sources.jsonl import PaperFile
from watcher.adapters.store import SqlStore
from watcher.bootstrap import open_store
from watcher.bootstrap.prefilters import prefilter_of
from watcher.domain.errors import UsageError
from watcher.domain.facts import AuditAnswer, AuditSample, Decision, Screening, Verdict
from watcher.domain.papers.paper import PaperId
from watcher.domain.screening.label import LabeledPaper
from watcher.settings import Settings
from watcher.training.retrain import answers_since_training, curator_labels, retrain, retrain_due_topics, use_prefilter

NOW = datetime(2026, 7, 2, tzinfo=UTC)
LATER_ON = NOW + timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return deployed(tmp_path, STARTER)


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> Iterator[SqlStore]:
    """A store that took in the later papers, all of them screened out."""
    opened = open_store(settings)
    found = [a for reading in PaperFile(write(tmp_path / "p.jsonl", LATER)).read() for a in reading.announcements]
    opened.papers.announce(found, settings.topics, "run", NOW)
    out = Screening(passed=False, groups=(), keywords=(), priority=9, probability=0.1, rule="r", threshold=0.5)
    opened.papers.add_screenings([(one.number, out) for one in opened.papers.to_screen("minds", 100)], "run", NOW)
    yield opened
    opened.database.close()


def number(store: SqlStore, one: LabeledPaper) -> int:
    return store.papers.numbers_of(PaperId.from_key(one.paper))[0]


def decide(store: SqlStore, one: LabeledPaper, verdict: Verdict, at: datetime = NOW) -> None:
    store.cards.decide(number(store, one), Decision(verdict, "hana", at, "web"))


def teach_all(store: SqlStore, *, truly: bool) -> None:
    for one in LATER:
        decide(store, one, Verdict.APPROVE if one.belongs is truly else Verdict.REJECT)


@pytest.mark.endurance
def test_the_first_training_is_used_and_kept_with_its_evidence(settings: Settings, store: SqlStore) -> None:
    (topic,) = settings.topics

    found = retrain(settings, store, topic, NOW)

    assert (found.used, found.reason) == (True, "first")
    assert store.prefilters.in_use("minds") == found.name
    ((_, at, evidence),) = store.prefilters.all("minds")
    assert (at, evidence["labeled"], evidence["belonging"], evidence["taught"]) == (NOW, 60, 20, 0)


@pytest.mark.endurance
def test_what_curators_decide_is_learned_and_the_older_one_can_be_taken_again(
    settings: Settings, store: SqlStore
) -> None:
    (topic,) = settings.topics
    first = retrain(settings, store, topic, NOW)
    teach_all(store, truly=True)

    second = retrain(settings, store, topic, LATER_ON)

    assert (second.used, second.evidence["taught"], second.evidence["against"]) == (True, 40, first.name)
    in_use = prefilter_of(settings, store, "minds")
    assert in_use is not None
    assert {one.paper for one in LATER} <= Trained.load(in_use.content, "x").learned_from
    use_prefilter(settings, store, topic, first.name, LATER_ON)
    assert store.prefilters.in_use("minds") == first.name
    with pytest.raises(UsageError, match="learned-0"):
        use_prefilter(settings, store, topic, "learned-0", LATER_ON)


@pytest.mark.endurance
def test_a_training_that_does_worse_is_kept_and_not_used(settings: Settings, store: SqlStore) -> None:
    (topic,) = settings.topics
    first = retrain(settings, store, topic, NOW)
    teach_all(store, truly=False)

    second = retrain(settings, store, topic, LATER_ON)

    assert (second.used, second.reason) == (False, "worse")
    assert store.prefilters.in_use("minds") == first.name
    assert [name for name, _, _ in store.prefilters.all("minds")] == [first.name, second.name]


@pytest.mark.endurance
def test_the_same_knowledge_again_changes_nothing(settings: Settings, store: SqlStore) -> None:
    (topic,) = settings.topics
    first = retrain(settings, store, topic, NOW)

    again = retrain(settings, store, topic, LATER_ON)

    assert (again.name, again.reason) == (first.name, "same")
    assert len(store.prefilters.all("minds")) == 1


def test_a_decision_taken_back_or_put_off_teaches_nothing(settings: Settings, store: SqlStore) -> None:
    (topic,) = settings.topics
    decide(store, LATER[0], Verdict.APPROVE)
    decide(store, LATER[0], Verdict.UNDO)
    decide(store, LATER[1], Verdict.LATER)

    assert curator_labels(store, topic) == []
    assert answers_since_training(store, topic) == 0


@pytest.mark.endurance
def test_a_paper_of_the_audit_counts_for_all_it_stands_for_until_a_card_says_otherwise(
    settings: Settings, store: SqlStore
) -> None:
    (topic,) = settings.topics
    sample = AuditSample("2026-W27", "far", 40, 0.05)
    store.audits.add_samples("minds", [(number(store, LATER[0]), sample)], "run", NOW)
    store.audits.add_answer(number(store, LATER[0]), AuditAnswer(belongs=True, curator="ken", at=NOW, desk="web"))

    (audited,) = curator_labels(store, topic)
    decide(store, LATER[0], Verdict.REJECT)
    (decided,) = curator_labels(store, topic)

    assert (audited.score, audited.weight) == (3.0, 20.0)
    assert (decided.score, decided.weight) == (1.0, 1.0)


@pytest.mark.endurance
def test_training_comes_by_itself_after_enough_decisions_and_not_before(
    settings: Settings, store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    decide(store, LATER[0], Verdict.APPROVE)
    retrain_due_topics(settings, store, NOW)
    before = store.prefilters.in_use("minds")
    decide(store, LATER[1], Verdict.REJECT)

    with caplog.at_level(logging.INFO):
        retrain_due_topics(settings, store, NOW)
    after = store.prefilters.in_use("minds")
    retrain_due_topics(settings, store, LATER_ON)

    assert (before, after[:8]) == ("", "learned-")
    assert len(store.prefilters.all("minds")) == 1
    assert "'decisions': 2" in caplog.text


@pytest.mark.endurance
def test_what_cannot_be_learned_from_is_told_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = deployed(tmp_path / "bare", [one for one in STARTER if one.belongs])
    store = open_store(settings)
    found = [a for reading in PaperFile(write(tmp_path / "q.jsonl", LATER)).read() for a in reading.announcements]
    store.papers.announce(found, settings.topics, "run", NOW)
    for one in [one for one in LATER if one.belongs][:2]:
        decide(store, one, Verdict.APPROVE)

    retrain_due_topics(settings, store, NOW)
    store.database.close()

    assert "retraining failed" in caplog.text
    assert "'decisions': 2" in caplog.text
