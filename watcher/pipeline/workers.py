"""Work for many topics, and for many units of one stage -> done side by side, so that one that is slow or broken holds
up no other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Any, TypeVar

from watcher.domain.errors import (
    BadReply,
    DatabaseError,
    DeskRefused,
    ModelRefused,
    Unavailable,
    WatcherError,
    unforeseen,
)
from watcher.domain.facts import Candidate
from watcher.logs import about, get_logger
from watcher.ports import Batch

Unit = TypeVar("Unit")
Work = Callable[[str], Sequence[str]]
"""What is done for a topic, by its slug; gives the failures."""

_OUTAGE = 3
"""So many failures of a service with no success between them are its outage, not the units' fault."""
_log = get_logger(__name__)


class TopicWorkers:
    """Threads for topics, `at_once` in all. Each workspace has its even part of them to itself: however many topics of
    one hang, those of another go on. `teams` are the workspaces by topic.
    """

    def __init__(self, teams: Mapping[str, str], at_once: int) -> None:
        self._teams = teams
        # A workspace that drips, or a catalog on a disk that hangs, must not keep another group waiting.
        part = max(1, at_once // max(1, len(set(teams.values()))))
        names = {"", *teams.values()}  # "" is also where topics go that are no longer configured
        self._pools = {team: ThreadPoolExecutor(part, thread_name_prefix="topic") for team in names}
        self._busy: dict[str, Future[list[str]]] = {}
        self._lock = threading.Lock()

    def each(self, topics: Sequence[str], work: Work, timeout: float | None = None) -> list[str]:
        """Do the work for every topic, and wait; gives the failures, in the order of the topics.

        With a `timeout` no longer than so many seconds: a topic that is still at it then goes on by itself, is left out
        by the calls that come meanwhile, and its failures are given by the one that comes after.
        """
        if timeout is None:
            if len(topics) == 1:  # nobody to hold up
                return _isolated(topics[0], work)
            begun = [self._begin(topic, work) for topic in topics]
            return [failure for future in begun for failure in future.result()]
        with self._lock:
            for topic in topics:
                if topic not in self._busy:
                    self._busy[topic] = self._begin(topic, work)
            begun = [self._busy[topic] for topic in topics]
        wait(begun, timeout=timeout)
        return self._ended()

    def close(self) -> None:
        """Finish what is being done."""
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)

    def _begin(self, topic: str, work: Work) -> Future[list[str]]:
        pool = self._pools[self._teams.get(topic, "")]
        return pool.submit(copy_context().run, _isolated, topic, work)  # what events are about goes along

    def _ended(self) -> list[str]:
        with self._lock:
            ended = [topic for topic, future in self._busy.items() if future.done()]
            return [failure for topic in ended for failure in self._busy.pop(topic).result()]


def _isolated(topic: str, work: Work) -> list[str]:
    """What nobody foresaw ends the work for this topic and for no other."""
    try:
        return list(work(topic))
    except WatcherError as error:
        return [f"{topic}: {error}"]
    except Exception as error:  # noqa: BLE001 - one topic must not stop the others, whatever went wrong
        _log.exception("the work failed unexpectedly", topic=topic)
        return [f"{topic}: {unforeseen(error)}"]


def attempt_each(
    units: Sequence[Unit], work: Callable[[Unit], None], concurrency: int = 1
) -> Sequence[tuple[Unit, WatcherError]]:
    """Do the work for every unit, so many at a time; gives what failed, in the order of the units. After a refusal that
    asking again cannot mend, or in an outage, the units not yet begun are left for another time: they would fail the
    same way, and may cost money.
    """
    outcomes = _Outcomes()
    failed: dict[int, WatcherError] = {}

    def attempt(place: int) -> None:
        if outcomes.given_up:
            return
        error: WatcherError | None = None
        try:
            with about(**_named(units[place])):
                work(units[place])
        except WatcherError as caught:
            error = caught
        except Exception as caught:  # noqa: BLE001 - one paper must not stop the others, whatever went wrong
            _log.exception("a unit of work failed unexpectedly")
            error = WatcherError(unforeseen(caught), remedy="set WATCHER_LOG=info to see where")
        if error is not None:
            failed[place] = error
        outcomes.add(error)

    if concurrency == 1:
        for place in range(len(units)):
            attempt(place)
    else:
        here = copy_context()  # what events are about goes along
        with ThreadPoolExecutor(max_workers=concurrency) as pool:
            list(pool.map(lambda place: here.copy().run(attempt, place), range(len(units))))
    return [(units[place], failed[place]) for place in sorted(failed)]


def _named(unit: object) -> dict[str, Any]:
    """What events during a unit's work are about."""
    match unit:
        case Candidate() as candidate, *_:
            return {"paper": str(candidate.paper.id)}
        case Batch() as batch:
            return {"batch": batch.number, "papers": " ".join(str(c.paper.id) for c in batch.candidates)}
        case int(number) | (int(number), *_):
            return {"card": number}
    return {}


class _Outcomes:
    """Whether the service behind the units still answers, as the last outcomes tell."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_a_row = 0
        self.given_up = False

    def add(self, error: WatcherError | None) -> None:
        """Take in one outcome; None is a success."""
        with self._lock:
            if isinstance(error, Unavailable | BadReply):
                self._in_a_row += 1
            elif error is None:
                self._in_a_row = 0
            if isinstance(error, ModelRefused | DeskRefused | DatabaseError) or self._in_a_row >= _OUTAGE:
                self.given_up = True
