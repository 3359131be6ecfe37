"""The feed of cards that wait for a decision, for readers who are no curators."""

from __future__ import annotations

from dataclasses import replace

import feedparser

from tests.adapters.catalogs.test_hostile_text import HOSTILE
from tests.cards import MORNING, card, paper
from watcher.adapters.catalogs.exports.atom import candidate_feed
from watcher.domain.facts import Decision, Verdict
from watcher.domain.papers.paper import PaperId
from watcher.domain.summaries.cells import plain
from watcher.domain.text import visible


def test_what_waits_stands_in_the_feed_with_all_authors_and_what_is_decided_does_not() -> None:
    decided = [
        replace(card(number), decision=Decision(verdict, "curator", MORNING, "web"))
        for number, verdict in enumerate((Verdict.APPROVE, Verdict.REJECT, Verdict.LATER), 2)
    ]
    feed = feedparser.parse(candidate_feed([card(1), *decided]))

    assert not feed.bozo
    assert len(feed.entries) == 2, "the open one and the one put off"
    entry = feed.entries[0]
    assert (entry.title, entry.link) == ("Language Models as World Models", "https://arxiv.org/abs/2606.27483")
    assert [author.name for author in entry.authors] == ["Ada Lovelace", "Alan Turing"]
    assert entry.summary.startswith("【未決定の候補】言語モデルが環境の状態遷移を")
    assert entry.updated == "2026-06-29T04:05:00Z"


def test_a_feed_without_a_card_and_one_of_hostile_titles_are_well_formed() -> None:
    assert feedparser.parse(candidate_feed([])).entries == []
    papers = [paper(id=PaperId("arxiv", f"2606.{n:05d}"), title=visible(plain(text))) for n, text in enumerate(HOSTILE)]
    feed = feedparser.parse(candidate_feed([card(n, one) for n, one in enumerate(papers, 1)]), sanitize_html=False)

    assert not feed.bozo
    assert len({entry.id for entry in feed.entries}) == len(HOSTILE)
