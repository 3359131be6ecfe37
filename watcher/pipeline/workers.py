"""Thread pools for work on many topics, or on many units of one stage, in which a slow or failing one does not stop the
others.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from watcher.domain.errors import (
    BadReply,
    BusyError,
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
Result = TypeVar("Result")
Work = Callable[[str], Sequence[str]]
"""The work for one topic, by its slug; returns the failures."""

_OUTAGE = 3
"""The number of failures in a row, over all units, that count as an outage of the service."""
_log = get_logger(__name__)


class TopicWorkers:
    """Thread pools for work on many topics, `at_once` threads in all. They are divided evenly among Slack workspaces,
    so that hanging topics of one do not stop those of another; `teams` is the workspace of each topic.
    """

    def __init__(self, teams: Mapping[str, str], at_once: int) -> None:
        self._teams = teams
        # A workspace that drips, or a catalog on a disk that hangs, must not keep another group waiting.
        part = max(1, at_once // max(1, len(set(teams.values()))))
        names = {"", *teams.values()}  # "" is also where topics go that are no longer configured
        self._pools = {team: ThreadPoolExecutor(part, thread_name_prefix="topic") for team in names}
        self._busy: dict[str, Future[None]] = {}
        self._again: dict[str, Work] = {}
        self._failed = defaultdict[str, list[str]](list)
        self._lock = threading.Lock()

    def each(self, topics: Sequence[str], work: Work, timeout: float | None = None) -> list[str]:
        """Call `work` for every topic in threads, wait, and return the failures in the order of the topics.

        A topic that takes longer than `timeout` seconds continues in the background, and a later call returns its
        failures. If it is requested again meanwhile, the work is done once more when it ends.
        """
        if timeout is None:
            if len(topics) == 1:  # nobody to hold up
                return _isolated(topics[0], work)
            waiting = [self._begin(topic, partial(_isolated, topic, work)) for topic in topics]
            return [failure for future in waiting for failure in future.result()]
        with self._lock:
            for topic in topics:
                self._again[topic] = work
                if topic not in self._busy:
                    self._busy[topic] = self._begin(topic, partial(self._repeat, topic))
            begun = [self._busy[topic] for topic in topics]
        wait(begun, timeout=timeout)
        with self._lock:
            ended = dict.fromkeys([*topics, *self._failed])
            return [failure for topic in ended for failure in self._failed.pop(topic, ())]

    def close(self) -> None:
        """Wait for the work that is in progress, and stop the threads."""
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)

    def _begin(self, topic: str, work: Callable[[], Result]) -> Future[Result]:
        pool = self._pools[self._teams.get(topic, "")]
        return pool.submit(copy_context().run, work)  # what events are about goes along

    def _repeat(self, topic: str) -> None:
        """Do the work for a topic until nobody asks for more."""
        while True:
            with self._lock:
                work = self._again.pop(topic, None)
                if work is None:
                    del self._busy[topic]
                    return
            failures = _isolated(topic, work)
            with self._lock:
                self._failed[topic] += [failure for failure in failures if failure not in self._failed[topic]]


def _isolated(topic: str, work: Work) -> list[str]:
    """Do the work for one topic and return its failures; an unexpected exception becomes one, so that other topics go
    on.
    """
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
    """Call `work` for every unit, `concurrency` at a time, and return the failed units with their errors, in order.

    After an error that every unit would meet, or three failures of a service in a row, the remaining units are left for
    another run: they would fail the same way, and may cost money.
    """
    outcomes = Outcomes()
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
    """The fields that identify a unit of work in log events."""
    match unit:
        case Candidate() as candidate, *_:
            return {"paper": str(candidate.paper.id)}
        case Batch() as batch:
            return {"batch": batch.number, "papers": " ".join(str(c.paper.id) for c in batch.candidates)}
        case int(number) | (int(number), *_):
            return {"card": number}
    return {}


class Outcomes:
    """Circuit breaker for the service that units of work call: judges by the latest outcomes whether it
    still answers.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_a_row = 0
        self.given_up = False

    def add(self, error: WatcherError | None) -> None:
        """Note the outcome of one unit of work; None is a success."""
        with self._lock:
            if isinstance(error, Unavailable | BadReply):
                self._in_a_row += 1
            elif error is None:
                self._in_a_row = 0
            if isinstance(error, ModelRefused | DeskRefused | DatabaseError | BusyError) or self._in_a_row >= _OUTAGE:
                self.given_up = True
