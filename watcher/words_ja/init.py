"""Japanese texts of the command `init`, which creates a group's configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from watcher.domain.screening.draft import CategoryShare, Keywords

CATALOG = "カタログのMarkdownファイル（なければ空のままEnter）"
TITLE = "テーマの名前"
LANGUAGE = "カタログに書く言語（ja または en）"
CATEGORIES = "見張るarXivのカテゴリー（カンマ区切り）"
KEYWORDS = "必ず採点するキーワード（英語、カンマ区切り）"
MODEL = "モデルの名前（使わないなら空のままEnter）"
GOOD = "この基準でよいですか（n で EDITOR が開きます）"
WRITE = "書き込みますか"
NOTHING = "何も書きませんでした。"
WORKFLOW = (
    "\nGitHub Actions で動かすには、設定・カタログ・ワークフローをコミットして送り、リポジトリにシークレットと変数を"
    "設定してください（docs/github-actions.md）。"
)
DRAFTING = "モデルに基準の下書きを頼んでいます…"


def found_ids(count: int) -> str:
    """Japanese text of `init`: how many paper ids the given list holds."""
    return (
        f"arXiv番号が{count}件あります。arXivに問い合わせています（100件ずつ、3秒おき）…"
        if count
        else "arXiv番号はありません。"
    )


def known(found: int, asked: int) -> str:
    """Japanese text of `init`: how many of the listed papers arXiv knows."""
    return f"{asked}件のうち{found}件の題名・要旨・カテゴリーが分かりました。"


def not_asked(why: str) -> str:
    """Japanese text of `init`: arXiv did not answer."""
    return f"arXivに聞けませんでした（{why}）。カテゴリーとキーワードは手で決めてください。"


def not_drafted(why: str) -> str:
    """Japanese text of `init`: the model gave no draft of the criteria."""
    return f"モデルは下書きを書けませんでした（{why}）。数えて分かることから書きます。"


def categories(shares: Sequence[CategoryShare]) -> list[str]:
    """Japanese lines of `init` about proposed categories: how many of the listed papers each one has, which share of
    the list is covered with it and those above it, and how many papers it announced today.
    """
    lines = []
    for share in shares:
        today = "本日の配信は不明" if share.today is None else f"本日{share.today}本"
        lines.append(f"  {share.name:<10} 一覧の{share.papers}本、ここまでで{share.covered:.0%}　{today}")
    return lines


def keywords(proposed: Keywords) -> list[str]:
    """Japanese lines of `init`: how many of the listed titles contain each proposed core keyword, and how many of
    today's papers contain any.
    """
    counted = zip(proposed.core, proposed.titles, strict=True)
    lines = [f"  {keyword}（題名{titles}本）" for keyword, titles in counted]
    if proposed.today is not None:
        lines.append(f"  これらを含む本日の論文：{proposed.today}本")
    return lines


def written(paths: Sequence[Path]) -> list[str]:
    """Japanese text of `init`: the files that were written."""
    return [f"書きました：{path}" for path in paths] or ["書くものはありませんでした。"]


def left(paths: Sequence[Path]) -> list[str]:
    """Japanese text of `init`: the files that were not written because they exist with another text."""
    return [f"そのまま残しました：{path}" for path in paths]


def standing(slug: str) -> str:
    """Japanese text of `init`: a topic with this slug has configuration files already."""
    return f"テーマ {slug} のファイルはもうあります。作り直すなら --overwrite、別のテーマなら --slug を付けてください。"


def edit_later(criteria: str) -> str:
    """Japanese text of `init`: which file with criteria to correct by hand later, because no editor is configured."""
    return f"エディターが分かりません（EDITOR）。書き込んだあと {criteria} を直してください。"


def next_steps(env: Path) -> list[str]:
    """Japanese text of `init`: which commands to run next."""
    return [
        "",
        f"次にすること（{env} に鍵を書いてから）：",
        f"  set -a; . {env}; set +a",
        "  watcher check      # 設定の矛盾を調べる",
        "  watcher doctor     # 外との接続を試す",
        "  watcher run        # いまの配信を一度読む",
        "  watcher serve      # 動かし続ける",
    ]
