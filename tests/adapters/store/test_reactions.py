"""What reactions on a card decide: the same by the store, on SQLite and PostgreSQL, and by the stand-in of tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.adapters.store.steps import with_card
from tests.cards import card
from tests.factories import NOW, RUN
from tests.fakes import MemoryCuration
from watcher.adapters.store import SqlStore
from watcher.domain.curation.card import CardState
from watcher.domain.curation.reactions import Observation, Reaction, ReactionOutcome, Sighting
from watcher.domain.facts import CardPosted, Decision, Revision, Verdict
from watcher.ports import Curation
from watcher.stages.decide import CurationService

DESK = "slack"
EMOJI = {"white_check_mark": Verdict.APPROVE, "x": Verdict.REJECT, "clock3": Verdict.LATER, "thumbsup": Verdict.APPROVE}
YES, NO, LATER = list(EMOJI)[:3]


def given_by(who: str, emoji: str, *, may: bool = True) -> Reaction:
    return Reaction(who, f"{who.lower()} ({who})", emoji, EMOJI[emoji], may)


class Channel:
    """A card in a channel, and the service that hears of its reactions: by events, or when the channel is read."""

    def __init__(self, curation: Curation, number: int, clock: Callable[[], datetime]) -> None:
        self.curation, self.number = curation, number
        self._clock = clock
        self.there: dict[tuple[str, str], Reaction] = {}
        self._stamp = 100.0

    def add(self, who: str, emoji: str, *, may: bool = True) -> None:
        """Add a reaction while no process runs."""
        one = given_by(who, emoji, may=may)
        self.there[one.key] = one

    def take(self, who: str, emoji: str) -> None:
        """Take a reaction away while no process runs."""
        del self.there[who, emoji]

    def read(self) -> list[ReactionOutcome]:
        """Read the card's reactions from the history; what came of what is new."""
        seen = Observation(self._clock(), tuple(self.there.values()), complete=frozenset(EMOJI))
        return self._outcomes(self.curation.react(self.number, seen, DESK))

    def hear(self, who: str, emoji: str, *, added: bool = True, stamp: float | None = None) -> list[ReactionOutcome]:
        """An event tells of a reaction at once."""
        one = given_by(who, emoji)
        if added:
            self.there[one.key] = one
        else:
            self.there.pop(one.key, None)
        self._stamp += 1
        of = (one,)
        at, told = self._clock(), self._stamp if stamp is None else stamp
        seen = Observation(at, of, stamp=told) if added else Observation(at, gone=of, stamp=told)
        return self._outcomes(self.curation.react(self.number, seen, DESK))

    def press(self, who: str, verdict: Verdict) -> None:
        self.curation.decide(self.number, verdict, f"{who.lower()} ({who})", DESK)

    @property
    def state(self) -> CardState:
        return self.curation.card(self.number).state

    @staticmethod
    def _outcomes(found: Sequence[Sighting]) -> list[ReactionOutcome]:
        return [one.outcome for one in found]


class Ticking:
    """A clock that goes on by a second whenever it is asked."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 29, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def stored(store: SqlStore, approvals: int = 1) -> Channel:
    number, clock = with_card(store), Ticking()
    store.cards.add(number, CardPosted(DESK, "C/1", NOW), store.cards.get(number).etag, RUN)
    refuse: Callable[[str], object] = lambda _: None  # noqa: E731 - no catalog is asked
    service = CurationService(store, clock, lambda: None, {}, refuse, approvals)  # type: ignore[arg-type]
    return Channel(service, number, clock)


def in_memory(approvals: int = 1) -> Channel:
    clock = Ticking()
    return Channel(MemoryCuration([card()], approvals=approvals, clock=clock), 1, clock)


@pytest.fixture(params=["store", "stand-in"])
def make(request: pytest.FixtureRequest, store: SqlStore) -> Callable[..., Channel]:
    if request.param == "stand-in":
        return in_memory
    return lambda approvals=1: stored(store, approvals)


@pytest.fixture
def channel(make: Callable[..., Channel]) -> Channel:
    return make()


def decisions(channel: Channel) -> list[str]:
    return [f"{act.what} {act.curator.partition(' ')[0]}" for act in reversed(channel.curation.acts(100))]


@pytest.mark.parametrize(
    ("emoji", "state"), [(YES, CardState.APPROVED), (NO, CardState.REJECTED), (LATER, CardState.LATER)]
)
def test_a_reaction_is_its_persons_decision_whether_told_at_once_or_read_later(
    make: Callable[..., Channel], emoji: str, state: CardState
) -> None:
    channel = make()
    channel.add("U1", emoji)

    assert channel.read() == [ReactionOutcome.DECIDED]
    assert channel.state is state
    card_ = channel.curation.card(channel.number)
    assert card_.decision is not None
    assert card_.decision.curator == "u1 (U1)"


def test_a_reaction_that_merely_stands_is_never_applied_again(channel: Channel) -> None:
    channel.hear("U1", YES)
    channel.press("U2", Verdict.REJECT)

    assert channel.read() == []
    assert channel.hear("U1", YES) == []
    assert channel.state is CardState.REJECTED


def test_a_reaction_taken_away_undoes_its_decision(channel: Channel) -> None:
    channel.add("U1", NO)
    channel.read()
    channel.take("U1", NO)

    assert channel.read() == [ReactionOutcome.UNDONE]
    assert channel.state is CardState.OPEN
    assert channel.read() == []


def test_a_reaction_taken_away_after_a_later_button_changes_nothing(channel: Channel) -> None:
    channel.hear("U1", YES)
    channel.press("U1", Verdict.REJECT)

    assert channel.hear("U1", YES, added=False) == [ReactionOutcome.NOTHING]
    assert channel.state is CardState.REJECTED


def test_a_reaction_that_comes_again_decides_again(channel: Channel) -> None:
    channel.hear("U1", YES)
    channel.hear("U1", YES, added=False)
    channel.add("U1", YES)

    assert channel.read() == [ReactionOutcome.DECIDED]
    assert channel.state is CardState.APPROVED


def test_two_verdicts_of_one_person_first_seen_together_decide_nothing(channel: Channel) -> None:
    channel.add("U1", YES)
    channel.add("U1", NO)
    channel.add("U2", LATER)

    assert sorted(channel.read()) == ["decided", "unclear", "unclear"]
    assert channel.state is CardState.LATER
    assert channel.read() == []


def test_who_was_asked_answers_by_taking_one_away(channel: Channel) -> None:
    channel.add("U1", YES)
    channel.add("U1", NO)
    channel.read()
    channel.take("U1", NO)

    assert channel.read() == [ReactionOutcome.NOTHING, ReactionOutcome.DECIDED]
    assert channel.state is CardState.APPROVED


def test_a_button_pressed_meanwhile_answers_for_reactions_that_were_unclear(channel: Channel) -> None:
    channel.add("U1", YES)
    channel.add("U1", NO)
    channel.read()
    channel.press("U1", Verdict.LATER)
    channel.take("U1", NO)

    assert channel.read() == [ReactionOutcome.NOTHING]
    assert channel.state is CardState.LATER


def test_two_emoji_for_one_verdict_are_one_decision(channel: Channel) -> None:
    channel.add("U1", YES)
    channel.add("U1", "thumbsup")

    assert sorted(channel.read()) == ["decided", "nothing"]
    assert decisions(channel) == ["approve u1"]


def test_one_emoji_exchanged_for_another_is_one_change_of_mind(channel: Channel) -> None:
    channel.hear("U1", YES)
    channel.take("U1", YES)
    channel.add("U1", NO)

    channel.read()

    assert decisions(channel) == ["approve u1", "reject u1"]


def test_who_may_not_decide_decides_nothing_also_when_allowed_later(channel: Channel) -> None:
    channel.add("U9", YES, may=False)
    assert channel.read() == [ReactionOutcome.NOT_A_CURATOR]
    channel.add("U9", YES)

    assert channel.read() == []
    assert channel.state is CardState.OPEN


def test_events_that_arrive_in_another_order_or_again_change_nothing(channel: Channel) -> None:
    assert channel.hear("U1", YES, added=False, stamp=20.0) == [ReactionOutcome.NOTHING]
    assert channel.hear("U1", YES, stamp=10.0) == []
    assert channel.hear("U1", YES, added=False, stamp=20.0) == []
    assert channel.state is CardState.OPEN


def test_a_look_that_began_before_an_event_does_not_overrule_it(channel: Channel) -> None:
    began = Observation(datetime(2026, 6, 29, 5, tzinfo=UTC), (), complete=frozenset(EMOJI))
    channel.hear("U1", YES)

    assert channel.curation.react(channel.number, began, DESK) == ()
    assert channel.state is CardState.APPROVED


def test_of_an_emoji_whose_people_are_not_all_known_nobody_has_taken_it_away(channel: Channel) -> None:
    channel.hear("U1", YES)
    partial = Observation(channel._clock(), (given_by("U2", YES),), complete=frozenset({NO, LATER}))

    channel.curation.react(channel.number, partial, DESK)

    assert channel.state is CardState.APPROVED


def test_where_two_must_agree_two_reactions_do_and_one_taken_away_leaves_the_other(
    make: Callable[..., Channel],
) -> None:
    channel = make(approvals=2)
    channel.add("U1", YES)
    channel.read()
    states = [channel.state]
    channel.hear("U2", YES)
    states.append(channel.state)

    assert channel.hear("U1", YES, added=False) == [ReactionOutcome.UNDONE]

    assert [*states, channel.state] == [CardState.ENDORSED, CardState.APPROVED, CardState.ENDORSED]
    assert channel.curation.card(channel.number).endorsers == ("u2 (U2)",)


def test_a_reaction_cannot_take_back_what_others_agreed_on(make: Callable[..., Channel]) -> None:
    channel = make(approvals=2)
    channel.press("U1", Verdict.REJECT)

    assert channel.hear("U2", YES) == [ReactionOutcome.NOT_YOURS]
    assert channel.state is CardState.REJECTED


def test_button_and_reaction_of_one_person_are_not_two_curators(make: Callable[..., Channel]) -> None:
    channel = make(approvals=2)
    channel.press("U1", Verdict.APPROVE)

    assert channel.hear("U1", YES) == [ReactionOutcome.NOTHING]
    assert channel.state is CardState.ENDORSED


def test_cells_that_cannot_stand_in_a_row_are_not_approved_by_a_reaction(store: SqlStore) -> None:
    channel = stored(store)
    title = Revision("title", "A", "T" * 900, "hana", NOW)
    store.cards.revise(channel.number, [title], None)
    channel.add("U1", YES)

    assert channel.read() == [ReactionOutcome.UNFIT]
    assert channel.state is CardState.OPEN
    assert [question.outcome for question, _ in store.reactions.to_ask(DESK)] == [ReactionOutcome.UNFIT]


def test_one_question_is_asked_about_what_was_seen_together_until_it_is_sent_or_answered(store: SqlStore) -> None:
    channel = stored(store)
    channel.add("U1", YES)
    channel.add("U1", NO)
    channel.read()
    ((question, ref),) = store.reactions.to_ask(DESK)
    assert (set(question.emoji), ref, question.person) == ({YES, NO}, "C/1", "U1")

    channel.take("U1", YES)
    channel.press("U2", Verdict.LATER)
    assert store.reactions.to_ask(DESK) == []

    channel.add("U3", YES)
    channel.add("U3", NO)
    channel.read()
    ((question, _),) = store.reactions.to_ask(DESK)
    store.outbox.intend(question.key(DESK), DESK, NOW)
    assert len(store.reactions.to_ask(DESK)) == 1, "an intent is no message"
    store.outbox.record_sent(question.key(DESK), "C/2", NOW)
    assert store.reactions.to_ask(DESK) == []


def test_a_card_is_watched_while_it_is_open_and_for_a_time_after_its_decision(store: SqlStore) -> None:
    number = stored(store).number
    later = NOW + timedelta(days=90)
    assert store.reactions.watched(DESK, later) == {"C/1": number}

    store.cards.decide(number, Decision(Verdict.REJECT, "hana", NOW, "web"))

    assert store.reactions.watched(DESK, later) == {}
    assert store.reactions.watched(DESK, NOW) == {"C/1": number}
    assert store.reactions.watched("web", NOW) == {}


def test_an_end_between_the_decision_and_what_was_seen_leaves_neither(store: SqlStore) -> None:
    channel = stored(store)
    channel.add("U1", YES)

    def die(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO reactions"):
            raise KeyboardInterrupt

    sa.event.listen(store.database.engine, "before_cursor_execute", die)
    with pytest.raises(KeyboardInterrupt):
        channel.read()
    sa.event.remove(store.database.engine, "before_cursor_execute", die)

    assert decisions(channel) == []
    assert channel.read() == [ReactionOutcome.DECIDED]
    assert decisions(channel) == ["approve u1"]


def test_buttons_reactions_web_and_console_at_once_lose_and_double_no_decision(store: SqlStore) -> None:
    channel, made = stored(store), list[bool]()
    verdicts = [Verdict.APPROVE, Verdict.REJECT, Verdict.LATER]

    def press(turn: int) -> None:
        desk = ("slack", "web", "console")[turn % 3]
        made.append(store.cards.decide(channel.number, Decision(verdicts[turn % 3], f"curator {turn}", NOW, desk)))

    def react(turn: int) -> None:
        emoji = list(EMOJI)[turn % 3]
        at = NOW + timedelta(days=1)
        seen = Observation(at, (given_by(f"U{turn}", emoji),), stamp=100.0 + turn)
        for _ in range(2):  # told of by an event, which is delivered twice
            found = store.reactions.observe(channel.number, DESK, seen, needed=1, fits=True, at=NOW)
            made.extend(one.outcome is ReactionOutcome.DECIDED for one in found)

    with ThreadPoolExecutor(8) as together:
        list(together.map(lambda turn: (press if turn % 2 else react)(turn), range(40)))

    recorded = store.history.acts(100)
    sighted = store.reactions.last(channel.number, DESK)
    everyone = Observation(NOW + timedelta(days=2), tuple(given_by(who, emoji) for who, emoji in sighted))
    assert len(recorded) == sum(made)
    assert len(sighted) == 20
    assert store.reactions.observe(channel.number, DESK, everyone, needed=1, fits=True, at=NOW) == []


acts = st.lists(
    st.tuples(
        st.sampled_from(["event", "offline", "read", "button"]),
        st.sampled_from(["U1", "U2"]),
        st.sampled_from([YES, NO]),
    ),
    max_size=14,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
def test_whatever_is_told_or_read_the_last_word_seen_counts_and_a_second_look_changes_nothing(
    plan: list[tuple[str, str, str]],
) -> None:
    channel, known = in_memory(), set[tuple[str, str]]()
    for how, who, emoji in plan:
        key, state = (who, emoji), CardState.APPROVED if emoji == YES else CardState.REJECTED
        there = key in channel.there
        if how == "event":
            channel.hear(who, emoji, added=not there)
            assert there or key in known or channel.state is state
            known.symmetric_difference_update({key} if there == (key in known) else ())
        elif how == "offline":
            channel.take(who, emoji) if there else channel.add(who, emoji)
        elif how == "button":
            channel.press(who, EMOJI[emoji])
            assert channel.state is state
        else:
            channel.read()
            known, before = set(channel.there), decisions(channel)
            assert channel.read() == []
            assert decisions(channel) == before
