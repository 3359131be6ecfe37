from __future__ import annotations

import gzip
import json
import math
from dataclasses import replace

import pytest

from tests.adapters.prefilters.labeled import PHRASES, labeled
from watcher.adapters.prefilters.trained import Features, Trained
from watcher.adapters.prefilters.training import out_of_fold, train
from watcher.domain.errors import ConfigError, UsageError

pytestmark = pytest.mark.endurance  # it trains


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(labeled(), PHRASES, "t")


def test_what_it_learned_it_knows_again_in_papers_it_never_saw(trained: Trained) -> None:
    given = [(trained.probability(e.title, e.abstract, e.categories), e.belongs) for e in labeled(30, seed=7)]

    assert min(p for p, belongs in given if belongs) > max(p for p, belongs in given if not belongs)
    assert all(0 <= p <= 1 for p, _ in given)


def test_the_same_examples_give_the_same_prefilter_and_others_another_name(trained: Trained) -> None:
    again = train(labeled(), PHRASES, "t")

    assert (again.name, again.dump()) == (trained.name, trained.dump())
    assert train(labeled(57), PHRASES, "t").name != trained.name


def test_it_is_kept_as_readable_json_and_comes_back_as_it_was(trained: Trained) -> None:
    back = Trained.load(trained.dump(), "x")

    assert json.loads(gzip.decompress(trained.dump()))["topic"] == "t"
    assert back == trained
    assert back.name == trained.name
    assert back.probability("LLM minds", "false beliefs", ()) == trained.probability("LLM minds", "false beliefs", ())


@pytest.mark.parametrize(
    "broken",
    [b"", b"{}", gzip.compress(b"{}"), gzip.compress(b'{"format": 99}'), gzip.compress(b"[]")],
    ids=["nothing", "not compressed", "no format", "an unknown format", "a list"],
)
def test_what_is_no_trained_prefilter_is_refused_by_name(broken: bytes) -> None:
    with pytest.raises(ConfigError, match="the-file"):
        Trained.load(broken, "the-file")


def test_each_example_is_judged_by_those_of_other_days_alone() -> None:
    found = labeled()
    moved = [replace(e, title="", abstract="") if e.day == found[0].day else e for e in found]

    with_text, without = out_of_fold(found, PHRASES), out_of_fold(moved, PHRASES)

    others = [position for position, e in enumerate(found) if e.day != found[0].day]
    same_day = [position for position, e in enumerate(found) if e.day == found[0].day]
    assert all(without[position] == without[same_day[0]] for position in same_day)
    assert any(with_text[position] != without[position] for position in others)


def test_a_share_of_the_usual_probabilities_lies_above_the_papers_that_do_not_belong(trained: Trained) -> None:
    assert list(trained.usual) == sorted(trained.usual)
    assert len(trained.usual) == 200
    assert 0.2 < sum(value > 0.5 for value in trained.usual) / 200 < 0.45


def test_too_little_to_learn_from_is_said() -> None:
    with pytest.raises(UsageError, match="both needed"):
        train([e for e in labeled() if e.belongs], PHRASES, "t")


def test_a_paper_is_given_what_its_features_and_the_weights_say(trained: Trained) -> None:
    features = Features(trained.rarity, trained.phrases)

    for one in labeled(12, seed=3):
        values = features(one.title, one.abstract, one.categories)
        score = sum(trained.weights.get(name, 0.0) * value for name, value in values.items())
        expected = 1 / (1 + math.exp(-(trained.bias + trained.slope * score)))
        assert trained.probability(one.title, one.abstract, one.categories) == pytest.approx(expected, abs=1e-5)
