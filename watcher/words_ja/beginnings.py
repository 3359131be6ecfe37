"""Japanese hints on the start of a process that may have a wrong configuration."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def begun(place: Path) -> str:
    """The notice that a new deployment starts in this folder."""
    return f"このフォルダーにはまだ記録がありません。新しい環境を始めます：{place}"


def nearby(place: Path) -> str:
    """The hint that another deployment exists in a nearby folder."""
    return f"既存の環境があります：{place}。こちらを使うつもりなら、WATCHER_DATA を確かめてください。"


def no_model(lacking: Iterable[str]) -> str:
    """The warning that no model is configured, with the variables that are missing."""
    told = "、".join(lacking).replace(" or ", " か ")
    return f"言語モデルが設定されていません。設定するまで論文は採点を待ちます：{told}"
