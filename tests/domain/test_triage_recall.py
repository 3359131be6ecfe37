"""Recall of triage on known papers: each once, none that triage found itself."""

from __future__ import annotations

from watcher.domain.curation.recall import FEWEST_PLANTS, TriageRecall, triage_recall


def test_a_known_paper_counts_once_when_it_is_first_asked_about() -> None:
    answers = [(["a", "b"], ["b"]), (["b", "c"], []), (["a"], ["a"])]

    assert triage_recall(answers) == TriageRecall(asked=3, named=2, batches=3)


def test_a_known_paper_that_triage_read_as_news_does_not_count() -> None:
    answers = [(["a", "b"], ["b"]), (["c"], [])]

    assert triage_recall(answers, frozenset({"a"})) == TriageRecall(asked=2, named=1, batches=2)


def test_batches_without_a_known_paper_are_told_apart() -> None:
    assert triage_recall([([], []), (["a"], [])]) == TriageRecall(asked=1, named=1, batches=2, bare=1)


def test_below_twenty_papers_there_is_no_interval_however_often_they_were_asked_about() -> None:
    few = [str(number) for number in range(FEWEST_PLANTS - 1)]

    assert triage_recall([(few, [])] * 100).share is None
    found = triage_recall([([*few, "one more"], [])] * 100).share
    assert found is not None
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.83 < found.low < 0.84
