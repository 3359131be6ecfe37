"""Several hosts, each with a folder and a catalog of its own, share one database: rows go to one copy alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.scenarios.conftest import Deployment
from tests.scenarios.test_workers import running
from tests.servers.slack import eventually
from watcher.adapters.queue.queue import Queue, RemoteWorkers
from watcher.adapters.store import SqlStore, open_database
from watcher.ports import JobResult, ModelJob
from watcher.words_ja.cli import WORKING

pytestmark = [pytest.mark.endurance, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]


def another_host(first: Deployment, folder: Path) -> Deployment:
    """A host with folders and a checkout of its own, and the same settings."""
    folder.mkdir()
    made = Deployment(folder, dict(first.env))
    shutil.copytree(first.catalog.parent, made.catalog.parent, ignore=shutil.ignore_patterns("*.home"))
    return made


@pytest.fixture
def first(deployment: Deployment, database_url: str) -> Deployment:
    deployment.env |= {"DATABASE_URL": database_url, "WATCHER_QUEUE": "postgresql"}
    return deployment


def test_a_host_without_the_catalog_does_model_calls_alone_and_says_so(
    first: Deployment, database_url: str, tmp_path: Path
) -> None:
    second = another_host(first, tmp_path / "second")
    second.catalog.unlink()

    refused = second("worker")
    assert refused.code == 1
    assert "cannot be read" in refused.err
    assert "--only model-calls" in refused.err

    with running(second, ("worker", "--only", "model-calls")):
        log = second.folder / "serve.log"
        eventually(lambda: WORKING.format(roles="worker") in log.read_text(encoding="utf-8"))
        queue, store, told = Queue(database_url), SqlStore(open_database(database_url)), list[JobResult]()
        assert (
            RemoteWorkers(queue, store.coordination).map(
                [ModelJob("r", "score", "llm-x-world-models", (1,))], told.append
            )
            == []
        )
        queue.close()
        store.database.close()
    assert told == [JobResult()]


def test_rows_go_to_the_copy_that_the_first_was_written_to_until_another_is_adopted(
    first: Deployment, tmp_path: Path
) -> None:
    second = another_host(first, tmp_path / "second")
    assert first.run().code == 0
    assert first("decide", "2606.27483", "approve").code == 0
    assert "2606.27483" in first.catalog.read_text(encoding="utf-8")

    stray = second("worker")
    assert stray.code == 1
    assert "rows are written to another host's copy" in stray.err
    assert "watcher catalog adopt" in stray.err
    looked = second("doctor", "--offline")
    assert "watcher catalog adopt でこちらに移してください" in looked.out
    assert "別のホスト" not in first("doctor", "--offline").out
    before = second.catalog.read_bytes()
    decided = second("decide", "2606.27406", "approve")
    assert decided.code == 1
    assert "rows are written to another host's copy" in decided.err
    assert second.catalog.read_bytes() == before
    assert first.git("status", "--porcelain") == "", "the mark is out of people's sight"

    shutil.rmtree(second.catalog.parent)
    shutil.copytree(first.catalog.parent, second.catalog.parent, ignore=shutil.ignore_patterns("*.home"))
    adopted = second("catalog", "adopt")
    assert str(second.catalog) in adopted.out
    assert second("decide", "2606.27406", "approve", "--json").code == 0
    assert "2606.27406" in second.catalog.read_text(encoding="utf-8")
    assert first("worker").code == 1
