"""The same work for many topics -> done side by side, so that one that is slow or broken holds up no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context

from watcher.domain.errors import WatcherError, unforeseen
from watcher.logs import get_logger

Work = Callable[[str], Sequence[str]]
"""What is done for a topic, by its slug; gives the failures."""

_log = get_logger(__name__)


class Lanes:
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

    def each(self, topics: Sequence[str], work: Work, patience: float | None = None) -> list[str]:
        """Do the work for every topic, and wait; gives the failures, in the order of the topics.

        With `patience` no longer than so many seconds: a topic that is still at it then goes on by itself, is left out
        by the calls that come meanwhile, and its failures are given by the one that comes after.
        """
        if patience is None:
            if len(topics) == 1:  # nobody to hold up
                return _apart(topics[0], work)
            begun = [self._begin(topic, work) for topic in topics]
            return [failure for future in begun for failure in future.result()]
        with self._lock:
            for topic in topics:
                if topic not in self._busy:
                    self._busy[topic] = self._begin(topic, work)
            begun = [self._busy[topic] for topic in topics]
        wait(begun, timeout=patience)
        return self._ended()

    def close(self) -> None:
        """Finish what is being done."""
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)

    def _begin(self, topic: str, work: Work) -> Future[list[str]]:
        pool = self._pools[self._teams.get(topic, "")]
        return pool.submit(copy_context().run, _apart, topic, work)  # what events are about goes along

    def _ended(self) -> list[str]:
        with self._lock:
            ended = [topic for topic, future in self._busy.items() if future.done()]
            return [failure for topic in ended for failure in self._busy.pop(topic).result()]


def _apart(topic: str, work: Work) -> list[str]:
    """What nobody foresaw ends the work for this topic and for no other."""
    try:
        return list(work(topic))
    except WatcherError as error:
        return [f"{topic}: {error}"]
    except Exception as error:  # noqa: BLE001 - one topic must not stop the others, whatever went wrong
        _log.exception("the work failed unexpectedly", topic=topic)
        return [f"{topic}: {unforeseen(error)}"]
