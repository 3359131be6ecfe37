"""`/watch` and its words -> answers to the one who asked: search, status, add, run, help."""

from __future__ import annotations

from collections.abc import Callable

from slack_bolt import Ack, Respond

from watcher.adapters.desks.slack.front import Body, Front, Say, answering, curator
from watcher.adapters.desks.slack.standing import standing_lines
from watcher.adapters.desks.slack.text import FALLBACK, fit_safe, link, safe
from watcher.domain.card import CardState
from watcher.domain.errors import UsageError
from watcher.domain.mentions import papers_named
from watcher.ports import Found, Inquiries
from watcher.words_ja import slack_inquiries as words
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
        "refused": lambda: say(words.NOT_A_CURATOR),
    }
    front.run_errand(asked.get(verb, lambda: say(words.HELP)), say)


def _search(inquiries: Inquiries, text: str) -> str:
    if not text:
        return words.WHAT_TO_SEARCH
    found = inquiries.search(text, _MOST_FOUND)
    if not found:
        return words.NOTHING_FOUND
    lines = [words.found(len(found), _MOST_FOUND), *map(_found, found)]
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
