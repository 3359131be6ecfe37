"""What the line asks of the world and of its memory. Adapters implement these; stages and desks see nothing else."""

from watcher.ports.audits import Auditing, AuditStore, WeeklyDesk
from watcher.ports.curation import Curation
from watcher.ports.enrichers import Enricher, SignalStore
from watcher.ports.inquiries import Inquiries
from watcher.ports.models import Abilities, Ledger, Manner, ReplyLog
from watcher.ports.prefilters import Lesson, Prefilter, PrefilterOf, PrefilterStore, TrainedPrefilter
from watcher.ports.proposals import ProposalStore, Proposing, ReviewDesk
from watcher.ports.queue import Crew, Exclusion, Piece, Tally, TallyStore
from watcher.ports.records import Act, Batch, Failure, Found, HistoryEntry, Nominee, Replacement, RunReport
from watcher.ports.remote import Pushes, Remote
from watcher.ports.store import AlarmDesk, AlarmStore, Intents, Store, VitalStore
from watcher.ports.world import (
    LINK,
    Catalog,
    CatchUp,
    CatchUps,
    CellChange,
    Clock,
    Desk,
    Engine,
    Flow,
    LanguageModel,
    Metadata,
    Reading,
    Reply,
    Request,
    RowContent,
    Source,
    Throttle,
    Window,
)

__all__ = [
    "LINK",
    "Abilities",
    "Act",
    "AlarmDesk",
    "AlarmStore",
    "AuditStore",
    "Auditing",
    "Batch",
    "Catalog",
    "CatchUp",
    "CatchUps",
    "CellChange",
    "Clock",
    "Crew",
    "Curation",
    "Desk",
    "Engine",
    "Enricher",
    "Exclusion",
    "Failure",
    "Flow",
    "Found",
    "HistoryEntry",
    "Inquiries",
    "Intents",
    "LanguageModel",
    "Ledger",
    "Lesson",
    "Manner",
    "Metadata",
    "Nominee",
    "Piece",
    "Prefilter",
    "PrefilterOf",
    "PrefilterStore",
    "ProposalStore",
    "Proposing",
    "Pushes",
    "Reading",
    "Remote",
    "Replacement",
    "Reply",
    "ReplyLog",
    "Request",
    "ReviewDesk",
    "RowContent",
    "RunReport",
    "SignalStore",
    "Source",
    "Store",
    "Tally",
    "TallyStore",
    "Throttle",
    "TrainedPrefilter",
    "VitalStore",
    "WeeklyDesk",
    "Window",
]
