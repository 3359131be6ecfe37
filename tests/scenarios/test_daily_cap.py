"""A day's cap stops the judging, says so everywhere, and loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.conftest import Deployment
from tests.servers.llm import Behavior, LlmServer

pytestmark = pytest.mark.endurance

WORDS = "本日のトークン数の上限に達する見込みのため"
BEST = {"2606.27483", "2606.28127", "2606.27681", "2606.27406"}


def test_a_cap_carries_the_less_promising_over_and_says_what_happens_next(
    deployment: Deployment, llm: LlmServer, tmp_path: Path
) -> None:
    deployment.configure(tmp_path / "config", "daily_tokens = 2_000_000", "daily_tokens = 80_000")
    llm.always(Behavior(usage={"prompt_tokens": 10_000, "completion_tokens": 500}))
    stopped = deployment.run()

    assert stopped.code == 0, stopped.err
    assert stopped.json["cap"] == "tokens"
    assert 0 < stopped.json["scored"] < 86
    assert (stopped.json["unscored"], stopped.json["carried_over"]) == (0, 86 - stopped.json["scored"])
    assert {arxiv_id for asked in llm.asked for arxiv_id in asked.ids} >= BEST
    assert stopped.json["posted"] > 0, "a fifth of the cap is for the summaries"
    told = deployment("status")
    assert WORDS in told.out
    assert "日付が変わったあと（日本時間）、有望な順に続けます。" in told.out

    config = tmp_path / "config" / "watcher.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("80_000", "2_000_000"), encoding="utf-8")
    whole = deployment.run()

    assert whole.code == 0, whole.err
    assert "cap" not in whole.json
    assert stopped.json["scored"] + whole.json["scored"] == 86
    assert stopped.json["posted"] + whole.json["posted"] == 7
    scored = [arxiv_id for asked in llm.asked if '"papers"' in asked.system for arxiv_id in asked.ids]
    assert len(scored) == len(set(scored)) == 86, "nothing was asked twice"
    assert WORDS not in deployment("status").out


def test_check_names_a_cap_that_cannot_be_kept(deployment: Deployment, tmp_path: Path) -> None:
    deployment.configure(tmp_path / "config", "daily_tokens = 2_000_000 ", "daily_usd = 0.5\ndaily_tokens = 20_000")

    done = deployment("check")

    assert done.code == 1
    assert "[llm.prices] に m の価格がない" in done.err
    assert "budget.daily_tokens：採点の質問一つに" in done.err
