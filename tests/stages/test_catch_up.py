"""A window is taken in reading by reading; what fails is reported and hides nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tests.factories import NOW, RUN, a_topic, an_announcement
from watcher.adapters.store import SqlStore
from watcher.domain.errors import FeedError
from watcher.domain.papers.feeds import FeedReport, FeedRole, SourceState
from watcher.domain.papers.paper import AnnounceType
from watcher.ports import Reading
from watcher.stages.collect import Collected, Harvest


class Window:
    """A catch-up of given readings."""

    name = "arXiv OAI-PMH"

    def __init__(self, *readings: Reading) -> None:
        self._readings = readings
        self.complete_as_of: datetime | None = None

    def read(self) -> Iterable[Reading]:
        yield from self._readings
        self.complete_as_of = None if any(reading.error for reading in self._readings) else NOW


def harvested(window: Window, store: SqlStore) -> Collected:
    """What is stored of a window, page by page, and reported."""
    harvest = Harvest(window, store, [a_topic()], run=RUN, now=NOW)
    for _ in harvest.pages():
        pass
    return harvest.end(SourceState.COMPLETE, FeedRole.LIST)


NEW = an_announcement("2606.00001", feed="oai:cs")
REPLACED = an_announcement("2606.00002", AnnounceType.REPLACE, "oai:cs", version=2)


def test_what_a_window_holds_is_added_and_counted_as_news_or_not(store: SqlStore) -> None:
    window = Window(Reading("oai:cs", (NEW, REPLACED)), Reading("oai:q-bio"))

    found = harvested(window, store)

    assert found.announced == 2
    assert found.reports == (FeedReport("arXiv OAI-PMH", SourceState.COMPLETE, 2, 1, revised=1),)
    assert [candidate.paper.id for candidate in store.papers.to_screen(a_topic().slug, 10)] == [NEW.paper.id]


def test_a_list_that_fails_hides_no_other_and_leaves_the_window_open(store: SqlStore) -> None:
    failed = Reading("oai:q-bio", error=FeedError("the server answers HTTP 503", about="oai:q-bio"))

    found = harvested(Window(failed, Reading("oai:cs", (NEW,))), store)

    (report,) = found.reports
    assert report.state is SourceState.FAILED
    assert "oai:q-bio" in report.error
    assert found.announced == 1


def test_a_record_that_cannot_be_read_is_named_beside_its_neighbors(store: SqlStore) -> None:
    window = Window(Reading("oai:cs", (NEW,), broken=("record 2 ('oai:arXiv.org:2606.00009'): no title",)))

    (report,) = harvested(window, store).reports

    assert report.state is SourceState.COMPLETE
    assert "2606.00009" in report.error


def test_only_what_is_wanted_is_added_and_each_reading_is_told_once_it_is_safe(store: SqlStore) -> None:
    window = Window(Reading("oai:cs", (NEW, REPLACED)), Reading("oai:q-bio", (an_announcement("2606.00003"),)))
    harvest = Harvest(window, store, [a_topic()], run=RUN, now=NOW, wanted=lambda a: a.announce_type.is_news)
    told = [(page.feed, len(store.papers.to_screen(a_topic().slug, 10))) for page in harvest.pages()]
    found = harvest.end(SourceState.COMPLETE, FeedRole.LIST)

    assert found.announced == 2
    assert told == [("oai:cs", 1), ("oai:q-bio", 2)]
