"""Handlers of the Slack app's Home tab: publish the tab when it is opened, handle its buttons, and publish it again
after decisions.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from slack_bolt import Ack

from watcher.adapters.desks.slack.api.client import failures
from watcher.adapters.desks.slack.api.people import curator
from watcher.adapters.desks.slack.listeners.cards import objection
from watcher.adapters.desks.slack.listeners.commands import Body, SlackRequests
from watcher.adapters.desks.slack.listeners.menus import today
from watcher.adapters.desks.slack.messages.card import VERDICTS
from watcher.adapters.desks.slack.messages.home import ACTIONS, CHOICES, Reader, home_view
from watcher.adapters.desks.slack.messages.text import safe
from watcher.domain.errors import UsageError
from watcher.domain.facts import Verdict
from watcher.logs import get_logger
from watcher.words_ja import slack as words
from watcher.words_ja.common import VERDICT

_MOST_OPEN = 20  # tabs kept up to date; others are published anew when they are opened

_LULL = 1.0  # seconds: who decides one card after another is not published to for each

_log = get_logger(__name__)


@dataclass(slots=True)
class HomeTabs:
    """Handlers of the Home tabs of one Slack workspace. `open` maps the user ids of the latest readers to the page each
    of them is on.
    """

    requests: SlackRequests
    open: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    due: bool = False

    def opened(self, event: Body) -> None:
        """Handle Slack's event that a person opened the Home tab: publish it for this person."""
        if event.get("tab") == "home":
            self._later(event["user"], lambda: self.publish(event["user"], 0))

    def turn(self, ack: Ack, body: Body) -> None:
        """Handle the buttons 前へ (back) and 次へ (next) of the Home tab: publish another page."""
        ack()
        value = str(body["actions"][0].get("value", ""))
        page = int(value) if value.isascii() and value.isdecimal() else 0
        self._later(body["user"]["id"], lambda: self.publish(body["user"]["id"], page))

    def choose(self, ack: Ack, body: Body) -> None:
        """Handle the checkboxes of the Home tab: store which papers this reader wants listed."""
        ack()
        chosen = {option["value"] for option in body["actions"][0].get("selected_options", ())} & CHOICES.keys()
        who = body["user"]["id"]

        def keep() -> None:
            self.requests.inquiries.prefer(self.requests.key(who), sorted(chosen))
            self.publish(who, 0)

        self._later(who, keep)

    def decide(self, ack: Ack, body: Body) -> None:
        """Handle 追加 (approve), 却下 (reject) and あとで (later) on the Home tab: record the decision, acknowledge the click,
        and publish the tab again.
        """
        action, person = body["actions"][0], body["user"]
        who = person["id"]
        verdict = VERDICTS[ACTIONS[action["action_id"]]]
        note = words.NOT_A_CURATOR
        if self.requests.may(who, str(person.get("team_id") or "")):
            note = self._decided(str(action.get("value", "")), verdict, curator(who, str(person.get("name") or "")))
        ack()
        page = self.open.get(who, 0)
        self._later(who, lambda: self.publish(who, page, note))

    def _decided(self, value: str, verdict: Verdict, who: str) -> str:
        number, _, seen = value.partition(":")
        try:
            card = self.requests.curation.card(int(number) if number.isascii() and number.isdecimal() else 0)
            if verdict is Verdict.APPROVE and (said := objection(card, seen)):
                return said
            self.requests.curation.decide(card.candidate.number, verdict, who, self.requests.desk)
        except UsageError as error:
            _log.info("a click at home was refused", error=error)
            return words.NO_SUCH_CARD
        return words.done(VERDICT[verdict], safe(card.cells.title, 120))

    def refresh(self) -> None:
        """Schedule the publishing of all open Home tabs after a decision; several calls in a short time become one."""
        with self.lock:
            if self.due or not self.open:
                return
            self.due = True

        def publish_all() -> None:
            time.sleep(_LULL)
            with self.lock:
                self.due, readers = False, dict(self.open)
            for who, page in readers.items():
                self.publish(who, page)

        self._later("everybody", publish_all)

    def publish(self, who: str, page: int, note: str = "") -> None:
        """Publish a page of a reader's Home tab in its present state, with a `note` on the latest action. Raises
        DeskError.
        """
        inquiries = self.requests.inquiries_of(who)
        note = note if inquiries.topics else words.JOIN_A_CHANNEL
        reader = Reader(who, frozenset(inquiries.preferences(self.requests.key(who))))
        view = home_view(
            inquiries.today(), inquiries.cards(), reader, page=page, note=note, links=inquiries.links(), today=today()
        )
        with failures("views.publish"):
            self.requests.client.views_publish(user_id=who, view=view)
        with self.lock:
            self.open.pop(who, None)
            self.open[who] = int(view["private_metadata"])
            while len(self.open) > _MOST_OPEN:
                del self.open[next(iter(self.open))]

    def _later(self, who: str, work: Callable[[], None]) -> None:
        def say(text: str) -> None:
            _log.warning("a Home tab was not shown", person=who, error=text)

        self.requests.run_in_background(work, say)
