"""The same day with its work shared by several processes on PostgreSQL, one of which is killed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tests.poison import MANNERS
from tests.scenarios.conftest import RELEVANT, Deployment
from tests.scenarios.slack import actions, cards
from tests.servers.llm import LlmServer, slow
from tests.servers.slack import HANA, LocalSlack, eventually
from watcher.adapters.queue.queue import Job, Queue
from watcher.adapters.store import SqlStore, open_database
from watcher.runtime.cluster import RUNS

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

AT_A_TIME = 4  # model calls of one worker, by the shipped configuration
SUMMARY = '"summary_ja"'  # in the prompt of summaries alone
LATER = "digest-20990101T000000Z"


@pytest.fixture
def shared(live: Deployment, database_url: str) -> Deployment:
    """The live deployment, set up to be shared."""
    live.env |= {"DATABASE_URL": database_url, "WATCHER_QUEUE": "postgresql"}
    return live


@contextmanager
def running(shared: Deployment, *commands: tuple[str, ...]) -> Iterator[list[Any]]:
    """Processes that are told to end, and do."""
    processes = [shared.start(*command) for command in commands]
    try:
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)


def count(url: str, query: str) -> Callable[[], int]:
    def look() -> int:
        with psycopg.connect(url) as connection:
            try:
                row = connection.execute(query.encode()).fetchone()
            except psycopg.errors.UndefinedTable:
                return 0
            return int(row[0]) if row else 0

    return look


def rows(url: str, query: str) -> set[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return set(connection.execute(query.encode()).fetchall())


def asked(llm: LlmServer) -> list[str]:
    return [str(one.body["messages"][-1]["content"]) for one in llm.asked]


def test_a_killed_workers_run_and_pieces_are_taken_over_and_nothing_is_doubled(
    shared: Deployment, database_url: str, slack: LocalSlack, llm: LlmServer
) -> None:
    llm.always(slow(1.0))
    recorded = count(database_url, "select count(*) from replies")
    with running(shared, ("worker",), ("clock",), ("web", "--port", "0")) as (first, _, _):
        eventually(lambda: llm.calls >= 2)
        first.kill()
        first.wait(30)
        died = time.monotonic()
        answered = {question for (question,) in rows(database_url, "select question from replies")}
        llm.always(slow(0.05))
        before = recorded()
        with running(shared, ("worker",), ("worker",)):
            eventually(lambda: recorded() > before)
            taken_over = time.monotonic() - died
            eventually(lambda: set(cards(slack)) == RELEVANT)
            slack.click(cards(slack)["2606.27483"]["ts"], "approve", HANA)
            eventually(lambda: actions(cards(slack)["2606.27483"]) == {"undo"})

    assert taken_over < 30
    assert len(slack.posts()) == len(RELEVANT) + 1, "the digest and one card a paper"
    assert "abs/2606.27483" in shared.catalog.read_text(encoding="utf-8")
    assert shared.git("log", "--format=%s").splitlines() == ["catalog: add arXiv:2606.27483", "begin"]
    questions = Counter(asked(llm))
    assert len(questions) == 6 + 7 + 7, "scoring, summaries and their verification"
    again = {question: times - 1 for question, times in questions.items() if times > 1}
    assert answered.isdisjoint(again), "a recorded reply was asked for again"
    assert sum(again.values()) <= AT_A_TIME, "only what the first was asking when it was killed"
    assert count(database_url, "select count(*) from relevances")() == 86
    assert count(database_url, "select count(*) from job_results")() == 0


def test_workers_judge_a_poisoned_paper_apart_and_it_is_before_a_person_by_the_third_run(
    shared: Deployment, database_url: str, slack: LocalSlack, llm: LlmServer
) -> None:
    unscored, unsummarized = "2606.27483", "2606.27681"
    llm.when(lambda asked: unscored in asked.ids, MANNERS["400 with content words"])
    llm.when(lambda asked: unsummarized in asked.ids and SUMMARY in asked.system, MANNERS["an answer that never fits"])
    with running(shared, ("worker",), ("worker",), ("clock",), ("web", "--port", "0")):
        eventually(lambda: set(cards(slack)) == RELEVANT, 120)
        store, queue = SqlStore(open_database(database_url)), Queue(database_url)
        failed = rows(
            database_url,
            "select replace(paper, 'arxiv:', ''), count(distinct lone_failures.run) from lone_failures "
            "join candidates on number = candidate group by paper",
        )
        scored = rows(database_url, "select run, count(*) from relevances group by run")
        about, before = [one for one in llm.asked if unscored in one.ids], llm.calls
        queue.put(Job(RUNS, LATER, {"kind": "digest", "run_id": LATER}, "run", urgent=True))
        eventually(lambda: store.runs.report(LATER) is not None)
        report = store.runs.report(LATER)
        queue.close()
        store.database.close()

    assert failed == {(unscored, 3), (unsummarized, 3)}
    assert [count for _, count in scored] == [85], "every other paper in its own run"
    assert len([one for one in about if len(one.ids) < 15]) <= 8 + 2, "halved once, then alone once a run"
    assert report is not None
    assert (report.failures, llm.calls) == ((), before), "nothing is asked any more"
    assert len(slack.posts()) == len(RELEVANT) + 1


def test_one_process_takes_every_role(deployment: Deployment, database_url: str, llm: LlmServer) -> None:
    deployment.env |= {"DATABASE_URL": database_url, "WATCHER_QUEUE": "postgresql"}
    posted = count(database_url, "select count(*) from cards")
    with running(deployment, ("serve", "--port", "0")):
        eventually(lambda: "http://" in (deployment.folder / "serve.log").read_text(encoding="utf-8"))
        ran = deployment.run()
        decided = deployment("decide", "2606.27483", "approve", "--json")

    assert ran.code == 0, ran.err
    assert posted() == 7
    assert decided.json["row"]["number"] == 26
    assert llm.calls == 20


def test_a_deployment_of_one_process_has_no_workers(deployment: Deployment, database_url: str) -> None:
    deployment.env |= {"DATABASE_URL": database_url}

    done = deployment("worker")

    assert done.code == 1
    assert "WATCHER_QUEUE=postgresql" in done.err
