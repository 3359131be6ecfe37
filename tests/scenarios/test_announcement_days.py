"""Days off, lists that are away, imports: what nobody has read is taken in, or named by every command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.scenarios.conftest import CATEGORIES, Deployment, Done
from tests.servers.arxiv import ArxivServer, Fault
from tests.servers.citations import CitationServices
from tests.servers.year import Year
from watcher.domain.papers.feeds import EASTERN, SourceState
from watcher.words_ja.cli import NO_FAILURE
from watcher.words_ja.common import SOURCE_STATE

pytestmark = pytest.mark.endurance

MONDAY = date(2026, 1, 5)
DAYS = [MONDAY + timedelta(days=number) for number in range(12)]
RECONCILED = SOURCE_STATE[SourceState.COMPLETE]


def morning(day: date, hour: int = 1) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=EASTERN).astimezone(UTC)


@dataclass
class Mornings:
    """A deployment, and an arXiv that lives through days with it."""

    deployment: Deployment
    year: Year
    server: ArxivServer

    def show(self, day: date, hour: int = 1) -> str:
        now = morning(day, hour)
        self.year.show(now)
        self.server.feeds[CATEGORIES] = self.year.feed(CATEGORIES, day)
        return now.isoformat()

    def run(self, day: date, *arguments: str, hour: int = 1) -> Done:
        return self.deployment("run", "--now", self.show(day, hour), "--json", *arguments)

    def lists(self, since: int = 0) -> list[str]:
        """The requests for arXiv's full list."""
        return [seen.path for seen in self.server.requests[since:] if seen.path.startswith("/oai")]

    def away(self) -> None:
        """The full list does not answer."""
        self.server.oai = None

    def back(self) -> None:
        self.server.oai = self.year.archive

    def announced(self, *days: date) -> int:
        """How many papers were announced on some days for the first time."""
        news = self.year.news(frozenset(CATEGORIES.split("+")))
        return sum(day in days for day in news.values())


@pytest.fixture
def mornings(deployment: Deployment) -> Iterator[Mornings]:
    year = Year(11, MONDAY, 12, frozenset())
    with ArxivServer({}, year.archive) as server, CitationServices() as services:
        deployment.env |= {"WATCHER_ARXIV_RSS_URL": server.rss_url, "WATCHER_ARXIV_OAI_URL": server.oai_url}
        deployment.env |= dict.fromkeys(("WATCHER_S2_URL", "WATCHER_OPENALEX_URL"), services.url)
        yield Mornings(deployment, year, server)


def test_three_days_off_are_made_up_for_by_the_next_run_with_one_harvest(mornings: Mornings) -> None:
    first = mornings.run(DAYS[0])
    assert (first.code, first.json["unread_days"], mornings.lists()) == (0, [], []), "a first start has no past"

    done = mornings.run(DAYS[4])

    assert (done.code, done.err, done.json["unread_days"]) == (0, "", [])
    assert done.json["announced"] >= mornings.announced(*DAYS[1:5])
    assert done.json["screened"] == mornings.announced(*DAYS[1:5])
    assert {path.partition("from=")[2] for path in mornings.lists()} == {str(DAYS[0])}, "from a day before the oldest"
    status = mornings.deployment("status").out
    assert NO_FAILURE in status
    assert RECONCILED in status

    asked = len(mornings.server.requests)
    again = mornings.run(DAYS[4], hour=6)
    assert (again.code, again.json["announced"], mornings.lists(asked)) == (0, 0, [])


def test_days_that_cannot_be_read_are_named_by_every_command_until_they_are(mornings: Mornings) -> None:
    mornings.run(DAYS[0])
    mornings.away()
    named = [str(day) for day in DAYS[1:3]]

    done = mornings.run(DAYS[3])

    assert done.code == 1
    assert done.json["unread_days"] == named
    assert all(day in done.err for day in named)
    assert "Traceback" not in done.err
    assert done.json["announced"] >= mornings.announced(DAYS[3])
    now = morning(DAYS[3], 2).isoformat()
    for command in ("digest", "reconcile"):
        told = mornings.deployment(command, "--now", now)
        assert told.code == 1
        assert all(day in told.err for day in named)
        assert RECONCILED not in told.out + told.err
    for arguments in (("status",), ("doctor", "--offline")):
        told = mornings.deployment(*arguments)
        assert all(day in told.out for day in named)
        assert NO_FAILURE not in told.out
        assert RECONCILED not in told.out

    mornings.back()
    healed = mornings.run(DAYS[3], hour=3)
    assert (healed.code, healed.json["unread_days"]) == (0, [])
    assert done.json["screened"] + healed.json["screened"] == mornings.announced(*DAYS[1:4])
    assert NO_FAILURE in mornings.deployment("status").out


def test_a_reconciliation_that_begins_later_leaves_the_older_days_open(mornings: Mornings) -> None:
    mornings.run(DAYS[0])
    now = mornings.show(DAYS[4], 2)

    late = mornings.deployment("reconcile", "--since", str(DAYS[3]), "--now", now)

    assert late.code == 1
    assert str(DAYS[1]) in late.err
    assert RECONCILED not in late.out
    first = mornings.deployment("reconcile", "--now", now)
    assert first.code == 0
    assert RECONCILED in first.out
    assert mornings.lists()[-1].endswith(f"from={DAYS[0] - timedelta(days=1)}"), "back to the first reading"
    assert mornings.run(DAYS[4], hour=3).json["unread_days"] == []


def test_neither_an_import_nor_another_feed_closes_a_day(mornings: Mornings, tmp_path: Path) -> None:
    mornings.run(DAYS[0])
    mornings.away()
    papers, feed = tmp_path / "papers.jsonl", tmp_path / "some.xml"
    papers.write_text(
        '{"arxiv_id": "2601.99990", "version": 1, "title": "Knots", "abstract": "x", "authors": ["A"], '
        f'"categories": ["cs.AI"], "published": "2026-01-05T00:00:00Z", "announced": "{DAYS[1]}"}}\n'
    )
    now = mornings.show(DAYS[2])
    imported = mornings.deployment("import", str(papers), "--now", now, "--json")
    assert (imported.code, imported.json["unread_days"]) == (0, [str(DAYS[1])])

    feed.write_bytes(mornings.year.feed("cs.AI", DAYS[2]))
    other = mornings.deployment("run", "--feed", str(feed), "--now", now, "--json")
    assert (other.code, other.json["unread_days"]) == (0, [str(DAYS[1])])

    late = mornings.show(DAYS[3])
    own = mornings.deployment("run", "--feed", mornings.server.rss_url + CATEGORIES, "--now", late, "--json")
    assert (own.code, own.json["unread_days"]) == (1, [str(DAYS[1]), str(DAYS[2])])
    assert own.json["sources"][0]["state"] == "fresh", "the paper that came early changes nothing"
    assert str(DAYS[1]) in own.err


def test_a_feed_that_cannot_be_read_is_made_up_for_by_the_list_on_the_day(mornings: Mornings) -> None:
    mornings.run(DAYS[0])
    mornings.show(DAYS[1])
    mornings.server.feeds.clear()

    done = mornings.deployment("run", "--now", morning(DAYS[1]).isoformat(), "--json")

    assert done.code == 1, "the feed is told of"
    assert done.json["unread_days"] == []
    assert done.json["screened"] == mornings.announced(DAYS[1])
    mornings.away()
    mornings.show(DAYS[2])
    mornings.server.feeds.clear()
    lost = mornings.deployment("run", "--now", morning(DAYS[2]).isoformat(), "--json")
    assert lost.json["unread_days"] == [str(DAYS[2])]


def test_a_harvest_that_breaks_off_keeps_what_it_brought_and_goes_on_where_it_was(mornings: Mornings) -> None:
    mornings.run(DAYS[0])
    mornings.year.archive.page_size = 10
    mornings.show(DAYS[4])
    mornings.server.faults_after(4, Fault(status=404))

    broken = mornings.run(DAYS[4])

    assert broken.code == 1
    assert broken.json["unread_days"] == [str(day) for day in DAYS[1:4]]
    assert broken.json["announced"] > mornings.announced(DAYS[4]), "what came is kept"
    asked = len(mornings.server.requests)
    done = mornings.run(DAYS[4], hour=2)
    assert (done.code, done.json["unread_days"]) == (0, [])
    first = mornings.lists(asked)[0]
    assert not first.endswith(f"from={DAYS[0]}"), "not from the beginning"
    assert broken.json["screened"] + done.json["screened"] == mornings.announced(*DAYS[1:5])
