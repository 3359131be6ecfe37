"""Renders a question to a person whose emoji reactions on a paper led to no decision, as a reply in the message's
thread.
"""

from __future__ import annotations

import re

from watcher.adapters.desks.slack.messages.text import FALLBACK, Blocks, fit_safe, link, safe, section
from watcher.domain.curation.reactions import Question
from watcher.domain.text import visible
from watcher.words_ja import slack as words
from watcher.words_ja.common import person

_USER = re.compile(r"[UW][A-Z0-9]{1,30}")
_EMOJI = re.compile(r"[a-z0-9_+'-]{1,100}")


def question_message(question: Question) -> tuple[Blocks, str]:
    """The Block Kit blocks of a question to a person whose emoji reactions led to no decision, and its `text`."""
    paper = question.candidate.paper
    title = link(paper.url, visible(paper.title) or str(paper.id), 200)
    return _message(question, f"{_person(question)} {_asked(question)}\n{title}")


def bare_question_message(question: Question) -> tuple[Blocks, str]:
    """The question about reactions without any untrusted text, which is posted if Slack refuses the full message:
    blocks and `text`.
    """
    return _message(question, _asked(question))


def _message(question: Question, text: str) -> tuple[Blocks, str]:
    return [section(text)], fit_safe(f"{_person(question)} {_asked(question)}", FALLBACK)


def _person(question: Question) -> str:
    """A mention, so that the person hears of the question; only of an id as Slack makes them."""
    if _USER.fullmatch(question.person):
        return f"<@{question.person}>"
    return safe(person(question.curator), 60)


def _asked(question: Question) -> str:
    emoji = " ".join(f":{name}:" for name in question.emoji if _EMOJI.fullmatch(name))
    return words.REACTION_QUESTION[question.outcome].format(emoji=emoji)
