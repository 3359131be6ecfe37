"""Stand-ins for ports, kept in memory and held to the same promises as the real ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from watcher.domain.curation.card import Card, CardState, Digest, Swept, decision_to_record, endorsers
from watcher.domain.curation.reactions import Key, Observation, Sighting, is_news, react
from watcher.domain.curation.related import Related
from watcher.domain.errors import EditConflict, UsageError
from watcher.domain.facts import Cells, Decision, Revision, Verdict, Violation
from watcher.domain.summaries.cells import check_cells
from watcher.ports import Act

NOON = datetime(2026, 6, 29, 3, 0, tzinfo=UTC)
"""Noon in Tokyo on the day of the recorded feed."""


class MemoryCuration:
    """`ports.Curation` over a dictionary. `recorded` lists every effect, so that tests can count them;
    while `broken`, nothing can be recorded. `hinted` is what the style sheet says of any changed summary,
    `related` what is near any card.
    """

    def __init__(
        self,
        cards: Sequence[Card] = (),
        digest: Digest | None = None,
        now: datetime = NOON,
        approvals: int = 1,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._cards = {card.candidate.number: card for card in cards}
        self._digest = digest
        self._clock = clock or (lambda: now)
        self._approvals = approvals
        self._decisions: dict[int, list[Decision]] = {
            number: [card.decision] for number, card in self._cards.items() if card.decision
        }
        self._changes: dict[int, list[Revision]] = {}
        self._seen: dict[int, dict[Key, Sighting]] = {}
        self.refs: dict[int, str] = {}
        self.recorded: list[str] = []
        self.broken = False
        self.hinted: Sequence[Violation] = ()
        self.related: Sequence[Related] = ()
        self._overtaking: Callable[[], object] | None = None

    def card(self, number: int) -> Card:
        if number not in self._cards:
            raise UsageError("there is no such card", about=str(number))
        return self._cards[number]

    def cards(self) -> Sequence[Card]:
        return [self._cards[number] for number in sorted(self._cards, reverse=True)]

    def decide(self, number: int, verdict: Verdict, curator: str, desk: str, reason: str = "") -> Card:
        card = self._writable(number)
        before = self._decisions.setdefault(number, [])
        taken = decision_to_record(before, Decision(verdict, curator, self._clock(), desk, reason, self._approvals))
        if taken is None:
            return card
        before.append(taken)
        because = f" because {reason}" if reason else ""
        self.recorded.append(f"{taken.verdict} {number} by {curator} at {desk}{because}")
        return self.put(replace(card, decision=taken, endorsers=endorsers(before), events=card.events + 1))

    def put_off(self, number: int, until: date, curator: str, desk: str) -> Card:
        card, before = self._writable(number), self._decisions.setdefault(number, [])
        asked = Decision(Verdict.LATER, curator, self._clock(), desk, "", self._approvals, until)
        taken = decision_to_record(before, asked)
        if taken is None:
            return card
        before.append(taken)
        self.recorded.append(f"later {number} until {until} by {curator} at {desk}")
        return self.put(replace(card, decision=taken, endorsers=endorsers(before), events=card.events + 1))

    def reject_rest(self, topic: str, day: date, curator: str, desk: str) -> int:
        digest, sweep = self.digest_of(topic, day), f"{day}/{self._clock().isoformat()}"
        found = [paper.number for paper in digest.found if self.card(paper.number).state is CardState.OPEN]
        for number in found:
            self.decide(number, Verdict.REJECT, curator, desk)
            self._decisions[number][-1] = replace(self._decisions[number][-1], sweep=sweep)
        return len(found)

    def undo_rest(self, topic: str, day: date, curator: str, desk: str) -> int:
        swept = self.digest_of(topic, day).swept
        found = [number for number, made in self._decisions.items() if swept and made[-1].sweep == swept.sweep]
        for number in found:
            self.decide(number, Verdict.UNDO, curator, desk)
        return len(found)

    def digest_of(self, topic: str, day: date) -> Digest:
        if self._digest is None or (self._digest.topic, self._digest.day) != (topic, day):
            raise UsageError("there is no such digest", about=topic)
        last = [self._decisions[p.number][-1] for p in self._digest.found if self._decisions.get(p.number)]
        swept = [one for one in last if one.sweep]
        if not swept:
            return replace(self._digest, swept=None)
        told = Swept(swept[0].sweep, swept[0].curator, swept[0].at.isoformat(), len(swept))
        return replace(self._digest, swept=told)

    def at(self, ref: str, desk: str) -> int | None:
        del desk
        return next((number for number, card in self._cards.items() if self.refs.get(number) == ref), None)

    def to_show(self, number: int, desk: str) -> Card | None:
        del desk
        return self.card(number)  # nothing follows a decision here

    def shown(self, card: Card, desk: str) -> None:
        del card, desk

    def discussed(self, number: int, replies: int, desk: str) -> None:
        del desk
        card = self.card(number)
        if card.replies != replies:
            self.put(replace(card, replies=replies, events=card.events + 1))

    def react(self, number: int, seen: Observation, desk: str) -> Sequence[Sighting]:
        last = self._seen.setdefault(number, {})
        if not is_news(last, seen):
            return ()
        card = self._writable(number)

        def record(verdict: Verdict, curator: str) -> int | None:
            before = len(self._decisions.get(number, []))
            self.decide(number, verdict, curator, desk)
            return len(self._decisions[number]) if len(self._decisions[number]) > before else None

        def decisions() -> Sequence[tuple[int, Decision]]:
            return list(enumerate(self._decisions.get(number, []), 1))

        found = react(last, decisions, seen, record, at=self._clock(), fits=not check_cells(card.cells))
        last.update({one.key: one for one in found})
        return found

    def revise(self, number: int, cells: Cells, curator: str, desk: str, based_on: int | None = None) -> Card:
        card = self._writable(number)
        if self._overtaking is not None:
            overtaking, self._overtaking = self._overtaking, None
            overtaking()
            card = self.card(number)
        if based_on is not None and based_on != card.revision:
            raise EditConflict("the card was revised by someone else", about=str(number), remedy="open it again")
        changed = [name for name in card.cells.all_names if cells[name] != card.cells[name]]
        if not changed:
            return card
        self.recorded.append(f"revise {number} ({', '.join(changed)}) by {curator} at {desk}")
        self._changes.setdefault(number, []).extend(
            Revision(name, card.cells[name], cells[name], curator, self._clock()) for name in changed
        )
        return self.put(
            replace(card, cells=cells, revision=card.revision + len(changed), events=card.events + len(changed))
        )

    def retry(self, number: int, curator: str, desk: str) -> bool:
        card = self._writable(number)
        if card.state not in {CardState.OPEN, CardState.LATER} or card.handover is None:
            raise UsageError("this card is decided already, or has its answers", about=str(number))
        if card.retrying:
            return False
        self.recorded.append(f"retry {number} by {curator} at {desk}")
        self.put(replace(card, retrying=True, events=card.events + 1))
        return True

    def rewrite(self, number: int, curator: str, desk: str) -> bool:
        card = self._writable(number)
        if card.state not in {CardState.OPEN, CardState.LATER}:
            raise UsageError("this card is decided already", about=str(number))
        if card.rewriting:
            return False
        self.recorded.append(f"rewrite {number} by {curator} at {desk}")
        self.put(replace(card, rewriting=True, events=card.events + 1))
        return True

    def changes(self, number: int) -> Sequence[Revision]:
        return self._changes.get(number, [])

    def acts(self, count: int, skip: int = 0) -> Sequence[Act]:
        acts = []
        for number, card in self._cards.items():
            told = (number, card.candidate.paper.id, card.cells.title)
            acts += [
                Act(d.at, *told, d.verdict, d.curator, d.desk, d.reason, d.until)
                for d in self._decisions.get(number, [])
            ]
            acts += [
                Act(r.at, *told, "revise", r.curator, "", f"{r.cell}: {r.before} -> {r.after}")
                for r in self.changes(number)
            ]
        return acts[::-1][skip : skip + count]

    def hints(self, number: int, cells: Cells) -> Sequence[Violation]:
        del cells
        self.card(number)
        return self.hinted

    def preview(self, number: int, cells: Cells) -> str:
        self.card(number)
        return f"| **26. {cells.title}** | {cells.summary} |"

    def similar(self, number: int) -> Sequence[Related]:
        self.card(number)
        return self.related

    def by_authors(self, number: int) -> Sequence[Related]:
        self.card(number)
        return self.related

    def _writable(self, number: int) -> Card:
        if self.broken:
            raise OSError("the disk is full")
        return self.card(number)

    def digest(self) -> Digest | None:
        return self._digest

    def overtaken_by(self, act: Callable[[], object]) -> None:
        """Let somebody else act just before the next revision is recorded."""
        self._overtaking = act

    def put(self, card: Card) -> Card:
        """Make a card stand as given, as other processes do."""
        self._cards[card.candidate.number] = card
        return card
