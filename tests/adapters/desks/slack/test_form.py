"""The edit form: opened by a click, filled with the cells, checked, saved and, when ticked, approved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from slack_bolt import App, BoltRequest

from tests.adapters.desks.slack.conftest import Listen
from tests.block_kit import view_faults
from tests.cards import card, decided
from tests.fakes import MemoryCuration
from tests.servers.slack import BOT_TOKEN, HANA, KEN, LocalSlack, SlackProxy, eventually
from tests.tools import CHROMIUM_ARGS, chromium
from watcher.adapters.desks.slack.app import build_app
from watcher.adapters.desks.slack.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.modal import edit_view, loading_view, message_view
from watcher.domain.card import Card
from watcher.domain.facts import Cells, Verdict
from watcher.words_ja import slack as words
from watcher.words_ja.common import CELL

TICKED = {"approve": {"value": {"type": "checkboxes", "selected_options": [{"value": "approve"}]}}}


class Form:
    """A form opened on a card and submitted to the real Bolt app, as Slack's payload."""

    def __init__(self, app: App, ref: str) -> None:
        self._app = app
        self._ref = ref

    def submit(self, opened_on: Card, changes: dict[str, str], tick: bool = False, user: str = HANA) -> dict[str, str]:
        """Submit with `changes` to the inputs; gives the errors that keep the form open."""
        view = edit_view(opened_on, self._ref)
        values = {
            block["block_id"]: {"value": {"value": changes.get(block["block_id"], block["element"]["initial_value"])}}
            for block in view["blocks"]
            if block["type"] == "input" and block["block_id"] in Cells.names()
        }
        body: dict[str, Any] = {
            "type": "view_submission",
            "team": {"id": "T01LAB"},
            "user": {"id": user, "name": user[-4:].lower()},
            "view": {**view, "state": {"values": values | (TICKED if tick else {})}},
        }
        response = self._app.dispatch(BoltRequest(mode="socket_mode", body=body))
        assert response.status == 200
        errors: dict[str, str] = json.loads(response.body).get("errors", {}) if response.body else {}
        return errors


@pytest.fixture
def curation() -> MemoryCuration:
    return MemoryCuration([card()])


@pytest.fixture
def form(curation: MemoryCuration, proxy: SlackProxy, desk: SlackDesk) -> Iterator[Form]:
    ref = desk.show_card("card/1", card())
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
    assert form.submit(card(), {"year": "2027"}, tick=True) == {}

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


def test_a_form_opened_before_someone_elses_change_is_refused(form: Form, curation: MemoryCuration) -> None:
    curation.put(card(cells=replace(card().cells, venue="ACL 2027"), revision=1))

    assert form.submit(card(), {"venue": "ICLR 2027"}) == {"title": words.EDIT_CONFLICT}
    assert curation.recorded == []


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


@pytest.mark.parametrize(
    "view",
    [
        edit_view(card(), "C1/1.2"),
        edit_view(decided(Verdict.APPROVE), "C1/1.2"),
        edit_view(card(cells=Cells(*["<!channel> *x*" * 400] * 7)), "C1/1.2"),
        edit_view(card(cells=Cells(*[""] * 7)), "C1/1.2"),
        loading_view(),
        message_view(words.EDIT_GONE),
    ],
)
def test_every_form_is_valid_block_kit(view: dict[str, Any]) -> None:
    assert view_faults(view) == []


@pytest.fixture
def page(slack: LocalSlack) -> Iterator[Page]:
    """local-slack's own page, as hana."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium()), args=CHROMIUM_ARGS)
        page = browser.new_page()
        page.goto(slack.page)
        yield page
        browser.close()


def test_a_person_edits_and_approves_in_the_browser(
    page: Page, desk: SlackDesk, slack: LocalSlack, listen: Listen, curation: MemoryCuration
) -> None:
    desk.show_card("card/1", card())
    listen(curation)

    page.get_by_role("button", name=words.EDIT, exact=True).click()
    venue = page.locator(".bk-input", has_text=CELL["venue"]).locator("input")
    expect(venue).to_have_value(card().cells.venue)
    year = page.locator(".bk-input", has_text=CELL["year"]).locator("input")
    year.fill("26")
    page.get_by_role("button", name=words.EDIT_SAVE, exact=True).click()
    expect(page.get_by_text("西暦")).to_be_visible()
    year.fill("2026")
    venue.fill("ICLR 2027")
    page.get_by_text(words.EDIT_APPROVE).click()
    page.get_by_role("button", name=words.EDIT_SAVE, exact=True).click()

    eventually(lambda: len(curation.recorded) == 2)
    assert [line.split(" by ")[0] for line in curation.recorded] == ["revise 1 (venue)", "approve 1"]
    eventually(lambda: "ICLR 2027" in json.dumps(slack.posts()[0]["blocks"]))
