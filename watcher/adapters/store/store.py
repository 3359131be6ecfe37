"""The class for all database access, put together from a class for each subject (papers, cards, runs …)."""

from __future__ import annotations

from collections.abc import Mapping

from watcher.adapters.store.backup import Retention
from watcher.adapters.store.cards import Audits, Cards
from watcher.adapters.store.catalog import Catalog, Proposals
from watcher.adapters.store.coordination import Coordination
from watcher.adapters.store.database import Database
from watcher.adapters.store.desks import Desks, Outbox, Reactions
from watcher.adapters.store.feeds import Feeds
from watcher.adapters.store.history import History
from watcher.adapters.store.metadata import Citations, Services
from watcher.adapters.store.models import Models
from watcher.adapters.store.operations import Monitoring, Runs, WaitingWork
from watcher.adapters.store.papers import Papers
from watcher.adapters.store.reports import Reports
from watcher.adapters.store.scoring import Scoring, Triages
from watcher.adapters.store.summaries import Handovers, Summaries
from watcher.domain.summaries.style import CellWords
from watcher.ports import Store


class SqlStore(Store):
    """All database access (implements ports.Store): an attribute for each subject, e.g. `papers`, `cards`, `runs`."""

    def __init__(
        self,
        database: Database,
        cell_words: Mapping[str, CellWords] | None = None,
        zones: Mapping[str, str] | None = None,
    ) -> None:
        """`cell_words` are the fixed words in a topic's catalog cells, unless they are the Japanese default; `zones`
        are the time zones of a topic's curators. Both are by the topic's slug.
        """
        self.database = database
        self.locks = database.locks
        self.papers = Papers(database, self)
        self.feeds = Feeds(database, self)
        self.triage = Triages(database, self)
        self.scoring = Scoring(database, self)
        self.summaries = Summaries(database, self)
        self.handovers = Handovers(database, self)
        self.cards = Cards(database, self, cell_words or {}, zones or {})
        self.audits = Audits(database, self)
        self.reactions = Reactions(database, self)
        self.outbox = Outbox(database, self)
        self.desks = Desks(database, self)
        self.catalog = Catalog(database, self)
        self.proposals = Proposals(database, self)
        self.history = History(database, self)
        self.runs = Runs(database, self)
        self.waiting = WaitingWork(database, self)
        self.monitoring = Monitoring(database, self)
        self.reports = Reports(database, self)
        self.models = Models(database, self)
        self.citations = Citations(database, self)
        self.services = Services(database, self)
        self.coordination = Coordination(database, self)
        self.retention = Retention(database, self)
