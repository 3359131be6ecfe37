"""What was said of a paper version under the same criteria by the same model is known to every topic."""

from __future__ import annotations

from tests.factories import NOW, RUN, a_relevance, a_screening, a_topic, an_announcement
from watcher.adapters.store import SqlStore

ONE, TWO = a_topic(), a_topic(slug="twin", post_at=4)


def taken_in(store: SqlStore, *natives: str) -> None:
    store.papers.announce([an_announcement(native) for native in natives], [ONE, TWO], RUN, NOW)
    for topic in (ONE, TWO):
        waiting = store.papers.to_screen(topic.slug, 10)
        store.papers.add_screenings([(candidate.number, a_screening()) for candidate in waiting], RUN, NOW)


def test_a_judgement_made_for_one_topic_is_known_to_another(store: SqlStore) -> None:
    taken_in(store, "2606.00001", "2606.00002")
    (batch,) = store.scoring.batches(ONE.slug, 10, None)
    said = a_relevance(3, asked="m")
    store.scoring.add_relevances([(batch.candidates[0].number, said)], [], RUN, NOW)

    ((number, known),) = store.scoring.judged(TWO.slug, "p", "m")

    assert known == said
    other = {c.number: c.paper.id for b in store.scoring.batches(TWO.slug, 10, None) for c in b.candidates}
    assert other[number] == batch.candidates[0].paper.id
    assert store.scoring.judged(ONE.slug, "p", "m") == []


def test_another_prompt_or_model_is_another_question(store: SqlStore) -> None:
    taken_in(store, "2606.00001")
    (batch,) = store.scoring.batches(ONE.slug, 10, None)
    store.scoring.add_relevances([(batch.candidates[0].number, a_relevance(3, asked="m"))], [], RUN, NOW)

    assert store.scoring.judged(TWO.slug, "q", "m") == []
    assert store.scoring.judged(TWO.slug, "p", "n") == []
    assert len(store.scoring.judged(TWO.slug, "p", "m")) == 1


def test_a_verdict_once_taken_over_is_not_offered_again(store: SqlStore) -> None:
    taken_in(store, "2606.00001")
    (batch,) = store.scoring.batches(ONE.slug, 10, None)
    store.scoring.add_relevances([(batch.candidates[0].number, a_relevance(3, asked="m"))], [], RUN, NOW)

    store.scoring.add_relevances(store.scoring.judged(TWO.slug, "p", "m"), [], RUN, NOW)

    assert store.scoring.judged(TWO.slug, "p", "m") == []
    assert store.scoring.unscored(TWO.slug) == (0, 0)
