"""A desk in this process that keeps what was posted, by key, and at times does not take it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from tests.soak.weather import Broken, Weather
from watcher.domain.catalog.proposals import ProposalCard
from watcher.domain.curation.card import Card, CardState, Digest, Reminder
from watcher.domain.curation.reactions import Question
from watcher.domain.curation.recall import AuditSheet
from watcher.domain.curation.weekly import WeeklyReport
from watcher.domain.errors import DeskError, DeskRefused
from watcher.domain.health import Alarm
from watcher.ports import Answers, Message


def _nothing() -> None:
    """Nobody is there."""


class MemoryDesk:
    """Implements ports.Desk for all groups. What people do while a message is sent is `meanwhile`.

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

    def send(self, key: str, message: Message, below: str = "") -> str:
        """Post a message; people see it from now on, whatever the sender is told."""
        del below
        ref = self._sent(key, _topic_of(message))
        self._show(ref, message)
        if isinstance(message, Card):
            self.arrived.append(message.candidate.number)
        elif isinstance(message, AuditSheet):
            self.audits += [card.candidate.number for card in message.cards]
        elif isinstance(message, Alarm):
            self.alarms.append(message)
        return self._told(key)

    def update(self, ref: str, look: Callable[[], Message | None]) -> None:
        """Replace what a message says."""
        if (message := look()) is not None:
            self._may_fail(_topic_of(message))
            self._show(ref, message)

    def link(self, ref: str, below: str = "") -> str:
        """Nothing here has a URL."""
        del ref, below
        return ""

    def answers(self, refs: Collection[str]) -> Answers:
        """Nobody reacts here."""
        del refs
        return Answers()

    def _show(self, ref: str, message: Message) -> None:
        if isinstance(message, Card):
            self.cards[ref] = message.state
        elif isinstance(message, Digest):
            self.digests[ref] = message

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


def _topic_of(message: Message) -> str:
    """The topic in whose channel a message stands; "" for what goes to the deployment's."""
    match message:
        case Card() | Question():
            return message.candidate.topic
        case Digest() | Reminder() | WeeklyReport() | AuditSheet():
            return message.topic
        case ProposalCard() | Alarm():
            return ""
