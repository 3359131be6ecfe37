"""The facts: immutable records of what each stage of the pipeline found or did, one database table for each kind. Facts
are added, never changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from enum import StrEnum

from watcher.domain.errors import BadReply, QuestionRefused, WatcherError
from watcher.domain.papers.paper import AnnounceType, Paper, PaperId


@dataclass(frozen=True, slots=True)
class Nomination:
    """Fact: a curator nominated a paper. It is scored, summarized and shown whatever screening and score say."""

    curator: str
    at: datetime
    desk: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version of a paper that is considered for one topic (what a group watches); the unit that passes through the
    pipeline's stages.

    `number` is the primary key in the database; `key` identifies the candidate in outbox keys and logs.
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
        """The candidate's key as text, topic and paper, e.g. `protein-design/arxiv:2306.12672`.

        The version is not part of it: curators judge the work, and a later version makes no second candidate.
        """
        return f"{self.topic}/{self.paper.id}"

    @property
    def labels(self) -> dict[str, str | int]:
        """The fields (topic, paper, card) that identify the candidate in log events."""
        return {"topic": self.topic, "paper": str(self.paper.id), "card": self.number}


@dataclass(frozen=True, slots=True)
class Screening:
    """Fact: the result of screening a candidate by keywords and prefilter, i.e. whether the model is asked to score it;
    `priority` is the order of scoring when the budget is short (0 first).

    `probability` is the prefilter's, `threshold` the probability required that day, `prefilter` the name of the trained
    model. `groups` and `keywords` are the keywords found and the groups they are of, `rule` the reason for the result.
    `triage` says that the paper did not pass and goes to triage, by the settings of that day.
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
    """The outcome of triage (the model's look at one line of each paper) for one paper. A paper that is PUT_ASIDE is
    not considered further; with every other outcome it is scored.
    """

    NAMED = "named"
    PUT_ASIDE = "put_aside"  # the only one that ends here; the others are scored
    ODD = "odd"  # its line speaks to its reader
    UNSURE = "unsure"  # an answer has its number with the words of another title
    UNREAD = "unread"  # no answer was accepted in several runs
    ALONE = "alone"  # suspicious, or of a title that cannot be repeated: it stands in no batch
    FEW = "few"  # too few waited for a question


@dataclass(frozen=True, slots=True)
class Triage:
    """Fact: the outcome of triage (the model's look at one line of each paper) for a paper that did not pass screening.

    `batch` is the number of the batch whose answer decided, None if the model was not asked. `prompt` is the hash of
    the prompt, `model` the model's name in the answer, `asked` the name in the request.
    """

    outcome: TriageOutcome
    batch: int | None = None
    prompt: str = ""
    model: str = ""
    asked: str = ""

    @property
    def goes_on(self) -> bool:
        """Whether the paper is to be scored, i.e. triage did not put it aside."""
        return self.outcome is not TriageOutcome.PUT_ASIDE


@dataclass(frozen=True, slots=True)
class TriageReading:
    """The result of checking the model's answer about one batch of papers in triage. `accepted` says whether it passed
    all checks, `error` why not; `missed` are the keys of the plants (papers known to be relevant, hidden in the batch
    as a test) that the answer does not name.
    """

    accepted: bool
    missed: tuple[str, ...] = ()
    error: str = ""
    prompt: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Relevance:
    """Fact: a model scored a candidate against the topic's criteria (0–4). `threshold` is the score that counted as
    relevant that day; it is stored so that changing it later does not change old results.

    `criterion` is the letter of the criterion that the paper meets, `label` the topic's name for it then. `prompt` is
    the hash of the prompt, `model` the model's name in the answer, `asked` the name in the request.
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
    """A broken rule about the texts of a catalog row, e.g. of the style sheet for summaries: the rule's code, and the
    offending text or another detail.
    """

    code: str
    detail: str = ""


class Fault(StrEnum):
    """The kinds of error that verification can find in a sentence of a summary: seven ways to differ from the abstract,
    and PLANTED for one that rests on text inserted into the abstract that is no part of the study.
    """

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
    """A model's verdict on one sentence of a summary, compared with the abstract: `fault` is its kind of error, None if
    the abstract supports all of the sentence.

    `words` are the piece of the sentence that is not supported. `quote` is the passage of title or abstract that
    supports or contradicts the sentence, or is planted ("" if there is none). `reason_ja` is what the abstract says
    instead. `field` is the name of the additional catalog field whose text this is, "" for a sentence of the summary.
    """

    number: int
    sentence: str
    fault: Fault | None = None
    quote: str = ""
    words: str = ""
    reason_ja: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of checking a summary against the abstract sentence by sentence by a model; without `verdicts` the
    summary is unchecked, because no answer of the model could be accepted.

    `verdicts` are about the sentences of the final text, in order. `corrected` counts the sentences that a repair put
    right. `planted` are passages that do not belong to the study (e.g. advertising, instructions to a model) and were
    cut from the abstract before the summary was written again.
    """

    verdicts: tuple[SentenceVerdict, ...] = ()
    corrected: int = 0
    planted: tuple[str, ...] = ()
    prompt: str = ""
    model: str = ""

    @property
    def is_checked(self) -> bool:
        """Whether the model's verdicts on the summary's sentences were accepted."""
        return bool(self.verdicts)

    @property
    def wrong(self) -> tuple[SentenceVerdict, ...]:
        """The verdicts on sentences of the summary in which the model found a fault."""
        return tuple(verdict for verdict in self.verdicts if verdict.fault is not None)

    @property
    def planted_quotes(self) -> tuple[str, ...]:
        """The passages of the abstract that do not belong to the study (e.g. advertising) and that sentences of the
        summary rest on.
        """
        return tuple(verdict.quote for verdict in self.verdicts if verdict.fault is Fault.PLANTED)

    @property
    def is_flagged(self) -> bool:
        """Whether a curator should compare the summary with the abstract: a sentence is wrong, or text was cut from the
        abstract.
        """
        return bool(self.wrong or self.planted)


@dataclass(frozen=True, slots=True)
class Summary:
    """Fact: a model wrote the texts for a paper's catalog row: summary, categories, and quotes from the abstract as
    evidence. `violations` are the rules of the style sheet that the text still breaks after one repair, `fields` the
    texts that the model wrote for fields of the catalog beside the seven cells.
    """

    summary_ja: str
    categories_ja: tuple[str, ...]
    evidence: tuple[str, ...]
    violations: tuple[Violation, ...]
    prompt: str
    model: str
    verification: Verification | None = None
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a catalog row as plain text, not yet escaped for Markdown: the seven standard ones, and `own`, the
    additional fields of the topic's catalog by name ("" for an empty one). The paper's link is no cell: it is built
    from the id.
    """

    title: str
    summary: str
    authors: str
    year: str
    categories: str
    venue: str
    attention: str
    own: Mapping[str, str] = field(default_factory=dict, hash=False, kw_only=True)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The field names of the seven cells in the catalog's column order."""
        return tuple(f.name for f in fields(cls) if f.name != "own")

    @property
    def all_names(self) -> tuple[str, ...]:
        """The names of all cells: the seven standard ones and the additional fields of the catalog."""
        return (*self.names(), *self.own)

    def __getitem__(self, name: str) -> str:
        """The text of a cell or of an own field."""
        return self.own[name] if name in self.own else str(getattr(self, name))

    def with_texts(self, texts: Mapping[str, str]) -> Cells:
        """A copy of these cells in which the cells named in `texts` have the texts given there; other names are
        ignored.
        """
        seven = {name: texts.get(name, self[name]) for name in self.names()}
        return replace(self, **seven, own={name: texts.get(name, text) for name, text in self.own.items()})


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
    """Fact: a curator gave a verdict on a card (a candidate as shown to curators). The latest one counts.

    `needed` is how many approvals were required at the time. `until` is the day (in Tokyo) to which a card was put off,
    None if no day was given. Decisions made by one click on all remaining cards of a daily digest share one `sweep` id.
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
    """Fact: a curator changed the text of one cell of a card. The latest revision of a cell counts."""

    cell: str
    before: str
    after: str
    curator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Fact: a curator requested that the model write another summary; cells that curators revised stay as they are."""

    curator: str
    at: datetime
    desk: str


@dataclass(frozen=True, slots=True)
class CardPosted:
    """Fact: a card was posted to a desk (Slack, the web pages or the console). `ref` is the desk's id of the message,
    `below` the id of the digest message in whose thread it was posted, "" if in none.
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
"""States in which an approved paper's row is missing from the catalog, so that curators must decide about it."""


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """Fact: an event in the life of a paper's catalog row, e.g. it was added, removed or found missing. `number` is the
    number of the row (0 for none), `commit` the git commit, "" if the file is in no repository.
    """

    change: RowChange
    number: int
    commit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApprovedRow:
    """The catalog row of an approved paper and its last known state `change`. `origin` says whether the bot added it
    (ADDED) or people had before (PRESENT), in which `commit`; `titles` are the titles under which people may list the
    paper.
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
    """Fact: a candidate that screening rejected was drawn at random for the weekly audit, to be shown to curators.

    `week` is the ISO week of its screening, `size` the number of papers rejected that week in the same `stratum` of the
    sample, `chance` (above 0, at most 1) the probability with which each of them was drawn.
    """

    week: str
    stratum: str
    size: int
    chance: float

    @property
    def weight(self) -> float:
        """The sampling weight: how many rejected papers this one represents (the inverse of `chance`)."""
        return 1 / self.chance


@dataclass(frozen=True, slots=True)
class AuditLine:
    """Fact: a model put the title of a paper of the weekly audit sample into Japanese; `line_ja` is "" if its answer
    could not be used. `prompt` is the hash of the prompt, `model` the model's name.
    """

    line_ja: str
    prompt: str
    model: str


@dataclass(frozen=True, slots=True)
class AuditAnswer:
    """Fact: a curator answered whether a paper of the audit sample belongs to the topic. The latest one counts."""

    belongs: bool
    curator: str
    at: datetime
    desk: str


@dataclass(frozen=True, slots=True)
class Enrichment:
    """Fact: the cells for venue and attention of a candidate were filled from outside services (e.g. Semantic Scholar)
    before its card was posted; "" leaves a cell as the paper's own metadata fill it. `sources` names the services whose
    figures were used.
    """

    venue: str
    attention: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Push:
    """Fact: the git remote of a catalog accepted a commit, or did not for the reason in `trouble`.

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
    """Fact: a later version was announced of a paper that curators have already seen, as a card or in the catalog.
    `title` is that of the later version, `before` the paper's former title.
    """

    paper: PaperId
    version: int
    kind: NoticeKind
    title: str
    url: str
    before: str = ""


HANDOVER_RUNS = 3
"""The number of runs in which the model must fail on a paper alone, while answering other requests, before it is handed
over.
"""

EMPTY_CELL = "—"
"""The text of the catalog's summary cell if nobody wrote a summary."""


class HandoverCause(StrEnum):
    """Why the model fails on requests about one paper: the server refuses them, the answer is unusable, or none comes."""

    REFUSED = "refused"  # the server refuses the question for what it holds
    UNUSABLE = "unusable"  # the answer never has the agreed form
    BROKEN = "broken"  # the server fails, breaks the connection off or does not answer in time

    @classmethod
    def of(cls, error: WatcherError) -> HandoverCause:
        """Classify an exception raised by a model call: QuestionRefused as REFUSED, BadReply as UNUSABLE, any other as
        BROKEN.
        """
        if isinstance(error, QuestionRefused):
            return cls.REFUSED
        return cls.UNUSABLE if isinstance(error, BadReply) else cls.BROKEN


@dataclass(frozen=True, slots=True)
class LoneFailure:
    """Fact: in one run the model failed on a request about this paper alone, while it answered other requests.

    `prompt` is the hash of the prompt and `asked` the name of the model, because the same paper may be asked about for
    another topic.
    """

    stage: str
    cause: HandoverCause
    error: str
    prompt: str = ""
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """Fact: after repeated failures the model is no longer asked about a paper at a `stage` (e.g. score, summarize);
    curators decide without its answer.
    """

    stage: str
    cause: HandoverCause
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Retry:
    """Fact: a curator wants the model to be asked once more about a paper that was handed over; earlier failures no
    longer count.
    """

    curator: str
    at: datetime
    desk: str


_MOST_NAMED = 5


def lost_rows(missing: Sequence[ApprovedRow]) -> list[str]:
    """An error message (a list of one line) naming the approved papers whose rows disappeared from the catalog although
    no commit removed them; an empty list if there are none.
    """
    papers = list(dict.fromkeys(row.paper.native for row in missing if row.change is RowChange.LOST))
    named = ", ".join(papers[:_MOST_NAMED]) + (
        f" and {len(papers) - _MOST_NAMED} more" if len(papers) > _MOST_NAMED else ""
    )
    return [f"{len(papers)} approved rows are in no commit of the catalog's branch: {named}"] if papers else []
