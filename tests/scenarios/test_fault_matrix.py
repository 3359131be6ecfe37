"""Whatever goes wrong at whichever service, it ends in time, in an error of ours that says whose it is, and no secret."""

from __future__ import annotations

import itertools
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.adapters.llm.memory import PRICES, MemoryAbilities
from tests.adapters.llm.test_openai import REQUEST
from tests.cards import card
from tests.fakes import NOON
from tests.servers.faults import FAULTS, FaultServer
from watcher.adapters.catalogs.publishing import Publishing, Upstream
from watcher.adapters.desks.slack.api.client import failures, make_client
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.enrich.semantic_scholar import SemanticScholar
from watcher.adapters.llm.openai import OpenAIModel
from watcher.adapters.sources.arxiv import ArxivRss
from watcher.adapters.sources.fetch import Fetcher, Limits
from watcher.adapters.sources.oai import harvest
from watcher.domain.errors import DeskError, FeedError, ModelError, PushError, Unavailable
from watcher.domain.papers.paper import PaperId

SECRET = "xoxb-hush-hush"
LIMITS = Limits(timeout=0.4, attempts=1)


def rss(url: str, folder: Path) -> None:
    del folder
    (reading,) = ArxivRss(Fetcher(own_urls=[url], limits=LIMITS), categories=["cs.CL"], base_url=url).read()
    if reading.error is not None:
        raise reading.error


def oai(url: str, folder: Path) -> None:
    del folder
    fetcher = Fetcher(own_urls=[url], limits=LIMITS)
    list(harvest(fetcher, url, "cs", since=date(2026, 6, 29), categories=frozenset({"cs.CL"})))


def llm(url: str, folder: Path) -> None:
    del folder
    with OpenAIModel(
        "test-model", url, SECRET, MemoryAbilities(), timeout=0.4, attempts=2, wait=0.01, patience=0.5, rest=0.0,
        prices=PRICES,
    ) as model:  # fmt: skip
        model.ask(REQUEST)


def slack_post(url: str, folder: Path) -> None:
    del folder
    SlackDesk(make_client(SECRET, url, timeout=1), "C1", pause=0.0).send("key", card())


def slack_update(url: str, folder: Path) -> None:
    del folder
    SlackDesk(make_client(SECRET, url, timeout=1), "C1", pause=0.0).update("C1/1.2", card)


def slack_open(url: str, folder: Path) -> None:
    del folder
    with failures("the form"):
        make_client(SECRET, url, timeout=1).views_open(trigger_id="1.2", view={"type": "modal"})


def enrichment(url: str, folder: Path) -> None:
    del folder
    ask = Fetcher(own_urls=[url], limits=LIMITS).with_pauses((0.0,)).ask
    SemanticScholar(ask, SECRET, url).signals([PaperId("arxiv", "2304.08485")], {}, NOON)


def git(url: str, folder: Path) -> None:
    def run(*arguments: str) -> None:
        identity = ["-c", "user.name=Hana", "-c", "user.email=h@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    (folder / "catalog.md").write_text("# Papers\n")
    run("init", "--quiet", "--initial-branch=main")
    run("add", "catalog.md")
    run("commit", "--quiet", "--message=begin")
    run("remote", "add", "origin", url.replace("://", f"://hana:{SECRET}@") + "/papers.git")
    Publishing(folder / "catalog.md", ("Watcher", "w@example.org"), Upstream("direct"), "").bring(NOON)


SERVICES: dict[str, tuple[Callable[[str, Path], None], type[Unavailable]]] = {
    "rss": (rss, FeedError),
    "oai": (oai, FeedError),
    "llm": (llm, ModelError),
    "slack-post": (slack_post, DeskError),
    "slack-update": (slack_update, DeskError),
    "slack-open": (slack_open, DeskError),
    "enrichment": (enrichment, FeedError),
    "git": (git, PushError),
}


CELLS = list(itertools.product(SERVICES, FAULTS))


@pytest.mark.endurance
@pytest.mark.parametrize(("service", "fault"), CELLS, ids=["-".join(cell) for cell in CELLS])
def test_a_fault_ends_in_time_and_in_words(
    service: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.adapters.catalogs.git_remote._NETWORK_SECONDS", 1.0)
    ask, kind = SERVICES[service]
    with FaultServer(fault) as server:
        began = time.monotonic()
        with pytest.raises(kind) as caught:
            ask(server.url, tmp_path)
        assert time.monotonic() - began < 15
        assert bool(server.taken) == (fault != "dns")
    assert str(caught.value)
    assert SECRET not in str(caught.value)
