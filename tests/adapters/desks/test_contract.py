"""What every desk promises of every kind of message, as `ports.Desk` says it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import get_args

import pytest

from tests.audits import a_report, a_sheet
from tests.cards import card, recorded_digest
from tests.factories import NOW, a_proposal
from tests.servers.slack import BOT_TOKEN, CHANNEL
from tests.soak.desk import MemoryDesk
from tests.soak.weather import Weather
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.web.desk import WebDesk
from watcher.domain.catalog.proposals import ProposalCard, Suggestion
from watcher.domain.curation.card import Overdue, Reminder
from watcher.domain.curation.reactions import Question, ReactionOutcome
from watcher.domain.health import Alarm, AlarmChange, AlarmKind
from watcher.ports import Desk, Message

KEY = "message/1"
OVERDUE = Overdue("A title", "https://arxiv.org/abs/2606.27483", 4, NOW, put_off=False)
MESSAGES: list[Message] = [
    card(),
    recorded_digest(),
    Reminder(NOW.date(), "llm-x-world-models", 3, (OVERDUE,)),
    a_sheet(),
    a_report(),
    ProposalCard(1, (Suggestion(1, 1, a_proposal(), NOW),)),
    Alarm(AlarmKind.PUSH, AlarmChange.OPENED, "HTTP 503", NOW, 1),
    Question(1, card().candidate, "U01HANA", "hana (U01HANA)", ("white_check_mark", "x"), ReactionOutcome.UNCLEAR),
]


def slack_desk(request: pytest.FixtureRequest) -> Desk:
    return SlackDesk(make_client(BOT_TOKEN, request.getfixturevalue("proxy").api), CHANNEL, pause=0.0)


def web_desk(request: pytest.FixtureRequest) -> Desk:
    del request
    return WebDesk()


def memory_desk(request: pytest.FixtureRequest) -> Desk:
    del request
    return MemoryDesk(Weather(random.Random(1), 1, clear=True), lambda _: 0)


@pytest.fixture(params=[slack_desk, web_desk, memory_desk])
def desk(request: pytest.FixtureRequest) -> Desk:
    make: Callable[[pytest.FixtureRequest], Desk] = request.param
    return make(request)


every_kind = pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)


def test_every_kind_of_message_is_tried_here() -> None:
    assert {type(message) for message in MESSAGES} == set(get_args(Message))


@every_kind
def test_a_message_whose_ref_was_lost_has_the_same_one_after_a_look(desk: Desk, message: Message) -> None:
    since = datetime.now(UTC)
    ref = desk.send(KEY, message)

    assert (desk.find(KEY, since) or desk.send(KEY, message)) == ref
    assert desk.find("message/2", since) is None


@every_kind
def test_an_update_can_be_repeated_and_the_message_keeps_its_key(desk: Desk, message: Message) -> None:
    since = datetime.now(UTC)
    ref = desk.send(KEY, message)

    for _ in range(2):
        desk.update(ref, lambda: message)

    assert (desk.find(KEY, since) or ref) == ref


def test_a_message_to_which_nobody_reacted_has_no_reactions(desk: Desk) -> None:
    ref = desk.send(KEY, card())

    answers = desk.answers([ref])

    assert not answers.errors
    assert not any(seen.standing for seen in answers.reactions.values())
