"""A deployment -> what keeps it from doing its work, in words that tell a stranger nothing."""

from __future__ import annotations

from watcher.adapters.store import migrations
from watcher.app import Watcher
from watcher.app.check import check
from watcher.domain.errors import ConfigError


def readiness_problems(watcher: Watcher) -> list[str]:
    """One line for each: the database, the configuration. `watcher doctor` says more."""
    reasons = [migrations.lag(watcher.store.database)]
    try:
        check(watcher.settings)
    except ConfigError:
        reasons.append("the configuration contradicts itself")
    return [reason for reason in reasons if reason]
