from __future__ import annotations

from dataclasses import replace

from tests.adapters.desks.web.conftest import Serving, Visit
from tests.cards import recorded_digest
from tests.fakes import MemoryCuration
from watcher.domain.budget import Cap


def test_a_cap_that_stopped_the_judging_is_told_with_what_happens_next(visit: Visit, serving: Serving) -> None:
    stopped = replace(recorded_digest(), cap=Cap.TOKENS, carried_over=12)
    text = visit(serving(MemoryCuration([], stopped))).get("/").text

    assert "本日のトークン数の上限に達する見込みのため" in text
    assert "日付が変わったあと（日本時間）、有望な順に続けます。" in text
