"""What commands, shortcuts and the Home tab share: who asks, what they may ask for, and where the work is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from slack_bolt import Respond
from slack_sdk import WebClient

from watcher.adapters.desks.slack.api.client import answer_to, failures
from watcher.adapters.desks.slack.api.people import Curators, Members
from watcher.adapters.desks.slack.messages.text import FALLBACK, fit, fit_safe, link, safe
from watcher.domain.errors import DeskError, UsageError, WatcherError
from watcher.domain.papers.paper import PaperId
from watcher.domain.text import visible
from watcher.logs import get_logger
from watcher.ports import Curation, Inquiries, Nominee
from watcher.words_ja import slack as words
from watcher.words_ja.common import card_state
from watcher.words_ja.failures import error as told

MOST_PAPERS = 10

_log = get_logger(__name__)

Body = Mapping[str, Any]
Say = Callable[[str], None]
"""Answers the one who asked, and nobody else, with safe mrkdwn."""


@dataclass(frozen=True, slots=True)
class SlackRequests:
    """What one workspace may ask for. `curators` says who may add and decide; `background` is where answers are made
    that take longer than an acknowledgement may.
    """

    client: WebClient
    curation: Curation
    inquiries: Inquiries
    curators: Curators
    background: Executor
    desk: str
    members: Members
    team: str = ""

    def key(self, who: str) -> str:
        """Under which somebody's own settings are kept."""
        return f"{self.desk}/{self.team}/{who}"

    def may(self, who: str, team: str = "") -> bool:
        """Whether somebody, of a `team` where that is told, may add and decide; nobody while that cannot be told."""
        try:
            return self.curators.may(who, team)
        except DeskError as error:
            _log.error("nobody can tell who may decide", error=error)
            return False

    def inquiries_of(self, who: str, channel: str = "") -> Inquiries:
        """What somebody may ask about: in a topic's channel that topic, elsewhere those whose channels they are in.

        Raises DeskError while Slack does not tell which these are.
        """
        topics = self.inquiries.topics
        if len({topic.channel for topic in topics}) <= 1:
            return self.inquiries
        here = [topic for topic in topics if topic.channel == channel]
        if here:
            return self.inquiries.within(here)
        channels = self.members.channels(who)
        return self.inquiries.within([topic for topic in topics if topic.channel in channels])

    def run_in_background(self, work: Callable[[], None], say: Say) -> None:
        """Do something after the acknowledgement; what goes wrong is said to the one who asked."""

        def run() -> None:
            try:
                try:
                    work()
                except WatcherError as error:
                    _log.warning("an inquiry failed", error=error)
                    said = str(error) if isinstance(error, UsageError) else told(error)
                    say(words.failed(safe(said, 600)))
            except WatcherError as error:
                _log.warning("an answer did not reach the one who asked", error=error)
            except Exception:
                _log.exception("an inquiry failed unexpectedly")
                raise

        self.background.submit(run)

    def nominate(self, papers: Sequence[PaperId], who: str, curator: str, channel: str, named: str = "") -> str:
        """Put papers forward for the topic named, the channel's, or the only one that somebody may see; what became of
        each, a line a paper. Raises UsageError where it is not clear which is meant.
        """
        if len(papers) > MOST_PAPERS:
            return words.too_many(len(papers), MOST_PAPERS)
        inquiries = self.inquiries_of(who, "" if named else channel)
        slugs = [topic.slug for topic in inquiries.topics if not named or topic.slug == named]
        if not inquiries.topics:
            raise UsageError(words.JOIN_A_CHANNEL)
        if len(slugs) != 1:
            raise UsageError(words.which_topic(", ".join(topic.slug for topic in inquiries.topics)))
        found = inquiries.nominate(papers, slugs[0], curator, self.desk)
        return fit_safe("\n".join(map(_standing, found)), FALLBACK)


def answering(respond: Respond) -> Say:
    """Answers through the address that came with the question."""

    def say(text: str) -> None:
        with failures("response_url"):
            answer_to(respond.response_url or "", text)

    return say


def curator(who: str, name: str) -> str:
    """Name and id, e.g. `hana (U01HANA)`: a name can change or be taken by another, an id cannot."""
    shown = fit(visible(name), 60)
    return f"{shown} ({who})" if shown else who


def _standing(nominee: Nominee) -> str:
    native = safe(nominee.paper.native, 40)
    if nominee.number is None:
        return f"• {native}：{words.UNKNOWN}"
    title = link(f"https://arxiv.org/abs/{nominee.paper.native}", nominee.title or nominee.paper.native, 200)
    if nominee.card is None:
        return f"• {title}：{words.ON_ITS_WAY}"
    return f"• {title}：{words.stands(card_state(nominee.card), nominee.card.score)}"
