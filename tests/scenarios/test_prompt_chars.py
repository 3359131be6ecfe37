"""What a day of real papers sends to a model stays below the agreed ceiling."""

from __future__ import annotations

import pytest

from benchmarks.prompt_chars import draw, measured


@pytest.mark.endurance
def test_300_real_papers_cost_less_than_60_000_characters_and_nothing_a_second_time() -> None:
    day = measured(draw(300, seed=1), share=0.1)
    assert day.scored > 10
    assert day.summarized == 4
    assert day.everything <= 75_000
    assert day.uncached <= 55_000
    assert day.second_run == 0
