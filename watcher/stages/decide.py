"""A curator's action -> Decision or Revision: the stage that checks the action against the stored facts and records it.
The stage "catalog" carries it out later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date

from watcher.domain.catalog.catalog import CatalogEntry
from watcher.domain.curation.card import EDITABLE, Card, CardState, Digest, same_curator
from watcher.domain.curation.reactions import Observation, Sighting, is_news, may_approve
from watcher.domain.curation.related import Known, Related, by_authors, similar
from watcher.domain.errors import NotYours, UsageError
from watcher.domain.facts import EMPTY_CELL, Cells, Decision, Retry, Revision, Rewrite, Verdict, Violation
from watcher.domain.papers.topic import Topic
from watcher.domain.summaries.cells import RowContent, check_cells, terms_in
from watcher.domain.summaries.style import Style
from watcher.domain.summaries.violations import field_violations, violations
from watcher.domain.text import clipped
from watcher.logs import about, get_logger
from watcher.ports import Act, Catalog, Clock, Store

_log = get_logger(__name__)
_REASON_LIMIT = 500


class CurationService:
    """The service through which desks show cards and record what curators do with them (implements ports.Curation).

    `decided` is called after every change, so that it is carried out soon; `approvals` is how many curators must agree
    before a paper is added; `styles` are the style sheets by topic. With `topics`, cards of other topics do not exist
    for this service, because they belong to another group.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        decided: Callable[[], None],
        styles: Mapping[str, Style],
        document_of: Callable[[str], Catalog],
        approvals: int = 1,
        topics: Sequence[Topic] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._decided = decided
        self._styles = styles
        self._document_of = document_of
        self._topics = None if topics is None else frozenset(topic.slug for topic in topics)
        self._approvals = approvals

    def card(self, number: int) -> Card:
        card = self._store.cards.get(number)
        if self._topics is not None and card.candidate.topic not in self._topics:
            raise UsageError("there is no card with this number", about=str(number))
        return card

    def cards(self) -> Sequence[Card]:
        return self._store.cards.all()

    def digest(self) -> Digest | None:
        found = self._store.reports.last_digest()
        return found[0] if found else None

    def decide(self, number: int, verdict: Verdict, curator: str, desk: str, reason: str = "") -> Card:
        """Record a curator's verdict on a card, and return the card. The latest decision counts, because people change
        their minds; a repeated one (a double click) records nothing. Raises UsageError for the approval of cells that
        the catalog cannot take.
        """
        card = self.card(number)
        if verdict is Verdict.APPROVE:
            card = self._without_summary(card, curator)
            _must_stand(card.cells, number)
        reason = clipped(reason.strip(), _REASON_LIMIT)
        return self._record(card, Decision(verdict, curator, self._clock(), desk, reason, self._approvals))

    def put_off(self, number: int, until: date, curator: str, desk: str) -> Card:
        now = self._clock()
        return self._record(self.card(number), Decision(Verdict.LATER, curator, now, desk, "", self._approvals, until))

    def reject_rest(self, topic: str, day: date, curator: str, desk: str) -> int:
        digest, now = self.digest_of(topic, day), self._clock()
        sweep = f"{digest.key}/{now.isoformat()}"
        decision = Decision(Verdict.REJECT, curator, now, desk, "", self._approvals, sweep=sweep)
        return self._told(self._store.cards.reject_open([paper.number for paper in digest.found], decision), decision)

    def undo_rest(self, topic: str, day: date, curator: str, desk: str) -> int:
        digest = self.digest_of(topic, day)
        if digest.swept is None:
            return 0
        if self._approvals > 1 and not same_curator(digest.swept.curator, curator):
            raise NotYours("only its curator can take this back", about=digest.swept.curator, remedy="ask them")
        decision = Decision(Verdict.UNDO, curator, self._clock(), desk, "", self._approvals)
        return self._told(self._store.cards.undo_sweep(digest.swept.sweep, decision), decision)

    def digest_of(self, topic: str, day: date) -> Digest:
        digest = self._store.reports.digest_of_day(topic, day)
        if digest is None or (self._topics is not None and topic not in self._topics):
            raise UsageError("there is no such digest", about=f"{topic} {day}")
        return replace(digest, swept=self._store.cards.swept([paper.number for paper in digest.found]))

    def _told(self, numbers: Sequence[int], decision: Decision) -> int:
        """Log and announce decisions that were recorded together; return how many."""
        if numbers:
            _log.info("decisions were recorded", desk=decision.desk, verdict=decision.verdict, count=len(numbers))
            self._decided()
        return len(numbers)

    def _record(self, card: Card, decision: Decision) -> Card:
        number = card.candidate.number
        if self._store.cards.decide(number, decision):
            with about(**card.candidate.labels):
                # who decided is in the facts, not in the log
                _log.info("a decision was recorded", desk=decision.desk, verdict=decision.verdict)
            self._decided()
        return self.card(number)

    def at(self, ref: str, desk: str) -> int | None:
        number = self._store.cards.at(desk, ref)
        with suppress(UsageError):  # a card of another group
            return None if number is None else self.card(number).candidate.number
        return None

    def to_show(self, number: int, desk: str) -> Card | None:
        """The card if its message at the desk is out of date and the desk must redraw it now, else None. A card in the
        catalog gives None too: it is redrawn by the job that wrote its row.
        """
        card = self.card(number)
        return None if card.state is CardState.CATALOGED or not self._store.cards.is_stale(number, desk) else card

    def shown(self, card: Card, desk: str) -> None:
        self._store.cards.mark_shown(card.candidate.number, desk, card.etag)

    def discussed(self, number: int, replies: int, desk: str) -> None:
        if self._store.cards.add_discussions(desk, {number: replies}, self._clock()):
            self._decided()

    def react(self, number: int, seen: Observation, desk: str) -> Sequence[Sighting]:
        last = self._store.reactions.last(number, desk)
        if not is_news(last, seen):
            return ()
        card = self.card(number)
        if may_approve(last, seen):
            card = self._without_summary(card, seen.standing[0].curator if seen.standing else "")
        found = self._store.reactions.observe(
            number, desk, seen, needed=self._approvals, fits=not check_cells(card.cells), at=self._clock()
        )
        for one in found:
            with about(**card.candidate.labels):
                _log.info("a reaction was seen", desk=desk, verdict=one.verdict, outcome=one.outcome)
        if found:
            self._decided()
        return found

    def revise(self, number: int, cells: Cells, curator: str, desk: str, based_on: int | None = None) -> Card:
        del desk
        card = self._editable(number)
        _must_stand(cells, number)
        at = self._clock()
        changes = [
            Revision(name, card.cells[name], cells[name], curator, at)
            for name in card.cells.all_names
            if name in cells.all_names and card.cells[name] != cells[name]
        ]
        if changes:
            self._store.cards.revise(number, changes, based_on)
            self._decided()
        return self.card(number)

    def rewrite(self, number: int, curator: str, desk: str) -> bool:
        self._editable(number)
        asked = self._store.summaries.add_rewrite(number, Rewrite(curator, self._clock(), desk))
        if asked:
            self._decided()
        return asked

    def retry(self, number: int, curator: str, desk: str) -> bool:
        card = self._editable(number)
        if card.handover is None:
            raise UsageError("the model has answered about this paper", about=str(number))
        asked = self._store.handovers.add_retry(number, Retry(curator, self._clock(), desk))
        if asked:
            self._decided()
        return asked

    def _without_summary(self, card: Card, curator: str) -> Card:
        """The card with a dash as its summary if no model wrote one, so that card and row show the same."""
        if not card.is_unwritten or card.cells.summary.strip():
            return card
        number = card.candidate.number
        dash = Revision("summary", card.cells.summary, EMPTY_CELL, curator, self._clock())
        self._store.cards.revise(number, [dash], card.revision)
        return self.card(number)

    def changes(self, number: int) -> Sequence[Revision]:
        return self._store.history.changes(self.card(number).candidate.number)

    def acts(self, count: int, skip: int = 0) -> Sequence[Act]:
        return self._store.history.acts(count, skip)

    def hints(self, number: int, cells: Cells) -> Sequence[Violation]:
        """The rules of the style sheet that a card's edited cells break, to be shown to the curator; rules about quotes
        are left out, because the model chose the quotes.
        """
        candidate = self.card(number).candidate
        paper = candidate.paper
        source = f"{paper.title_raw}\n{paper.abstract_raw}\n{paper.title}\n{paper.abstract}"
        terms = tuple(terms_in(cells.categories))
        style = self._styles[candidate.topic]
        found = violations(cells.summary.strip(), terms, (), source, style)
        own = {field.name: cells.own.get(field.name, "") for field in style.cells.asked}
        return (*(hint for hint in found if hint.code != "quote"), *field_violations(own, source, style))

    def preview(self, number: int, cells: Cells) -> str:
        candidate = self.card(number).candidate
        paper, topic = candidate.paper, candidate.topic
        return self._document_of(topic).preview(RowContent.of(paper, cells))

    def similar(self, number: int) -> Sequence[Related]:
        return similar(*self._beside(number))

    def by_authors(self, number: int) -> Sequence[Related]:
        return by_authors(*self._beside(number))

    def _beside(self, number: int) -> tuple[Card, Sequence[Known], Sequence[CatalogEntry]]:
        """A card, the other papers of its topic, and the entries of its catalog."""
        card = self.card(number)
        topic = card.candidate.topic
        return card, self._store.cards.known(topic), self._document_of(topic).read().entries

    def _editable(self, number: int) -> Card:
        card = self.card(number)
        if card.state not in EDITABLE:
            raise UsageError("this card is decided already", about=str(number), remedy="undo first, then edit")
        return card


def _must_stand(cells: Cells, number: int) -> None:
    """Raises UsageError for cells that the catalog would refuse, while somebody is there to edit them."""
    broken = check_cells(cells)
    if broken:
        what = ", ".join(f"{v.code} {v.detail}".strip() for v in broken)
        raise UsageError(f"these cells cannot stand in a row: {what}", about=str(number), remedy="edit the card")
