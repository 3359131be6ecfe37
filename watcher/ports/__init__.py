"""What the line asks of the world and of its memory. Adapters implement these; stages and desks see nothing else."""

from watcher.ports.audits import Auditing
from watcher.ports.curation import Curation
from watcher.ports.enrichers import Enricher
from watcher.ports.inquiries import Inquiries
from watcher.ports.models import Manner
from watcher.ports.prefilters import Lesson, Prefilter, PrefilterOf, TrainedPrefilter
from watcher.ports.proposals import Proposing
from watcher.ports.queue import Crew, Piece, Tally
from watcher.ports.records import Act, Batch, Failure, Found, HistoryEntry, Nominee, Replacement, RunReport
from watcher.ports.remote import Remote
from watcher.ports.store import (
    AbilityStore,
    BackoffStore,
    InstallationStore,
    Locks,
    PrefilterStore,
    PushStore,
    ReplyStore,
    ResultStore,
    SpendingStore,
    Store,
)
from watcher.ports.world import (
    LINK,
    Catalog,
    CatchUp,
    CatchUps,
    CellChange,
    Clock,
    Desk,
    Engine,
    LanguageModel,
    Message,
    Metadata,
    RateLimits,
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
    "AbilityStore",
    "Act",
    "Auditing",
    "BackoffStore",
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
    "Failure",
    "Found",
    "HistoryEntry",
    "Inquiries",
    "InstallationStore",
    "LanguageModel",
    "Lesson",
    "Locks",
    "Manner",
    "Message",
    "Metadata",
    "Nominee",
    "Piece",
    "Prefilter",
    "PrefilterOf",
    "PrefilterStore",
    "Proposing",
    "PushStore",
    "RateLimits",
    "Reading",
    "Remote",
    "Replacement",
    "Reply",
    "ReplyStore",
    "Request",
    "ResultStore",
    "RowContent",
    "RunReport",
    "Source",
    "SpendingStore",
    "Store",
    "Tally",
    "Throttle",
    "TrainedPrefilter",
    "Window",
]
