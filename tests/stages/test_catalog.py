"""The catalog stage follows decisions through interruptions; document and store are the real ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary, a_topic, an_announcement
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.curation.card import CardState
from watcher.domain.errors import CatalogError
from watcher.domain.facts import Decision, Verdict
from watcher.domain.summaries.cells import RowContent
from watcher.stages.catalog import catalog

SEED = Path(__file__).parents[1] / "data" / "catalog" / "catalog.md"


class Bench:
    """A store with one card and a copy of the seed catalog."""

    def __init__(self, folder: Path) -> None:
        database = open_database(f"sqlite:///{folder / 'x.db'}")
        upgrade(database)
        self.store = SqlStore(database)
        self.path = folder / "catalog.md"
        shutil.copyfile(SEED, self.path)
        self.document = MarkdownCatalog(self.path, "watcher", "watcher@localhost")
        self.store.papers.announce([an_announcement()], [a_topic()], RUN, NOW)
        self.store.papers.add_screenings([(1, a_screening())], RUN, NOW)
        self.store.scoring.add_relevances([(1, a_relevance())], [], RUN, NOW)
        self.store.summaries.add(1, a_summary(), RUN, NOW)

    def decide(self, verdict: Verdict) -> None:
        self.store.cards.decide(1, Decision(verdict, "hana", NOW, "web"))

    def follow(self) -> None:
        for number, wanted in self.store.catalog.to_write("llm-x-world-models"):
            catalog(number, self.document, self.store, wanted=wanted, now=NOW)

    def interrupted(self) -> None:
        """A kill after the row was written and before that was recorded."""
        card = self.store.cards.get(1)
        self.store.catalog.intend(1, NOW)
        self.document.add(RowContent(card.candidate.paper.id, card.cells, card.candidate.paper.url), NOW)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A fresh bench."""
    made = Bench(tmp_path)
    yield made
    made.store.database.close()


def test_an_approval_is_written_once_and_an_undo_restores_the_file(bench: Bench) -> None:
    bench.decide(Verdict.APPROVE)
    bench.follow()
    bench.follow()
    assert bench.path.read_text(encoding="utf-8").count("2606.27483") == 2  # label and address of one link
    assert bench.store.cards.get(1).state is CardState.CATALOGED

    bench.decide(Verdict.UNDO)
    bench.follow()

    assert bench.path.read_bytes() == SEED.read_bytes()
    assert bench.store.cards.get(1).state is CardState.OPEN


@pytest.mark.endurance
def test_an_interrupted_write_is_finished(bench: Bench) -> None:
    bench.decide(Verdict.APPROVE)
    bench.interrupted()

    bench.follow()

    assert bench.store.cards.get(1).state is CardState.CATALOGED
    assert bench.path.read_text(encoding="utf-8").count("2606.27483") == 2


def test_a_removal_cut_short_and_approved_again_leaves_the_row(bench: Bench) -> None:
    bench.decide(Verdict.APPROVE)
    bench.follow()
    bench.decide(Verdict.UNDO)
    card = bench.store.cards.get(1)
    bench.store.catalog.intend(1, NOW)
    bench.document.remove(RowContent(card.candidate.paper.id, card.cells, card.candidate.paper.url), NOW)
    bench.decide(Verdict.APPROVE)

    bench.follow()

    assert bench.store.cards.get(1).state is CardState.CATALOGED
    assert bench.path.read_text(encoding="utf-8").count("2606.27483") == 2


def test_a_removal_says_that_it_is_coming_before_it_touches_the_file(bench: Bench) -> None:
    bench.decide(Verdict.APPROVE)
    bench.follow()
    bench.decide(Verdict.UNDO)
    bench.path.write_text("no catalog", encoding="utf-8")
    with pytest.raises(CatalogError):
        bench.follow()
    bench.decide(Verdict.APPROVE)
    assert bench.store.catalog.to_write("llm-x-world-models") == [(1, True)]


def test_an_interrupted_write_that_was_withdrawn_meanwhile_leaves_nothing(bench: Bench) -> None:
    bench.decide(Verdict.APPROVE)
    bench.interrupted()
    bench.decide(Verdict.REJECT)

    bench.follow()
    bench.follow()

    assert bench.path.read_bytes() == SEED.read_bytes()
    assert bench.store.cards.get(1).state is CardState.REJECTED
