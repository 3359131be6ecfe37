"""The edit form: opened by a click, filled with the cells, checked, saved and, when ticked, approved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from slack_bolt import App, BoltRequest

from tests.adapters.desks.slack.conftest import Listen
from tests.block_kit import view_faults
from tests.cards import card, decided
from tests.cards import form as form_of
from tests.fakes import MemoryCuration
from tests.servers.slack import BOT_TOKEN, HANA, KEN, LocalSlack, eventually
from tests.servers.slack_proxy import SlackProxy
from tests.tools import CHROMIUM_ARGS, chromium
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.app import build_app
from watcher.adapters.desks.slack.messages.modal import PREVIEWED
from watcher.domain.curation.card import Card
from watcher.domain.facts import Cells, Verdict, Violation
from watcher.words_ja import common
from watcher.words_ja import slack as words
from watcher.words_ja.common import CELL, violation

CHOSEN = {"then": {"then": {"type": "radio_buttons", "selected_option": {"value": "approve"}}}}


@dataclass
class Answer:
    """What a submission brought: errors by cell, or the form shown again; neither when it closed."""

    errors: dict[str, str]
    again: dict[str, Any] | None


class Form:
    """A form opened on a card and submitted to the real Bolt app, as Slack's payload."""

    def __init__(self, app: App, ref: str) -> None:
        self._app = app
        self._ref = ref

    def open(self, card: Card) -> dict[str, Any]:
        return form_of(card, self._ref)

    def send(self, view: dict[str, Any], changes: dict[str, str], approve: bool = False, user: str = HANA) -> Answer:
        """Submit a form as it stands, with `changes` to its inputs."""
        values: dict[str, Any] = {}
        for block in view["blocks"]:
            cell = block.get("block_id", "").partition(".")[0]
            if cell in Cells.names():
                typed = changes.get(cell, block["element"].get("initial_value"))
                values[block["block_id"]] = {"value": {"value": typed}}
        body: dict[str, Any] = {
            "type": "view_submission",
            "team": {"id": "T01LAB"},
            "user": {"id": user, "name": {HANA: "hana", KEN: "ken"}[user]},
            "view": {**view, "state": {"values": values | (CHOSEN if approve else {})}},
        }
        response = self._app.dispatch(BoltRequest(mode="socket_mode", body=body))
        assert response.status == 200
        told: dict[str, Any] = json.loads(response.body) if response.body else {}
        errors = {block.partition(".")[0]: text for block, text in told.get("errors", {}).items()}
        return Answer(errors, told.get("view"))

    def typed(self, view: dict[str, Any], changes: dict[str, str]) -> None:
        """Type into inputs, as Slack tells of it while the form is open."""
        values = {
            block["block_id"]: {"value": {"value": changes[cell]}}
            for block in view["blocks"]
            if (cell := block.get("block_id", "").partition(".")[0]) in changes
        }
        action = {"type": "plain_text_input", "action_id": PREVIEWED, "block_id": "b", "value": "x"}
        body = {
            "type": "block_actions",
            "team": {"id": "T01LAB"},
            "user": {"id": HANA, "name": "hana"},
            "container": {"type": "view", "view_id": "V1"},
            "view": {**view, "id": "V1", "hash": "1.x", "state": {"values": values}},
            "actions": [action],
        }
        assert self._app.dispatch(BoltRequest(mode="socket_mode", body=body)).status == 200

    def submit(self, on: Card, changes: dict[str, str], approve: bool = False, user: str = HANA) -> dict[str, str]:
        """Open and submit at once; gives the errors that keep the form open."""
        answer = self.send(self.open(on), changes, approve, user)
        assert answer.again is None
        return answer.errors


@pytest.fixture
def curation() -> MemoryCuration:
    return MemoryCuration([card()])


@pytest.fixture
def form(curation: MemoryCuration, proxy: SlackProxy, desk: SlackDesk) -> Iterator[Form]:
    ref = desk.send("card/1", card())
    client = make_client(BOT_TOKEN, proxy.api)
    app = build_app(client, desk, curation, frozenset({HANA}))
    yield Form(app.bolt, ref)
    app.close()


def test_saving_records_what_changed_and_the_card_shows_it(
    form: Form, curation: MemoryCuration, slack: LocalSlack
) -> None:
    assert form.submit(card(), {"venue": "ICLR 2027"}) == {}

    assert curation.recorded == [f"revise 1 (venue) by hana ({HANA}) at slack"]
    eventually(lambda: "ICLR 2027" in json.dumps(slack.posts()[0]["blocks"]))


def test_a_ticked_form_saves_and_then_approves(form: Form, curation: MemoryCuration) -> None:
    assert form.submit(card(), {"year": "2027"}, approve=True) == {}

    assert [line.split(" by ")[0] for line in curation.recorded] == ["revise 1 (year)", "approve 1"]


def test_a_form_left_as_it_was_records_nothing(form: Form, curation: MemoryCuration) -> None:
    assert form.submit(card(), {}) == {}
    assert curation.recorded == []


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("title", " "),
        ("summary", ""),
        ("authors", "\n"),
        ("year", "来年"),
        ("venue", "あ" * 301),
        ("title", "a\u202eb"),
    ],
)
def test_a_cell_that_cannot_stand_in_a_row_is_refused_below_its_input(
    form: Form, curation: MemoryCuration, cell: str, value: str
) -> None:
    assert list(form.submit(card(), {cell: value})) == [cell]
    assert curation.recorded == []


def test_a_form_opened_before_someone_elses_change_says_whose_and_goes_on_on_top_of_it(
    form: Form, curation: MemoryCuration
) -> None:
    view = form.open(card())
    curation.revise(1, replace(card().cells, venue="ACL 2027", year="2027"), "ken (U02KEN)", "slack")

    answer = form.send(view, {"venue": "ICLR 2027", "title": "T"})

    assert answer.again is not None
    assert view_faults(answer.again) == []
    note = answer.again["blocks"][1]["text"]["text"]
    assert "ken さん（6月29日 12:00）：カンファレンス名/出版情報　「arXiv (2026年6月)」→「ACL 2027」" in note
    assert len(curation.recorded) == 1

    assert form.send(answer.again, {}) == Answer({}, None)
    assert curation.recorded[1:] == [f"revise 1 (title, venue) by hana ({HANA}) at slack"]
    assert (curation.card(1).cells.venue, curation.card(1).cells.year) == ("ICLR 2027", "2027")


def test_a_change_that_comes_between_the_look_and_the_record_is_no_lost_change(
    form: Form, curation: MemoryCuration
) -> None:
    view = form.open(card())
    curation.overtaken_by(lambda: curation.put(card(cells=replace(card().cells, year="2027"), revision=1)))

    answer = form.send(view, {"venue": "ICLR 2027"})

    assert answer.again is not None
    assert form.send(answer.again, {}) == Answer({}, None)
    assert (curation.card(1).cells.venue, curation.card(1).cells.year) == ("ICLR 2027", "2027")


def test_a_hint_of_the_style_sheet_is_shown_once_and_bars_nothing(form: Form, curation: MemoryCuration) -> None:
    curation.hinted = (Violation("ending", "である"),)

    answer = form.send(form.open(card()), {"summary": "短い概要である"})
    assert answer.again is not None
    assert violation(curation.hinted[0]) in answer.again["blocks"][1]["text"]["text"]
    assert view_faults(answer.again) == []
    assert curation.recorded == []

    assert form.send(answer.again, {}, approve=True) == Answer({}, None)
    assert [line.split(" by ")[0] for line in curation.recorded] == ["revise 1 (summary)", "approve 1"]


def test_the_row_below_the_form_follows_what_is_typed(form: Form, curation: MemoryCuration, proxy: SlackProxy) -> None:
    proxy.answer("views.update", {"ok": True})
    view = form.open(card())

    form.typed(view, {"title": "New *Title*"})
    form.typed(view, {"year": "x"})

    sent = eventually(lambda: len(found := [a for m, a in proxy.sent if m == "views.update"]) == 2 and found)
    shown = [json.loads(a["view"]) if isinstance(a["view"], str) else a["view"] for a in sent]
    rows = {json.dumps(s["blocks"][-1], ensure_ascii=False) for s in shown}
    assert any("26. New" in row for row in rows)
    assert any("発表年が西暦4桁ではありません" in row for row in rows)
    assert {a["hash"] for a in sent} == {"1.x"}, "a form that moved on is left alone"
    assert [view_faults(s) for s in shown] == [[], []]
    assert shown[0]["blocks"][:-1] == view["blocks"][:-1], "what was typed stays"
    assert curation.recorded == []


def test_a_preview_that_comes_too_late_harms_nothing(form: Form, proxy: SlackProxy, slack: LocalSlack) -> None:
    proxy.fail("views.update", "refused:hash_conflict")

    form.typed(form.open(card()), {"title": "T"})

    eventually(lambda: proxy.calls["views.update"] == 1)
    assert slack.whispers(HANA) == []


def test_a_cell_that_was_not_touched_brings_no_hint(form: Form, curation: MemoryCuration) -> None:
    curation.hinted = (Violation("ending", "である"),)

    assert form.submit(card(), {"venue": "ICLR 2027"}) == {}


def test_a_paper_already_decided_is_not_changed_behind_the_decision(form: Form, curation: MemoryCuration) -> None:
    curation.put(decided(Verdict.APPROVE))

    assert form.submit(card(), {"venue": "ICLR 2027"}) == {"title": words.EDIT_DECIDED}
    assert curation.recorded == []


def test_someone_who_is_no_curator_cannot_submit(form: Form, curation: MemoryCuration) -> None:
    assert form.submit(card(), {"venue": "ICLR 2027"}, user=KEN) == {"title": words.NOT_A_CURATOR}
    assert curation.recorded == []


def test_a_form_of_a_card_that_is_gone_says_so(form: Form) -> None:
    assert form.submit(card(number=99), {"venue": "ICLR 2027"}) == {"title": words.EDIT_GONE}


def test_a_failure_to_record_keeps_the_form_and_what_was_typed(form: Form, curation: MemoryCuration) -> None:
    curation.broken = True

    assert form.submit(card(), {"venue": "ICLR 2027"}) == {"title": words.NOT_RECORDED}


def test_a_cell_longer_than_an_input_keeps_what_the_form_could_not_show(form: Form, curation: MemoryCuration) -> None:
    long = card(cells=replace(card().cells, title="長" * 3200))
    curation.put(long)

    form.submit(long, {"venue": "ICLR 2027"})

    assert curation.card(1).cells.title == long.cells.title


@pytest.fixture
def page(slack: LocalSlack) -> Iterator[Page]:
    """local-slack's own page, as hana."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium()), args=CHROMIUM_ARGS)
        page = browser.new_page()
        page.goto(slack.page)
        yield page
        browser.close()


@pytest.mark.endurance
def test_a_person_edits_and_approves_in_the_browser(
    page: Page, desk: SlackDesk, slack: LocalSlack, listen: Listen, curation: MemoryCuration
) -> None:
    desk.send("card/1", card())
    listen(curation)

    page.get_by_role("button", name=common.EDIT, exact=True).click()
    venue = page.locator(".bk-input", has_text=CELL["venue"]).locator("input")
    expect(venue).to_have_value(card().cells.venue)
    year = page.locator(".bk-input", has_text=CELL["year"]).locator("input")
    year.fill("26")
    page.get_by_role("button", name=words.EDIT_SAVE, exact=True).click()
    expect(page.get_by_text("西暦")).to_be_visible()
    year.fill("2026")
    venue.fill("ICLR 2027")
    page.get_by_text(common.SAVE_APPROVE).click()
    page.get_by_role("button", name=words.EDIT_SAVE, exact=True).click()

    eventually(lambda: len(curation.recorded) == 2)
    assert [line.split(" by ")[0] for line in curation.recorded] == ["revise 1 (venue)", "approve 1"]
    eventually(lambda: "ICLR 2027" in json.dumps(slack.posts()[0]["blocks"]))
