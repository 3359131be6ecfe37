"""What the store knows of what came in: papers seen as news, how far lists were read, since when categories are watched."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from tests.factories import NOW, RUN, a_topic, an_announcement
from watcher.adapters.store import SqlStore
from watcher.domain.papers.feeds import FeedReport, FeedRole, SourceState, feed_day
from watcher.domain.papers.paper import AnnounceType, PaperId


def arxiv(native: str) -> PaperId:
    return PaperId("arxiv", native)


def test_a_paper_is_known_once_it_was_news_in_any_version(store: SqlStore) -> None:
    store.papers.announce(
        [
            an_announcement("2606.00001"),
            an_announcement("2606.00002", AnnounceType.CROSS, version=3),
            an_announcement("2606.00003", AnnounceType.REPLACE, version=2),
        ],
        [a_topic()],
        RUN,
        NOW,
    )

    asked = [an_announcement(f"2606.0000{number}").paper for number in (1, 2, 3, 4)]
    assert store.papers.known_ids(asked, [a_topic()]) == {asked[0].id, asked[1].id}
    assert store.papers.known_ids([], [a_topic()]) == frozenset()


def test_a_paper_cross_listed_later_is_news_to_the_topic_that_watches_its_new_category(store: SqlStore) -> None:
    language, vision = a_topic(categories=frozenset({"cs.CL"})), a_topic(slug="vision", categories=frozenset({"cs.CV"}))
    first = an_announcement(categories=("cs.CL",))
    store.papers.announce([first], [language, vision], RUN, NOW)
    known = partial(store.papers.known_ids, topics=[language, vision])
    listed = an_announcement(type_=AnnounceType.CROSS, categories=("cs.CL", "cs.CV"))

    late = partial(store.papers.cross_listed, topics=[language, vision])
    added = a_topic(slug="added", categories=frozenset({"cs.CL"}))
    assert known([first.paper]) == {first.paper.id}
    assert known([listed.paper]) == frozenset()
    assert late([first.paper]) == frozenset()
    assert late([listed.paper]) == {first.paper.id}
    assert late([an_announcement("2606.00009").paper]) == frozenset(), "it is not known at all"
    assert store.papers.cross_listed([first.paper], [language, added]) == frozenset(), (
        "the topic is new, not the category"
    )

    store.papers.announce([listed], [language, vision], RUN, NOW)
    assert known([listed.paper]) == {first.paper.id}
    assert late([listed.paper]) == frozenset()
    assert store.papers.number_of(first.paper.id, "vision") is not None


def test_a_topic_that_takes_no_cross_lists_does_not_keep_them_unknown(store: SqlStore) -> None:
    picky = a_topic(slug="picky", categories=frozenset({"cs.CV"}), announce=frozenset({AnnounceType.NEW}))
    topics = [a_topic(categories=frozenset({"cs.CL"})), picky]
    elsewhere = an_announcement(type_=AnnounceType.CROSS, categories=("math.CO", "cs.CL", "cs.CV"))
    store.papers.announce([elsewhere], topics, RUN, NOW)

    assert store.papers.known_ids([elsewhere.paper], topics) == {elsewhere.paper.id}


def test_how_far_each_list_was_read_is_told_by_purpose(store: SqlStore) -> None:
    later = NOW + timedelta(days=1)
    store.feeds.add_harvest("reconcile", "", later, RUN, NOW)
    store.feeds.add_harvest("backfill", "oai:cs", NOW, RUN, NOW)
    store.feeds.add_harvest("backfill", "oai:q-bio", later, RUN, NOW)
    store.feeds.add_harvest("backfill", "oai:cs", later, RUN, later)

    assert store.feeds.harvested("reconcile") == {"": later}
    assert store.feeds.harvested("backfill") == {"oai:cs": later, "oai:q-bio": later}
    assert store.feeds.harvested("never") == {}


def test_each_category_is_watched_from_the_first_reading_of_a_configured_feed_that_names_it(store: SqlStore) -> None:
    day = timedelta(days=1)

    def read(feed: str, role: FeedRole, days: int, state: SourceState = SourceState.FRESH) -> None:
        store.feeds.add_readings([FeedReport(feed, state)], f"run-{days}-{feed}", NOW + days * day, [role])

    read("cs.AI+cs.CL", FeedRole.WATCHED, 0)
    read("cs.AI+cs.CL", FeedRole.WATCHED, 1)
    read("cs.RO", FeedRole.GIVEN, 1)
    read("cs.AI+cs.CL+cs.RO", FeedRole.WATCHED, 2, SourceState.FAILED)
    read("cs.AI+cs.CL+cs.RO", FeedRole.WATCHED, 3)

    today = feed_day(NOW)
    assert store.feeds.watched_since() == {"cs.AI": today, "cs.CL": today, "cs.RO": today + 3 * day}


def test_all_authors_of_a_stored_paper_are_those_of_its_latest_version(store: SqlStore) -> None:
    replaced = an_announcement("2606.00001", AnnounceType.REPLACE, version=2, authors=("Ada Lovelace", "Emmy Noether"))
    store.papers.announce(
        [replaced, an_announcement("2606.00001"), an_announcement("2606.00002")], [a_topic()], RUN, NOW
    )
    asked = [arxiv("2606.00001"), arxiv("2606.00009"), *(arxiv(f"2607.{number:05}") for number in range(1000))]

    assert store.papers.authors(asked) == {arxiv("2606.00001"): ("Ada Lovelace", "Emmy Noether")}
