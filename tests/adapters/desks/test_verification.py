"""Every desk says on one line what became of checking a summary, and its edit form marks what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.adapters.desks.web.conftest import Reader
from tests.block_kit import message_faults, view_faults
from tests.cards import card, summarized
from tests.fakes import MemoryCuration
from tests.hostile import HOSTILE
from watcher.adapters.desks.slack.messages.card import card_message
from watcher.adapters.desks.slack.messages.modal import Editing, edit_view
from watcher.adapters.desks.web.pages import StatusView
from watcher.adapters.desks.web.site import build_site, serve
from watcher.domain.curation.card import Card
from watcher.domain.facts import Fault, SentenceVerdict, Verification
from watcher.domain.summaries.cells import plain
from watcher.words_ja import common

SUMMARY = "LLMエージェントは計画が苦手である。LATSの64%とReActの92%を比べた。"
OK = SentenceVerdict(1, "LLMエージェントは計画が苦手である。", quote="LLM agents often plan badly")
WRONG = SentenceVerdict(
    2, "LATSの64%とReActの92%を比べた。", Fault.NUMBER, "LATS solves 92%", "LATSの64%とReActの92%", "LATSが92%、ReActが64%である"
)  # fmt: skip
TOLD = [
    (Verification((OK,)), "✓ 要旨と照合済み"),
    (Verification((OK,), corrected=1), "✓ 照合済み（1か所修正）"),
    (
        Verification((OK, WRONG)),
        "⚠ 2文目「LATSの64%とReActの92%」は要旨と不一致：LATSが92%、ReActが64%である",
    ),
    (Verification((OK,), planted=("ad",)), "⚠ 要旨に要約者への指示らしき文があり、除いて要約した。原文を確認のこと"),
    (Verification(), "– 未照合。要旨と見比べること"),
]


def checked(verification: Verification | None, summary: str = SUMMARY) -> Card:
    of = card()
    written = replace(summarized(of), summary_ja=summary, verification=verification)
    return replace(of, summary=written, cells=replace(of.cells, summary=plain(summary)))


@pytest.mark.parametrize(("verification", "line"), TOLD)
def test_the_line_stands_on_the_card_in_slack(verification: Verification, line: str) -> None:
    blocks, spoken = card_message(checked(verification))
    assert line in json.dumps(blocks, ensure_ascii=False)
    assert line in spoken
    assert message_faults(blocks, spoken) == []


def test_a_card_from_before_has_no_line() -> None:
    assert common.verification(checked(None)) == ""
    edited = checked(Verification((OK, WRONG)))
    assert common.verification(replace(edited, cells=replace(edited.cells, summary="書き直した。"))) == ""


def test_a_summary_that_is_not_shown_is_told_of() -> None:
    assert "要約を載せていない" in common.verification(checked(Verification(planted=("ad",)), ""))
    assert "未照合" not in common.verification(checked(Verification(planted=("ad",)), ""))


def test_the_edit_form_in_slack_marks_what_is_wrong() -> None:
    view = edit_view(checked(Verification((OK, WRONG))), Editing(1, 0, "C1/1.2"))
    assert "【LATSの64%とReActの92%】を比べた。" in json.dumps(view, ensure_ascii=False)
    assert view_faults(view) == []
    quiet = edit_view(checked(Verification((OK,))), Editing(1, 0, "C1/1.2"))
    assert "【" not in json.dumps(quiet["blocks"], ensure_ascii=False)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_model_says_of_a_hostile_summary_is_inert(text: str) -> None:
    shown = plain(text)
    verdict = SentenceVerdict(1, shown, Fault.INVENTED, "", shown[:50] or "x", shown)
    of = checked(Verification((verdict,)), text)
    assert message_faults(*card_message(of)) == []
    assert view_faults(edit_view(of, Editing(1, 0, "C1/1.2"))) == []


@pytest.fixture
def pages() -> Iterator[Reader]:
    shown = [checked(Verification((OK, WRONG))), checked(Verification((OK,)))]
    of = [replace(c, candidate=replace(c.candidate, number=n)) for n, c in enumerate(shown, 1)]
    with serve(build_site(MemoryCuration(of), secret=None, status=StatusView)) as server:
        reader = Reader(server.url)
        yield reader
        reader.http.close()


def test_the_line_stands_on_the_card_and_in_the_edit_form_of_the_web_desk(pages: Reader) -> None:
    assert TOLD[2][1] in pages.get("/card/1").text
    assert TOLD[0][1] in pages.get("/card/2").text
    form = pages.get("/card/1/edit").text
    assert "<mark>LATSの64%とReActの92%</mark>を比べた。" in form
    assert "<mark>" not in pages.get("/card/2/edit").text
