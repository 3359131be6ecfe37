"""A thousand garbled replies go through scoring, summarizing and verification, and no one is told anything wrong.

What counts as wrong: a stored verdict whose score is not the one the model had for this very paper, or whose criterion or
reason is neither that nor left out (a reason without end may be cut); a card without a flag whose summary differs by a character from the honest one, or whose reason does; a candidate that is
neither through nor waiting with a failure that says why. One on which every
answer was garbled stands before people.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import sqlalchemy as sa

from tests.cards import scored
from tests.corruption import ENDLESS, FOREIGN_REASONS, HONEST, PAPERS, SCORES, SUMMARIES, VERDICTS, WRAPPINGS, Garbling
from tests.factories import NOW, RUN, a_screening, a_topic
from tests.shipped import SCORE_PROMPT, STYLES, SUMMARIZE_PROMPT, TOPIC, TRIAGE_PROMPT, VERIFY_PROMPT
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.store import SqlStore, open_database
from watcher.adapters.store import tables as t
from watcher.adapters.store.migrations import upgrade
from watcher.domain.facts import Retry
from watcher.domain.papers.paper import Announcement, AnnounceType
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.triage import Line
from watcher.domain.text import clipped, visible
from watcher.pipeline.dependencies import Dependencies, Options, PerTopic
from watcher.pipeline.pipeline import STAGES
from watcher.pipeline.run import Run
from watcher.ports import Window

GARBLED = 1000
ROUNDS = 3  # of garbled replies; one of honest ones follows
TOPICS = 27
CRITERIA = (Path(__file__).parents[2] / "config" / "topics" / "llm-x-world-models.md").read_text(encoding="utf-8")
SUMMARIZED = [native for native, reply in HONEST.items() if "summary_ja" in reply]
NEAR = [native for native, reply in HONEST.items() if native not in SUMMARIZED and reply["score"]]
OUT = [native for native, reply in HONEST.items() if not reply["score"]][:12]
DAY = [*SUMMARIZED, *NEAR, *OUT]


def nothing_to_catch_up(_: Window) -> NoReturn:
    raise AssertionError("no source is read here")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[SqlStore]:
    database = open_database(f"sqlite:///{tmp_path / 'watcher.db'}")
    upgrade(database)
    yield SqlStore(database)
    database.close()


def another_topic(number: int) -> Topic:
    """The topic under criteria of its own, so that no verdict is taken over from the others."""
    categories = frozenset(category for native in DAY for category in PAPERS[native].categories)
    return a_topic(
        slug=f"topic-{number}",
        categories=categories,
        post_at=2,
        criteria=f"{CRITERIA}\nVariant {number}.",
        labels=TOPIC.labels,
    )


def line(store: SqlStore, topic: Topic, model: Garbling, folder: Path) -> Dependencies:
    return Dependencies(
        options=Options([topic], SCORE_PROMPT, TRIAGE_PROMPT, SUMMARIZE_PROMPT, VERIFY_PROMPT, STYLES, batch_size=8),
        sources=list,
        catch_up=nothing_to_catch_up,
        screens={},
        scorer=model,
        triager=model,
        summarizer=model,
        desk=WebDesk(),
        document=MarkdownCatalog(folder / "catalog.md", "bot", "bot@localhost"),
        store=store,
        clock=lambda: NOW,
        lines=PerTopic([topic], Line),
    )


def wrong(store: SqlStore) -> list[str]:
    """Stored verdicts that the model never gave for their paper, and cards without a flag that say what it never said."""
    query = sa.select(t.candidates.c.paper, t.relevances).join(
        t.relevances, t.relevances.c.candidate == t.candidates.c.number
    )
    found = []
    with store.database.read() as connection:
        for row in connection.execute(query):
            honest = HONEST[row.paper.removeprefix("arxiv:")]
            if row.score != honest["score"] or row.criterion not in {honest["criterion"], ""}:
                found.append(f"verdict: {row.paper} {row.score} {row.criterion}")
            if row.reason_ja not in {visible(honest["reason_ja"]), clipped(ENDLESS, 400), "", *FOREIGN_REASONS}:
                found.append(f"verdict of another paper: {row.paper} {row.reason_ja}")
    for card in store.cards.all():
        honest, summary = HONEST[card.candidate.paper.id.native], card.summary
        if summary is None:
            continue
        if not summary.violations and summary.summary_ja != honest["summary_ja"]:
            found.append(f"summary: {summary.summary_ja}")
        if not summary.violations and "、".join(summary.categories_ja) != honest["categories_ja"]:
            found.append(f"categories: {summary.categories_ja}")
        reasons = {visible(honest["reason_ja"]), clipped(ENDLESS, 400), ""}
        if not summary.violations and scored(card).reason_ja not in reasons:
            found.append(f"reason: {scored(card).reason_ja}")
    return found


def lost(store: SqlStore, topic: Topic) -> list[str]:
    """What is neither through nor waiting with a failure that says why; a count that does not add up."""
    waiting = store.waiting.counts([topic.slug], "web")
    cards = store.cards.all(topic.slug)
    scored = len(DAY) - waiting["score"]
    told = {failure.number for failure in store.runs.failures() if failure.error}
    asked = {c.number for batch in store.scoring.batches(topic.slug, 10, 0) if batch.attempt for c in batch.candidates}
    asked |= {candidate.number for candidate, _, failures in store.summaries.to_summarize(topic.slug) if failures}
    found = [f"{number} waits and nobody is told why" for number in asked - told]
    ours = [card for card in cards if not (card.handover and card.candidate.paper.id.native not in SUMMARIZED)]
    if scored == len(DAY) and len(ours) + waiting["summarize"] != len(SUMMARIZED):
        found.append(f"{len(cards)} cards and {waiting['summarize']} waiting of {len(SUMMARIZED)}")
    return found


def try_again(store: SqlStore, topic: Topic) -> None:
    """Have the model asked once more about what belongs and was handed over to people."""
    for card in store.cards.all(topic.slug):
        if card.handover and card.candidate.paper.id.native in SUMMARIZED:
            store.handovers.add_retry(card.candidate.number, Retry("hana", NOW, "web"))


@pytest.mark.endurance
def test_of_a_thousand_garbled_replies_none_is_believed_and_no_paper_is_lost(kept: SqlStore, tmp_path: Path) -> None:
    model, topics = Garbling(seed=7), [another_topic(number) for number in range(TOPICS)]
    kept.papers.announce([Announcement(PAPERS[n], AnnounceType.NEW, "cs", NOW.date()) for n in DAY], topics, RUN, NOW)
    flagged = 0
    for topic in topics:
        kept.papers.add_screenings(
            [(c.number, a_screening()) for c in kept.papers.to_screen(topic.slug, 1000)], RUN, NOW
        )
        model.honest = False
        for round_ in range(ROUNDS + 1):
            model.honest = round_ == ROUNDS
            try_again(kept, topic)
            run = Run(line(kept, topic, model, tmp_path), f"run-{topic.slug}-{round_}", NOW)
            STAGES["score"](run, topic)
            STAGES["summarize"](run, topic)
            assert lost(kept, topic) == []
        assert kept.waiting.counts([topic.slug], "web")["score"] == 0
        cards = kept.cards.all(topic.slug)
        assert {card.candidate.paper.id.native for card in cards if not card.handover} == set(SUMMARIZED)
        flagged += sum(bool(card.violations) for card in cards)
        assert not [card for card in cards if card.verification and card.verification.is_flagged], (
            "all was said to be ok"
        )
    assert wrong(kept) == []
    assert model.garbled >= GARBLED
    assert flagged > TOPICS
    assert model.kinds.keys() == {
        *(f"score: {kind}" for kind in SCORES),
        *(f"summarize: {kind}" for kind in SUMMARIES),
        *(f"verify: {kind}" for kind in VERDICTS),
        *(f"any: {kind}" for kind in WRAPPINGS),
    }
