"""A deployment on its own folders and loopback servers, driven by its commands as its operator would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests import commands
from tests.servers.arxiv import ArxivServer
from tests.servers.llm import LlmServer
from tests.servers.oai import OaiArchive
from tests.servers.slack import (
    APP_TOKEN,
    BOT_TOKEN,
    CHANNEL,
    HTTP_BOT_TOKEN,
    SIGNING_SECRET,
    LocalSlack,
    running_local_slack,
)
from tests.servers.slack_proxy import SlackProxy
from tests.tools import local_slack
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.settings import Settings

DATA = Path(__file__).parents[1] / "data"
SHIPPED = Path(__file__).parents[2] / "config"
FEED = DATA / "feeds" / "rss_cs.AI+cs.CL_2026-06-29.xml"
NOW = "2026-06-29T05:00:00+00:00"
NOBODY = "http://127.0.0.1:9"  # where nothing listens
CATEGORIES = "cs.AI+cs.CL+cs.CV+cs.HC+cs.LG+cs.MA+cs.RO+q-bio.NC"
RELEVANT = {"2606.27406", "2606.27483", "2606.27681", "2606.27757", "2606.27909", "2606.28127", "2606.28182"}


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Deployment:
    """One data folder, one catalog in a git repository, one environment."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    port: int = 0
    proxy: SlackProxy | None = None

    @property
    def catalog(self) -> Path:
        return self.folder / "repository" / "catalog.md"

    def prepare(self) -> None:
        self.catalog.parent.mkdir(parents=True)
        shutil.copyfile(DATA / "catalog" / "catalog.md", self.catalog)
        self.git("init", "-q")
        self.git("add", "--", "catalog.md")
        self.git("commit", "-q", "-m", "begin")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.catalog.parent, capture_output=True, text=True, check=True
        )
        return done.stdout

    def environment(self) -> dict[str, str]:
        ours = {"WATCHER_DATA": str(self.folder / "var"), "WATCHER_CATALOG": str(self.catalog)}
        names = ("S2", "HF", "ARXIV_API", "OPENALEX", "CROSSREF")
        services = tuple(f"WATCHER_{name}_URL" for name in names)
        ours |= dict.fromkeys(services, NOBODY)
        return {**os.environ, **ours, **self.env}

    def configure(self, folder: Path, before: str, after: str) -> None:
        """Use a copy of the configuration with one change in watcher.toml."""
        shutil.copytree(self.env.get("WATCHER_CONFIG", SHIPPED), folder)
        text = (folder / "watcher.toml").read_text(encoding="utf-8")
        assert before in text
        (folder / "watcher.toml").write_text(text.replace(before, after), encoding="utf-8")
        self.env["WATCHER_CONFIG"] = str(folder)

    def __call__(self, *arguments: str) -> Done:
        """Run a command to its end."""
        done = commands.run(["-m", "watcher", *arguments], self.environment())
        return Done(done.returncode, done.stdout, done.stderr)

    def run(self, feed: Path = FEED, now: str = NOW) -> Done:
        """One pass of the line over a feed."""
        return self("run", "--feed", str(feed), "--now", now, "--json")

    def start(self, *arguments: str) -> commands.Command:
        """Start a command that stays; its output goes to serve.log."""
        with (self.folder / "serve.log").open("a", encoding="utf-8") as log:
            return commands.start(["-m", "watcher", *arguments], self.environment(), stdout=log, stderr=log)


@pytest.fixture
def llm() -> Iterator[LlmServer]:
    """A model server that answers with the recorded replies unless told otherwise."""
    with LlmServer() as server:
        yield server


@pytest.fixture
def deployment(tmp_path: Path, llm: LlmServer) -> Deployment:
    """A deployment whose model is the loopback server. Keywords alone screen, so that many papers are scored, and nothing
    is put to triage.
    """
    made = Deployment(
        tmp_path, {"OPENAI_BASE_URL": llm.url, "OPENAI_API_KEY": "sk-test-0123456789", "WATCHER_MODEL": "m"}
    )
    made.prepare()
    made.configure(tmp_path / "keywords", 'prefilter = "learned"', 'prefilter = "keywords"')
    made.configure(tmp_path / "no-triage", 'triage = "all"', 'triage = "none"')
    return made


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    """ArXiv's services on loopback: the feed shows the day of 2026-06-29, the full list has nothing to add."""
    with ArxivServer({CATEGORIES: FEED.read_bytes()}, OaiArchive(now=datetime.fromisoformat(NOW))) as server:
        yield server


def untriaged(settings: Settings) -> Settings:
    """Settings under which the model sees no lines: what screening does not put forward is put aside; and no service is
    asked what cites the catalog.
    """
    screen = settings.values.screen.model_copy(update={"triage": "none"})
    values = settings.values.model_copy(update={"screen": screen})
    topics = tuple(replace(topic, citations=0) for topic in settings.topics)
    return replace(settings, values=values, topics=topics)


@pytest.fixture
def slack(tmp_path: Path) -> Iterator[LocalSlack]:
    """A workspace of its own."""
    folder = tmp_path / "slack"
    folder.mkdir()
    with running_local_slack(local_slack(), folder) as running:
        yield running


def agreeing(catalog: Path) -> list[dict[str, Any]]:
    """Papers of which arXiv says just what the catalog says: nothing has happened to them."""
    entries = read_entries(catalog.read_bytes(), str(catalog)).entries
    return [
        {"arxiv_id": paper.native, "title": entry.title, "abstract": "", "authors": [], "published": "2024-01-01"}
        for entry in entries
        for paper in entry.ids
    ]


@pytest.fixture
def proxy(slack: LocalSlack) -> Iterator[SlackProxy]:
    """What stands before Slack's Web API and can fail."""
    with SlackProxy(slack) as running:
        yield running


@pytest.fixture
def live(
    request: pytest.FixtureRequest, deployment: Deployment, arxiv: ArxivServer, slack: LocalSlack, proxy: SlackProxy
) -> Deployment:
    """A deployment whose every outside service is on loopback; Slack lies behind a proxy that keeps metadata.

    Clicks come by Socket Mode, or over HTTP where a test is parametrized with `http`.
    """
    by_socket = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}
    by_http = {"SLACK_BOT_TOKEN": HTTP_BOT_TOKEN, "SLACK_SIGNING_SECRET": SIGNING_SECRET}
    over_http = getattr(request, "param", "socket") == "http"
    deployment.port = slack.events_port if over_http else 0
    deployment.proxy = proxy
    deployment.env |= {
        "WATCHER_ARXIV_RSS_URL": arxiv.rss_url,
        "WATCHER_ARXIV_OAI_URL": arxiv.oai_url,
        "SLACK_API_URL": proxy.api,
        **(by_http if over_http else by_socket),
        "SLACK_CHANNEL": CHANNEL,
    }
    return deployment
