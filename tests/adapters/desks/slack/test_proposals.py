"""Proposals in Slack: valid whatever they hold, posted once, decided cell by cell, and true in the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.block_kit import message_faults
from tests.factories import NOW, RUN, a_proposal, a_question
from tests.fakes import NOON, MemoryCuration
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, HANA, LocalSlack, eventually
from tests.servers.slack_proxy import SlackProxy
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.app import build_app
from watcher.adapters.desks.slack.messages.reviews import (
    ACCEPT,
    ACCEPT_ALL,
    REJECT,
    bare_proposals_message,
    proposals_message,
)
from watcher.adapters.desks.slack.transport.socket_mode import SlackSocket
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.catalog.check import FindingKind
from watcher.domain.catalog.proposals import (
    Ending,
    Proposal,
    ProposalCard,
    ProposalDecision,
    ProposalOutcome,
    ProposalState,
    ProposalVerdict,
    Suggestion,
)
from watcher.services import Events
from watcher.services.reviews import ProposalService

HOSTILE = "<!channel> <https://evil.example|here> *bold* & :smile: `code` ~gone~ \u202eabc " * 40
VENUE = a_proposal(kind=FindingKind.VENUE, cell="venue", before="arXiv", after="NeurIPS 2023 (Oral)")
DECIDED = ProposalDecision(ProposalVerdict.ACCEPT, f"{HOSTILE[:90]} (U01HANA)", "slack", NOON)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[SqlStore]:
    database = open_database(tmp_path / "watcher.db")
    upgrade(database)
    store = SqlStore(database)
    store.proposals.add([a_proposal(), VENUE, a_question()], RUN, NOW)
    yield store
    database.close()


@pytest.fixture
def connect(proxy: SlackProxy, desk: SlackDesk) -> Iterator[Callable[..., None]]:
    """Connect an app over Socket Mode to a store's proposals; it is disconnected after the test."""
    with ExitStack() as stack:

        def start(store: SqlStore, *curators: str) -> None:
            proposals = ProposalService(store, lambda: NOON, Events())
            client = make_client(BOT_TOKEN, proxy.api)
            app = build_app(client, desk, MemoryCuration(), frozenset(curators), proposals=proposals)
            socket = SlackSocket(APP_TOKEN, app)
            stack.callback(socket.stop)
            socket.start()

        yield start


def card(*proposals: Proposal, **fields: object) -> ProposalCard:
    ones = [Suggestion(number, 1, proposal, NOON, **fields) for number, proposal in enumerate(proposals, 1)]  # type: ignore[arg-type]
    return ProposalCard(1, tuple(ones))


def of(store: SqlStore) -> ProposalCard:
    return ProposalCard(1, tuple(store.proposals.card(1)))


def shown(slack: LocalSlack) -> str:
    return json.dumps(slack.posts()[0]["blocks"], ensure_ascii=False)


@pytest.mark.parametrize("ending", [None, *Ending])
@pytest.mark.parametrize("text", ["A plain title", HOSTILE, ""])
@pytest.mark.parametrize("count", [1, 30])
def test_a_message_keeps_slack_s_rules_whatever_it_holds(ending: Ending | None, text: str, count: int) -> None:
    outcome = None if ending is None else ProposalOutcome(ending, text[:90], NOON)
    made = [
        a_proposal(title=text or "t", before=text, after=text, url=text),
        a_question(title=text or "t", before=text),
    ]
    full = card(*made * count, outcome=outcome, decision=DECIDED if ending else None, trouble="" if ending else text)

    for blocks, spoken in (proposals_message(full), bare_proposals_message(full)):
        assert message_faults(blocks, spoken) == []
        assert "<!channel>" not in json.dumps(blocks) + spoken
        assert "<https://evil" not in json.dumps(blocks)


def test_before_after_and_evidence_are_told_to_eyes_and_ears() -> None:
    blocks, spoken = proposals_message(card(a_proposal(), VENUE, a_question()))
    text = json.dumps(blocks, ensure_ascii=False)

    for told in ("LLaVA: Large Language and Vision Assistant", "Visual Instruction Tuning", "NeurIPS 2023 (Oral)"):
        assert told in text
        assert told in spoken
    assert "arXiv（title）：Visual Instruction Tuning" in text
    assert "この行の 2 件をすべて採用" in text


def test_a_message_is_found_again_by_its_key(desk: SlackDesk) -> None:
    ref = desk.send("proposals/1", card(a_proposal()))

    assert desk.find("proposals/1", NOON) == ref
    assert desk.find("proposals/2", NOON) is None


@pytest.mark.endurance
def test_a_click_decides_one_cell_and_the_card_says_so(
    desk: SlackDesk, slack: LocalSlack, kept: SqlStore, connect: Callable[..., None]
) -> None:
    ts = desk.send("proposals/1", of(kept)).partition("/")[2]
    connect(kept)

    slack.click(ts, ACCEPT, HANA)
    eventually(lambda: "採用（反映待ち）" in shown(slack))
    slack.click(ts, REJECT, HANA)
    eventually(lambda: "*却下*" in shown(slack))

    states = [one.state for one in of(kept).suggestions]
    assert states == [ProposalState.ACCEPTED, ProposalState.REJECTED, ProposalState.OPEN]
    decision = of(kept).suggestions[0].decision
    assert decision is not None
    assert (decision.curator, decision.desk) == (f"hana ({HANA})", "slack")


@pytest.mark.endurance
def test_one_click_accepts_every_change_of_a_row_and_no_question(
    desk: SlackDesk, slack: LocalSlack, kept: SqlStore, connect: Callable[..., None]
) -> None:
    ts = desk.send("proposals/1", of(kept)).partition("/")[2]
    connect(kept)

    slack.click(ts, ACCEPT_ALL, HANA)

    eventually(lambda: kept.proposals.to_change() == [1, 2])
    assert of(kept).suggestions[2].state is ProposalState.OPEN


@pytest.mark.endurance
def test_a_click_on_what_is_settled_changes_nothing(
    desk: SlackDesk, slack: LocalSlack, kept: SqlStore, connect: Callable[..., None]
) -> None:
    ts = desk.send("proposals/1", of(kept)).partition("/")[2]
    kept.proposals.add_outcome(1, ProposalOutcome(Ending.OVERTAKEN, "", NOON))
    connect(kept)

    slack.click(ts, ACCEPT, HANA)

    eventually(lambda: any("片づいています" in str(post) for post in slack.whispers(HANA)))
    assert kept.proposals.to_change() == []


@pytest.mark.endurance
def test_who_is_no_curator_decides_nothing(
    desk: SlackDesk, slack: LocalSlack, kept: SqlStore, connect: Callable[..., None]
) -> None:
    ts = desk.send("proposals/1", of(kept)).partition("/")[2]
    connect(kept, "U09NOBODY")

    slack.click(ts, ACCEPT, HANA)

    eventually(lambda: slack.whispers(HANA))
    assert kept.proposals.count_open() == 3
