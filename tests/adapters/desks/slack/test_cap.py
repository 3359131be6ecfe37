from __future__ import annotations

import json
from dataclasses import replace

from tests.block_kit import message_faults
from tests.cards import recorded_digest
from watcher.adapters.desks.slack.messages.digest import digest_message
from watcher.domain.budget import Cap
from watcher.words_ja import slack as words


def test_a_cap_that_stopped_the_judging_is_told_with_what_happens_next_and_is_no_quiet_day() -> None:
    stopped = replace(recorded_digest(), relevant=0, cards=0, borderline=(), cap=Cap.USD, carried_over=12)
    blocks, text = digest_message(stopped)
    shown = json.dumps(blocks, ensure_ascii=False)

    assert message_faults(blocks, text) == []
    assert "本日の費用の上限に達する見込みのため" in shown
    assert "日付が変わったあと（日本時間）、有望な順に続けます。" in text
    assert words.NOTHING not in shown + text
    assert not replace(stopped, carried_over=0).healthy
