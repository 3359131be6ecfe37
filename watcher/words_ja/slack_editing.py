"""Japanese texts of the edit form in Slack."""

from __future__ import annotations

SAVE_ONLY = "保存のみ"
SAVE_APPROVE = "保存して追加"
PREVIEW = "カタログに入る行"
NO_PREVIEW = "（入力すると、ここに行が現れます）"
PREVIEW_BROKEN = "このままではカタログに載せられません："
PREVIEW_FAILED = "カタログを読めないため、行を表示できません。保存はできます。"
CONFLICT = "*編集中に、ほかの人がこの行を変えました*"
CONFLICT_NEXT = (
    "あなたが触れていない欄は、新しい内容に入れ替えました。よければ、もう一度「保存」を押すと、この上に保存します。"
)
HINTS = "*念のため、確かめてください*"
HINTS_NEXT = "このままでよければ、もう一度「保存」を押してください。"


def changed(name: str, when: str, cell: str, before: str, after: str) -> str:
    """A line about another curator's change of a cell."""
    return f"{name} さん（{when}）：{cell}　「{before}」→「{after}」"
