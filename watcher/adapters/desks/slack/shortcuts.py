"""A message that names papers, or a link to one -> papers put forward by hand."""

from __future__ import annotations

import json

from slack_bolt import Ack, Respond

from watcher.adapters.desks.slack.client import failures
from watcher.adapters.desks.slack.front import Body, Front, answering, curator
from watcher.adapters.desks.slack.text import plain, section
from watcher.domain.mentions import papers_named
from watcher.domain.paper import PaperId, arxiv_id
from watcher.words_ja import slack_inquiries as words

NOMINATE = "nominate"  # the message shortcut's callback, and the button's action
_MOST_OFFERED = 3


def message_shortcut(front: Front, ack: Ack, body: Body, respond: Respond) -> None:
    """「この論文を候補に」 on a message: every paper it names is put forward."""
    ack()
    message, say = body["message"], answering(respond)
    papers = papers_named(json.dumps([message.get(part) for part in ("text", "blocks", "attachments")]))
    if not _may(front, body):
        front.run_errand(lambda: say(words.NOT_A_CURATOR), say)
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
        front.run_errand(lambda: say(words.NOT_A_CURATOR), say)
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
