"""A card is posted once whatever was interrupted; a digest once a day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.cards import recorded_digest
from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary, a_topic, an_announcement
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.budget import TOKYO
from watcher.domain.curation.card import Card, Digest, Overdue, Reminder
from watcher.domain.errors import DeskError
from watcher.domain.facts import Decision, Verdict
from watcher.ports import Answers, Message
from watcher.stages.post import post, post_digest, refresh, send_once


@dataclass
class ForgetfulDesk:
    """A desk that can lose its reply after a message was posted."""

    name: str = "slack"
    posted: dict[str, str] = field(default_factory=dict)
    updates: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    looked_below: list[str] = field(default_factory=list)
    looks: int = 0
    since: datetime = NOW
    loses_reply: bool = False
    before_turn: Callable[[], None] = lambda: None

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        assert since == self.since
        self.looks += 1
        self.looked_below.append(below)
        return self.posted.get(key)

    def send(self, key: str, message: Message, below: str = "") -> str:
        assert key not in self.posted, "posted twice"
        self.sent.append(message)
        self.below.append(below)
        self.posted[key] = f"C/{len(self.posted)}"
        if self.loses_reply:
            raise DeskError("Slack did not answer", about=key)
        return self.posted[key]

    def update(self, ref: str, look: Callable[[], Message | None]) -> None:
        self.before_turn()
        shown = look()
        if shown is None:
            return
        assert isinstance(shown, Card | Digest)
        self.updates.append(f"{ref} {shown.state if isinstance(shown, Card) else shown.scored}")

    def link(self, ref: str, below: str = "") -> str:
        del ref, below
        return ""

    def answers(self, refs: Collection[str]) -> Answers:
        del refs
        return Answers()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A store with one card to post."""
    database = open_database(f"sqlite:///{tmp_path / 'x.db'}")
    upgrade(database)
    made = SqlStore(database)
    made.papers.announce([an_announcement()], [a_topic()], RUN, NOW)
    made.papers.add_screenings([(1, a_screening())], RUN, NOW)
    made.scoring.add_relevances([(1, a_relevance())], [], RUN, NOW)
    made.summaries.add(1, a_summary(), RUN, NOW)
    yield made
    database.close()


@pytest.mark.endurance
def test_a_first_post_does_not_look(store: SqlStore) -> None:
    desk = ForgetfulDesk()

    post(1, desk, store, run=RUN, now=NOW)

    assert (desk.looks, len(desk.posted)) == (0, 1)
    assert store.cards.to_post("llm-x-world-models", "slack") == []


def test_a_post_whose_reply_was_lost_is_found_and_not_repeated(store: SqlStore) -> None:
    desk = ForgetfulDesk(loses_reply=True)
    with pytest.raises(DeskError):
        post(1, desk, store, run=RUN, now=NOW)
    assert store.cards.to_post("llm-x-world-models", "slack") == [1]

    post(1, desk, store, run=RUN, now=NOW)

    assert (desk.looks, len(desk.posted)) == (1, 1)


@pytest.mark.endurance
def test_a_card_that_is_found_at_the_desk_is_brought_up_to_date(store: SqlStore) -> None:
    desk = ForgetfulDesk(loses_reply=True)
    with pytest.raises(DeskError):
        post(1, desk, store, run=RUN, now=NOW)
    store.cards.decide(1, Decision(Verdict.LATER, "hana", NOW, "slack"))

    post(1, desk, store, run=RUN, now=NOW)

    assert store.cards.stale("slack") == [(1, "C/0")]
    refresh(1, "C/0", desk, store)
    assert desk.updates == ["C/0 later"]
    assert store.cards.stale("slack") == []


@pytest.mark.endurance
@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.REJECT])
def test_a_card_that_was_decided_before_its_post_was_recorded_is_still_made_to_tell_the_truth(
    store: SqlStore, verdict: Verdict
) -> None:
    desk = ForgetfulDesk(loses_reply=True)
    with pytest.raises(DeskError):
        post(1, desk, store, run=RUN, now=NOW)
    store.cards.decide(1, Decision(verdict, "hana", NOW, "slack"))

    assert store.cards.to_post("llm-x-world-models", "slack") == [1]
    assert store.cards.to_post("llm-x-world-models", "web") == [], "there it was never begun"
    post(1, desk, store, run=RUN, now=NOW)

    assert store.cards.to_post("llm-x-world-models", "slack") == []
    assert store.cards.stale("slack") == [(1, "C/0")]


def test_a_card_shows_what_is_so_when_its_turn_comes(store: SqlStore) -> None:
    desk = ForgetfulDesk()
    post(1, desk, store, run=RUN, now=NOW)
    store.cards.decide(1, Decision(Verdict.LATER, "hana", NOW, "slack"))

    def meanwhile() -> None:
        store.cards.decide(1, Decision(Verdict.REJECT, "hana", NOW, "slack"))

    desk.before_turn = meanwhile

    refresh(1, "C/0", desk, store)

    assert desk.updates == ["C/0 rejected"]
    assert store.cards.stale("slack") == []


@pytest.mark.endurance
def test_a_kill_between_sent_and_card_neither_looks_nor_posts_again(store: SqlStore) -> None:
    desk = ForgetfulDesk()
    key = f"card/slack/{store.cards.get(1).candidate.key}"
    store.outbox.intend(key, "slack", NOW)
    store.outbox.record_sent(key, "C/9", NOW)

    post(1, desk, store, run=RUN, now=NOW)

    assert (desk.looks, desk.posted) == (0, {})
    refresh(1, "C/9", desk, store)
    assert desk.updates == ["C/9 open"]


def test_a_second_digest_of_the_day_updates_the_first(store: SqlStore) -> None:
    desk, digest = ForgetfulDesk(), recorded_digest()

    post_digest(digest, desk, store, now=NOW)
    post_digest(replace(digest, scored=99), desk, store, now=NOW)

    assert len(desk.posted) == 1
    assert desk.updates == ["C/0 99"]
    found = store.reports.last_digest()
    assert found is not None
    assert found[0].scored == 99


def test_a_digest_whose_reply_was_lost_is_found(store: SqlStore) -> None:
    desk, digest = ForgetfulDesk(loses_reply=True), recorded_digest()
    with pytest.raises(DeskError):
        post_digest(digest, desk, store, now=NOW)

    post_digest(replace(digest, scored=99), desk, store, now=NOW)

    assert (desk.looks, len(desk.posted)) == (1, 1)
    assert desk.updates == ["C/0 99"], "what stands there may be what was to be told then"


def test_a_long_days_card_stands_below_the_digest_and_is_looked_for_there(store: SqlStore) -> None:
    desk = ForgetfulDesk(loses_reply=True)
    digest = replace(recorded_digest(), day=NOW.astimezone(TOKYO).date())
    with pytest.raises(DeskError):
        post_digest(digest, desk, store, now=NOW)
    desk.loses_reply = False
    post_digest(digest, desk, store, now=NOW)
    desk.loses_reply = True
    with pytest.raises(DeskError):
        post(1, desk, store, run=RUN, now=NOW, below="C/0")

    post(1, desk, store, run=RUN, now=NOW)

    assert desk.below == ["", "C/0"]
    assert desk.looked_below == ["", "C/0"]
    assert len(desk.posted) == 2


@pytest.mark.endurance
def test_a_quiet_day_can_be_kept_without_being_shown_until_it_is_quiet_no_more(store: SqlStore) -> None:
    desk = ForgetfulDesk()
    quiet = replace(recorded_digest(), relevant=0, cards=0, borderline=(), found=())
    assert quiet.quiet

    post_digest(quiet, desk, store, now=NOW, skip_quiet=True)
    assert desk.posted == {}
    assert store.reports.last_digest() == (quiet, NOW)

    failed = replace(quiet, failures=("score: the key is wrong",))
    assert not failed.quiet
    post_digest(failed, desk, store, now=NOW, skip_quiet=True)
    post_digest(quiet, desk, store, now=NOW, skip_quiet=True)
    assert len(desk.posted) == 1
    assert len(desk.updates) == 1


def test_a_reminder_comes_once_a_day_whatever_is_interrupted(store: SqlStore) -> None:
    desk = ForgetfulDesk(loses_reply=True)
    reminder = Reminder(
        NOW.date(), "llm-x-world-models", 3, (Overdue("T", "https://arxiv.org/abs/1", 4, NOW, put_off=False),)
    )
    with pytest.raises(DeskError):
        send_once(reminder.key, reminder, desk, store, NOW)

    send_once(reminder.key, reminder, desk, store, NOW)
    send_once(reminder.key, reminder, desk, store, NOW)

    assert len(desk.posted) == 1
    assert (desk.looks, desk.sent) == (1, [reminder])


def test_what_a_killed_run_sent_without_leaving_word_is_looked_for_also_below_its_digest(store: SqlStore) -> None:
    earlier = NOW - timedelta(hours=1)
    digest = replace(recorded_digest(), day=earlier.astimezone(TOKYO).date())
    card, above = f"card/slack/{store.cards.get(1).candidate.key}", f"{digest.key}/slack"
    desk = ForgetfulDesk(posted={above: "C/7", card: "C/8"}, since=earlier)
    store.outbox.unsure_since = earlier

    post(1, desk, store, run=RUN, now=NOW)

    assert desk.sent == []
    assert desk.looked_below == ["", "C/7"]
    assert store.outbox.sent(card) == "C/8"
