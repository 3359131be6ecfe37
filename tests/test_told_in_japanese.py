"""What went wrong is told in words for people, with the error's own behind; so is a paper's history."""

from __future__ import annotations

import ast
import errno
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.audits import a_report
from tests.cards import recorded_digest
from watcher.adapters.desks.slack.messages.digest import digest_message, standing_lines
from watcher.adapters.store import history as kept_history
from watcher.domain.curation.recall import TriageRecall
from watcher.domain.curation.weekly import COUNTS
from watcher.domain.errors import (
    BadReply,
    BusyError,
    CatalogError,
    ConfigError,
    DatabaseError,
    DeskError,
    FeedError,
    Misuse,
    ModelRefused,
    PushError,
    Unavailable,
    UsageError,
    WatcherError,
)
from watcher.domain.facts import Violation
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.papers.paper import PaperId
from watcher.ports import Act, HistoryEntry
from watcher.words_ja import common, failures, history, refusals, report, slack, web

NOON = datetime(2026, 6, 29, 3, 0, tzinfo=UTC)
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")


@pytest.mark.parametrize("stage", ["collect", "score", "summarize", "post", "catalog", "refresh", "push", "some-topic"])
def test_a_failure_begins_in_japanese_says_what_comes_of_it_and_keeps_its_own_words(stage: str) -> None:
    told = failures.told(f"{stage}: somewhere: the server answers HTTP 503")

    assert JAPANESE.match(told)
    assert any(when in told for when in ("次回の確認で", "次の予定の日", "自動で"))
    assert told.endswith("the server answers HTTP 503）")


def test_a_cause_that_only_a_person_can_mend_is_told_with_its_remedy() -> None:
    refused = ModelRefused("the server refuses the key", about="m", remedy="check OPENAI_API_KEY")

    assert "OPENAI_API_KEY を確かめてください。" in failures.failure("score", str(refused))


def test_a_feed_that_brings_nothing_is_not_called_unreadable() -> None:
    report = FeedReport("arXiv cs.CL", SourceState.STALLED)

    assert failures.told(f"collect: {report.trouble}").startswith("新しい配信が届いていません。")
    assert failures.reading(report).startswith("新しい配信が届いていません。")


def test_entries_that_could_not_be_read_are_counted_and_a_feed_that_failed_is_read_again() -> None:
    some = FeedReport("arXiv", SourceState.FRESH, 20, 3, "entry 4: no title; entry 9: no id")
    failed = FeedReport("arXiv", SourceState.FAILED, error="HTTP 503")

    assert failures.reading(some).startswith("2 件の項目を読めませんでした")
    assert failures.reading(failed) == "次回の確認で自動的に読み直します。（HTTP 503）"
    assert failures.reading(FeedReport("arXiv", SourceState.FRESH)) == ""


def kinds(of: type[WatcherError]) -> list[type[WatcherError]]:
    return [of, *(below for kind in of.__subclasses__() for below in kinds(kind))]


@pytest.mark.parametrize(
    "kind", [ConfigError, Misuse, UsageError, DatabaseError, BusyError, FeedError, ModelRefused, DeskError, PushError, Unavailable,
             BadReply, CatalogError]
)  # fmt: skip
def test_every_kind_of_error_is_introduced_by_its_own_words(kind: type[WatcherError]) -> None:
    told = failures.error(kind("nothing there", about="x", remedy="look"))

    assert told.endswith("。（x: nothing there (look)）") or kind is ConfigError
    assert "。" in told
    assert not told.startswith("処理を続けられませんでした")


def test_no_kind_of_error_is_left_without_an_introduction() -> None:
    known = tuple(kind for kind, _ in failures._KIND)

    assert [kind for kind in kinds(WatcherError)[1:] if not issubclass(kind, known)] == []


def test_what_nobody_foresaw_is_told_with_how_to_see_where() -> None:
    told = failures.unexpected(ValueError("odd"))

    assert told.startswith("思わぬ不具合が起きました。WATCHER_DEBUG=1")
    assert told.endswith("（unexpected ValueError: odd）")


def test_what_nobody_foresaw_is_told_without_a_librarys_page_of_help() -> None:
    sqlalchemy = sa.exc.ResourceClosedError("this object is closed", code="r123")
    httpx = ValueError("404 Not Found\nFor more information check: https://developer.mozilla.org/x")
    pydantic = ValueError(
        "1 error\nx\n  odd [type=odd]\n    For further information visit https://errors.pydantic.dev/x"
    )

    for raised, words in ((sqlalchemy, "is closed"), (httpx, "404 Not Found"), (pydantic, "x odd [type=odd]")):
        told = failures.unexpected(raised)
        assert words in told
        assert "http" not in told


@pytest.mark.parametrize(
    ("code", "remedy"), [(errno.ENOSPC, "空きを作って"), (errno.EROFS, "権限を"), (errno.EACCES, "権限を")]
)
def test_what_the_system_refuses_is_told_with_the_file_and_the_remedy(code: int, remedy: str) -> None:
    told = failures.system(OSError(code, os.strerror(code), "/data/x"))

    assert told.startswith("ファイルを読み書きできません。")
    assert remedy in told
    assert told.endswith(f"（/data/x: {os.strerror(code)}）")


def test_whatever_the_store_tells_of_a_paper_has_its_words() -> None:
    kept = {what for _, what, _ in kept_history._HISTORY} | {"announced", "noticed", "cites"}

    assert kept == set(history._TOLD)


def test_an_entry_is_told_on_one_line_at_the_readers_hour() -> None:
    facts = {"stage": "score", "error": "m: HTTP 500\nsorry"}

    line = history.entry(HistoryEntry(NOON, "failed", "score: m", facts))

    assert line.startswith("2026-06-29 12:00:00 失敗：採点 採点できなかった論文があります。")
    assert "\n" not in line


def test_an_act_names_who_did_what_to_which_paper_and_why() -> None:
    paper = PaperId("arxiv", "2606.27483")
    rejected = Act(NOON, 3, paper, "A title", "reject", "hana（Web）", "web", "テーマから外れる")
    revised = Act(NOON, 3, paper, "A title", "revise", "ken", "", "venue: arXiv -> EMNLP 2026")
    put_off = Act(NOON, 3, paper, "A title", "later", "ken", "slack", "", date(2026, 7, 2))

    assert history.act(put_off).endswith("あとで：2606.27483 A title ken（Slack） 7月2日まで")
    assert history.act(rejected).endswith("却下：2606.27483 A title hana（Web） テーマから外れる")
    assert history.act(revised).endswith("編集：2606.27483 A title ken カンファレンス名/出版情報：arXiv → EMNLP 2026")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Violation("quote", "—"), "根拠の引用がありません。要旨と照らし合わせてください。"),
        (Violation("length", "20 (110-190)"), "概要が短すぎます（20字。110〜190字が目安）"),
        (Violation("length", "240 (110-190)"), "概要が長すぎます（240字。110〜190字が目安）"),
        (Violation("ending"), "文末は「〜を示した。」のように「。」で終えてください"),
    ],
)
def test_a_fault_of_a_summary_says_what_to_do_about_it(found: Violation, said: str) -> None:
    assert common.violation(found) == said


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("cs.AI+cs.CL+cs.CV", "arXiv（3分野）"),
        ("cond-mat.mes-hall", "arXiv cond-mat.mes-hall"),
        ("quant-ph", "arXiv quant-ph"),
        ("feed.xml", "feed.xml"),
        ("biorxiv.neuroscience", "biorxiv.neuroscience"),
        ("https://example.org/a+b", "https://example.org/a+b"),
    ],
)
def test_a_feed_of_many_categories_is_named_by_their_number(name: str, shown: str) -> None:
    assert common.feed_name(name) == shown


def test_the_entries_of_a_feed_are_counted_with_how_many_are_revisions() -> None:
    assert common.entries(FeedReport("cs.CL", SourceState.FRESH, 202, 202, revised=64)) == "202件（改訂版64件を含む）"
    assert common.entries(FeedReport("cs.CL", SourceState.FRESH, 138, 138)) == "138件"


@pytest.mark.parametrize(
    ("curator", "desk", "said"),
    [
        ("田中 花子（Web）", "web", "田中 花子（Web）"),
        ("Web", "web", "Web"),
        ("hana (U01HANA)", "slack", "hana（Slack）"),
        ("console", "console", "端末"),
        ("花", "console", "花（端末）"),
    ],
)
def test_who_acted_and_where_is_named_once(curator: str, desk: str, said: str) -> None:
    assert common.by(curator, desk) == said


def test_a_few_unread_days_are_named_and_of_many_the_first_the_last_and_their_number() -> None:
    days = [date(2026, 6, 1) + timedelta(days=n) for n in range(40)]

    assert "：2026-06-01、2026-06-02。" in common.unread_days(days[:2])
    assert "：2026-06-01 から 2026-07-10 までのうち 40 日。" in common.unread_days(days)
    assert failures.told(f"unread: {' '.join(map(str, days))}") == common.unread_days(days)


def test_a_morning_without_news_says_so_and_only_the_first_says_that_nothing_was_read_yet() -> None:
    silent = replace(recorded_digest(), sources=(), relevant=0, cards=0)

    assert "まだ何も読んでいません" in "".join(standing_lines(silent))
    assert standing_lines(replace(silent, has_earlier=True))[1:] == ["前回のお知らせ以降、新しい配信はありません。"]


def test_a_morning_with_unread_days_is_not_said_to_be_without_news_and_counts_no_zeros() -> None:
    silent = replace(recorded_digest(), sources=(), has_earlier=True, unread=(date(2026, 6, 26),))
    silent = replace(silent, announced=0, passed=0, scored=0, relevant=0, cards=0, triaged=0, named=0)

    for told in ("\n".join(standing_lines(silent)), digest_message(silent)[1], web.doubt(silent)):
        assert "新しい配信はありません" not in told
        assert "0件中" not in told
    assert "まだ読めていない配信日があります：2026-06-26" in digest_message(silent)[1]


def test_the_command_s_help_is_true_to_who_may_decide() -> None:
    assert "だれでも使えます" in slack.usage_of_command(everybody=True)
    assert "担当者だけが使えます" in slack.usage_of_command(everybody=False)


def test_two_figures_of_recall_are_told_apart_and_what_neither_can_see() -> None:
    many, few = TriageRecall(120, 118, 60), TriageRecall(19, 19, 10, 2)
    told = {line.label: line for line in report.lines(a_report(triage=many))}
    known, audited = told["下読みの再現率（既知の論文）"], told["選別と下読みの再現率の下限（抜き取り）"]

    assert (known.text, audited.text) == ("98%（94〜100%）", "56%以上")
    assert "抜き取り" not in known.text + known.detail
    assert "既知の論文" not in audited.text + audited.detail
    assert "知られていない種類の見落としは分からず" in "".join(report.NOTES)
    counted = {line.label: line for line in report.lines(a_report(triage=few))}["下読みの再現率（既知の論文）"]
    assert counted.text == "19本のうち19本"
    assert "10回のうち2回" in counted.detail


def test_the_report_names_what_screened_and_an_empty_week_as_empty() -> None:
    learned = a_report(rules=("keywords:1", "learned:f7210a88", "learned:f7210a89"))
    told = {line.label: line.text for line in report.lines(learned)}
    empty = {line.label: line.text for line in report.lines(a_report(counts=dict.fromkeys(COUNTS, 0)))}

    assert "選別 キーワード、事前選別" in told["モデル"]
    assert empty["論文の流れ"] == "その週は記録がありません。"


def refused() -> Iterator[str]:
    """Every message with which the program refuses what a person asked, with "x" where it names something."""
    for path in sorted((Path(__file__).parents[1] / "watcher").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"UsageError", "Misuse", "BusyError"}:
                message = node.args[0]
                parts = message.values if isinstance(message, ast.JoinedStr) else [message]
                if all(isinstance(part, ast.Constant | ast.FormattedValue) for part in parts):
                    yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)


@pytest.mark.parametrize("message", sorted(set(refused())))
def test_every_refusal_is_a_japanese_sentence_without_english_ones(message: str) -> None:
    told = failures.error(UsageError(message, about="2606.00001", remedy="one of a, b"))

    assert told.startswith("2606.00001：")
    assert JAPANESE.search(told)
    assert message not in told


def texts(node: ast.AST) -> Iterator[str]:
    """The strings in a piece of code but its docstrings, with "7" where they name something."""
    if isinstance(node, ast.Expr):
        return
    if isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else repr("7") if part.conversion == ord("r") else "7"
            for part in node.values
            if isinstance(part, ast.Constant | ast.FormattedValue)
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        for below in ast.iter_child_nodes(node):
            yield from texts(below)


def mistakes() -> Iterator[str]:
    """Every line with which the program names a mistake of the configuration."""
    package = Path(__file__).parents[1] / "watcher"
    for path in sorted((package / "settings").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ValueError":
                yield from (f"watcher.toml: key: Value error, {text}" for text in texts(node.args[0]))
            elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "append":
                yield from (text for text in texts(node.args[0]) if ": " in text)
            elif isinstance(node, ast.Yield) and node.value is not None:
                yield from (text for text in texts(node.value) if ": " in text)
    checks = ast.parse((package / "bootstrap" / "check.py").read_text(encoding="utf-8"))
    yield from (text for text in texts(checks) if " " in text)


@pytest.mark.parametrize("line", sorted(set(mistakes())))
def test_every_mistake_of_the_configuration_is_a_japanese_sentence(line: str) -> None:
    told = refusals.problem(line)

    assert JAPANESE.search(told)
    assert "Value error" not in told


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("DATABASE_URL: not a URL of a supported database (use sqlite:///FILE or postgresql://…)",
         "DATABASE_URL：データベースの URL として読めません。postgresql://… か sqlite:///ファイル の形で書いてください。"),
        ("environment: WATCHER_QUEUE: Input should be '', 'none' or 'postgresql'",
         "WATCHER_QUEUE：次のどれかを書いてください：'none'、'postgresql'"),
        ("watcher.toml: slack.curator_group: String should match pattern '^(S[A-Z0-9]+)?$'",
         "watcher.toml slack.curator_group：ユーザーグループの ID（S で始まる）を書いてください。"),
        ("environment: WATCHER_WEB_SECRET: String should have at least 12 characters",
         "WATCHER_WEB_SECRET：12文字以上にしてください。"),
        (
            "environment: WATCHER_CATALOGUE: no such variable; did you mean WATCHER_CATALOG?",
            "WATCHER_CATALOGUE：この名前の環境変数はありません。WATCHER_CATALOG のことでしょうか。",
        ),
        (
            "watcher.toml: web.prot: no such key; did you mean port?",
            "watcher.toml web.prot：この名前の項目はありません。port のことでしょうか。",
        ),
        ("environment: OPENAI_BASE_URL: is no URL; it must begin with http:// or https://",
         "OPENAI_BASE_URL：URL は http:// か https:// で始めてください。"),
        ("something: nobody foresaw", "something: nobody foresaw"),
    ],
)  # fmt: skip
def test_a_mistake_of_the_configuration_is_told_with_what_was_meant(line: str, said: str) -> None:
    assert refusals.problem(line) == said
