"""`/watch` and its words -> answers to the one who asked: search, status, add, run, help."""

from __future__ import annotations

import json
from collections.abc import Callable

from slack_bolt import Ack, Respond

from watcher.adapters.desks.slack.api.client import failures
from watcher.adapters.desks.slack.listeners.requests import Body, Front, Say, answering, curator
from watcher.adapters.desks.slack.messages.digest import standing_lines
from watcher.adapters.desks.slack.messages.text import FALLBACK, fit_safe, link, plain, safe, section
from watcher.domain.curation.card import CardState
from watcher.domain.errors import UsageError
from watcher.domain.papers.paper import PaperId, arxiv_id, papers_named
from watcher.ports import Found, Inquiries
from watcher.words_ja import slack as words
from watcher.words_ja.common import card_state
from watcher.words_ja.failures import told

COMMAND = "/watch"
_MOST_FOUND = 10


def watch(front: Front, ack: Ack, command: Body, respond: Respond) -> None:
    """Acknowledge within Slack's three seconds, then answer in an errand."""
    verb, _, rest = str(command.get("text", "")).strip().partition(" ")
    verb, rest, say = verb.lower(), rest.strip(), answering(respond)
    ack()
    if verb in {"add", "run"} and not front.may(command["user_id"]):
        verb, rest = "refused", ""

    def theirs() -> Inquiries:
        inquiries = front.inquiries_of(command["user_id"], command["channel_id"])
        if not inquiries.topics:
            raise UsageError(words.JOIN_A_CHANNEL)
        return inquiries

    asked: dict[str, Callable[[], None]] = {
        "search": lambda: say(_search(theirs(), rest)),
        "status": lambda: say(_status(theirs())),
        "add": lambda: _add(front, rest, command, say),
        "run": lambda: _run(theirs(), say),
        "refused": lambda: say(words.CURATORS_ONLY),
    }
    front.run_errand(asked.get(verb, lambda: say(words.HELP)), say)


def _search(inquiries: Inquiries, text: str) -> str:
    if not text:
        return words.WHAT_TO_SEARCH
    found = inquiries.search(text, _MOST_FOUND)
    if not found:
        return words.NOTHING_FOUND
    lines = [words.papers_found(len(found), _MOST_FOUND), *map(_found, found)]
    return fit_safe("\n".join(lines), FALLBACK)


def _found(one: Found) -> str:
    where = words.row(one.row)
    if one.card is not None:
        where = words.stands(card_state(one.card), one.card.score)
    return f"• {link(one.url, one.title, 200)}　{where}"


def _status(inquiries: Inquiries) -> str:
    lines = [line for digest in inquiries.today() for line in standing_lines(digest)]
    open_ = sum(card.state is CardState.OPEN for card in inquiries.cards())
    return fit_safe("\n".join([*lines, words.waiting(open_)]), FALLBACK)


def _add(front: Front, text: str, command: Body, say: Say) -> None:
    papers = papers_named(text)
    if not papers:
        say(words.WHAT_TO_ADD)
        return
    last = text.rsplit(maxsplit=1)[-1]
    named = last if last in {topic.slug for topic in front.inquiries.topics} else ""
    who = command["user_id"]
    say(words.CHECKING)  # arXiv is asked in turn, which may take some seconds
    person = curator(who, str(command.get("user_name", "")))
    say(front.nominate(papers, who, person, command["channel_id"], named))


def _run(inquiries: Inquiries, say: Say) -> None:
    say(words.STARTED)
    report = inquiries.run()
    counts = report.counts
    lines = [words.ran(counts["announced"], counts["scored"], counts["posted"])]
    lines += [f"⚠ {safe(told(failure), 300)}" for failure in report.failures]
    say(fit_safe("\n".join(lines), FALLBACK))


NOMINATE = "nominate"  # the message shortcut's callback, and the button's action
_MOST_OFFERED = 3


def message_shortcut(front: Front, ack: Ack, body: Body, respond: Respond) -> None:
    """「この論文を候補に」 on a message: every paper it names is put forward."""
    ack()
    message, say = body["message"], answering(respond)
    papers = papers_named(json.dumps([message.get(part) for part in ("text", "blocks", "attachments")]))
    if not _may(front, body):
        front.run_errand(lambda: say(words.CURATORS_ONLY), say)
    elif not papers:
        front.run_errand(lambda: say(words.NO_PAPER), say)
    else:
        _nominate(front, papers, body, respond)


def link_shared(front: Front, event: Body) -> None:
    """A pasted link: who pasted it is offered, in a topic's channel and unseen by others, to put the paper forward.

    Links in messages of bots, this one's own cards among them, are nobody's wish.
    """
    channel, who = event["channel"], str(event.get("user") or "")
    here = [topic.slug for topic in front.inquiries.topics if topic.channel == channel]
    papers = papers_named(" ".join(str(shared.get("url", "")) for shared in event.get("links", ())))
    if len(here) != 1 or not who or event.get("bot_id"):
        return

    def say(text: str) -> None:
        with failures("chat.postEphemeral"):
            front.client.chat_postEphemeral(channel=channel, user=who, text=text)

    def offer() -> None:
        if not front.may(who):
            return
        for paper in papers[:_MOST_OFFERED]:
            if front.inquiries.standing(paper, here[0]).card is None:
                with failures("chat.postEphemeral"):
                    front.client.chat_postEphemeral(
                        channel=channel, user=who, text=words.LINK_OFFER, blocks=[_offer(paper)]
                    )

    front.run_errand(offer, say)


def nominate(front: Front, ack: Ack, body: Body, respond: Respond) -> None:
    """The offer's button."""
    ack()
    say = answering(respond)
    if not _may(front, body):
        front.run_errand(lambda: say(words.CURATORS_ONLY), say)
        return
    paper, _ = arxiv_id(str(body["actions"][0].get("value", "")))
    _nominate(front, [paper], body, respond)


def _may(front: Front, body: Body) -> bool:
    return front.may(body["user"]["id"], str(body["user"].get("team_id") or ""))


def _nominate(front: Front, papers: list[PaperId] | tuple[PaperId, ...], body: Body, respond: Respond) -> None:
    person, say = body["user"], answering(respond)
    who = curator(person["id"], str(person.get("name") or person.get("username") or ""))
    channel = str((body.get("channel") or body.get("container", {})).get("id", ""))
    front.run_errand(lambda: say(front.nominate(papers, person["id"], who, channel)), say)


def _offer(paper: PaperId) -> dict[str, object]:
    button = {"type": "button", "action_id": NOMINATE, "text": plain(words.NOMINATE), "value": paper.native}
    return {**section(f"{paper.native}　{words.LINK_OFFER}"), "accessory": button}
