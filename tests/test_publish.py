"""What is new is pushed once and recorded; what fails is told, kept, and tried again after growing pauses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.factories import NOW
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store.migrations import upgrade
from watcher.domain.errors import PushRefused
from watcher.domain.facts import Push
from watcher.pipeline.push import PAUSES, Publisher


class FakeRemote:
    """A remote that takes everything, or refuses while `refusing`."""

    def __init__(self) -> None:
        self.catalog, self.commit = "papers/catalog.md", "a" * 40
        self.refusing = False
        self.asked: list[datetime] = []

    def head(self) -> str:
        return self.commit

    def take_in(self, at: datetime) -> None:
        """Nobody else pushes."""

    def bring(self, at: datetime) -> Push:
        self.asked.append(at)
        if self.refusing:
            raise PushRefused("the branch is protected", about="origin", remedy="let it push")
        return Push(self.catalog, self.commit, "main", "", at)


class Bench:
    """A publisher over a real store, on a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        database = open_database(f"sqlite:///{folder / 'x.db'}")
        upgrade(database)
        self.store, self.remote, self.now = SqlStore(database), FakeRemote(), NOW
        self.publisher = Publisher(self.remote, self.store, lambda: self.now)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.database.close()


def test_a_commit_is_pushed_once_and_the_next_one_again(bench: Bench) -> None:
    assert bench.publisher.publish() == []
    assert bench.publisher.publish() == []
    assert len(bench.remote.asked) == 1
    assert bench.store.catalog.last_push() == Push("papers/catalog.md", "a" * 40, "main", "", NOW)
    bench.remote.commit = "b" * 40
    bench.publisher.publish()
    assert len(bench.remote.asked) == 2


def test_nothing_is_asked_before_the_first_commit(bench: Bench) -> None:
    bench.remote.commit = ""
    assert bench.publisher.publish() == []
    assert bench.remote.asked == []


def test_several_workers_ask_a_broken_remote_no_oftener_than_one(bench: Bench) -> None:
    crew = [Publisher(bench.remote, bench.store, lambda: bench.now) for _ in range(3)]
    bench.remote.refusing = True
    for second in range(0, 22 * 60, 15):
        crew[second // 15 % 3].publish()
        bench.now += timedelta(seconds=15)
    assert [moment - NOW for moment in bench.remote.asked] == [timedelta(minutes=minutes) for minutes in (0, 1, 6, 21)]

    bench.remote.refusing = False
    bench.store.coordination.resume_all()
    assert crew[0].publish() == []
    bench.remote.refusing, bench.remote.commit = True, "b" * 40
    assert crew[1].publish() != []
    bench.now += PAUSES[0]
    assert crew[2].publish() != [], "after a success the pauses begin anew"


@pytest.mark.endurance
def test_a_refusal_is_recorded_once_and_tried_again_after_growing_pauses(bench: Bench) -> None:
    bench.remote.refusing = True
    for _ in range(26 * 60):
        bench.publisher.publish()
        bench.now += timedelta(minutes=1)
    gaps = [later - earlier for earlier, later in zip(bench.remote.asked, bench.remote.asked[1:], strict=False)]
    assert gaps[: len(PAUSES)] == list(PAUSES)
    assert set(gaps[len(PAUSES) :]) == {PAUSES[-1]}
    (trouble,) = bench.store.catalog.push_failures()
    assert "the branch is protected" in trouble.error
    assert [failure.error for failure in bench.store.runs.failures()] == [trouble.error]


def test_what_was_mended_is_pushed_and_no_trouble_is_left(bench: Bench) -> None:
    bench.remote.refusing = True
    assert bench.publisher.publish() == ["push: origin: the branch is protected (let it push)"]
    bench.remote.refusing = False
    bench.now += PAUSES[0]
    assert bench.publisher.publish() == []
    assert bench.store.catalog.push_failures() == []
    assert bench.store.runs.failures() == []
    bench.remote.refusing, bench.remote.commit = True, "b" * 40
    bench.now += timedelta(days=1)
    bench.publisher.publish()
    assert len(bench.store.catalog.push_failures()) == 1, "the same words at another time are new trouble"


def test_a_person_who_asks_does_not_wait_for_a_pause(bench: Bench) -> None:
    bench.remote.refusing = True
    bench.publisher.publish()
    bench.remote.refusing = False
    assert bench.publisher.push(by_hand=True) is not None
    assert bench.publisher.push(by_hand=True) is None


def test_a_person_who_asks_is_told_what_others_did_to_the_remote_though_nothing_is_new(bench: Bench) -> None:
    bench.publisher.publish()
    bench.remote.refusing = True
    assert bench.publisher.push() is None
    with pytest.raises(PushRefused, match="protected"):
        bench.publisher.push(by_hand=True)
