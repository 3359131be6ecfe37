"""Shared code of the handlers of slash command, shortcuts and Home tab: who is asking, which topics that person may
see, and the thread pool for slow answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from slack_bolt import Respond
from slack_sdk import WebClient

from watcher.adapters.desks.slack.api.client import answer_to, failures
from watcher.adapters.desks.slack.api.people import Curators, Members
from watcher.adapters.desks.slack.messages.text import FALLBACK, card_link, fit_safe, safe
from watcher.domain.errors import DeskError, UsageError, WatcherError
from watcher.domain.papers.paper import PaperId
from watcher.logs import get_logger
from watcher.ports import Curation, Inquiries, Nominee
from watcher.words_ja import slack as words
from watcher.words_ja.common import card_state
from watcher.words_ja.failures import error as told

MOST_PAPERS = 10

_log = get_logger(__name__)

Body = Mapping[str, Any]
Say = Callable[[str], None]
"""Answers only the person who asked, with safe mrkdwn."""


@dataclass(frozen=True, slots=True)
class SlackRequests:
    """Context for handling people's requests in one Slack workspace. `curators` checks who may act; `background` is the
    thread pool for answers that take longer than Slack allows for an acknowledgement.
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
        """The key under which the Home tab preferences of a person are stored."""
        return f"{self.desk}/{self.team}/{who}"

    def may(self, who: str, team: str = "") -> bool:
        """Whether a person (of the workspace `team`, if known) may decide about papers and request new ones; False
        while Slack does not answer.
        """
        try:
            return self.curators.may(who, team)
        except DeskError as error:
            _log.error("nobody can tell who may decide", error=error)
            return False

    def inquiries_of(self, who: str, channel: str = "") -> Inquiries:
        """The service that answers a person's requests (search, status …), limited to a topic in that topic's channel,
        elsewhere to the topics whose channels the person is in.

        Raises DeskError while Slack does not answer which these are.
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
        """Run `work` in the thread pool; if it fails with an expected error, tell the person who asked with `say`."""

        def run() -> None:
            try:
                try:
                    work()
                except WatcherError as error:
                    _log.warning("an inquiry failed", error=error)
                    say(words.failed(safe(told(error), 600)))
            except WatcherError as error:
                _log.warning("an answer did not reach the one who asked", error=error)
            except Exception:
                _log.exception("an inquiry failed unexpectedly")
                raise

        self.background.submit(run)

    def nominate(self, papers: Sequence[PaperId], who: str, curator: str, channel: str, named: str = "") -> str:
        """Request that papers are shown to curators, for the topic `named`, the channel's topic, or the only one that
        the person may see; return one line of text for each paper. Raises UsageError if it is unclear which topic is
        meant.
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
        links = inquiries.links()
        return fit_safe("\n".join(_standing(one, links) for one in found), FALLBACK)


def answering(respond: Respond) -> Say:
    """Build the function that replies to a request by its `response_url`."""

    def say(text: str) -> None:
        with failures("response_url"):
            answer_to(respond.response_url or "", text)

    return say


def _standing(nominee: Nominee, links: Mapping[int, str]) -> str:
    native = safe(nominee.paper.native, 40)
    if nominee.number is None:
        return f"• {native}：{words.UNKNOWN}"
    card, abstract = links.get(nominee.number, ""), f"https://arxiv.org/abs/{nominee.paper.native}"
    title = card_link(card, abstract, nominee.title or nominee.paper.native, 200)
    if nominee.card is None:
        return f"• {title}：{words.ON_ITS_WAY}"
    return f"• {title}：{words.stands(card_state(nominee.card), nominee.card.score)}"
