"""A desk in this process that keeps what was posted, by key, and at times does not take it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tests.soak.weather import Broken, Weather
from watcher.domain.catalog.proposals import ProposalCard
from watcher.domain.curation.audit import AuditCard
from watcher.domain.curation.card import Card, CardState, Digest, Reminder
from watcher.domain.curation.weekly import WeeklyReport
from watcher.domain.errors import DeskError, DeskRefused
from watcher.domain.operations.alarm import Alarm


def _nothing() -> None:
    """Nobody is there."""


class MemoryDesk:
    """Implements ports.Desk, WeeklyDesk, ReviewDesk and AlarmDesk for all groups. What people do while a message is sent
    is `meanwhile`.

    `refs` holds the ref of every message by its key, `cards` what each card shows, `digests` the days' counts.
    """

    name = "memory"

    def __init__(self, weather: Weather, group_of: Callable[[str], int]) -> None:
        self._weather, self._group_of = weather, group_of
        self._fault = ""
        self.refs: dict[str, str] = {}
        self.cards: dict[str, CardState] = {}
        self.digests: dict[str, Digest] = {}
        self.audits: list[int] = []
        self.alarms: list[Alarm] = []
        self.arrived: list[int] = []
        self.failures = self.changes = 0
        self.meanwhile: Callable[[], None] = _nothing

    def find(self, key: str, since: datetime, below: str = "") -> str | None:
        """The ref of a message, whenever it was posted."""
        del since, below
        self._may_fail()
        return self.refs.get(key)

    def show_card(self, key: str, card: Card, below: str = "") -> str:
        """Post a card; curators see it from now on, whatever the sender is told."""
        del below
        ref = self._sent(key, card.candidate.topic)
        self.cards[ref] = card.state
        self.arrived.append(card.candidate.number)
        return self._told(key)

    def update_card(self, ref: str, look: Callable[[], Card]) -> None:
        """Replace what a card shows."""
        card = look()
        self._may_fail(card.candidate.topic)
        self.cards[ref] = card.state

    def show_digest(self, key: str, digest: Digest) -> str:
        """Post a digest."""
        ref = self._sent(key, digest.topic)
        self.digests[ref] = digest
        return self._told(key)

    def update_digest(self, ref: str, digest: Digest) -> None:
        """Replace what a digest says."""
        self._may_fail(digest.topic)
        self.digests[ref] = digest

    def show_reminder(self, key: str, reminder: Reminder) -> str:
        """Post a reminder."""
        self._sent(key, reminder.topic)
        return self._told(key)

    def show_audit(self, key: str, card: AuditCard) -> str:
        """Post a paper of the audit sample."""
        self._sent(key, card.candidate.topic)
        self.audits.append(card.candidate.number)
        return self._told(key)

    def update_audit(self, ref: str, look: Callable[[], AuditCard]) -> None:
        """Nothing of it is kept."""
        del ref
        self._may_fail(look().candidate.topic)

    def show_report(self, key: str, report: WeeklyReport) -> str:
        """Post a week's report."""
        self._sent(key, report.topic)
        return self._told(key)

    def show_proposals(self, key: str, card: ProposalCard) -> str:
        """Post a row's proposals."""
        del card
        self._sent(key)
        return self._told(key)

    def update_proposals(self, ref: str, look: Callable[[], ProposalCard]) -> None:
        """Nothing of them is kept."""
        del ref, look
        self._may_fail()

    def show_alarm(self, key: str, alarm: Alarm) -> str:
        """Tell of an alarm."""
        self._sent(key)
        self.alarms.append(alarm)
        return self._told(key)

    def _sent(self, key: str, topic: str = "") -> str:
        self._fault = self._weather.strikes("desk")
        if self._fault in {"not sent", "down"} or self._is_lost(topic):
            self._refuse(topic)
        self.meanwhile()
        if key in self.refs:
            raise Broken(f"posted twice: {key}")
        self.refs[key] = f"m{len(self.refs)}"
        return self.refs[key]

    def _told(self, key: str) -> str:
        self._weather.mortality.moment()
        if self._fault:
            self.failures += 1
            raise DeskError("no whole answer within 10 s", about="memory")
        return self.refs[key]

    def _may_fail(self, topic: str = "") -> None:
        self.changes += 1
        if self._weather.strikes("desk") or self._is_lost(topic):
            self._refuse(topic)

    def _is_lost(self, topic: str) -> bool:
        return bool(topic) and self._group_of(topic) == self._weather.lost_channel

    def _refuse(self, topic: str) -> None:
        self.failures += 1
        if self._is_lost(topic):
            raise DeskRefused("the bot is not in the channel", about=topic, remedy="invite it")
        raise DeskError("the service answers HTTP 500", about="memory")
