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
from watcher.domain.screening.label import Label
from watcher.ports import TrainedPrefilter
from watcher.training.evaluate import evaluate, split
from watcher.training.files import Announced, read_papers

LABELS = [one.label for one in LATER]


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
