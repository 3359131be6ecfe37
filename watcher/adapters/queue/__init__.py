"""Distribution of work: a thread pool within one process, and a job queue for several."""

from __future__ import annotations

from collections.abc import Callable

from watcher.adapters.queue.thread_pool import Embedded
from watcher.ports import Engine

ENGINES: dict[str, Callable[[], Engine]] = {"embedded": Embedded}
