"""The whole store, put together from its parts."""

from __future__ import annotations

from watcher.adapters.store.alarms import Alarms
from watcher.adapters.store.cards import Preferences
from watcher.adapters.store.catalog_rows import Homes
from watcher.adapters.store.coordination import Crewing, Resting
from watcher.adapters.store.database import Database
from watcher.adapters.store.maintenance import Keeping
from watcher.adapters.store.nominations import Nominations
from watcher.adapters.store.outbox import Installations, Outbox
from watcher.adapters.store.papers import Intake
from watcher.adapters.store.prefilters import Prefilters
from watcher.adapters.store.proposals import Proposals
from watcher.adapters.store.reports import Days, Weeks
from watcher.adapters.store.scoring import Examples
from watcher.adapters.store.signals import Signals
from watcher.adapters.store.spending import Paying
from watcher.adapters.store.summaries import Rewriting
from watcher.adapters.store.waiting import Following


class SqlStore(
    Installations,
    Examples,
    Following,
    Homes,
    Keeping,
    Nominations,
    Alarms,
    Resting,
    Rewriting,
    Days,
    Weeks,
    Outbox,
    Preferences,
    Prefilters,
    Proposals,
    Signals,
    Paying,
    Crewing,
    Intake,
):
    """Implements ports.Store, ports.ReplyLog, ports.Ledger and ports.Abilities over one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
