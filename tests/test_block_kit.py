"""The Block Kit validator finds what Slack would refuse: a check that cannot fail protects nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.block_kit import message_faults, view_faults
from tests.cards import card, form
from watcher.adapters.desks.slack.messages.card import card_message


def section(text: str, kind: str = "mrkdwn", **more: Any) -> dict[str, Any]:
    verbatim = {"verbatim": True} if kind == "mrkdwn" else {}
    return {"type": "section", "text": {"type": kind, "text": text, **verbatim}, **more}


def button(**changes: Any) -> dict[str, Any]:
    plain = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "追加"}, "value": "1:0"}
    return plain | changes


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def context(*texts: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": t, "verbatim": True} for t in texts]}


BAD = {
    "no block": [],
    "too many blocks": [section("x")] * 51,
    "an unknown block": [{"type": "sektion"}],
    "a block_id twice": [section("x", block_id="b"), section("y", block_id="b")],
    "a long block_id": [section("x", block_id="b" * 256)],
    "an empty text": [section(" ")],
    "a long section": [section("あ" * 3001)],
    "a section too long in UTF-16": [section("👍" * 1501)],
    "a long header": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
    "a header in mrkdwn": [{"type": "header", "text": {"type": "mrkdwn", "text": "x", "verbatim": True}}],
    "an empty context": [context()],
    "a context of eleven": [context(*"abcdefghijk")],
    "a long context": [context("x" * 3001)],
    "no button": [actions()],
    "an action_id twice": [actions(button(), button())],
    "a long button": [actions(button(text={"type": "plain_text", "text": "x" * 76}))],
    "a long value": [actions(button(value="x" * 2001))],
    "a long label": [actions(button(accessibility_label="x" * 76))],
    "an unknown style": [actions(button(style="green"))],
    "an accessory's long value": [section("x", accessory=button(value="x" * 2001))],
    "too much text": [section("x" * 2900)] * 5,
    "a mention": [section("<!channel>")],
    "a foreign link": [section("<https://evil.example|arXiv>")],
    "a bare ampersand": [section("AT&T")],
    "a cut entity": [section("AT&am")],
    "links made by Slack": [{"type": "section", "text": {"type": "mrkdwn", "text": "http://evil.example"}}],
}


@pytest.mark.parametrize("blocks", BAD.values(), ids=BAD.keys())
def test_a_bad_message_is_found_out(blocks: list[dict[str, Any]]) -> None:
    assert message_faults(blocks, "text") != []


@pytest.mark.parametrize("text", ["", "x" * 4001, "<!here>", "a & b"])
def test_a_bad_fallback_text_is_found_out(text: str) -> None:
    assert message_faults([section("x")], text) != []


@pytest.mark.parametrize(
    "changes",
    [
        {"title": {"type": "plain_text", "text": "x" * 25}},
        {"submit": {"type": "plain_text", "text": "x" * 25}},
        {"private_metadata": "x" * 3001},
        {"callback_id": "x" * 256},
        {"blocks": [section("x")] * 101},
        {"blocks": [section("<!channel>")]},
    ],
)
def test_a_bad_form_is_found_out(changes: dict[str, Any]) -> None:
    assert view_faults(form() | changes) != []


def test_a_form_that_cannot_be_submitted_or_holds_too_long_a_value_is_found_out() -> None:
    view = form()
    without_submit = {name: part for name, part in view.items() if name != "submit"}
    view["blocks"][1]["element"]["initial_value"] = "x" * 3001

    assert view_faults(without_submit) != []
    assert view_faults(view) != []


def test_a_good_message_and_form_have_no_faults() -> None:
    assert message_faults(*card_message(card())) == []
    assert view_faults(form()) == []
