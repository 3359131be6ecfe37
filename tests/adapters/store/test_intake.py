"""What the store knows of what came in: papers seen as news, the newest id, how each feed did last."""

from __future__ import annotations

from datetime import timedelta

from tests.factories import NOW, RUN, a_topic, an_announcement
from watcher.adapters.store import SqlStore
from watcher.domain.card import FeedReport, SourceState
from watcher.domain.paper import AnnounceType, PaperId


def arxiv(native: str) -> PaperId:
    return PaperId("arxiv", native)


def test_a_paper_is_known_once_it_was_news_in_any_version(store: SqlStore) -> None:
    store.announce(
        [
            an_announcement("2606.00001"),
            an_announcement("2606.00002", AnnounceType.CROSS, version=3),
            an_announcement("2606.00003", AnnounceType.REPLACE, version=2),
        ],
        [a_topic()],
        RUN,
        NOW,
    )

    asked = [arxiv(f"2606.0000{number}") for number in (1, 2, 3, 4)]
    assert store.known_ids(asked) == {asked[0], asked[1]}
    assert store.known_ids([]) == frozenset()


def test_the_newest_id_before_a_moment_is_the_last_announced_whatever_its_digits(store: SqlStore) -> None:
    first = ["2606.99999", "2606.100000", "math/0309136", "0704.0001"]
    store.announce([an_announcement(native) for native in first], [a_topic()], RUN, NOW)
    store.announce([an_announcement("2607.00001")], [a_topic()], RUN, NOW + timedelta(hours=1))

    assert store.newest_before(NOW) is None
    assert store.newest_before(NOW + timedelta(hours=1)) == arxiv("2606.100000")
    assert store.newest_before(NOW + timedelta(hours=2)) == arxiv("2607.00001")


def test_each_feed_is_remembered_as_it_did_last(store: SqlStore) -> None:
    early, late = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    store.add_readings([FeedReport("cs.AI", SourceState.FAILED, error="HTTP 503")], RUN, NOW)
    store.add_readings([FeedReport("cs.CL", SourceState.WAITING)], RUN, early)
    store.add_readings([FeedReport("cs.CL", SourceState.FRESH, 2, 1)], RUN, late)

    assert store.readings(NOW) == [(FeedReport("cs.CL", SourceState.FRESH, 2, 1), late)]
    assert [(report.name, at) for report, at in store.readings(NOW - timedelta(hours=1))] == [
        ("cs.AI", NOW),
        ("cs.CL", late),
    ]
