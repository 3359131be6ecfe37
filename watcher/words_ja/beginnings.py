"""The words for what an operator may not have meant: a deployment that begins, and one without a model."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def begun(place: Path) -> str:
    """That a deployment begins in a folder."""
    return f"このフォルダーにはまだ記録がありません。新しい環境を始めます：{place}"


def nearby(place: Path) -> str:
    """That another deployment stands already."""
    return f"既存の環境があります：{place}。こちらを使うつもりなら、WATCHER_DATA を確かめてください。"


def no_model(lacking: Iterable[str]) -> str:
    """That nothing can be judged yet."""
    told = "、".join(lacking).replace(" or ", " か ")
    return f"言語モデルが設定されていません。設定するまで論文は採点を待ちます：{told}"
