"""A record tells whether its paper is new, replaced, cross-listed, withdrawn or merely edited."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

import pytest

from tests.adapters.sources.oai_window import NOW, TODAY, WATCHED, paper
from tests.servers.oai import OaiArchive, OaiItem
from watcher.adapters.sources.oai import OaiRecord, read_page
from watcher.domain.papers.paper import AnnounceType, PaperId


def record(item: OaiItem) -> OaiRecord:
    archive = OaiArchive([item], now=NOW)
    return read_page(archive.answer("verb=ListRecords&metadataPrefix=arXivRaw"), "oai:cs").records[0]


JUNE_28, JUNE_29, MAY, MARCH = date(2026, 6, 28), date(2026, 6, 29), date(2026, 5, 20), date(2026, 3, 3)


@pytest.mark.parametrize(
    ("item", "unknown", "known"),
    [
        pytest.param(paper(1, JUNE_28), "new", None, id="submitted yesterday"),
        pytest.param(paper(1, JUNE_28, categories=["cs.RO", "cs.CL"]), "cross", None, id="primary elsewhere"),
        pytest.param(paper(1, MARCH), "new", None, id="held since March, its id is of June"),
        pytest.param(paper(1, JUNE_28, JUNE_29), "new", "replace", id="replaced before we saw it"),
        pytest.param(paper(1, MARCH, id="2603.01234"), None, None, id="an old paper, edited"),
        pytest.param(paper(1, MARCH, JUNE_28, id="2603.01234"), "replace", "replace", id="an old paper, replaced"),
        pytest.param(
            paper(1, MARCH, JUNE_28, id="2603.01234", categories=["cs.RO", "cs.AI"]),
            "replace-cross",
            "replace-cross",
            id="an old cross-list, replaced",
        ),
        pytest.param(paper(1, MARCH, MAY, id="2603.01234"), None, None, id="replaced long ago, now edited"),
        pytest.param(paper(1, MARCH, id="hep-th/0309136"), None, None, id="an id of the old kind, edited"),
    ],
)
def test_new_replaced_and_edited_are_told_apart(item: OaiItem, unknown: str | None, known: str | None) -> None:
    for expected, is_known in ((unknown, False), (known, True)):
        found = record(item).announcement(WATCHED, "oai:cs", since=TODAY, known=is_known)
        assert (found and found.announce_type) == expected


def test_what_was_announced_before_the_first_batch_that_was_read_is_no_news_when_it_is_edited() -> None:
    first = PaperId("arxiv", "2606.27000")

    def kind(number: str, *versions: date) -> str | None:
        found = record(paper(1, *versions, id=number)).announcement(
            WATCHED, "oai:cs", since=TODAY, known=False, announced=True, oldest=dict.fromkeys(WATCHED, first)
        )
        return str(found.announce_type) if found else None

    assert kind("2606.05000", date(2026, 6, 5)) is None
    assert kind("2606.05000", date(2026, 6, 5), JUNE_29) == "replace"
    assert kind("2606.26990", JUNE_28) == "new", "the first batch may have been read in part"
    assert kind("2606.27001", MARCH) == "new"


def test_a_withdrawal_is_a_replacement_that_says_so() -> None:
    moments = [datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 6, 28, tzinfo=UTC)]
    item = replace(paper(1, id="2603.01234"), versions=[(moments[0], ""), (moments[1], "I")])
    found = record(item).announcement(WATCHED, "oai:cs", since=TODAY, known=True)
    assert found
    assert (found.announce_type, found.anomalies) == (AnnounceType.REPLACE, ("withdrawn",))


def test_a_paper_cross_listed_late_is_news_however_old_it_is() -> None:
    asked = partial(record(paper(1, MARCH, id="2603.00001")).announcement, WATCHED, "oai:cs", since=TODAY)

    assert asked(known=False) is None, "nobody can tell it from one that was only edited"
    assert asked(known=False, cross_listed=True) is not None


@pytest.mark.parametrize(
    ("number", "first", "announced", "found"),
    [
        ("2603.00001", {"cs.CL": "2601.00001"}, False, True),
        ("2603.00001", {"cs.CL": "2601.00001"}, True, False),  # for a topic that came later it is past
        ("2603.00001", {"cs.CL": "2606.00001"}, False, False),  # the category was not watched yet
        ("2603.00001", {"cs.CL": "2606.00001", "cs.AI": "2601.00001"}, False, True),
        ("2603.00001", {"cs.LG": "2601.00001"}, False, False),  # none of its categories
    ],
)
def test_a_paper_never_announced_to_us_has_come_into_a_category_that_was_watched_before_its_id_was_given(
    number: str, first: dict[str, str], announced: bool, found: bool
) -> None:
    oldest = {category: PaperId("arxiv", native) for category, native in first.items()}
    item = paper(1, MARCH, MAY, id=number, categories=["cs.DB", "cs.CL", "cs.AI"])
    told = record(item).announcement(WATCHED, "oai:cs", since=TODAY, known=False, announced=announced, oldest=oldest)
    assert (told is not None) is found
    assert told is None or told.announce_type is AnnounceType.CROSS
