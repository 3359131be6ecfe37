"""The facts that the stages record, each immutable and stored in a table of its own. Facts are added, never changed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum

from watcher.domain.papers.paper import AnnounceType, Paper, PaperId


@dataclass(frozen=True, slots=True)
class Nomination:
    """The fact that a curator nominated a paper: it is scored, summarized and shown whatever screening and score say."""

    curator: str
    at: datetime
    desk: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper version considered for one topic; it is what passes through the pipeline.

    `number` is its key in the database; `key` identifies it in outbox keys and logs.
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
        """The candidate's key in text form, e.g. `protein-design/arxiv:2306.12672`.

        The version is not part of it, because curators judge works, and a third of a day's feed is replacements.
        """
        return f"{self.topic}/{self.paper.id}"

    @property
    def labels(self) -> dict[str, str | int]:
        """The fields that identify the candidate in log events."""
        return {"topic": self.topic, "paper": str(self.paper.id), "card": self.number}


@dataclass(frozen=True, slots=True)
class Screening:
    """The fact that keywords and prefilter decided whether the model is asked; `priority` is the order of scoring when
    the budget is short (0 first).

    `probability` is the prefilter's, `threshold` the probability required that day, `prefilter` the name of the trained
    model. `triage` says that the paper did not pass and goes to triage, by the settings of that day.
    """

    passed: bool
    groups: tuple[str, ...]
    keywords: tuple[str, ...]
    priority: int
    probability: float | None
    rule: str
    threshold: float | None = None
    prefilter: str = ""
    triage: bool = False


class TriageOutcome(StrEnum):
    """What triage makes of a paper."""

    NAMED = "named"
    PUT_ASIDE = "put_aside"  # the only one that ends here; the others are scored
    ODD = "odd"  # its line speaks to its reader
    UNSURE = "unsure"  # an answer has its number with the words of another title
    UNREAD = "unread"  # no answer was accepted in several runs
    ALONE = "alone"  # suspicious, or of a title that cannot be repeated: it stands in no batch
    FEW = "few"  # too few waited for a question


@dataclass(frozen=True, slots=True)
class Triage:
    """What triage makes of a paper that did not pass screening. `batch` is the one whose answer says so, None where none
    was asked; `prompt`, `model` and `asked` as in Relevance.
    """

    outcome: TriageOutcome
    batch: int | None = None
    prompt: str = ""
    model: str = ""
    asked: str = ""

    @property
    def goes_on(self) -> bool:
        """Whether the paper is to be scored."""
        return self.outcome is not TriageOutcome.PUT_ASIDE


@dataclass(frozen=True, slots=True)
class TriageReading:
    """What became of a triage batch: `accepted` says that its answer was read to the end, `missed` are the plants that it
    does not name (by key), `error` is why it was not accepted.
    """

    accepted: bool
    missed: tuple[str, ...] = ()
    error: str = ""
    prompt: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Relevance:
    """The fact that a model judged a candidate against the criteria. It contains the threshold and prompt of its day;
    otherwise a changed threshold would reopen last year's papers and post them.

    `model` is the name in the server's answer, `asked` the name in the request. `label` is what the topic called the
    criterion then.
    """

    score: int
    criterion: str
    reason_ja: str
    relevant: bool
    threshold: int
    prompt: str
    model: str
    asked: str = ""
    label: str = ""


NO_QUOTE = "—"
"""The detail of a `quote` violation of a summary that came without any quotation."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule of the style sheet that a summary breaks: its code, and the offending text."""

    code: str
    detail: str = ""


class Fault(StrEnum):
    """How a sentence differs from the abstract, or that it rests on text that is no part of the study."""

    SUBJECT = "subject"
    NUMBER = "number"
    DIRECTION = "direction"
    NEGATION = "negation"
    SCOPE = "scope"
    HEDGE = "hedge"
    INVENTED = "invented"
    PLANTED = "planted"


@dataclass(frozen=True, slots=True)
class SentenceVerdict:
    """What a model says of one sentence: `fault` is None where all of it is borne out.

    `words` are the piece of the sentence that is not borne out, `quote` the passage of title or abstract that bears the
    sentence out, says otherwise or is planted ("" where they are silent), `reason_ja` what the abstract says instead.
    """

    number: int
    sentence: str
    fault: Fault | None = None
    quote: str = ""
    words: str = ""
    reason_ja: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of checking a summary. Without `verdicts` nobody checked it: no answer could be accepted.

    `verdicts` are those of the sentences that are kept, in order. `corrected` counts the sentences that a repair put
    right. `planted` are the passages of the abstract that were cut before the summary was written again.
    """

    verdicts: tuple[SentenceVerdict, ...] = ()
    corrected: int = 0
    planted: tuple[str, ...] = ()
    prompt: str = ""
    model: str = ""

    @property
    def is_checked(self) -> bool:
        """Whether every sentence was checked."""
        return bool(self.verdicts)

    @property
    def wrong(self) -> tuple[SentenceVerdict, ...]:
        """The sentences that are not borne out."""
        return tuple(verdict for verdict in self.verdicts if verdict.fault is not None)

    @property
    def planted_quotes(self) -> tuple[str, ...]:
        """The passages that sentences rest on although they are no part of the study."""
        return tuple(verdict.quote for verdict in self.verdicts if verdict.fault is Fault.PLANTED)

    @property
    def is_flagged(self) -> bool:
        """Whether a curator should compare the summary with the abstract."""
        return bool(self.wrong or self.planted)


@dataclass(frozen=True, slots=True)
class Summary:
    """The fact that a model wrote the Japanese cells of a row; `violations` are the broken rules that the repair did
    not mend.
    """

    summary_ja: str
    categories_ja: tuple[str, ...]
    evidence: tuple[str, ...]
    violations: tuple[Violation, ...]
    prompt: str
    model: str
    verification: Verification | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """The seven cells of a catalog row as plain text, unescaped. The link is built from the id, never typed."""

    title: str
    summary: str
    authors: str
    year: str
    categories: str
    venue: str
    attention: str

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The field names of the cells in the catalog's column order."""
        return tuple(f.name for f in fields(cls))


class Verdict(StrEnum):
    """A curator's verdict on a card. UNDO takes back the last one; ENDORSE is an approval that still needs another
    curator's.
    """

    APPROVE = "approve"
    ENDORSE = "endorse"
    REJECT = "reject"
    LATER = "later"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Decision:
    """The fact that a curator gave a verdict. The latest one counts. `needed` is how many approvals were required at
    the time, `until` the day (in Tokyo) until which a card was put off, None for no day in particular. Decisions that were
    given together, about the rest of a digest, have the same `sweep`.
    """

    verdict: Verdict
    curator: str
    at: datetime
    desk: str
    reason: str = ""
    needed: int = 1
    until: date | None = None
    sweep: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """The fact that a curator changed one cell. The latest one counts."""

    cell: str
    before: str
    after: str
    curator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The fact that a curator requested another summary; cells that curators revised stay as they are."""

    curator: str
    at: datetime
    desk: str


@dataclass(frozen=True, slots=True)
class CardPosted:
    """The fact that a card was posted to a desk; `ref` is the desk's own address of the message, `below` that of the
    digest in whose thread it is, "" for none.
    """

    desk: str
    ref: str
    at: datetime
    below: str = ""


class RowChange(StrEnum):
    """The events in the life of a catalog row, such as intended, added, removed, or found missing."""

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
    """The fact that a row was added, removed or found changed; `commit` is empty if the file is in no repository."""

    change: RowChange
    number: int
    commit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApprovedRow:
    """The row of an approved paper in its last known state: `origin` says whether the bot added it or people had (ADDED
    or PRESENT), in which `commit`; `titles` are the titles under which people may know the paper.
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
    """The fact that a rejected candidate was drawn at random to be shown to curators.

    `week` is the ISO week of its screening, `size` the number of papers rejected that week in its `stratum`, `chance`
    (above 0, at most 1) the probability of each to be drawn.
    """

    week: str
    stratum: str
    size: int
    chance: float

    @property
    def weight(self) -> float:
        """The number of rejected papers that this one represents (the inverse of `chance`)."""
        return 1 / self.chance


@dataclass(frozen=True, slots=True)
class AuditAnswer:
    """The fact that a curator answered whether a paper of the audit sample belongs. The latest one counts."""

    belongs: bool
    curator: str
    at: datetime
    desk: str


@dataclass(frozen=True, slots=True)
class Enrichment:
    """The fact that cells were filled from services' figures before the card was posted; "" leaves a cell to the
    paper's own metadata.

    `sources` names the services whose figures were used.
    """

    venue: str
    attention: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Push:
    """The fact that a catalog's remote accepted a commit, or did not for the reason in `trouble`.

    `catalog` is the file, `url` the pull request with the commit, or "".
    """

    catalog: str
    commit: str
    branch: str
    url: str
    at: datetime
    trouble: str = ""


class NoticeKind(StrEnum):
    """What happened to a paper after curators saw it: replaced, renamed, withdrawn."""

    REPLACED = "replaced"
    RETITLED = "retitled"  # replaced under a title so different that it may be another paper
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Notice:
    """The fact that a later version was announced of a paper that has a card or is in the catalog; `before` is its
    former title.
    """

    paper: PaperId
    version: int
    kind: NoticeKind
    title: str
    url: str
    before: str = ""
