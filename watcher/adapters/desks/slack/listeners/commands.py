"""Handlers of the slash command `/watch` (search, status, add, run, help), the message shortcut, and shared links; and
what the Home tab shares with them: who is asking, which topics that person may see, and the threads for slow answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from watcher.adapters.desks.slack.api.client import answer_to, failures
from watcher.adapters.desks.slack.api.people import Curators, Members, curator
from watcher.adapters.desks.slack.messages.digest import standing_lines
from watcher.adapters.desks.slack.messages.text import FALLBACK, button, card_link, fit_safe, link, safe, section
from watcher.domain.curation.card import CardState
from watcher.domain.errors import DeskError, UsageError, WatcherError
from watcher.domain.papers.paper import PaperId, arxiv_id, papers_named
from watcher.logs import get_logger
from watcher.ports import Curation, Found, Inquiries, Nominee
from watcher.words_ja import common
from watcher.words_ja import failures as failure_words
from watcher.words_ja import slack as words
from watcher.words_ja.common import card_state

COMMAND = "/watch"
_MOST_FOUND = 10
NOMINATE = "nominate"  # the message shortcut's callback, and the button's action
_MOST_OFFERED = 3
_MOST_PAPERS = 10

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

    def key(self, who: str) -> str:
        """The key under which the Home tab preferences of a person are stored."""
        return f"{self.desk}//{who}"

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
                    say(words.failed(safe(failure_words.error(error), 600)))
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
        if len(papers) > _MOST_PAPERS:
            return words.too_many(len(papers), _MOST_PAPERS)
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


class Commands:
    """Handlers of the slash command `/watch`, the message shortcut, shared links, and the button that is offered for a
    shared link.
    """

    def __init__(self, requests: SlackRequests) -> None:
        self._requests = requests

    def watch(self, ack: Ack, command: Body, respond: Respond) -> None:
        """Handle the slash command `/watch` (search, status, add, run, help): acknowledge within Slack's three seconds,
        then answer in the background.
        """
        verb, rest = _parsed(str(command.get("text", "")))
        say = answering(respond)
        ack()

        def theirs() -> Inquiries:
            inquiries = self._requests.inquiries_of(command["user_id"], command["channel_id"])
            if not inquiries.topics:
                raise UsageError(words.JOIN_A_CHANNEL)
            return inquiries

        asked: dict[str, Callable[[], None]] = {
            "search": lambda: say(_search(theirs(), rest)),
            "status": lambda: say(_status(theirs())),
            "add": lambda: self._add(rest, command, say),
            "run": lambda: _run(theirs(), say),
        }
        if verb in {"add", "run"} and not self._requests.may(command["user_id"]):
            asked[verb] = lambda: say(words.CURATORS_ONLY)
        self._requests.run_in_background(asked.get(verb, lambda: say(self._help(verb))), say)

    def _help(self, verb: str) -> str:
        told = words.usage_of_command(everybody=self._requests.curators.everybody)
        return told if verb in {"", "help"} else f"{words.no_such_subcommand(safe(verb, 40))}\n{told}"

    def _add(self, text: str, command: Body, say: Say) -> None:
        papers = papers_named(normalize("NFKC", text))
        if not papers:
            say(words.WHAT_TO_ADD)
            return
        last = text.rsplit(maxsplit=1)[-1]
        named = last if last in {topic.slug for topic in self._requests.inquiries.topics} else ""
        who = command["user_id"]
        say(words.CHECKING)  # arXiv is asked in turn, which may take some seconds
        person = curator(who, str(command.get("user_name", "")))
        say(self._requests.nominate(papers, who, person, command["channel_id"], named))

    def message_shortcut(self, ack: Ack, body: Body, respond: Respond) -> None:
        """Handle the shortcut 「この論文を候補に」 (consider this paper) on a message: request that every paper mentioned in the
        message is shown to curators.
        """
        ack()
        message = body["message"]
        parts = json.dumps([message.get(part) for part in ("text", "blocks", "attachments")])
        self._nominate(papers_named(parts), body, respond)

    def link_shared(self, event: Body) -> None:
        """Handle a link to a paper posted in a topic's channel: offer, visible only to the person who posted it, a
        button to have the paper shown to curators. Links in messages of bots, this one included, are ignored.
        """
        channel, who = event["channel"], str(event.get("user") or "")
        here = [topic.slug for topic in self._requests.inquiries.topics if topic.channel == channel]
        papers = papers_named(" ".join(str(shared.get("url", "")) for shared in event.get("links", ())))
        if len(here) != 1 or not who or event.get("bot_id"):
            return

        def say(text: str, **more: Any) -> None:
            with failures("chat.postEphemeral"):
                self._requests.client.chat_postEphemeral(channel=channel, user=who, text=text, **more)

        def offer() -> None:
            if not self._requests.may(who):
                return
            for paper in papers[:_MOST_OFFERED]:
                if self._requests.inquiries.standing(paper, here[0]).card is None:
                    say(words.LINK_OFFER, blocks=[_offer(paper)])

        self._requests.run_in_background(offer, say)

    def nominate(self, ack: Ack, body: Body, respond: Respond) -> None:
        """Handle the button that is offered when somebody shares a link to a paper: request that the paper is shown to
        curators.
        """
        ack()
        paper, _ = arxiv_id(str(body["actions"][0].get("value", "")))
        self._nominate([paper], body, respond)

    def _nominate(self, papers: Sequence[PaperId], body: Body, respond: Respond) -> None:
        person, say = body["user"], answering(respond)
        who = curator(person["id"], str(person.get("name") or person.get("username") or ""))
        channel = str((body.get("channel") or body.get("container", {})).get("id", ""))

        def answer() -> str:
            if not self._requests.may(person["id"], str(person.get("team_id") or "")):
                return words.CURATORS_ONLY
            return self._requests.nominate(papers, person["id"], who, channel) if papers else words.NO_PAPER

        self._requests.run_in_background(lambda: say(answer()), say)


def _parsed(text: str) -> tuple[str, str]:
    """The subcommand and its argument. Japanese keyboards give U+3000 between words, and full-width letters."""
    verb, *rest = text.split(maxsplit=1) or [""]
    return normalize("NFKC", verb).casefold(), rest[0].strip() if rest else ""


def _search(inquiries: Inquiries, text: str) -> str:
    if not text:
        return words.WHAT_TO_SEARCH
    found = inquiries.search(text, _MOST_FOUND)
    if not found:
        return words.NOTHING_FOUND
    links = inquiries.links()
    lines = [words.papers_found(len(found), _MOST_FOUND), *(_found(one, links) for one in found)]
    return fit_safe("\n".join(lines), FALLBACK)


def _found(one: Found, links: Mapping[int, str]) -> str:
    if one.card is None:
        return f"• {link(one.url, one.title, 200)}　{words.row(one.row)}"
    title = card_link(links.get(one.card.candidate.number, ""), one.url, one.title, 200)
    return f"• {title}　{words.stands(card_state(one.card), one.card.score)}"


def _status(inquiries: Inquiries) -> str:
    lines = [line for digest in inquiries.today() for line in standing_lines(digest)]
    open_ = sum(card.state is CardState.OPEN for card in inquiries.cards())
    return fit_safe("\n".join([*lines, words.waiting(open_)]), FALLBACK)


def _run(inquiries: Inquiries, say: Say) -> None:
    say(words.STARTED)
    report = inquiries.run()
    counts = report.counts
    lines = [words.ran(counts["announced"], counts["scored"], counts["posted"])]
    lines += [f"⚠ {safe(failure_words.told(failure), 300)}" for failure in report.failures]
    say(fit_safe("\n".join(lines), FALLBACK))


def _offer(paper: PaperId) -> dict[str, object]:
    accept = button(NOMINATE, common.NOMINATE, paper.native)
    return {**section(f"{paper.native}　{words.LINK_OFFER}"), "accessory": accept}
