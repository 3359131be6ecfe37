"""Settings -> what is forgotten once a week."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from watcher.adapters.store import SqlStore
from watcher.parts import Forget
from watcher.settings import Settings

_log = logging.getLogger(__name__)


def make_forget(settings: Settings, store: SqlStore) -> Forget:
    """Forgets what [retention] allows to."""
    spans = settings.values.retention.questions_days, settings.values.retention.abstracts_days

    def forget(now: datetime) -> None:
        questions, abstracts = (None if days is None else now - timedelta(days=days) for days in spans)
        if questions or abstracts:
            _log.info("forgotten: %s", dict(store.forget(questions, abstracts)))

    return forget
