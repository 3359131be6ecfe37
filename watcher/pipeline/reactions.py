"""Turns emoji reactions on papers' messages into decisions: reads what changed since the last time, even while no
process ran, and asks in a message's thread about reactions that led to no decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from watcher.domain.curation.reactions import Question
from watcher.domain.errors import DeskRefused, WatcherError
from watcher.logs import get_logger
from watcher.pipeline.dependencies import Dependencies
from watcher.pipeline.workers import attempt_each
from watcher.stages.post import send_once

_WATCHED = timedelta(days=30)
_PAUSES = (timedelta(minutes=1), timedelta(minutes=10))  # the second at once where Slack refuses: people must act
_log = get_logger(__name__)


def read_reactions(deps: Dependencies, now: datetime) -> Sequence[str]:
    """Read the reactions and the numbers of replies on papers' messages, and record the changes as decisions; return
    the failures. Read are papers posted or decided in the last 30 days and all undecided ones.

    A message that could not be read is read the next time.
    """
    store, desk = deps.store, deps.desk
    with store.locks.hold("reactions"):
        watched = store.reactions.watched(desk.name, now - _WATCHED)
        if not watched:
            return ()
        answers = desk.answers(watched)
        errors = list(answers.errors)
        replies = {watched[ref]: count for ref, count in answers.replies.items()}
        store.cards.add_discussions(desk.name, replies, now)
        for ref, seen in answers.reactions.items():
            try:
                deps.react(watched[ref], seen, desk.name)
            except WatcherError as error:
                errors.append(error)
    return list(dict.fromkeys(f"reactions: {error}" for error in errors))


def ask_about_reactions(deps: Dependencies) -> Sequence[str]:
    """Post, in the threads of papers' messages, questions about reactions that led to no decision, each once; return
    the failures.
    """
    store, desk, name = deps.store, deps.desk, "reactions"
    waiting = store.reactions.to_ask(desk.name)
    if not waiting or store.backoff.is_paused(name, deps.clock()):
        return ()

    def ask(unit: tuple[Question, str]) -> None:
        question, ref = unit
        send_once(question.key(desk.name), question, desk, store, deps.clock(), below=ref)

    failed = attempt_each(waiting, ask, 1)
    if failed:
        refused = any(isinstance(error, DeskRefused) for _, error in failed)
        store.backoff.pause(name, deps.clock(), _PAUSES[refused:])
    else:
        store.backoff.clear(name)
    return [f"post: {error}" for _, error in failed]
