"""Questions are given out in larger batches while much is left, and one by one at the end."""

from __future__ import annotations

import pytest

from watcher.pipeline.model_loop import chunked


@pytest.mark.parametrize("count", [0, 1, 3, 40, 400, 5000])
@pytest.mark.parametrize("capacity", [1, 4, 64])
def test_every_question_is_in_one_job_in_its_order(count: int, capacity: int) -> None:
    questions = [(2 * number, 2 * number + 1) for number in range(count)]

    jobs = list(chunked(questions, capacity))

    assert [number for job in jobs for number in job] == [n for question in questions for n in question]


def test_a_days_few_questions_are_a_job_each() -> None:
    assert list(chunked([(1, 2), (3, 4), (5,)], 4)) == [(1, 2), (3, 4), (5,)]


def test_jobs_grow_smaller_and_there_is_always_enough_for_everybody() -> None:
    sizes = [len(job) for job in chunked([(number,) for number in range(400)], 4)]

    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 8
    assert sizes[-8:] == [1] * 8
    assert all(size == 1 or sum(sizes[place:]) >= 8 * size for place, size in enumerate(sizes))


def test_no_job_holds_so_much_that_a_dead_workers_would_be_late() -> None:
    assert max(len(job) for job in chunked([(number,) for number in range(100_000)], 1)) == 8
