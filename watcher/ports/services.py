"""Ports of the services that desks call when people decide, answer, search or nominate. Every call is checked against
the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from watcher.domain.catalog.proposals import ProposalCard, ProposalVerdict
from watcher.domain.curation.audit import AuditCard, AuditSheet
from watcher.domain.curation.card import Card, Digest
from watcher.domain.curation.reactions import Observation, Sighting
from watcher.domain.curation.related import Related
from watcher.domain.curation.weekly import Week, WeeklyReport
from watcher.domain.facts import Cells, Revision, Verdict, Violation
from watcher.domain.papers.paper import PaperId
from watcher.domain.papers.topic import Topic
from watcher.ports.records import Act, Found, Nominee, RunReport


class Curation(Protocol):
    """The service behind cards: it reads cards and records curators' decisions and edits. Every call is checked against
    the store, whatever a button or form contains.
    """

    def card(self, number: int) -> Card:
        """A candidate's card in its present state. Raises UsageError if it has none."""

    def cards(self) -> Sequence[Card]:
        """The cards of all candidates, newest first."""

    def decide(self, number: int, verdict: Verdict, curator: str, desk: str, reason: str = "") -> Card:
        """Record a decision and return the card in its new state. Repeating a verdict that is in force records nothing.

        Raises NotYours if several curators must agree and the verdict to be undone is another curator's.
        """

    def put_off(self, number: int, until: date, curator: str, desk: str) -> Card:
        """Put a card off until a day in Tokyo, on which it is reminded of; return it in its new state."""

    def reject_rest(self, topic: str, day: date, curator: str, desk: str) -> int:
        """Reject all papers of a topic's digest that nobody has decided on yet, as decisions of one curator; return how
        many. Raises UsageError if there is no such digest.
        """

    def undo_rest(self, topic: str, day: date, curator: str, desk: str) -> int:
        """Undo the last rejection of all remaining papers of a digest, as far as its decisions are still in force;
        return how many.
        """

    def digest_of(self, topic: str, day: date) -> Digest:
        """A topic's digest of a day, with the present state of its papers. Raises UsageError if there is none."""

    def at(self, ref: str, desk: str) -> int | None:
        """The number of the card that the message with this ref at a desk shows; None if the message is no card."""

    def to_show(self, number: int, desk: str) -> Card | None:
        """The card if the desk must redraw it now. None if the desk shows it already, or if writing the catalog row
        redraws it.
        """

    def shown(self, card: Card, desk: str) -> None:
        """Record that a desk now shows a card in this state."""

    def discussed(self, number: int, replies: int, desk: str) -> None:
        """Record how many replies people have written in the thread of a card's message."""

    def react(self, number: int, seen: Observation, desk: str) -> Sequence[Sighting]:
        """Record how the emoji reactions on a card differ from those last seen: an added one is its person's decision,
        a removed one undoes that decision if it is still in force. Returns the changes.
        """

    def revise(self, number: int, cells: Cells, curator: str, desk: str, based_on: int | None = None) -> Card:
        """Record edited cells of a card. Raises UsageError for text that cannot be in a catalog row, and EditConflict
        if the card was edited since `based_on` (its `revision`; optimistic locking).
        """

    def rewrite(self, number: int, curator: str, desk: str) -> bool:
        """Request another summary of a card's paper from the model; False if one is already requested. Raises
        UsageError for a card that is decided.
        """

    def retry(self, number: int, curator: str, desk: str) -> bool:
        """Request that the model is asked again about a paper for which it gave no answer; False if that is already
        requested. Raises UsageError for a card that is decided or has the model's answers.
        """

    def digest(self) -> Digest | None:
        """The latest digest posted to any desk, or None."""

    def changes(self, number: int) -> Sequence[Revision]:
        """The edits and rewrites of a card's cells, oldest first; there are as many as its `revision` says."""

    def acts(self, count: int, skip: int = 0) -> Sequence[Act]:
        """The latest actions (decisions, edits, rewrites) of all curators, newest first."""

    def hints(self, number: int, cells: Cells) -> Sequence[Violation]:
        """The rules of the style sheet that the edited cells of a card break. They are only shown; the edit can be
        saved all the same.
        """

    def preview(self, number: int, cells: Cells) -> str:
        """The catalog row, as a line of Markdown, that these cells would become. Raises CatalogError."""

    def similar(self, number: int) -> Sequence[Related]:
        """The papers most similar to the card's among the topic's cards and the catalog, most similar first. Raises
        CatalogError.
        """

    def by_authors(self, number: int) -> Sequence[Related]:
        """The papers by the same authors among the topic's cards and the catalog's rows. Raises CatalogError."""


class Audits(Protocol):
    """The service behind audit samples and weekly reports: it shows the sampled papers and records curators' answers.
    Every call is checked against the store.
    """

    def audit_cards(self) -> Sequence[AuditCard]:
        """All papers drawn for the weekly audit of rejected papers, newest week first."""

    def audit_card(self, number: int) -> AuditCard:
        """One paper drawn for the weekly audit, with its answers so far. Raises UsageError for a paper that is in no
        sample.
        """

    def sheet(self, number: int) -> AuditSheet:
        """The audit message that holds a sampled paper, with all answers so far. Raises UsageError for a paper that is
        in no sample.
        """

    def answer(self, number: int, curator: str, desk: str, *, belongs: bool) -> AuditCard:
        """Record whether a sampled paper belongs, and return the paper in its new state. Repeating the answer that is
        in force records nothing.
        """

    def reports(self, week: Week | None = None) -> Sequence[WeeklyReport]:
        """The weekly report of every topic for a week; by default the last complete week, or the current one if there
        is none yet.
        """

    def this_week(self) -> Week:
        """The current week, which is not complete yet."""


class Inquiries(Protocol):
    """The service for everything people ask apart from deciding: search, status, nominations, preferences, a run. It is
    limited to the topics that the person may see.
    """

    topics: Sequence[Topic]

    def within(self, topics: Sequence[Topic]) -> Inquiries:
        """The inquiry service limited to the given topics."""

    def nominate(self, papers: Sequence[PaperId], topic: str, curator: str, desk: str) -> Sequence[Nominee]:
        """Nominate papers for a topic and return the state of each. Raises UsageError for an unknown topic, and
        FeedError if arXiv does not answer.
        """

    def standing(self, paper: PaperId, topic: str) -> Nominee:
        """The state of a paper in a topic: which stages it has passed and what it waits for."""

    def search(self, text: str, limit: int) -> Sequence[Found]:
        """Search cards and catalog rows: those that contain all words (separated by white space) of a text, and the
        papers whose ids or links it names; cards first.
        """

    def today(self) -> Sequence[Digest]:
        """The digest of everything that has happened since each topic's latest digest."""

    def cards(self) -> Sequence[Card]:
        """All cards of these topics, newest day first, best score first within a day."""

    def links(self) -> Mapping[int, str]:
        """The URLs of the messages that show cards at the desk, by candidate number; cards without one are left out."""

    def preferences(self, person: str) -> Sequence[str]:
        """The choices that a person has stored about what their Home tab shows."""

    def prefer(self, person: str, choices: Sequence[str]) -> None:
        """Store a person's choices about what their Home tab shows, replacing earlier ones."""

    def run(self) -> RunReport:
        """Run the pipeline once, from feeds to desk, after waiting for a run that is in progress."""


class Proposals(Protocol):
    """The service behind proposals to change the catalog: it lists them and records verdicts. Every call is checked
    against the store.
    """

    def cards(self, *, settled: bool = False) -> Sequence[ProposalCard]:
        """The proposals to change the catalog, grouped by row: those that wait for a curator or for the catalog, or,
        with `settled`, all.
        """

    def card(self, number: int) -> ProposalCard:
        """The group of proposals about one row that holds this proposal, in its present state. Raises UsageError if
        there is none.
        """

    def decide(self, numbers: Sequence[int], verdict: ProposalVerdict, curator: str, desk: str) -> None:
        """Record a verdict on each of these proposals to change the catalog; repeating a verdict records nothing.
        Raises UsageError for unknown numbers.
        """
