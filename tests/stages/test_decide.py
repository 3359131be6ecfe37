"""Decisions and revisions are checked against the facts and recorded once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary, a_topic, an_announcement
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.curation.card import CardState
from watcher.domain.errors import UsageError
from watcher.domain.facts import Revision, Verdict
from watcher.domain.summaries.style import Style
from watcher.stages.decide import CurationService

STYLE = Style("", 1, 300, 0.1, (), {}, {}, {}, (), (), lambda _: ())


class Desk:
    """A store with one card, and the nudges it gave."""

    def __init__(self, folder: Path) -> None:
        database = open_database(f"sqlite:///{folder / 'x.db'}")
        upgrade(database)
        self.store = SqlStore(database)
        self.store.papers.announce([an_announcement()], [a_topic()], RUN, NOW)
        self.store.papers.add_screenings([(1, a_screening())], RUN, NOW)
        self.store.scoring.add_relevances([(1, a_relevance())], [], RUN, NOW)
        self.store.summaries.add(1, a_summary(), RUN, NOW)
        self.nudges = 0
        self.decide = CurationService(
            self.store,
            lambda: NOW,
            self.nudge,
            defaultdict(lambda: STYLE),
            lambda _: MarkdownCatalog(folder / "catalog.md", "w", "w@x"),
        )

    def nudge(self) -> None:
        self.nudges += 1


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A fresh desk."""
    made = Desk(tmp_path)
    yield made
    made.store.database.close()


def test_a_double_click_is_one_decision_and_one_nudge(desk: Desk) -> None:
    first = desk.decide.decide(1, Verdict.APPROVE, "hana", "web")
    second = desk.decide.decide(1, Verdict.APPROVE, "ken", "web")

    assert first.state is second.state is CardState.APPROVED
    assert second.decision is not None
    assert second.decision.curator == "hana"
    assert desk.nudges == 1


def test_people_change_their_minds_and_the_latest_wins(desk: Desk) -> None:
    states = [
        desk.decide.decide(1, verdict, "hana", "web").state
        for verdict in (Verdict.LATER, Verdict.REJECT, Verdict.UNDO, Verdict.APPROVE)
    ]

    assert states == [CardState.LATER, CardState.REJECTED, CardState.OPEN, CardState.APPROVED]


def test_a_card_that_does_not_exist_cannot_be_decided(desk: Desk) -> None:
    with pytest.raises(UsageError, match="no card"):
        desk.decide.decide(99, Verdict.APPROVE, "hana", "web")


def test_a_revision_shows_and_an_unchanged_one_is_none(desk: Desk) -> None:
    card = desk.decide.card(1)

    same = desk.decide.revise(1, card.cells, "hana", "web", based_on=0)
    changed = desk.decide.revise(1, replace(card.cells, year="2025"), "hana", "web", based_on=0)

    assert (same.revision, changed.revision, changed.cells.year) == (0, 1, "2025")


def test_two_editors_at_once_are_told(desk: Desk) -> None:
    cells = desk.decide.card(1).cells
    desk.decide.revise(1, replace(cells, year="2025"), "hana", "web", based_on=0)

    with pytest.raises(UsageError, match="someone else"):
        desk.decide.revise(1, replace(cells, venue="NeurIPS"), "ken", "slack", based_on=0)


def test_cells_that_cannot_stand_in_a_row_are_refused(desk: Desk) -> None:
    cells = desk.decide.card(1).cells

    with pytest.raises(UsageError, match="year"):
        desk.decide.revise(1, replace(cells, year="next year"), "hana", "web")


def test_a_card_that_cannot_stand_in_a_row_is_not_approved(desk: Desk) -> None:
    cells = desk.decide.card(1).cells
    desk.store.cards.revise(1, [Revision("title", cells.title, "x" * 900, "hana", NOW)], None)

    with pytest.raises(UsageError, match="title_long"):
        desk.decide.decide(1, Verdict.APPROVE, "hana", "console")
    assert desk.decide.decide(1, Verdict.REJECT, "hana", "console").state is CardState.REJECTED


def test_a_decided_card_is_not_edited(desk: Desk) -> None:
    desk.decide.decide(1, Verdict.APPROVE, "hana", "web")

    with pytest.raises(UsageError, match="undo first"):
        desk.decide.revise(1, desk.decide.card(1).cells, "hana", "web")
