"""The whole store, put together from its parts."""

from __future__ import annotations

from watcher.adapters.store.alarms import Alarms
from watcher.adapters.store.announcement_days import AnnouncementDays
from watcher.adapters.store.crewing import Crewing
from watcher.adapters.store.database import Database
from watcher.adapters.store.days import Days
from watcher.adapters.store.examples import Examples
from watcher.adapters.store.following import Following
from watcher.adapters.store.homes import Homes
from watcher.adapters.store.installations import Installations
from watcher.adapters.store.keeping import Keeping
from watcher.adapters.store.nominations import Nominations
from watcher.adapters.store.outbox import Outbox
from watcher.adapters.store.paying import Paying
from watcher.adapters.store.preferences import Preferences
from watcher.adapters.store.prefilters import Prefilters
from watcher.adapters.store.proposals import Proposals
from watcher.adapters.store.rests import Resting
from watcher.adapters.store.rewriting import Rewriting
from watcher.adapters.store.signals import Signals
from watcher.adapters.store.weeks import Weeks


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
    AnnouncementDays,
):
    """Implements ports.Store, ports.ReplyLog, ports.Ledger and ports.Abilities over one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
