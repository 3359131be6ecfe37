"""What people did, told to whoever subscribed in the same process."""

from __future__ import annotations

from collections.abc import Callable


class Event:
    """Something that happens again and again. To call it is to call its subscribers, who must not take long."""

    def __init__(self) -> None:
        self._subscribers: list[Callable[[], object]] = []

    def subscribe(self, subscriber: Callable[[], object]) -> None:
        """Have a function called each time from now on."""
        self._subscribers.append(subscriber)

    def __call__(self) -> None:
        """It has happened."""
        for subscriber in self._subscribers:
            subscriber()


class Events:
    """The events of a deployment. `decided`: somebody decided, edited or answered something, so the catalog and the
    messages at desks must follow. `nominated`: papers were put forward by hand. Where nobody subscribed, as in a
    command, the facts in the store are found by the next look of the process that serves.
    """

    def __init__(self) -> None:
        self.decided, self.nominated = Event(), Event()
