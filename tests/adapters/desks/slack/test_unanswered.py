"""A paper that no model answers about, in Slack: why it is there, its abstract, and what can be done about it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.adapters.desks.slack.conftest import Listen
from tests.block_kit import message_faults, view_faults
from tests.cards import MORNING, decided, scored, unanswered
from tests.fakes import MemoryCuration
from tests.hostile import HOSTILE
from tests.servers.slack import HANA, LocalSlack, eventually
from tests.servers.slack_proxy import SlackProxy
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.messages.card import card_message
from watcher.adapters.desks.slack.messages.home import Reader, home_view
from watcher.adapters.desks.slack.messages.modal import Editing, edit_view, evidence_blocks
from watcher.domain.curation.card import Card
from watcher.domain.facts import Handover, HandoverCause, Verdict
from watcher.words_ja import common as words


def told(of: Card) -> str:
    return json.dumps(card_message(of)[0], ensure_ascii=False)


def offered(of: Card) -> list[str]:
    return [element["action_id"] for element in card_message(of)[0][-1]["elements"]]


@pytest.mark.parametrize("stage", ["score", "summarize"])
@pytest.mark.parametrize("cause", list(HandoverCause))
def test_the_card_tells_why_quotes_the_server_and_shows_the_abstract(stage: str, cause: HandoverCause) -> None:
    shown = unanswered(stage=stage, cause=cause)
    assert message_faults(*card_message(shown)) == []
    assert words.handover_reason(Handover(stage, cause, "HTTP 400: Content Exists Risk", MORNING)) in told(shown)
    assert shown.candidate.paper.abstract in told(shown)
    assert (words.UNSCORED in told(shown)) is (stage == "score")
    assert ("判定の理由" in told(shown)) is (stage == "summarize")
    assert offered(shown) == ["approve", "reject", "edit", "later", "retry", "more"]


def test_what_was_decided_or_is_tried_again_is_not_to_be_tried_again() -> None:
    assert "retry" not in offered(unanswered(retrying=True))
    assert words.RETRY_ASKED in told(unanswered(retrying=True))
    assert "retry" not in offered(decided(Verdict.REJECT, unanswered()))
    assert "retry" in offered(decided(Verdict.LATER, unanswered()))


def test_a_dash_in_the_place_of_a_summary_is_told_of() -> None:
    shown = unanswered()
    shown = decided(Verdict.APPROVE, replace(shown, cells=replace(shown.cells, summary="—")))
    assert words.EMPTY_SUMMARY in told(shown)
    assert words.NO_SUMMARY in told(unanswered())


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_of_a_server_or_an_abstract_stay_inert(text: str) -> None:
    shown = unanswered()
    paper = replace(shown.candidate.paper, abstract=text, title=text)
    shown = replace(
        shown,
        candidate=replace(shown.candidate, paper=paper),
        handover=Handover("score", HandoverCause.REFUSED, text, MORNING),
    )
    assert message_faults(*card_message(shown)) == []
    assert view_faults(home_view([], [shown], Reader("U1"))) == []
    assert evidence_blocks(shown)


def test_the_form_opens_with_an_empty_summary() -> None:
    shown = unanswered()
    view = edit_view(shown, Editing(1, 0, "C1/1.2"), then_approve=True)
    summary = next(block for block in view["blocks"] if block.get("block_id", "").startswith("summary."))
    assert "initial_value" not in summary["element"]
    assert view_faults(view) == []
    assert scored(unanswered(stage="summarize")).score == 4


@pytest.mark.parametrize("transport", ["socket", "http"], indirect=True)
def test_approving_opens_the_form_and_decides_nothing_yet(
    desk: SlackDesk, slack: LocalSlack, listen: Listen, proxy: SlackProxy
) -> None:
    proxy.answer("views.open", {"ok": True, "view": {"id": "V1"}})
    proxy.answer("views.update", {"ok": True})
    ts = desk.send("card/1", unanswered()).partition("/")[2]
    curation = listen(MemoryCuration([unanswered()]))

    slack.click(ts, "approve", HANA)

    sent = eventually(lambda: [form for method, form in proxy.sent if method == "views.update"])
    view = json.loads(sent[0]["view"]) if isinstance(sent[0]["view"], str) else sent[0]["view"]
    then = next(block for block in view["blocks"] if block.get("block_id") == "then")
    assert then["element"]["initial_option"]["value"] == "approve"
    assert curation.recorded == []


@pytest.mark.parametrize("transport", ["socket", "http"], indirect=True)
def test_trying_again_is_recorded_once_and_the_card_says_so(desk: SlackDesk, slack: LocalSlack, listen: Listen) -> None:
    ts = desk.send("card/1", unanswered()).partition("/")[2]
    curation = listen(MemoryCuration([unanswered()]))

    button = slack.button(ts, "retry")  # as somebody sees it who clicks twice
    slack.press(ts, button, HANA)
    slack.press(ts, button, HANA)

    eventually(lambda: words.RETRY_ASKED in json.dumps(slack.posts()[0]["blocks"], ensure_ascii=False))
    eventually(lambda: curation.recorded == [f"retry 1 by hana ({HANA}) at slack"])
