"""What a day of real papers sends to a model stays below the agreed ceiling."""

from __future__ import annotations

import pytest

from benchmarks.prompt_chars import draw, measured


@pytest.mark.endurance
def test_300_real_papers_cost_less_than_180_000_characters_and_nothing_a_second_time() -> None:
    day = measured(draw(300, seed=1))
    assert day.scored > 10
    assert day.summarized == 3
    assert day.everything <= 180_000
    assert day.uncached <= 145_000
    assert day.second_run == 0
