"""ENGINES: name -> builder. `embedded` runs the stages in this process."""

from __future__ import annotations

from collections.abc import Callable

from watcher.adapters.queue.thread_pool import Embedded
from watcher.ports import Engine

ENGINES: dict[str, Callable[[], Engine]] = {"embedded": Embedded}
