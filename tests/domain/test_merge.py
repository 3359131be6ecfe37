"""Announcements from several feeds become one per paper version."""

from __future__ import annotations

from datetime import date

from watcher.domain.papers.paper import Announcement, AnnounceType, Paper, PaperId, merge

NEW, CROSS, REPLACE = AnnounceType.NEW, AnnounceType.CROSS, AnnounceType.REPLACE
DAY = date(2026, 6, 29)


def announcement(
    native: str, kind: AnnounceType, feed: str, *categories: str, version: int = 1, day: date | None = DAY
) -> Announcement:
    paper = Paper(
        id=PaperId("arxiv", native),
        version=version,
        title_raw="T",
        abstract_raw="A",
        authors_raw="N",
        title="T",
        abstract="A",
        authors=("N",),
        categories=categories,
        url=f"https://arxiv.org/abs/{native}",
    )
    return Announcement(paper, kind, feed, day, anomalies=("invisible",) if feed == "cs.LG" else ())


def test_the_strongest_type_wins_and_categories_are_united_in_order() -> None:
    (found,) = merge(
        [
            announcement("2606.1", CROSS, "cs.LG", "cs.CL", "cs.LG", day=None),
            announcement("2606.1", NEW, "cs.CL", "cs.CL", "cs.AI"),
            announcement("2606.1", CROSS, "cs.AI", "cs.AI", "cs.RO"),
        ]
    )
    assert (found.announce_type, found.feed, found.announced_on) == (NEW, "cs.CL", DAY)
    assert found.paper.categories == ("cs.CL", "cs.LG", "cs.AI", "cs.RO")
    assert found.anomalies == ("invisible",)


def test_of_equal_types_the_first_is_kept_with_the_date_another_knows() -> None:
    (found,) = merge([announcement("1", NEW, "first", day=None), announcement("1", NEW, "second")])
    assert (found.feed, found.announced_on) == ("first", DAY)


def test_versions_stay_apart_and_the_order_is_that_of_the_feeds() -> None:
    found = merge(
        [
            announcement("2", NEW, "a"),
            announcement("1", NEW, "a"),
            announcement("2", REPLACE, "b", version=2),
            announcement("2", NEW, "b"),
        ]
    )
    assert [(a.paper.id.native, a.paper.version) for a in found] == [("2", 1), ("1", 1), ("2", 2)]


def test_merging_again_changes_nothing() -> None:
    once = merge([announcement("1", CROSS, "a", "x"), announcement("1", NEW, "b", "y"), announcement("2", NEW, "a")])
    assert merge(once) == once
    assert merge([]) == []
