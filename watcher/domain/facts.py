"""One immutable fact per stage; each is a table of the store. Facts are added, never changed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from watcher.domain.papers.paper import AnnounceType, Paper, PaperId


@dataclass(frozen=True, slots=True)
class Nomination:
    """A curator put a paper forward by hand: it is scored, summarized and shown whatever screening and score say."""

    curator: str
    at: datetime
    desk: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper version looked at for one topic: what travels along the line.

    `number` is the store's key; `key` names the same thing in outbox keys and logs.
    """

    number: int
    topic: str
    paper: Paper
    announce_type: AnnounceType
    announced_at: datetime
    anomalies: tuple[str, ...] = ()
    nomination: Nomination | None = None

    @property
    def key(self) -> str:
        """E.g. `llm-x-world-models/arxiv:2306.12672`.

        Without the version: curators judge works, and a third of a day's feed is replacements.
        """
        return f"{self.topic}/{self.paper.id}"

    @property
    def labels(self) -> dict[str, str | int]:
        """What events about it are told with."""
        return {"topic": self.topic, "paper": str(self.paper.id), "card": self.number}


@dataclass(frozen=True, slots=True)
class Screening:
    """What keywords and prefilter say; `priority` orders scoring when the budget is short (0 first).

    `probability` is what the prefilter gave, `threshold` what it had to reach that day, `prefilter` the trained one.
    """

    passed: bool
    groups: tuple[str, ...]
    keywords: tuple[str, ...]
    priority: int
    probability: float | None
    rule: str
    threshold: float | None = None
    prefilter: str = ""


@dataclass(frozen=True, slots=True)
class Relevance:
    """A model's judgement against the written criteria, with the threshold and prompt of its day: otherwise a changed
    threshold would reopen last year's papers and post them.

    `model` is what the server says answered, `asked` the name it was asked by.
    """

    score: int
    criterion: str
    reason_ja: str
    relevant: bool
    threshold: int
    prompt: str
    model: str
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule of the style sheet that a summary breaks: a code and the offending piece."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """The Japanese cells a model wrote; `violations` is what a repair could not mend."""

    summary_ja: str
    categories_ja: tuple[str, ...]
    evidence: tuple[str, ...]
    violations: tuple[Violation, ...]
    prompt: str
    model: str


@dataclass(frozen=True, slots=True)
class Cells:
    """The seven cells of a catalog row as plain text, unescaped; the URL is built from the id, never typed."""

    title: str
    summary: str
    authors: str
    year: str
    categories: str
    venue: str
    attention: str

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The cells' names in the catalog's column order."""
        return tuple(f.name for f in fields(cls))


class Verdict(StrEnum):
    """What a curator says of a card. UNDO takes the last verdict back; ENDORSE is an approval that still lacks another
    curator's.
    """

    APPROVE = "approve"
    ENDORSE = "endorse"
    REJECT = "reject"
    LATER = "later"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who gave which verdict when; append-only, the latest wins. `needed` is how many approvals its day asked for."""

    verdict: Verdict
    curator: str
    at: datetime
    desk: str
    reason: str = ""
    needed: int = 1


@dataclass(frozen=True, slots=True)
class Revision:
    """A curator's change of one cell; append-only, the latest wins."""

    cell: str
    before: str
    after: str
    curator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A curator asked for another summary; what curators revised stays theirs."""

    curator: str
    at: datetime
    desk: str


@dataclass(frozen=True, slots=True)
class CardPosted:
    """A card stands at a desk; `ref` is the desk's own address of it."""

    desk: str
    ref: str
    at: datetime


class RowChange(StrEnum):
    """What happened to a catalog row."""

    INTENDED = (
        "intended"  # about to be added or taken out; what a kill leaves behind when it comes before the next word
    )
    ADDED = "added"
    REMOVED = "removed"
    PRESENT = "present"  # the paper stood in the catalog before the bot came to it
    TAKEN_OUT = "taken_out"  # found missing: a person took it out; where there is no history, who knows
    LOST = "lost"  # found missing: no commit took it out
    WANTED_BACK = "wanted_back"  # a curator asked for a missing row
    RETURNED = "returned"  # found in the catalog although its approval was withdrawn and it had been taken out
    UNWANTED = "unwanted"  # a curator asked that such a row be taken out again


MISSING = frozenset({RowChange.TAKEN_OUT, RowChange.LOST})
"""The row of an approved paper is not where readers look, and people must say what is to become of it."""


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """A row was added or taken out; `commit` is empty when the file is in no repository."""

    change: RowChange
    number: int
    commit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApprovedRow:
    """The row of an approved paper as it was last known: `origin` says how it came to stand (ADDED or PRESENT), in which
    `commit`; `titles` are those by which people may know it.
    """

    candidate: int
    paper: PaperId
    titles: tuple[str, ...]
    change: RowChange
    number: int
    origin: RowChange = RowChange.ADDED
    commit: str = ""


@dataclass(frozen=True, slots=True)
class AuditSample:
    """A candidate that was screened out and drawn at random for curators to look at all the same.

    `week` is the ISO week of its screening, `size` how many were screened out then in its `stratum`, `chance` (above 0,
    at most 1) how likely each of them was to be drawn.
    """

    week: str
    stratum: str
    size: int
    chance: float

    @property
    def weight(self) -> float:
        """How many papers that were screened out it stands for."""
        return 1 / self.chance


@dataclass(frozen=True, slots=True)
class AuditAnswer:
    """What a curator says of a paper of the audit sample; append-only, the latest wins."""

    belongs: bool
    curator: str
    at: datetime
    desk: str


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What services made of a candidate's cells before its card was posted; "" leaves a cell to the paper itself.

    `sources` names the services whose figures it rests on.
    """

    venue: str
    attention: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Push:
    """A catalog's remote holds a commit at the end of a branch, or did not take it for the reason in `trouble`.

    `catalog` is the file, `url` the pull request that asks for the commit, or "".
    """

    catalog: str
    commit: str
    branch: str
    url: str
    at: datetime
    trouble: str = ""


class NoticeKind(StrEnum):
    """What happened to a paper after curators met it."""

    REPLACED = "replaced"
    RETITLED = "retitled"  # replaced under a title so different that it may be another paper
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Notice:
    """A later version of a paper that has a card or stands in the catalog; `before` is the title it had."""

    paper: PaperId
    version: int
    kind: NoticeKind
    title: str
    url: str
    before: str = ""
