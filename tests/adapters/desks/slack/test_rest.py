"""残りを却下 below a digest: what nobody decided on is rejected by who pressed it, and taken back as one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.adapters.desks.slack.conftest import Listen
from tests.block_kit import message_faults
from tests.cards import card, paper, recorded_digest
from tests.fakes import MemoryCuration
from tests.servers.slack import HANA, KEN, LocalSlack, eventually
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.messages.digest import REJECT, REST, UNDO, digest_message
from watcher.domain.curation.card import Borderline, CardState, Digest
from watcher.domain.facts import Verdict
from watcher.domain.papers.paper import PaperId
from watcher.words_ja import slack as words

pytestmark = pytest.mark.parametrize("transport", ["socket", "http"], indirect=True)


def a_day(curation: MemoryCuration | None = None) -> tuple[Digest, MemoryCuration]:
    """A digest of three papers, of which one has been decided on."""
    papers = [paper(id=PaperId("arxiv", f"2606.0000{n}"), url=f"https://arxiv.org/abs/2606.0000{n}") for n in (1, 2, 3)]
    found = tuple(Borderline(p.title, p.url, 4, "", None, n) for n, p in enumerate(papers, 1))
    links = {p.url: f"https://lab.slack.com/archives/C01PAPERS/p179603306300000{n}" for n, p in enumerate(papers)}
    digest = replace(recorded_digest(), found=found, links=links)
    made = curation or MemoryCuration([card(n, p) for n, p in enumerate(papers, 1)], digest)
    made.decide(1, Verdict.APPROVE, "ken (U02KEN)", "web")
    return digest, made


def offered(slack: LocalSlack) -> str:
    """What the menu below the digest does."""
    (menu,) = [b["elements"][0] for b in slack.posts()[0]["blocks"] if b["type"] == "actions"]
    return str(menu["options"][0]["value"]).rpartition("/")[2]


def test_the_rest_of_a_day_is_rejected_at_once_and_taken_back_as_one(
    desk: SlackDesk, slack: LocalSlack, listen: Listen
) -> None:
    digest, curation = a_day()
    ts = desk.send("digest/1", digest).partition("/")[2]
    listen(curation)

    slack.choose(ts, REST, REJECT, HANA)

    eventually(lambda: offered(slack) == UNDO)
    assert curation.recorded[1:] == [f"reject {n} by hana ({HANA}) at slack" for n in (2, 3)]
    assert words.swept(2) in str(slack.posts()[0]["blocks"])

    curation.decide(3, Verdict.LATER, "ken (U02KEN)", "web")
    slack.choose(ts, REST, UNDO, KEN)

    eventually(lambda: offered(slack) == REJECT)
    assert [curation.card(n).state for n in (1, 2, 3)] == [CardState.APPROVED, CardState.OPEN, CardState.LATER]


def test_who_may_not_decide_rejects_no_rest_and_where_none_is_left_this_is_said(
    desk: SlackDesk, slack: LocalSlack, listen: Listen
) -> None:
    digest, curation = a_day()
    ts = desk.send("digest/1", digest).partition("/")[2]
    listen(curation, HANA)

    slack.choose(ts, REST, REJECT, KEN)
    eventually(lambda: slack.whispers(KEN) == [words.NOT_A_CURATOR])
    assert len(curation.recorded) == 1

    for number in (2, 3):
        curation.decide(number, Verdict.LATER, "ken (U02KEN)", "web")
    slack.choose(ts, REST, REJECT, HANA)
    eventually(lambda: slack.whispers(HANA) == [words.NONE_LEFT])


def test_digests_with_the_button_and_after_it_are_valid(transport: str) -> None:
    del transport
    digest, curation = a_day()
    before = digest_message(digest)
    curation.reject_rest(digest.topic, digest.day, "<!channel> (U01HANA)", "slack")
    after = digest_message(curation.digest_of(digest.topic, digest.day))

    assert (message_faults(*before), message_faults(*after)) == ([], [])
    assert words.REJECT_REST in str(before[0])
    assert words.UNDO_REST in str(after[0])
    assert words.REJECT_REST not in str(digest_message(replace(digest, links={}))[0]), "no card stands yet"
