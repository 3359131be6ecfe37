"""The class for all database access, put together from a class for each subject (papers, cards, runs …)."""

from __future__ import annotations

from collections.abc import Mapping

from watcher.adapters.store.alarms import Alarms
from watcher.adapters.store.announcement_days import AnnouncementDays
from watcher.adapters.store.audits import Audits
from watcher.adapters.store.cards import Cards
from watcher.adapters.store.catalog_rows import CatalogOwners, CatalogRows, Pushes
from watcher.adapters.store.citations import Citations
from watcher.adapters.store.coordination import Backoff, JobResults
from watcher.adapters.store.database import Database
from watcher.adapters.store.digests import Digests
from watcher.adapters.store.feed_memories import FeedMemories
from watcher.adapters.store.handovers import Handovers
from watcher.adapters.store.history import History
from watcher.adapters.store.maintenance import Retention
from watcher.adapters.store.models import Abilities, Replies, Spendings
from watcher.adapters.store.nominations import Nominations
from watcher.adapters.store.outbox import EndedSessions, Installations, Outbox, Preferences
from watcher.adapters.store.papers import Papers
from watcher.adapters.store.prefilters import Prefilters
from watcher.adapters.store.proposals import Proposals
from watcher.adapters.store.reactions import Reactions
from watcher.adapters.store.reports import Reports
from watcher.adapters.store.runs import Runs
from watcher.adapters.store.scoring import Scoring
from watcher.adapters.store.service_requests import ServiceRequests
from watcher.adapters.store.signals import Signals
from watcher.adapters.store.summaries import Summaries
from watcher.adapters.store.triage import Triages
from watcher.adapters.store.vitals import VitalSigns
from watcher.adapters.store.waiting import Waiting
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
        self.papers = Papers(database)
        self.days = AnnouncementDays(database)
        self.feeds = FeedMemories(database)
        self.scoring = Scoring(database)
        self.triage = Triages(database)
        self.handovers = Handovers(database)
        self.nominations = Nominations(database)
        self.replies = Replies(database)
        self.abilities = Abilities(database)
        self.summaries = Summaries(database)
        self.history = History(database)
        self.cards = Cards(database, cell_words or {}, zones or {})
        self.reactions = Reactions(database)
        self.preferences = Preferences(database)
        self.sessions = EndedSessions(database)
        self.catalog_rows = CatalogRows(database)
        self.owners = CatalogOwners(database)
        self.pushes = Pushes(database)
        self.runs = Runs(database, self.pushes)
        self.waiting = Waiting(database, self.scoring, self.triage)
        self.alarms = Alarms(database, self.catalog_rows, self.days, self.runs, self.waiting)
        self.digests = Digests(database, self.alarms, self.papers, self.replies, self.runs, self.scoring, self.triage)
        self.audits = Audits(database)
        self.reports = Reports(database, self.audits)
        self.vitals = VitalSigns(database, self.days, self.digests, self.pushes, self.replies, self.runs, self.waiting)
        self.proposals = Proposals(database)
        self.prefilters = Prefilters(database)
        self.signals = Signals(database)
        self.service_requests = ServiceRequests(database)
        self.citations = Citations(database)
        self.spending = Spendings(database)
        self.outbox = Outbox(database)
        self.installations = Installations(database)
        self.results = JobResults(database)
        self.backoff = Backoff(database)
        self.retention = Retention(database)
