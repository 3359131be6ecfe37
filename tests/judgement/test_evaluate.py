from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.adapters.prefilters.labeled import PHRASES
from tests.judgement.world import LATER, STARTER, deployed, write
from watcher.adapters.prefilters.training import train
from watcher.domain.errors import UsageError
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.measure import Label
from watcher.ports import TrainedPrefilter
from watcher.training.evaluate import evaluate, split
from watcher.training.files import Announced, read_papers

LABELS = LATER


@pytest.fixture
def topic(tmp_path: Path) -> Topic:
    (found,) = deployed(tmp_path, STARTER).topics
    return found


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, Announced]:
    return read_papers(write(tmp_path / "papers.jsonl", LATER))[0]


@pytest.fixture(scope="module")
def trained() -> TrainedPrefilter:
    made = train(STARTER, PHRASES, "minds")
    return TrainedPrefilter(made.name, made.dump())


def recall(found: object) -> float:
    part = getattr(found, "recall", None)
    assert part is not None
    return float(part.value)


def test_every_stage_is_held_against_the_labels(
    topic: Topic, papers: dict[str, Announced], trained: TrainedPrefilter
) -> None:
    found = evaluate(topic, trained, LABELS, papers, share=0.4)

    assert (found.papers, found.labels, found.belonging, found.seen) == (40, 40, 14, 0)
    assert recall(found.stages["core"]) == 0.0
    assert recall(found.stages["0.4"]) == 1.0
    assert recall(found.stages["0.1"]) == pytest.approx(4 / 14)
    assert found.stages["0.1"].share == 0.1
    assert found.needed["1"] == pytest.approx(14 / 40)
    assert found.work_saved is not None
    assert found.work_saved.value == pytest.approx(0.95 - 14 / 40)


@pytest.mark.endurance
def test_screening_as_configured_is_measured_day_by_day(
    topic: Topic, papers: dict[str, Announced], trained: TrainedPrefilter
) -> None:
    found = evaluate(topic, trained, LABELS, papers, share=0.4).stages["screening"]

    assert found.share == pytest.approx(0.4, abs=0.15)
    assert recall(found) == 1.0


@pytest.mark.endurance
def test_a_paper_outside_the_categories_counts_as_missed(
    topic: Topic, papers: dict[str, Announced], trained: TrainedPrefilter
) -> None:
    elsewhere = LATER[0].paper
    papers[elsewhere] = replace(papers[elsewhere], paper=replace(papers[elsewhere].paper, categories=("math.AG",)))

    found = evaluate(topic, trained, LABELS, papers, share=0.4)

    assert LATER[0].belongs
    assert recall(found.stages["0.4"]) == pytest.approx(13 / 14)
    assert found.needed["1"] == 1.0


def test_labels_that_were_learned_from_or_are_not_at_hand_are_counted(
    topic: Topic, papers: dict[str, Announced], trained: TrainedPrefilter
) -> None:
    known = frozenset({LATER[0].paper})

    found = evaluate(topic, trained, [*LABELS, Label("arxiv:2601.00001", 4)], papers, share=0.4, learned_from=known)

    assert (found.seen, list(found.missing)) == (1, ["arxiv:2601.00001"])


def test_without_a_prefilter_keywords_and_verdicts_are_measured(topic: Topic, papers: dict[str, Announced]) -> None:
    found = evaluate(topic, None, LABELS, papers, share=0.4, verdicts={LATER[0].paper: True, LATER[3].paper: False})

    assert list(found.stages) == ["core", "keywords", "verdict"]
    assert (found.prefilter, found.work_saved) == ("", None)
    assert recall(found.stages["verdict"]) == pytest.approx(1 / 14)


def test_recall_is_told_before_and_after_triage_on_the_papers_that_both_are_done_with(
    topic: Topic, papers: dict[str, Announced]
) -> None:
    belonging = [one.paper for one in LATER if one.belongs]
    outcomes = dict.fromkeys(papers, (False, False)) | dict.fromkeys(belonging[:12], (False, True))
    outcomes |= dict.fromkeys(belonging[:4], (True, True))
    del outcomes[belonging[13]]

    found = evaluate(topic, None, LABELS, papers, share=0.4, outcomes=outcomes).stages

    assert recall(found["before_triage"]) == pytest.approx(4 / 13)
    assert recall(found["after_triage"]) == pytest.approx(12 / 13)
    assert found["after_triage"].share == pytest.approx(12 / 39)


def test_uneven_weights_are_told_by_the_effective_number_of_labels(topic: Topic, papers: dict[str, Announced]) -> None:
    heavy = [replace(one, weight=47.0 if n == 0 else 1.0) for n, one in enumerate(LATER)]

    found = evaluate(topic, None, heavy, papers, share=0.4).stages["core"]

    assert found.belonging == 14
    assert found.effective == pytest.approx((47 + 13) ** 2 / (47**2 + 13))


def test_labels_of_other_papers_are_refused(topic: Topic, papers: dict[str, Announced]) -> None:
    with pytest.raises(UsageError, match="--stream"):
        evaluate(topic, None, [Label("arxiv:2601.00001", 4)], papers, share=0.4)


@pytest.mark.endurance
def test_a_split_learns_from_earlier_days_alone(topic: Topic, papers: dict[str, Announced]) -> None:
    made, later = split(topic, [*STARTER, *LATER], papers, date(2026, 7, 1))
    alone, _ = split(topic, STARTER, papers, date(2026, 7, 1))

    assert made.name == alone.name
    assert len(later) == 40
    assert split(topic, STARTER, papers, date(2026, 7, 2))[1] == {}
