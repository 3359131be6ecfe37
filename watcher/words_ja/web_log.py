"""Japanese texts of the web desk's log of curators' actions."""

from __future__ import annotations

from watcher.domain.facts import Revision, Verdict
from watcher.domain.verdicts import bare_name
from watcher.ports import Act
from watcher.words_ja import handover
from watcher.words_ja.common import CELL, VERDICT

SHORT = "記録"
TITLE = "判断と編集の記録"
NOTE = "すべての判断・編集・再要約や再試行の依頼を、新しい順に並べています。記録は書き足されるだけで、消えません。"
EMPTY = "まだ記録がありません。"
OLDER = "さらに前の記録"

_OTHER_ACTS = {"revise": "編集", "rewrite": "再要約を依頼", "retry": handover.RETRY_ACT}


def act(done: Act) -> str:
    """The name of an action."""
    return _OTHER_ACTS.get(done.what) or VERDICT[Verdict(done.what)]


def detail(done: Act) -> str:
    """The reason for a decision, or the change of a cell."""
    cell, found, rest = done.detail.partition(": ")
    if done.what != "revise" or not found:
        return done.detail
    return f"{CELL.get(cell, cell)}：{rest.replace(' -> ', ' → ', 1)}"


def change(one: Revision) -> str:
    """A change of a cell, and who made it."""
    return f"{bare_name(one.curator)} さん：{CELL[one.cell]}　「{one.before}」→「{one.after}」"
