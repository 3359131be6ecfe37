"""Decides what curators' emoji reactions on a card in Slack mean.

Reactions are compared with those last seen, by (card, person, emoji): one that was added is that person's decision; one
that was taken away undoes the decision if it is still in force.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watcher.domain.curation.card import endorsers, same_curator
from watcher.domain.errors import NotYours
from watcher.domain.facts import Candidate, Decision, Verdict

Key = tuple[str, str]
"""(person, emoji)"""


class ReactionOutcome(StrEnum):
    """The outcome of an emoji reaction on a card that was added or taken away: a decision, or the reason why there is
    none.
    """

    DECIDED = "decided"
    UNDONE = "undone"  # taken away, and its decision with it
    NOTHING = "nothing"  # the verdict was in force already, or the decision stands no more
    UNCLEAR = "unclear"  # first seen together with one of the same person for another verdict
    UNFIT = "unfit"  # an approval of cells that cannot be in a catalog row
    NOT_YOURS = "not_yours"  # it would take back another curator's decision
    NOT_A_CURATOR = "not_a_curator"


QUESTIONS = frozenset({ReactionOutcome.UNCLEAR, ReactionOutcome.UNFIT, ReactionOutcome.NOT_YOURS})
"""Outcomes about which the person is asked or told in the card's thread."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on a card, given by a person, that stands for a verdict (approve, reject, later). `person` is the desk's
    id of the person, `curator` the name under which a decision is recorded; `may` says whether the person may decide.
    """

    person: str
    curator: str
    emoji: str
    verdict: Verdict
    may: bool = True

    @property
    def key(self) -> Key:
        """The pair (person, emoji) that identifies the reaction on its card."""
        return self.person, self.emoji


@dataclass(frozen=True, slots=True)
class Observation:
    """The emoji reactions on a card as seen at one time, either in the channel's history or in one event from Slack.

    `at` is when reading began: what was recorded later is newer. `standing` are the reactions that are there, `gone`
    those that an event reports as taken away. For an emoji in `complete`, `standing` holds everybody's reaction; for
    others it may hold only some. `stamp` is the event's own time in seconds, by which events that arrive out of order
    are recognized.
    """

    at: datetime
    standing: tuple[Reaction, ...] = ()
    gone: tuple[Reaction, ...] = ()
    complete: AbstractSet[str] = frozenset()
    stamp: float = 0.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """Fact: a reaction was seen to be added (`present`) or taken away, with the outcome. `decision` is the number of
    the decision recorded for it, None if none was. The latest sighting of (card, person, emoji) counts.
    """

    person: str
    curator: str
    emoji: str
    verdict: Verdict
    present: bool
    outcome: ReactionOutcome
    decision: int | None
    at: datetime
    stamp: float = 0.0

    @property
    def key(self) -> Key:
        """The pair (person, emoji) that identifies the reaction on its card."""
        return self.person, self.emoji


@dataclass(frozen=True, slots=True)
class Question:
    """A message in a card's thread that asks a person about emoji reactions that led to no decision: whose they are,
    which emoji, and the reason (`outcome`).
    """

    number: int
    candidate: Candidate
    person: str
    curator: str
    emoji: tuple[str, ...]
    outcome: ReactionOutcome

    def key(self, desk: str) -> str:
        """The outbox key (idempotency key) of the question at a desk, under which it is asked once."""
        return f"question/{desk}/{self.candidate.key}/{self.number}"


Record = Callable[[Verdict, str], int | None]
"""Records a curator's verdict; returns the decision's number, or None if it changes nothing. Raises NotYours."""


def is_news(last: Mapping[Key, Sighting], seen: Observation) -> bool:
    """Whether the emoji reactions seen on a card differ from those last seen."""
    added, gone = _difference(last, seen)
    return bool(added or gone)


def may_approve(last: Mapping[Key, Sighting], seen: Observation) -> bool:
    """Whether the emoji reactions newly seen on a card, compared with those `last` seen, could lead to an approval."""
    left = any(_is_unclear(one) and one.verdict is Verdict.APPROVE for one in last.values())
    return left or any(one.may and one.verdict is Verdict.APPROVE for one in seen.standing)


def react(
    last: Mapping[Key, Sighting],
    decisions: Callable[[], Sequence[tuple[int, Decision]]],
    seen: Observation,
    record: Record,
    *,
    at: datetime,
    fits: bool,
) -> Sequence[Sighting]:
    """Turn changes of the emoji reactions on a card since they were `last` seen into decisions, which `record` stores;
    return a sighting for each change.

    `decisions` gives the card's decisions so far with their numbers, `fits` says whether the card's cells may be
    written to the catalog; if not, approvals are not recorded.
    """
    added, gone = _difference(last, seen)
    unclear = _unclear(added)

    def sight(
        one: Reaction, outcome: ReactionOutcome, decision: int | None = None, *, present: bool = True
    ) -> Sighting:
        before = last.get(one.key)
        stamp = max(seen.stamp, before.stamp if before else 0.0)
        return Sighting(one.person, one.curator, one.emoji, one.verdict, present, outcome, decision, at, stamp)

    def decide(one: Reaction) -> Sighting:
        if one.verdict is Verdict.APPROVE and not fits:
            return sight(one, ReactionOutcome.UNFIT)
        try:
            number = record(one.verdict, one.curator)
        except NotYours:
            return sight(one, ReactionOutcome.NOT_YOURS)
        return sight(one, ReactionOutcome.NOTHING if number is None else ReactionOutcome.DECIDED, number)

    def take_away(one: Reaction) -> Sighting:
        before = last.get(one.key)
        made = before.decision if before is not None and before.present else None
        undone = made is not None and _stands(made, decisions()) and record(Verdict.UNDO, one.curator) is not None
        return sight(one, ReactionOutcome.UNDONE if undone else ReactionOutcome.NOTHING, present=False)

    found: list[Sighting] = []
    for one in added:  # first, so that who changes one emoji for another is not heard twice
        if not one.may:
            found.append(sight(one, ReactionOutcome.NOT_A_CURATOR))
        elif one.person in unclear:
            found.append(sight(one, ReactionOutcome.UNCLEAR))
        else:
            found.append(decide(one))
    found += [take_away(one) for one in gone]
    return [*found, *(decide(one) for one in _answers(last, added, gone, seen, decisions()))]


def _difference(last: Mapping[Key, Sighting], seen: Observation) -> tuple[list[Reaction], list[Reaction]]:
    """The reactions that were added and those that were taken away since the last look."""
    standing = {one.key: one for one in seen.standing}
    added = [one for key, one in standing.items() if _is_newer(last.get(key), seen) and not _was_there(last.get(key))]
    told = {one.key: one for one in seen.gone}
    for key, before in last.items():
        if before.present and before.emoji in seen.complete and key not in standing:
            told.setdefault(key, Reaction(before.person, before.curator, before.emoji, before.verdict))
    # One that an event takes away before anybody saw it is recorded, so that its addition, arriving late, counts no more.
    gone = [
        one
        for key, one in told.items()
        if _is_newer(last.get(key), seen) and (_was_there(last.get(key)) or last.get(key) is None)
    ]
    return added, gone


def _was_there(before: Sighting | None) -> bool:
    return before is not None and before.present


def _is_newer(before: Sighting | None, seen: Observation) -> bool:
    """Whether an observation is newer than the last sighting of a reaction."""
    if before is None:
        return True
    return before.stamp < seen.stamp if seen.stamp else before.at < seen.at


def _unclear(added: Sequence[Reaction]) -> set[str]:
    """The people of whom reactions for several verdicts were first seen together, so that it is unknown which came
    last.
    """
    verdicts = defaultdict[str, set[Verdict]](set)
    for one in added:
        if one.may:
            verdicts[one.person].add(one.verdict)
    return {person for person, wanted in verdicts.items() if len(wanted) > 1}


def _stands(made: int, decisions: Sequence[tuple[int, Decision]]) -> bool:
    """Whether a decision is in force: no other came after it, or it is one of several approvals that are counted."""
    if decisions[-1][0] == made:
        return True
    mine = dict(decisions)[made]
    if not {mine.verdict, decisions[-1][1].verdict} <= {Verdict.APPROVE, Verdict.ENDORSE, Verdict.UNDO}:
        return False
    own = [number for number, one in decisions if same_curator(one.curator, mine.curator)]
    counted = endorsers(one for _, one in decisions)
    return own[-1] == made and any(same_curator(name, mine.curator) for name in counted)


def _answers(
    last: Mapping[Key, Sighting],
    added: Sequence[Reaction],
    gone: Sequence[Reaction],
    seen: Observation,
    decisions: Sequence[tuple[int, Decision]],
) -> list[Reaction]:
    """The reactions left by people who were asked which of several they mean and took the others away, unless somebody
    has decided since.
    """
    found = []
    for person in dict.fromkeys(one.person for one in gone if _is_unclear(last.get(one.key))):
        taken = {one.key for one in gone}
        left = [one for key, one in last.items() if one.person == person and _is_unclear(one) and key not in taken]
        may = all(one.may for one in (*seen.standing, *seen.gone) if one.person == person)
        is_overtaken = any(decision.at > one.at for one in left for _, decision in decisions[-1:])
        others = any(one.person == person for one in added)
        if len({one.verdict for one in left}) == 1 and may and not (is_overtaken or others):
            found.append(Reaction(person, left[0].curator, left[0].emoji, left[0].verdict))
    return found


def _is_unclear(before: Sighting | None) -> bool:
    return before is not None and before.present and before.outcome is ReactionOutcome.UNCLEAR
