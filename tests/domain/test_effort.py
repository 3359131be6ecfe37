"""Minutes are what the clicks tell, and no more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import NOW
from watcher.domain.curation.weekly import minutes_spent


@pytest.mark.parametrize(
    ("moments", "minutes"),
    [
        ((0,), 1),  # nothing else tells how long it took
        ((0, 2, 4), 6),  # two gaps, and the first act like them
        ((0, 2, 4, 600, 602), 10),  # the night between is nobody's time
        ((0, 0.005, 3), 6),  # one form may edit and decide at once
    ],
)
def test_an_act_took_the_time_since_the_one_before(moments: tuple[float, ...], minutes: float) -> None:
    acts = [("hana", NOW + timedelta(minutes=m)) for m in moments]

    assert minutes_spent(acts)["hana"] == pytest.approx(minutes)
    assert minutes_spent(reversed(acts)) == minutes_spent(acts)


def test_curators_who_act_at_the_same_time_each_spend_their_own() -> None:
    acts = [(who, NOW + timedelta(minutes=m)) for m in (0, 3) for who in ("hana", "ken")]

    assert minutes_spent(acts) == {"hana": 6, "ken": 6}
