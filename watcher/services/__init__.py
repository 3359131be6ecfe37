"""Services that every desk calls on behalf of people: audit samples, proposals, and inquiries, which are all requests
of people other than decisions (search, status, nominations, preferences, a run). The service for decisions on cards is
watcher/stages/decide.py.

Services and desks publish two events within the process: somebody decided, and somebody nominated papers.
"""

from __future__ import annotations

from collections.abc import Callable


class Event:
    """An event of this process that can be subscribed to. Calling it calls all subscribers, which must return
    quickly.
    """

    def __init__(self) -> None:
        self._subscribers: list[Callable[[], object]] = []

    def subscribe(self, subscriber: Callable[[], object]) -> None:
        """Register a function to be called each time the event happens."""
        self._subscribers.append(subscriber)

    def __call__(self) -> None:
        """Call all subscribers, because the event has happened."""
        for subscriber in self._subscribers:
            subscriber()


class Events:
    """The two events of a deployment. `decided`: somebody decided, edited or answered, so the catalog and the messages
    at desks must be updated. `nominated`: somebody nominated papers.

    Without subscribers, as in a command, the serving process finds the new facts at its next poll of the database.
    """

    def __init__(self) -> None:
        self.decided, self.nominated = Event(), Event()
