"""Old texts may be forgotten; what promises rest on stays."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from tests.adapters.store.steps import TOPIC, announce, passed
from tests.factories import NOW, RUN, a_screening, an_announcement
from watcher.adapters.store import SqlStore
from watcher.adapters.store import tables as t
from watcher.domain.budget import Usage
from watcher.domain.facts import Nomination
from watcher.domain.papers.paper import AnnounceType
from watcher.ports import Reply, Request

LATER = NOW + timedelta(days=400)


def with_abstracts(store: SqlStore) -> set[str]:
    query = sa.select(t.paper_versions.c.paper).where(t.paper_versions.c.abstract != "")
    with store.database.read() as connection:
        return {paper.removeprefix("arxiv:") for paper in connection.scalars(query)}


def test_a_question_goes_its_reply_stays_and_is_not_paid_again(store: SqlStore) -> None:
    reply = Reply('{"papers": []}', "m", "stop", Usage(1, 10, 40, 2, 0.5))
    for key, days in (("old", 0), ("new", 300)):
        store.models.add_reply(
            key, Request("score", "s", "a long question", "n", {}), reply, NOW + timedelta(days=days)
        )

    assert store.retention.purge(LATER - timedelta(days=200), None) == {"questions": 1, "abstracts": 0}
    assert store.retention.purge(LATER - timedelta(days=200), None) == {"questions": 0, "abstracts": 0}
    assert store.models.reply("old") == store.models.reply("new") == reply
    assert store.models.usage().cost_usd == 1.0


def test_only_papers_that_screening_put_aside_lose_their_abstracts_and_are_still_known(store: SqlStore) -> None:
    passed(store, "2606.00001")
    announce(store, "2606.00002")
    aside = announce(store, "2606.00003", "2606.00004", "2606.00005")
    store.papers.add_screenings([(number, a_screening(passed=False)) for number in aside], RUN, NOW)
    store.papers.nominate([aside[1]], Nomination("hana", NOW, "web"), RUN)
    replaced = an_announcement("2606.00005", AnnounceType.REPLACE, version=2)
    store.papers.announce([replaced], [TOPIC], RUN, LATER)

    assert store.retention.purge(None, LATER) == {"questions": 0, "abstracts": 1}
    assert with_abstracts(store) == {"2606.00001", "2606.00002", "2606.00004", "2606.00005"}
    assert store.papers.announce([an_announcement("2606.00003")], [TOPIC], RUN, LATER) == 0
    assert store.waiting.counts([TOPIC.slug], "web")["screen"] == 1


def test_nothing_is_forgotten_unless_it_is_asked_for(store: SqlStore) -> None:
    (number,) = announce(store, "2606.00001")
    store.papers.add_screenings([(number, a_screening(passed=False))], RUN, NOW)

    assert store.retention.purge(None, None) == {"questions": 0, "abstracts": 0}
    assert with_abstracts(store) == {"2606.00001"}
