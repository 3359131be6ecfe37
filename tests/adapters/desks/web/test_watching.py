"""What machines ask the site: /health, /ready, /metrics."""

from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.adapters.desks.web.conftest import Serving, Visit
from tests.factories import NOW
from watcher.adapters.desks.web.monitoring import Probes, exposition
from watcher.domain.budget import Usage
from watcher.domain.curation.recall import Recall, TriageRecall
from watcher.domain.health import LastRun, Vitals, Waiting
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.screening.measure import Estimate

TOKEN = "a-token-for-figures"
SECRET = "a long enough secret"
VITALS = Vitals(
    at=NOW,
    done={"screen": 86, "score": 7},
    waiting={"score": Waiting(3, NOW.replace(hour=0)), "decide": Waiting(7, NOW)},
    spent={"score": Usage(6, 1000, 4000, 200, 0.25)},
    sources=(FeedReport("cs.AI+cs.CL", SourceState.FRESH, 10, 9),),
    runs={"poll": LastRun(NOW, 12.5)},
)


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Every figure of an exposition by its name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_process_whose_threads_live_is_healthy_and_ready(serving: Serving, visit: Visit) -> None:
    reader = visit(serving(probes=Probes()))

    assert reader.get("/health").text == "ok"
    assert reader.get("/ready").text == "ok"


def test_a_dead_thread_is_neither_healthy_nor_ready(serving: Serving, visit: Visit) -> None:
    reader = visit(serving(probes=Probes(dead=lambda: ["follower is dead"])))

    for path in ("/health", "/ready"):
        answer = reader.get(path)
        assert (answer.status_code, answer.text) == (503, "follower is dead")


def test_a_database_out_of_reach_is_healthy_but_not_ready(serving: Serving, visit: Visit) -> None:
    reader = visit(serving(probes=Probes(readiness_problems=lambda: ["the database cannot be reached"]), secret=SECRET))

    assert reader.get("/health").text == "ok"
    assert (reader.get("/ready").status_code, reader.get("/ready").text) == (503, "the database cannot be reached")


def test_the_figures_are_what_the_facts_say(serving: Serving, visit: Visit) -> None:
    answer = visit(serving(probes=Probes(vitals=lambda: VITALS))).get("/metrics")
    found = figures(answer.text)

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert found["watcher_facts_total", "screen"] == 86
    assert found["watcher_waiting", "score"] == 3
    assert found["watcher_oldest_waiting_seconds", "score"] == VITALS.waiting["score"].seconds(NOW) > 0
    assert found["watcher_cards_unanswered",] == 7
    assert found["watcher_model_tokens_total", "sent", "score"] == 1000
    assert found["watcher_model_usd_total", "score"] == 0.25
    assert found["watcher_feed_state", "cs.AI+cs.CL", "fresh"] == 1
    assert found["watcher_run_duration_seconds", "poll"] == 12.5
    assert ("watcher_push_timestamp_seconds",) not in found


def test_recall_is_told_in_two_figures_and_neither_before_there_is_enough() -> None:
    enough = (Recall(60, 48, 2, 52, 0, Estimate(11, 2, 40), Estimate(0.825, 0.565, 0.963)), TriageRecall(100, 99, 50))
    little = (Recall(20, 12, 0, 9, 18), TriageRecall(19, 18, 10))
    found = figures(exposition(replace(VITALS, recalls={"enough": enough, "little": little})).decode())
    told = {name: value for name, value in found.items() if "recall" in name[0] or "triage_known" in name[0]}

    assert {name: round(value, 3) for name, value in told.items()} == {
        ("watcher_triage_known", "asked", "enough"): 100,
        ("watcher_triage_known", "named", "enough"): 99,
        ("watcher_triage_known", "asked", "little"): 19,
        ("watcher_triage_known", "named", "little"): 18,
        ("watcher_triage_recall", "value", "enough"): 0.99,
        ("watcher_triage_recall", "low", "enough"): 0.946,
        ("watcher_triage_recall", "high", "enough"): 1.0,
        ("watcher_recall_at_worst", "enough"): 0.565,
    }


def test_without_figures_there_is_no_such_page(serving: Serving, visit: Visit) -> None:
    assert visit(serving(probes=Probes())).get("/metrics").status_code == 404


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_figures_with_a_token_are_for_who_shows_it(serving: Serving, visit: Visit, header: str) -> None:
    reader = visit(serving(probes=Probes(vitals=lambda: VITALS, token=TOKEN), secret=SECRET))

    assert reader.get("/metrics", Authorization=header).status_code == 401
    assert reader.get("/metrics", Authorization=f"Bearer {TOKEN}").status_code == 200


def test_figures_without_a_token_are_behind_the_sign_in(serving: Serving, visit: Visit) -> None:
    reader = visit(serving(probes=Probes(vitals=lambda: VITALS), secret=SECRET))
    answer = reader.get("/metrics")

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "watcher_facts" not in answer.text
    reader.post("/sign-in", {"secret": SECRET, "name": "hana"})
    assert "watcher_facts" in reader.get("/metrics").text


def test_no_feed_name_breaks_the_format_or_makes_series_without_bound() -> None:
    hostile = ('x"} 1\nwatcher_waiting{stage="score"} 99\n', "\u202e" + "y" * 500)
    many = [FeedReport(name, SourceState.FRESH) for name in (*hostile, *map(str, range(1000)))]

    text = exposition(replace(VITALS, sources=tuple(many))).decode()
    found = figures(text)

    assert found["watcher_waiting", "score"] == 3
    assert sum(name[0] == "watcher_feed_state" for name in found) == 40
    assert "\u202e" not in text
