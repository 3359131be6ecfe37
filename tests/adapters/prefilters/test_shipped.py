"""What ships beside the topic: the trained prefilter and the labels it was trained from."""

from __future__ import annotations

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest

from watcher.adapters.prefilters.trained import Learned
from watcher.adapters.sources.jsonl import PaperFile
from watcher.bootstrap.configuration import labels_file, read_prefilter
from watcher.domain.papers.paper import Paper
from watcher.settings import Settings, load_settings
from watcher.training.files import read_labels

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.endurance
PAPERS = ROOT / "tests" / "data" / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings({"WATCHER_CONFIG": str(ROOT / "config")})


@pytest.fixture(scope="module")
def learned(settings: Settings) -> Learned:
    (topic,) = settings.topics
    return Learned(read_prefilter(settings, topic.slug))


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    """All that was announced on two days."""
    return [a.paper for reading in islice(PaperFile(PAPERS).read(), 2) for a in reading.announcements]


def test_it_knows_its_own_labels_and_says_so(settings: Settings, learned: Learned) -> None:
    (topic,) = settings.topics
    labels = read_labels(labels_file(settings, topic.slug))
    found = read_prefilter(settings, topic.slug)
    assert found is not None
    content = json.loads(gzip.decompress(found.content))

    assert set(content["learned_from"]) == {label.paper for label in labels.labels}
    assert learned.trained == found.name


def test_a_tenth_of_two_days_is_given_most_of_the_probability(learned: Learned, papers: list[Paper]) -> None:
    given = sorted((learned.probability(paper) or 0.0 for paper in papers), reverse=True)

    assert sum(given[: len(given) // 10]) > 0.8 * sum(given)


def test_a_topic_without_a_trained_prefilter_has_no_opinion(papers: list[Paper]) -> None:
    unlearned = Learned(None)

    assert (unlearned.trained, unlearned.probability(papers[0])) == ("", None)
