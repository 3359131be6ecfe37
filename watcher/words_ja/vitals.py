"""Japanese output of `watcher status`: stages, waiting work, cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from watcher.domain.vitals import Vitals
from watcher.words_ja.cli import STAGE

HEADINGS: Final = ("段階", "処理済み", "待ち", "最長の待ち")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def stages(vitals: Vitals) -> list[tuple[str, str, str, str]]:
    """A table row for each stage: facts recorded, waiting, and how long the oldest has waited."""
    found = []
    for stage, name in STAGE.items():
        waiting = vitals.waiting.get(stage)
        count = f"{waiting.count:,}" if waiting is not None else ""
        oldest = duration(waiting.seconds(vitals.at)) if waiting is not None and waiting.since else ""
        found.append((name, f"{vitals.done.get(stage, 0):,}", count, oldest))
    return found


def duration(seconds: float) -> str:
    """A duration in its largest unit."""
    if seconds < _HOUR:
        return f"{max(1, int(seconds // _MINUTE))}分"
    if seconds < 2 * _DAY:
        return f"{int(seconds // _HOUR)}時間"
    return f"{timedelta(seconds=seconds).days}日"


def cost(vitals: Vitals, usd: float | None, tokens: int | None) -> str:
    """The usage of today and of this month, with the daily caps."""
    today = vitals.today
    spent = f"{today.prompt_tokens + today.completion_tokens:,} トークン" + (f"／上限 {tokens:,}" if tokens else "")
    dollars = f"${today.cost_usd:.4f}" + (f"／上限 ${usd:.2f}" if usd else "")
    return f"本日：{spent}、{dollars}　今月：${vitals.month.cost_usd:.4f}"


def unsent(vitals: Vitals) -> str:
    """Text that says how many messages wait in the outbox, and how long the oldest."""
    return f"送信待ちのメッセージ：{vitals.unsent.count} 件（最長 {duration(vitals.unsent.seconds(vitals.at))}）"
