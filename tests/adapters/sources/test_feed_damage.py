"""Whatever happens to a feed's bytes, every entry is announced, named as broken, or refused with its document."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mutants import count_entries
from watcher.adapters.sources.arxiv import read_feed
from watcher.domain.errors import FeedError

FEEDS = Path(__file__).parents[2] / "data" / "feeds"
DOCUMENT = (FEEDS / "rss_cs.LG+cs.AI+cs.CL+stat.ML_2026-09-24_excerpt.xml").read_bytes()
PLACES = st.integers(0, len(DOCUMENT) - 1)
TAGS = [
    b"<item>",
    b"</item>",
    b"</item>\n    <item>",
    b"<title>",
    b"</title>",
    b"</guid>",
    b"</description>",
    b"<guid>",
]


def holds(document: bytes) -> None:
    """No crash but FeedError, and no entry of a document that was read goes unmentioned."""
    try:
        reading = read_feed(document, "mutant")
    except FeedError as error:
        assert error.about == "mutant"  # noqa: PT017 - both outcomes are right, each with its own promise
    else:
        assert len(reading.announcements) + len(reading.broken) == count_entries(document, "item")
        assert all(a.paper.id.native and a.paper.version for a in reading.announcements)


@pytest.mark.endurance
@given(PLACES, st.binary(max_size=6))
@settings(max_examples=300, deadline=None)
def test_overwritten_bytes_lose_no_entry_silently(place: int, patch: bytes) -> None:
    holds(DOCUMENT[:place] + patch + DOCUMENT[place + len(patch) :])


@pytest.mark.endurance
@given(PLACES, st.integers(1, 3000))
@settings(max_examples=300, deadline=None)
def test_missing_pieces_lose_no_entry_silently(place: int, length: int) -> None:
    holds(DOCUMENT[:place] + DOCUMENT[place + length :])


@pytest.mark.endurance
@given(st.lists(st.tuples(st.sampled_from(TAGS), st.integers(0, 5), st.sampled_from([b"", *TAGS])), max_size=3))
@settings(max_examples=300, deadline=None)
def test_exchanged_tags_lose_no_entry_silently(changes: list[tuple[bytes, int, bytes]]) -> None:
    document = DOCUMENT
    for old, which, new in changes:
        pieces = document.split(old)
        cut = 1 + which % max(1, len(pieces) - 1)
        document = old.join(pieces[:cut]) + (new + old.join(pieces[cut:]) if len(pieces) > 1 else b"")
    holds(document)


def test_entries_that_ran_into_each_other_are_named() -> None:
    merged = DOCUMENT.replace(b"</item>\n    <item>", b"", 1)
    reading = read_feed(merged, "mutant")
    assert (len(reading.announcements), len(reading.broken)) == (1, 1)
    assert "2 elements <description>" in reading.broken[0]
