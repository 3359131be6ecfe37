"""Decides whether and how a curator's verdict is recorded, given the decisions before it (undo, several approvers)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from watcher.domain.errors import NotYours
from watcher.domain.facts import Decision, Verdict

# What the record adds to a name: Slack's user id, and the desk for names typed on the web.
_ID = re.compile(r" \(([UW][A-Z0-9]+)\)$")
_DESK = re.compile(r"（[^）]*）$")


def bare_name(curator: str) -> str:
    """A curator's name without Slack id or desk: `hana (U01HANA)` and `hana（Web）` are both "hana"."""
    return _DESK.sub("", _ID.sub("", curator)) or curator


def same_curator(one: str, other: str) -> bool:
    """Whether two recorded names may be the same person: same id or same name.

    In doubt it is one person, so that nobody approves twice from two desks.
    """
    ids = [match[1] for match in map(_ID.search, (one, other)) if match]
    return (len(ids) == 2 and ids[0] == ids[1]) or bare_name(one).casefold() == bare_name(other).casefold()


def endorsers(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """The curators whose approval of a card is in force, in order.

    An undo removes the curator's own approval. If that curator has none, it removes all, provided that one approver was
    enough at the time.
    """
    found: list[str] = []
    for decision in decisions:
        others = [name for name in found if not same_curator(name, decision.curator)]
        if decision.verdict in {Verdict.APPROVE, Verdict.ENDORSE}:
            found = [*others, decision.curator]
        elif decision.verdict is Verdict.REJECT:
            found = others
        elif decision.verdict is Verdict.UNDO:
            found = others if len(others) < len(found) or decision.needed > 1 else []
    return tuple(found)


def standing(decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """The decisions on one card that are in force: the latest verdict, or every approval that has not been taken back.
    `decisions` are all of the card's, oldest first.
    """
    if not decisions:
        return ()
    if decisions[-1].verdict in {Verdict.REJECT, Verdict.LATER}:
        return (decisions[-1],)
    given = {d.curator: d for d in decisions if d.verdict in {Verdict.APPROVE, Verdict.ENDORSE}}
    return tuple(given[name] for name in endorsers(decisions))


def decision_to_record(before: Sequence[Decision], asked: Decision) -> Decision | None:
    """The decision to record when a curator gives the verdict `asked` after the card's earlier decisions `before`; None
    if it would change nothing.

    An approval that still needs another curator becomes an ENDORSE. The same verdict again is recorded only if its
    curator adds a reason, or if a card is put off until another day. Raises NotYours if several approvers are required
    and the decision in force is somebody else's.
    """
    # An approval that waits for another curator has a verdict of its own (ENDORSE). So "the latest decision counts" has
    # no exception in the queries, and changing the number of approvers reopens nothing.
    latest = before[-1] if before else None
    if latest is None:
        return None if asked.verdict is Verdict.UNDO else _approval(asked, ())
    if asked.verdict is Verdict.LATER and asked.until is not None and asked.until != latest.until:
        return asked
    if latest.verdict is asked.verdict:
        adds = bool(asked.reason) and asked.reason != latest.reason and asked.verdict is not Verdict.UNDO
        return asked if adds and same_curator(latest.curator, asked.curator) else _once_more(before, asked)
    standing = endorsers(before)
    if asked.needed > 1:
        _must_be_ones_own(latest, standing, asked)
    if asked.verdict is Verdict.APPROVE:
        return _approval(asked, standing)
    return asked


def _once_more(before: Sequence[Decision], asked: Decision) -> Decision | None:
    """A repeated undo, if several approvers each have an approval of their own to take back; else None."""
    if asked.verdict is not Verdict.UNDO:
        return None
    return asked if any(same_curator(name, asked.curator) for name in endorsers(before)) else None


def _must_be_ones_own(latest: Decision, standing: Sequence[str], asked: Decision) -> None:
    """Raises NotYours if the decision would take back an approval or rejection of other curators."""
    owners = [latest.curator] if latest.verdict is Verdict.REJECT else list(standing)
    if latest.verdict is Verdict.LATER or not owners:
        return
    rejected = latest.verdict is Verdict.REJECT and asked.verdict is not Verdict.REJECT
    if not (asked.verdict is Verdict.UNDO or rejected):
        return
    if not any(same_curator(name, asked.curator) for name in owners):
        raise NotYours("only its curator can take this back", about=owners[-1], remedy="ask them")


def _approval(asked: Decision, standing: Sequence[str]) -> Decision | None:
    """The approval as it is to be recorded: APPROVE if enough curators agree, else ENDORSE; None for a repeated one."""
    if asked.verdict is not Verdict.APPROVE:
        return asked
    others = [name for name in standing if not same_curator(name, asked.curator)]
    if len(others) + 1 >= asked.needed:
        return asked
    return replace(asked, verdict=Verdict.ENDORSE) if len(others) == len(standing) else None
