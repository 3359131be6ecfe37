"""The Slack desk against local-slack behind a failing proxy: each key stands exactly once, errors say what to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.block_kit import message_faults
from tests.cards import card, decided, paper, recorded_digest
from tests.servers.slack import BOT_TOKEN, CHANNEL, HANA, LocalSlack, buttons
from tests.servers.slack_proxy import SlackProxy
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk, Throttle
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.curation.card import Card
from watcher.domain.errors import DeskError, DeskRefused
from watcher.domain.facts import Verdict
from watcher.stages.post import send_once

KEY = "card/llm-x-world-models/arxiv:2606.27483/slack"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    database = open_database(tmp_path / "x.db")
    upgrade(database)
    yield SqlStore(database)
    database.close()


def post_until_recorded(desk: SlackDesk, store: SqlStore) -> int:
    """Send the card again until it is recorded; gives how many times that failed."""
    for failed in range(10):
        try:
            send_once(KEY, card(), desk, store, datetime.now(UTC))
        except DeskError:
            continue
        return failed
    raise AssertionError("never recorded")


@pytest.mark.parametrize(
    ("faults", "failed_runs"),
    [
        ((), 0),
        (("throttled", "throttled"), 0),
        (("broken",), 1),
        (("lost",), 1),
        (("internal",), 1),
        (("slow:1.3",), 1),
        (("broken", "lost"), 2),
        (("throttled", "lost"), 1),
        (("refused:fatal_error",), 1),
    ],
)
def test_a_card_stands_exactly_once_whatever_slack_does(
    desk: SlackDesk, store: SqlStore, proxy: SlackProxy, slack: LocalSlack, faults: tuple[str, ...], failed_runs: int
) -> None:
    proxy.fail("chat.postMessage", *faults)

    assert post_until_recorded(desk, store) == failed_runs
    assert [f"{CHANNEL}/{m['ts']}" for m in slack.posts()] == [store.outbox.sent(KEY)]


def test_a_failing_look_never_leads_to_a_second_post(
    desk: SlackDesk, store: SqlStore, proxy: SlackProxy, slack: LocalSlack
) -> None:
    proxy.fail("chat.postMessage", "lost")
    proxy.fail("conversations.history", "broken", "lost")

    assert post_until_recorded(desk, store) == 3
    assert len(slack.posts()) == 1


def test_two_keys_are_two_messages_and_each_is_found(desk: SlackDesk) -> None:
    since = datetime.now(UTC)
    refs = {key: desk.send(key, card()) for key in ("card/a", "card/b")}

    assert {key: desk.find(key, since) for key in refs} == refs
    assert desk.find("card/c", since) is None


def test_a_message_is_found_by_metadata_after_its_blocks_changed(desk: SlackDesk) -> None:
    since = datetime.now(UTC)
    ref = desk.send(KEY, card())
    desk.update(ref, lambda: decided(Verdict.REJECT))

    assert desk.find(KEY, since) == ref


def test_a_card_is_read_when_no_other_message_is_being_changed(slack: LocalSlack, proxy: SlackProxy) -> None:
    events = list[str]()

    def throttles(name: str, pause: float, burst: int) -> Throttle:
        del pause, burst

        @contextmanager
        def turn() -> Iterator[None]:
            events.append(f"begin {name}")
            yield
            events.append(f"end {name}")

        return turn

    def look() -> Card:
        events.append("read")
        return decided(Verdict.REJECT)

    paced = SlackDesk(make_client(BOT_TOKEN, proxy.api), CHANNEL, throttles=throttles)
    ref = paced.send(KEY, card())
    paced.update(ref, look)

    assert events[2:] == [f"begin update {CHANNEL}", "read", f"end update {CHANNEL}"]
    assert [button["action_id"] for post in slack.posts() for button in buttons(post)] == ["undo"]


def test_a_key_is_looked_for_on_every_page(desk: SlackDesk, slack: LocalSlack) -> None:
    since = datetime.now(UTC)
    ref = desk.send(KEY, card())
    for number in range(210):
        slack.say(HANA, f"chat {number}")

    assert desk.find(KEY, since) == ref


def test_a_message_from_long_before_the_intent_is_not_ours(desk: SlackDesk) -> None:
    desk.send(KEY, card())

    assert desk.find(KEY, datetime.now(UTC) + timedelta(minutes=5)) is None


def test_a_curator_who_quotes_a_key_is_not_taken_for_the_bot(desk: SlackDesk, slack: LocalSlack) -> None:
    slack.say(HANA, KEY)

    assert desk.find(KEY, datetime.now(UTC)) is None


@pytest.mark.parametrize(
    "code",
    [
        "not_in_channel",
        "channel_not_found",
        "missing_scope",
        "invalid_auth",
        "token_revoked",
        "account_inactive",
        "restricted_action",
        "restricted_action_read_only_channel",
        "is_archived",
        "org_login_required",
        "ekm_access_denied",
        "team_access_not_granted",
    ],
)
def test_an_error_that_only_a_person_can_mend_is_a_refusal_with_its_remedy(
    desk: SlackDesk, proxy: SlackProxy, code: str
) -> None:
    proxy.fail("chat.postMessage", f"refused:{code}")

    with pytest.raises(DeskRefused, match=code) as caught:
        desk.send(KEY, card())

    assert caught.value.remedy
    assert proxy.calls["chat.postMessage"] == 1


@pytest.mark.parametrize("fault", ["broken", "lost", "internal", "slow:1.3", "refused:message_limit_exceeded"])
def test_an_error_that_may_pass_is_no_refusal(desk: SlackDesk, proxy: SlackProxy, fault: str) -> None:
    proxy.fail("chat.postMessage", fault)

    with pytest.raises(DeskError) as caught:
        desk.send(KEY, card())

    assert not isinstance(caught.value, DeskRefused)
    assert proxy.calls["chat.postMessage"] == 1


@pytest.mark.endurance
def test_a_throttle_without_end_gives_up_with_slacks_own_wish(desk: SlackDesk, proxy: SlackProxy) -> None:
    proxy.fail("chat.postMessage", *["throttled"] * 4)

    with pytest.raises(DeskError, match="ratelimited") as caught:
        desk.send(KEY, card())

    assert caught.value.retry_after == 0.0


def test_no_error_holds_the_token(desk: SlackDesk, proxy: SlackProxy) -> None:
    proxy.fail("chat.postMessage", "refused:invalid_auth", "lost")

    for _ in range(2):
        with pytest.raises(DeskError) as caught:
            desk.send(KEY, card())
        assert BOT_TOKEN not in f"{caught.value!r} {caught.value}"


def test_a_card_whose_text_slack_refuses_is_posted_without_it(
    desk: SlackDesk, proxy: SlackProxy, slack: LocalSlack
) -> None:
    proxy.fail("chat.postMessage", "refused:invalid_blocks")

    desk.send(KEY, card())

    (message,) = slack.posts()
    assert "2606.27483" in message["text"]
    assert [b["action_id"] for b in buttons(message)] == ["approve", "reject", "edit", "later"]
    assert message_faults(message["blocks"], message["text"]) == []


def test_a_changed_card_keeps_its_blocks_and_gets_new_buttons(desk: SlackDesk, slack: LocalSlack) -> None:
    ref = desk.send(KEY, card())
    desk.update(ref, lambda: decided(Verdict.APPROVE))

    (message,) = slack.posts()
    assert [b["action_id"] for b in buttons(message)] == ["undo"]
    assert len(message["blocks"]) > 3


def test_the_digest_is_posted_once_and_replaced_in_place(desk: SlackDesk, slack: LocalSlack) -> None:
    digest = recorded_digest()
    ref = desk.send(digest.key, digest)
    desk.update(ref, lambda: replace(digest, cards=3))

    (message,) = slack.posts()
    assert "*本日の候補は3件です。*" in message["text"]
    assert desk.find(digest.key, datetime.now(UTC)) == ref


def test_every_message_asks_slack_to_link_unfurl_and_parse_nothing(desk: SlackDesk, proxy: SlackProxy) -> None:
    ref = desk.send(KEY, card())
    desk.update(ref, card)

    quiet = {m: (a["link_names"], a["parse"]) for m, a in proxy.sent if m.startswith("chat.")}
    assert quiet == {"chat.postMessage": (0, "none"), "chat.update": (0, "none")}
    posted = next(a for m, a in proxy.sent if m == "chat.postMessage")
    assert (posted["unfurl_links"], posted["unfurl_media"]) == (0, 0)


def test_messages_leave_at_the_set_pace(proxy: SlackProxy) -> None:
    desk = SlackDesk(make_client(BOT_TOKEN, proxy.api), CHANNEL, pause=0.1)
    start = datetime.now(UTC)
    for number in range(3):
        desk.send(f"card/{number}", card(of=paper()))

    assert datetime.now(UTC) - start >= timedelta(seconds=0.2)


def test_a_message_waits_for_slack_no_longer_than_its_turn_and_slack_is_left_alone_meanwhile(
    desk: SlackDesk, proxy: SlackProxy, slack: LocalSlack
) -> None:
    proxy.fail("chat.postMessage", "throttled:3600")
    began = time.monotonic()

    for _ in range(3):
        with pytest.raises(DeskError, match="ratelimited") as caught:
            desk.send(KEY, card())
        assert 3590 < (caught.value.retry_after or 0) <= 3600

    assert time.monotonic() - began < 5
    assert proxy.calls["chat.postMessage"] == 1, "asking again before the hour is over would be refused as well"
    assert desk.find(KEY, datetime.now(UTC)) is None, "another method may be called"
    assert slack.posts() == []
