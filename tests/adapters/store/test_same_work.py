"""One work from two sources is one candidate by its DOI; by title and first author it is a question, never a merge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.factories import NOW, RUN, a_screening, a_topic, an_announcement
from watcher.adapters.store import SqlStore
from watcher.domain.papers.feeds import FeedMemory
from watcher.domain.papers.paper import Announcement, AnnounceType, PaperId
from watcher.words_ja.common import anomaly

JOURNAL = "Sample Journal"
DOI = "10.1038/s41586-026-00001-w"
TOPIC = a_topic(feeds={JOURNAL: "https://x.example.org/feed"})


def in_journal(doi: str = DOI, title: str = "Another title of the same work") -> Announcement:
    paper = an_announcement().paper
    return Announcement(
        replace(
            paper,
            id=PaperId("doi", doi),
            doi=doi,
            title=title,
            categories=(JOURNAL,),
            url=f"https://doi.org/{doi}",
        ),
        AnnounceType.NEW,
        JOURNAL,
    )


def at_arxiv(doi: str | None = DOI, title: str = "A title that is long enough to tell works apart") -> Announcement:
    return an_announcement("2606.00001", doi=doi, title=title)


def candidates(store: SqlStore) -> list[str]:
    return [str(candidate.paper.id) for candidate in store.papers.to_screen(TOPIC.slug, 100)]


def test_a_journals_paper_is_a_candidate_of_the_topic_that_watches_its_feed(store: SqlStore) -> None:
    other = a_topic(slug="other")
    assert store.papers.announce([in_journal()], [TOPIC, other], RUN, NOW) == 1
    assert candidates(store) == [f"doi:{DOI}"]
    assert store.papers.to_screen("other", 10) == []


def test_the_same_doi_is_one_candidate_whichever_source_came_first(store: SqlStore) -> None:
    store.papers.announce([at_arxiv()], [TOPIC], RUN, NOW)
    store.papers.announce([in_journal()], [TOPIC], RUN, NOW)
    assert candidates(store) == ["arxiv:2606.00001"]
    assert store.papers.number_of(PaperId("doi", DOI), TOPIC.slug) == store.papers.number_of(
        PaperId("arxiv", "2606.00001"), TOPIC.slug
    )


def test_a_journal_that_was_first_keeps_its_candidate_and_arxivs_list_misses_nothing(store: SqlStore) -> None:
    store.papers.announce([in_journal()], [TOPIC], RUN, NOW)
    later = at_arxiv(doi=f"https://doi.org/{DOI.upper()}")
    store.papers.announce([later], [TOPIC], RUN, NOW)
    assert candidates(store) == [f"doi:{DOI}"]
    assert store.papers.known_ids([later.paper], [TOPIC]) == {later.paper.id}
    assert store.papers.numbers_of(later.paper.id) == store.papers.numbers_of(PaperId("doi", DOI))


def test_of_both_in_one_run_arxivs_is_the_candidate(store: SqlStore) -> None:
    store.papers.announce([in_journal(), at_arxiv()], [TOPIC], RUN, NOW)
    assert candidates(store) == ["arxiv:2606.00001"]


def test_arxivs_paper_is_judged_by_its_abstract_where_a_journals_entry_was_screened_out(store: SqlStore) -> None:
    store.papers.announce([in_journal()], [TOPIC], RUN, NOW)
    number = store.papers.number_of(PaperId("doi", DOI), TOPIC.slug)
    assert number is not None
    store.papers.add_screenings([(number, a_screening(passed=False))], RUN, NOW)
    paper = at_arxiv()
    assert store.papers.known_ids([paper.paper], [TOPIC]) == frozenset()
    store.papers.announce([paper], [TOPIC], RUN, NOW)
    assert candidates(store) == ["arxiv:2606.00001"]


def test_one_title_and_first_author_make_a_question_on_the_later_card_and_two_candidates(store: SqlStore) -> None:
    title = "A title that is long enough to tell works apart"
    store.papers.announce([at_arxiv(doi=None)], [TOPIC], RUN, NOW)
    store.papers.announce([in_journal(title=title.upper())], [TOPIC], RUN, NOW)
    first, second = store.papers.to_screen(TOPIC.slug, 10)
    assert first.anomalies == ()
    assert second.anomalies == ("alike arxiv:2606.00001",)
    assert anomaly(second.anomalies[0]).startswith("同じ論文かもしれません（")
    assert "https://arxiv.org/abs/2606.00001" in anomaly(second.anomalies[0])


def test_two_papers_of_arxiv_and_two_works_of_one_group_are_not_asked_about(store: SqlStore) -> None:
    title = "A title that is long enough to tell works apart"
    twins = [at_arxiv(doi=None), an_announcement("2606.00002", title=title)]
    store.papers.announce(twins, [TOPIC], RUN, NOW)
    store.papers.announce([in_journal(title="Quite another title by the same first author")], [TOPIC], RUN, NOW)
    assert [c.anomalies for c in store.papers.to_screen(TOPIC.slug, 10)] == [(), (), ()]


def test_what_a_feed_held_is_remembered_by_its_address_which_is_not_stored(store: SqlStore) -> None:
    memory = FeedMemory(
        url="https://x.example.org/feed?token=secret",
        watched_by="w",
        seen=frozenset({"doi:10.1/a"}),
        skipped=frozenset({"doi:10.1/b"}),
        newest=date(2026, 11, 30),
        etag='"e"',
        modified="",
        read_at=NOW,
    )
    assert store.feeds.memory(memory.url) is None
    store.feeds.remember(memory, RUN, NOW)
    store.feeds.remember(replace(memory, etag='"f"'), RUN, NOW)
    assert store.feeds.memory(memory.url) == replace(memory, etag='"f"')
    assert store.feeds.memory("https://x.example.org/feed") is None
    assert "secret" not in repr(memory)
