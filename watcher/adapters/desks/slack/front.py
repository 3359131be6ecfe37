"""What commands, shortcuts and the Home tab share: who asks, what they may ask for, and where the work is done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from slack_bolt import Respond
from slack_sdk import WebClient

from watcher.adapters.desks.slack.client import answer_to, failures
from watcher.adapters.desks.slack.curators import Curators
from watcher.adapters.desks.slack.text import FALLBACK, fit, fit_safe, link, safe
from watcher.domain.errors import DeskError, UsageError, WatcherError
from watcher.domain.paper import PaperId
from watcher.domain.text import visible
from watcher.ports import Curation, Inquiries, Nominee
from watcher.words_ja import slack_inquiries as words
from watcher.words_ja.common import card_state

MOST_PAPERS = 10

_log = logging.getLogger(__name__)

Body = Mapping[str, Any]
Say = Callable[[str], None]
"""Answers the one who asked, and nobody else, with safe mrkdwn."""


@dataclass(frozen=True, slots=True)
class Front:
    """What one workspace may ask for. `curators` says who may add and decide; `errands` is where answers are made that
    take longer than an acknowledgement may.
    """

    client: WebClient
    curation: Curation
    inquiries: Inquiries
    curators: Curators
    errands: Executor
    desk: str
    team: str = ""

    def key(self, who: str) -> str:
        """Under which somebody's own settings are kept."""
        return f"{self.desk}/{self.team}/{who}"

    def may(self, who: str) -> bool:
        """Whether somebody may add and decide; nobody while that cannot be told."""
        try:
            return self.curators.may(who)
        except DeskError as error:
            _log.error("nobody can tell who may decide: %s", error)
            return False

    def run_errand(self, work: Callable[[], None], say: Say) -> None:
        """Do something after the acknowledgement; what goes wrong is said to the one who asked."""

        def errand() -> None:
            try:
                try:
                    work()
                except WatcherError as error:
                    _log.warning("an inquiry failed: %s", error)
                    say(words.failed(safe(str(error), 600)))
            except WatcherError as error:
                _log.warning("an answer did not reach the one who asked: %s", error)
            except Exception:
                _log.exception("an inquiry failed unexpectedly")
                raise

        self.errands.submit(errand)

    def topic_of(self, channel: str, named: str = "") -> str:
        """The slug of the topic that is meant: the one named, the channel's, or the only one. Raises UsageError."""
        topics = self.inquiries.topics
        if not topics:
            raise UsageError(words.NOT_SERVED)
        here = [topic.slug for topic in topics if topic.slug == named or (not named and topic.channel == channel)]
        slugs = here if len(here) == 1 else [topic.slug for topic in topics if not named]
        if len(slugs) != 1:
            raise UsageError(words.which_topic(", ".join(topic.slug for topic in topics)))
        return slugs[0]

    def nominate(self, papers: Sequence[PaperId], topic: str, curator: str) -> str:
        """Put papers forward; what became of each, a line a paper."""
        if len(papers) > MOST_PAPERS:
            return words.too_many(len(papers), MOST_PAPERS)
        found = self.inquiries.nominate(papers, topic, curator, self.desk)
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
    return f"• {title}：{words.stands(card_state(nominee.card), nominee.card.relevance.score)}"
