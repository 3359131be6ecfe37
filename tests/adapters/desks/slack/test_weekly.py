"""Audit cards and weekly reports in local-slack: within Slack's rules, answered once by a click, inert."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.audits import WEEK, MemoryAudits, a_report, a_sheet, an_audit_card
from tests.block_kit import message_faults
from tests.cards import paper
from tests.fakes import NOON, MemoryCuration
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, HANA, KEN, LocalSlack, buttons, eventually
from tests.servers.slack_proxy import SlackProxy
from watcher.adapters.desks.slack.api.client import make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.listeners.app import build_app
from watcher.adapters.desks.slack.messages.reviews import NO, YES, audit_message, report_message
from watcher.adapters.desks.slack.transport.socket_mode import SlackSocket
from watcher.domain.curation.recall import sheets
from watcher.domain.facts import AuditAnswer
from watcher.words_ja import report as words
from watcher.words_ja import slack as slack_words

HOSTILE = "<!channel> <https://evil.example|here> *bold* & :smile: " * 40


@pytest.fixture
def connect(proxy: SlackProxy, desk: SlackDesk) -> Iterator[Callable[..., MemoryAudits]]:
    """Connect an app over Socket Mode to an audit; it is disconnected after the test."""
    with ExitStack() as stack:

        def start(audits: MemoryAudits, *curators: str) -> MemoryAudits:
            client = make_client(BOT_TOKEN, proxy.api)
            app = build_app(client, desk, MemoryCuration(), frozenset(curators), audits=audits)
            socket = SlackSocket(APP_TOKEN, app)
            stack.callback(socket.stop)
            socket.start()
            return audits

        yield start


def shown(slack: LocalSlack) -> str:
    return json.dumps(slack.posts()[0]["blocks"], ensure_ascii=False)


@pytest.mark.parametrize("said", [None, True, False])
@pytest.mark.parametrize("text", ["A plain title", HOSTILE, ""])
def test_an_audit_card_keeps_slack_s_rules_whatever_it_holds(said: bool | None, text: str) -> None:
    answer = None if said is None else AuditAnswer(said, f"{text[:80]} (U01HANA)", NOON, "slack")
    of = paper(title=text, abstract=text * 20, authors=(text,) * 5)

    blocks, spoken = audit_message(a_sheet(*(an_audit_card(n, of, answer=answer, line_ja=text) for n in range(20))))

    assert message_faults(blocks, spoken) == []
    assert "<!channel>" not in json.dumps(blocks) + spoken
    assert "<https://evil" not in json.dumps(blocks)


def test_a_weeks_sample_is_one_message_with_a_line_in_japanese_for_each_title_and_how_long_it_takes() -> None:
    cards = [an_audit_card(n) for n in range(1, 11)]
    blocks, spoken = audit_message(a_sheet(*cards))
    shown = json.dumps(blocks, ensure_ascii=False)

    assert "10件・約2分" in shown
    assert "10件・約2分" in spoken
    assert shown.count("自然言語処理／人工知能・") == 10
    translated = json.dumps(audit_message(a_sheet(an_audit_card(line_ja="世界モデルの研究")))[0], ensure_ascii=False)
    assert "\\n世界モデルの研究" in translated
    assert "人工知能" not in translated
    assert [b["action_id"] for b in buttons({"blocks": blocks})] == [YES, NO] * 10
    assert [b["value"] for b in buttons({"blocks": blocks})][::2] == [str(n) for n in range(1, 11)]


def test_a_sample_too_long_for_one_message_has_parts_and_an_answered_one_says_so() -> None:
    parts = sheets([an_audit_card(n) for n in range(1, 46)])
    answer = AuditAnswer(belongs=False, curator="hana (U01HANA)", at=NOON, desk="slack")
    done = a_sheet(an_audit_card(answer=answer))

    assert [(part.key.rpartition("/")[2], len(part.cards)) for part in parts] == [(str(WEEK), 20), ("2", 20), ("3", 5)]
    assert all(message_faults(*audit_message(part)) == [] for part in parts)
    assert "1件すべて回答済み" in audit_message(done)[1]


def test_a_report_keeps_slack_s_rules_and_tells_everything() -> None:
    blocks, spoken = report_message(a_report(topic_title=HOSTILE, scorers=(HOSTILE,)))

    assert message_faults(blocks, spoken) == []
    assert "<!channel>" not in json.dumps(blocks) + spoken
    for told in ("70%（35〜93%）", "56%以上", "約30分", "$0.082"):
        assert told in json.dumps(blocks, ensure_ascii=False)
        assert told in spoken


def test_an_audit_card_and_a_report_are_found_again_by_their_keys(desk: SlackDesk) -> None:
    card = desk.send("audit/1", a_sheet())
    report = desk.send("report/1", a_report())

    assert desk.find("audit/1", NOON) == card
    assert desk.find("report/1", NOON) == report
    assert desk.find("report/2", NOON) is None


@pytest.mark.endurance
@pytest.mark.parametrize(("action", "belongs", "label"), [(YES, True, words.YES), (NO, False, words.NO)])
def test_a_click_is_recorded_once_under_name_and_id_and_the_card_says_so(
    desk: SlackDesk,
    slack: LocalSlack,
    connect: Callable[..., MemoryAudits],
    action: str,
    belongs: bool,
    label: str,
) -> None:
    ts = desk.send("audit/1", a_sheet()).partition("/")[2]
    audits = connect(MemoryAudits([an_audit_card()]))

    slack.click(ts, action, HANA)

    eventually(lambda: f"*{label}*" in shown(slack))
    assert audits.recorded == [f"1 {belongs} by hana ({HANA}) at slack"]
    assert "hana · 6月29日 12:00" in shown(slack)


@pytest.mark.endurance
def test_an_answer_can_be_changed(desk: SlackDesk, slack: LocalSlack, connect: Callable[..., MemoryAudits]) -> None:
    ts = desk.send("audit/1", a_sheet()).partition("/")[2]
    audits = connect(MemoryAudits([an_audit_card()]))

    slack.click(ts, YES, HANA)
    eventually(lambda: [b["action_id"] for b in buttons(slack.posts()[0])] == [NO])
    slack.click(ts, NO, KEN)

    eventually(lambda: f"*{words.NO}*" in shown(slack))
    assert [line.split()[1] for line in audits.recorded] == ["True", "False"]


@pytest.mark.endurance
@pytest.mark.parametrize(
    ("curators", "card", "whisper"),
    [((HANA,), 1, slack_words.NOT_A_CURATOR), ((), 7, words.NOT_IN_SAMPLE)],
)
def test_who_may_not_answer_or_answers_of_nothing_is_told_so(
    desk: SlackDesk,
    slack: LocalSlack,
    connect: Callable[..., MemoryAudits],
    curators: tuple[str, ...],
    card: int,
    whisper: str,
) -> None:
    ts = desk.send("audit/1", a_sheet(an_audit_card(card))).partition("/")[2]
    audits = connect(MemoryAudits([an_audit_card(1)]), *curators)

    slack.click(ts, YES, KEN)

    eventually(lambda: slack.whispers(KEN) == [whisper])
    assert audits.recorded == []
