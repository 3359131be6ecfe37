"""Ports of the services that are called when people decide, edit, search or nominate papers in Slack or on the web.
Every call is checked against the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from watcher.domain.catalog.proposals import ProposalCard, ProposalVerdict
from watcher.domain.curation.card import Card, Digest
from watcher.domain.curation.reactions import Observation, Sighting
from watcher.domain.curation.recall import AuditCard, AuditSheet
from watcher.domain.curation.related import Related
from watcher.domain.curation.weekly import Week, WeeklyReport
from watcher.domain.facts import Cells, Revision, Verdict, Violation
from watcher.domain.papers.paper import PaperId
from watcher.domain.papers.topic import Topic
from watcher.ports.records import Act, Found, Nominee, RunReport


class Curation(Protocol):
    """The service that shows papers to curators as cards, and records their decisions and edits. Every call is checked
    against the database, whatever a button or form contains.
    """

    def card(self, number: int) -> Card:
        """The card that shows a paper to curators, in its present state, by candidate number. Raises UsageError if
        there is none.
        """

    def cards(self) -> Sequence[Card]:
        """The cards of all papers ever shown to curators, newest first."""

    def decide(self, number: int, verdict: Verdict, curator: str, desk: str, reason: str = "") -> Card:
        """Record a curator's decision about a paper and return its card in the new state. Repeating a verdict that is
        in force records nothing. Raises NotYours if several curators must agree and the verdict to be undone is another
        curator's.
        """

    def put_off(self, number: int, until: date, curator: str, desk: str) -> Card:
        """Put the decision about a paper off until a day in Tokyo, when curators are reminded of it; return its card in
        the new state.
        """

    def reject_rest(self, topic: str, day: date, curator: str, desk: str) -> int:
        """Reject all papers of a topic's daily digest that are still undecided, in one curator's name; return their
        number. Raises UsageError if there is no such digest.
        """

    def undo_rest(self, topic: str, day: date, curator: str, desk: str) -> int:
        """Undo the latest `reject_rest` of a digest, as far as its rejections are still in force; return
        their number.
        """

    def digest_of(self, topic: str, day: date) -> Digest:
        """The digest posted for a topic on a day, with the present state of its papers. Raises UsageError if there is
        none.
        """

    def at(self, ref: str, desk: str) -> int | None:
        """The candidate number of the paper that a message shows, by the message's address at a desk ("slack", "web");
        None if the message shows no paper.
        """

    def to_show(self, number: int, desk: str) -> Card | None:
        """A paper's card, if its message at a desk (Slack, web …) is out of date and must be updated now. None if the
        message is up to date, or if it will be updated when the catalog row is written.
        """

    def shown(self, card: Card, desk: str) -> None:
        """Record that a paper's message at a desk (Slack, web …) now shows this state of its card."""

    def discussed(self, number: int, replies: int, desk: str) -> None:
        """Record how many replies people have written in the thread of a paper's message."""

    def react(self, number: int, seen: Observation, desk: str) -> Sequence[Sighting]:
        """Record how the emoji reactions on a paper's message differ from those last seen: an added one is its person's
        decision, a removed one undoes that decision if it is still in force. Returns the changes.
        """

    def revise(self, number: int, cells: Cells, curator: str, desk: str, based_on: int | None = None) -> Card:
        """Record a curator's edit of the texts for a paper's catalog row. Raises UsageError for text that cannot be in
        a row, and EditConflict if the card was edited since `based_on` (the `revision` that the curator saw; optimistic
        locking).
        """

    def rewrite(self, number: int, curator: str, desk: str) -> bool:
        """Request that the model writes another summary of a paper; False if that is already requested. Raises
        UsageError if the paper is decided.
        """

    def retry(self, number: int, curator: str, desk: str) -> bool:
        """Request that the model is asked again about a paper for which it gave no answer; False if that is already
        requested. Raises UsageError if the paper is decided or has the model's answers.
        """

    def digest(self) -> Digest | None:
        """The daily digest that was posted last, of any topic; None if there is none."""

    def changes(self, number: int) -> Sequence[Revision]:
        """The edits and rewrites of a card's texts, oldest first; their number is the card's `revision`."""

    def acts(self, count: int, skip: int = 0) -> Sequence[Act]:
        """The latest actions (decisions, edits, requests to the model) of all curators, newest first: at most `count`,
        without the newest `skip`.
        """

    def hints(self, number: int, cells: Cells) -> Sequence[Violation]:
        """The rules of the style sheet that a curator's edited texts break. They are only shown; the edit can be saved
        all the same.
        """

    def preview(self, number: int, cells: Cells) -> str:
        """The catalog row, as a line of Markdown, that these cells would become. Raises CatalogError."""

    def similar(self, number: int) -> Sequence[Related]:
        """The papers most similar to a given one among the topic's cards and the catalog, most similar first. Raises
        CatalogError.
        """

    def by_authors(self, number: int) -> Sequence[Related]:
        """The papers by the same authors as a given one among the topic's cards and the catalog's rows. Raises
        CatalogError.
        """


class Audits(Protocol):
    """The service behind weekly reports and audit samples: randomly drawn papers that screening rejected, about which
    curators say whether they belong. Every call is checked against the database.
    """

    def audit_cards(self) -> Sequence[AuditCard]:
        """All papers drawn for the weekly audit of rejected papers, newest week first."""

    def audit_card(self, number: int) -> AuditCard:
        """One paper drawn for the weekly audit of rejected papers, with its answers so far. Raises UsageError for a
        paper that was not drawn.
        """

    def sheet(self, number: int) -> AuditSheet:
        """The weekly audit message that contains a given paper, with the answers so far about all its papers. Raises
        UsageError for a paper that was not drawn.
        """

    def answer(self, number: int, curator: str, desk: str, *, belongs: bool) -> AuditCard:
        """Record a curator's answer whether a paper drawn for the audit belongs to the topic, and return the paper in
        its new state. Repeating the answer that is in force records nothing.
        """

    def reports(self, week: Week | None = None) -> Sequence[WeeklyReport]:
        """The weekly report of every topic for a week; by default the last complete week, or the current one if there
        is none yet.
        """

    def this_week(self) -> Week:
        """The current week."""


class Inquiries(Protocol):
    """The service for what people ask apart from deciding: search, state of a paper, nominations, display preferences,
    starting a run. It is limited to the topics that the person may see.
    """

    topics: Sequence[Topic]

    def within(self, topics: Sequence[Topic]) -> Inquiries:
        """A view of this service limited to the given topics."""

    def nominate(self, papers: Sequence[PaperId], topic: str, curator: str, desk: str) -> Sequence[Nominee]:
        """Nominate papers for a topic, so that they are shown to curators whatever screening and model say; return the
        state of each. Raises UsageError for an unknown topic, and FeedError if arXiv does not answer.
        """

    def standing(self, paper: PaperId, topic: str) -> Nominee:
        """How far a paper has come in a topic: its number as a candidate and its card, if it has been shown
        to curators.
        """

    def search(self, text: str, limit: int) -> Sequence[Found]:
        """Search cards and catalog rows for entries that contain all words of a text (separated by white space), and
        for papers whose ids or links the text names; cards come first.
        """

    def today(self) -> Sequence[Digest]:
        """For each topic a digest of everything that has happened since its last posted one."""

    def cards(self) -> Sequence[Card]:
        """All cards (papers shown to curators) of these topics, newest day first, best score first within a day."""

    def links(self) -> Mapping[int, str]:
        """The URLs of the messages that show papers to curators, by candidate number; papers without a URL
        are left out.
        """

    def preferences(self, person: str) -> Sequence[str]:
        """The options that a person has chosen for their Home tab in Slack."""

    def prefer(self, person: str, choices: Sequence[str]) -> None:
        """Store the options that a person chose for their Home tab in Slack, replacing earlier ones."""

    def run(self) -> RunReport:
        """Run the pipeline once, from reading feeds to posting, after waiting for a run in progress; return
        its report.
        """


class Proposals(Protocol):
    """The service behind suggested changes of the catalog: it lists them and records curators' verdicts. Every call is
    checked against the database.
    """

    def cards(self, *, settled: bool = False) -> Sequence[ProposalCard]:
        """Suggested changes of the catalog, grouped by row: by default those not yet decided or not yet carried out,
        with `settled` all.
        """

    def card(self, number: int) -> ProposalCard:
        """The suggested changes of one catalog row, as a group, by the number of any of them. Raises UsageError if
        there is none.
        """

    def decide(self, numbers: Sequence[int], verdict: ProposalVerdict, curator: str, desk: str) -> None:
        """Record a curator's verdict on each of these suggested changes; repeating a verdict records nothing. Raises
        UsageError for unknown numbers.
        """
