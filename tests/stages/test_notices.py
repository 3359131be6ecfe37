"""A later version of a paper that curators met is told of once, and is never another card."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary, a_topic, an_announcement
from watcher.adapters.store import SqlStore
from watcher.domain.facts import Notice, NoticeKind
from watcher.domain.papers.paper import WITHDRAWN, Announcement, AnnounceType, PaperId
from watcher.stages.collect import notice_replacements

TOPIC = a_topic()
TITLE = "Text World Models: A Test of Planning"


def arxiv(native: str) -> PaperId:
    return PaperId("arxiv", native)


def replaced(native: str = "2606.00001", version: int = 2, title: str = TITLE, *anomalies: str) -> Announcement:
    found = an_announcement(native, AnnounceType.REPLACE, "oai:cs", version=version, title=title)
    return replace(found, anomalies=anomalies)


def with_card(store: SqlStore, native: str = "2606.00001") -> None:
    store.papers.announce([an_announcement(native, title=TITLE)], [TOPIC], RUN, NOW)
    (number,) = store.papers.numbers_of(arxiv(native))
    store.papers.add_screenings([(number, a_screening())], RUN, NOW)
    store.scoring.batches(TOPIC.slug, 10, None)
    store.scoring.add_relevances([(number, a_relevance())], [], RUN, NOW)
    store.summaries.add(number, a_summary(), RUN, NOW)


def told(store: SqlStore, *found: Announcement, cataloged: tuple[str, ...] = ()) -> list[Notice]:
    """The notices given after these announcements came in, looked for twice."""
    store.papers.announce(found, [TOPIC], RUN, NOW)
    withdrawn = [announcement for announcement in found if WITHDRAWN in announcement.anomalies]
    papers = store.papers.with_card() | {arxiv(native) for native in cataloged}
    for _ in range(2):
        notice_replacements(store, papers, withdrawn, run=RUN, now=NOW)
    return list(store.papers.notices(None))


def test_a_replacement_of_a_paper_with_a_card_is_told_once_and_makes_no_candidate(store: SqlStore) -> None:
    with_card(store)

    (notice,) = told(store, replaced(title=f"{TITLE}, Revisited"))

    assert notice == Notice(
        arxiv("2606.00001"),
        2,
        NoticeKind.REPLACED,
        f"{TITLE}, Revisited",
        "https://arxiv.org/abs/2606.00001",
        TITLE,
    )
    assert len(store.papers.numbers_of(arxiv("2606.00001"))) == 1
    assert ("noticed", "v2 replaced") in [
        (entry.what, entry.gist[:11]) for entry in store.history.of(arxiv("2606.00001"))
    ]


def test_every_later_version_is_told(store: SqlStore) -> None:
    with_card(store)

    assert [notice.version for notice in told(store, replaced(version=2))] == [2]
    assert [notice.version for notice in told(store, replaced(version=4))] == [2, 4]


def test_another_title_asks_whether_it_is_still_the_same_paper(store: SqlStore) -> None:
    with_card(store)

    (notice,) = told(store, replaced(title="Quantum Error Correction on Kagome Lattices"))

    assert (notice.kind, notice.before) == (NoticeKind.RETITLED, TITLE)


def test_a_withdrawn_version_is_told_as_such(store: SqlStore) -> None:
    with_card(store)

    assert [n.kind for n in told(store, replaced("2606.00001", 2, TITLE, WITHDRAWN))] == [NoticeKind.WITHDRAWN]


def test_a_withdrawal_that_a_feed_told_of_as_a_replacement_is_told_all_the_same(store: SqlStore) -> None:
    with_card(store)

    first = told(store, replaced())
    second = told(store, replaced("2606.00001", 2, TITLE, WITHDRAWN))

    assert [notice.kind for notice in first] == [NoticeKind.REPLACED]
    assert [notice.kind for notice in second] == [NoticeKind.REPLACED, NoticeKind.WITHDRAWN]


def test_a_paper_of_the_catalog_that_no_run_ever_saw_is_told_of_too(store: SqlStore) -> None:
    (notice,) = told(store, replaced("2306.12672", 3), cataloged=("2306.12672",))

    assert (notice.paper, notice.version, notice.kind, notice.before) == (
        arxiv("2306.12672"),
        3,
        NoticeKind.REPLACED,
        "",
    )


def test_papers_that_curators_never_met_are_no_matter(store: SqlStore) -> None:
    store.papers.announce([an_announcement("2606.00002")], [TOPIC], RUN, NOW)

    assert told(store, replaced("2606.00002"), replaced("2606.00003", 2, TITLE, WITHDRAWN)) == []


def test_a_digest_tells_the_notices_since_the_last_one_and_keeps_them(store: SqlStore) -> None:
    with_card(store)
    given = told(store, replaced())

    digest = store.reports.digest(TOPIC, NOW.date(), NOW - timedelta(hours=1), recorded=False)
    store.reports.put_digest(digest, "ref", NOW)
    kept = store.reports.last_digest(TOPIC.slug)

    assert digest.notices == tuple(given)
    assert kept is not None
    assert kept[0] == digest
    assert store.reports.digest(TOPIC, NOW.date(), NOW, recorded=False).notices == ()
