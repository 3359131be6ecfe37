"""What a desk may ask when people decide, answer or look something up. Every call is checked against the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from watcher.domain.catalog.proposals import ProposalCard, ProposalVerdict
from watcher.domain.curation.audit import AuditCard
from watcher.domain.curation.card import Card, Digest
from watcher.domain.curation.related import Related
from watcher.domain.curation.weekly import Week, WeeklyReport
from watcher.domain.facts import Cells, Revision, Verdict, Violation
from watcher.domain.papers.paper import PaperId
from watcher.domain.papers.topic import Topic
from watcher.ports.records import Act, Found, Nominee, RunReport


class Curation(Protocol):
    """Every call is checked against the store, whatever a button or form says."""

    def card(self, number: int) -> Card:
        """The card of a candidate as the facts stand now. Raises UsageError if there is none."""

    def cards(self) -> Sequence[Card]:
        """Every card, newest first."""

    def decide(self, number: int, verdict: Verdict, curator: str, desk: str, reason: str = "") -> Card:
        """Record a decision and give the card as it now stands. A verdict that stands already is no new one.

        Raises NotYours where several must agree and what stands is another curator's.
        """

    def revise(self, number: int, cells: Cells, curator: str, desk: str, based_on: int | None = None) -> Card:
        """Record changed cells. Raises UsageError for cells that cannot stand in a row, EditConflict when the
        card was revised since `based_on` (its `revision`).
        """

    def rewrite(self, number: int, curator: str, desk: str) -> bool:
        """Ask for another summary; False while one is on its way. Raises UsageError for a decided card."""

    def retry(self, number: int, curator: str, desk: str) -> bool:
        """Have the model asked once more about a paper it gave no answer about; False where it is to be already. Raises
        UsageError for a card that is decided or has its answers.
        """

    def digest(self) -> Digest | None:
        """The latest digest posted anywhere, or None."""

    def changes(self, number: int) -> Sequence[Revision]:
        """What changed the card's cells, oldest first; as many as its `revision`."""

    def acts(self, count: int, skip: int = 0) -> Sequence[Act]:
        """What curators did, newest first."""

    def hints(self, number: int, cells: Cells) -> Sequence[Violation]:
        """Rules of the style sheet that edited cells break; they bar nothing."""

    def preview(self, number: int, cells: Cells) -> str:
        """The catalog's line that these cells would become. Raises CatalogError."""

    def similar(self, number: int) -> Sequence[Related]:
        """The nearest papers among this topic's cards and the catalog, nearest first. Raises CatalogError."""

    def by_authors(self, number: int) -> Sequence[Related]:
        """The topic's cards and the catalog's rows by the same authors. Raises CatalogError."""


class Audits(Protocol):
    """What a desk may ask when a curator looks at the audit. Every call is checked against the store."""

    def audit_cards(self) -> Sequence[AuditCard]:
        """Every paper of the audit sample, newest week first."""

    def audit_card(self, number: int) -> AuditCard:
        """A paper of the audit sample as the facts stand now. Raises UsageError for any other."""

    def answer(self, number: int, curator: str, desk: str, *, belongs: bool) -> AuditCard:
        """Record an answer and give the paper as it now stands. An answer that stands already is no new one."""

    def reports(self, week: Week | None = None) -> Sequence[WeeklyReport]:
        """The report of every topic for a week; by default the last one that is over, or else the first of all."""

    def this_week(self) -> Week:
        """The week that is not over yet."""


class Inquiries(Protocol):
    """What a desk may ask of the line beside decisions, within the topics that its people may see."""

    topics: Sequence[Topic]

    def within(self, topics: Sequence[Topic]) -> Inquiries:
        """The same for people who may see no more than these topics."""

    def nominate(self, papers: Sequence[PaperId], topic: str, curator: str, desk: str) -> Sequence[Nominee]:
        """Put papers forward by hand; gives where each stands. Raises UsageError for a topic there is not, and
        FeedError when arXiv does not answer.
        """

    def standing(self, paper: PaperId, topic: str) -> Nominee:
        """Where a paper stands, as the facts have it now."""

    def search(self, text: str, limit: int) -> Sequence[Found]:
        """Cards and rows of the catalog that hold all words of a text, cards first."""

    def today(self) -> Sequence[Digest]:
        """What happened since the latest digest of each topic."""

    def cards(self) -> Sequence[Card]:
        """Every card, newest first."""

    def refs(self) -> Mapping[int, str]:
        """Where cards stand at the desk, by number."""

    def preferences(self, person: str) -> Sequence[str]:
        """What somebody chose to see."""

    def prefer(self, person: str, choices: Sequence[str]) -> None:
        """Keep what somebody chose; what was chosen before is replaced."""

    def run(self) -> RunReport:
        """One pass of the line, from feed to desk; waits for one that goes on."""


class Proposals(Protocol):
    """What a desk may ask about proposals. Every call is checked against the store."""

    def cards(self, *, settled: bool = False) -> Sequence[ProposalCard]:
        """What waits for a curator or for the catalog, row by row; or everything."""

    def card(self, number: int) -> ProposalCard:
        """What was found together with a proposal, as the facts stand now. Raises UsageError if there is none."""

    def decide(self, numbers: Sequence[int], verdict: ProposalVerdict, curator: str, desk: str) -> None:
        """Record a verdict on each; one that stands already is no new one. Raises UsageError for unknown numbers."""
