"""What the line asks of the world and of its memory. Adapters implement these; stages and desks see nothing else."""

from watcher.ports.store import Abilities, Batch, Failure, HistoryEntry, Intents, ReplyLog, RunReport, Store
from watcher.ports.world import (
    Catalog,
    Clock,
    Curation,
    Desk,
    Engine,
    LanguageModel,
    Metadata,
    Pace,
    Prefilter,
    Reading,
    Reply,
    Request,
    RowContent,
    Source,
)

__all__ = [
    "Abilities",
    "Batch",
    "Catalog",
    "Clock",
    "Curation",
    "Desk",
    "Engine",
    "Failure",
    "HistoryEntry",
    "Intents",
    "LanguageModel",
    "Metadata",
    "Pace",
    "Prefilter",
    "Reading",
    "Reply",
    "ReplyLog",
    "Request",
    "RowContent",
    "RunReport",
    "Source",
    "Store",
]
