"""The demo: one real day of papers goes through the real pipeline with recorded model replies, without keys or network,
into a copy of the catalog.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import webbrowser
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.desks.web.site import build_site, cannot_listen
from watcher.adapters.desks.web.site import serve as serve_site
from watcher.adapters.llm.recorded import RecordedModel
from watcher.adapters.queue.folder_lock import hold
from watcher.bootstrap import Watcher
from watcher.bootstrap.catalogs import make_candidate_export, make_export_cache
from watcher.domain.catalog.match import Query
from watcher.domain.curation.recall import draw
from watcher.domain.curation.weekly import Week
from watcher.domain.errors import WatcherError
from watcher.domain.papers.paper import Paper, PaperId
from watcher.pipeline.posting import translate_titles
from watcher.pipeline.run import Run
from watcher.runtime.desks import HOME, status_of
from watcher.runtime.serve import PollingThread, running, staying
from watcher.settings import Environment, Settings, load_settings
from watcher.upkeep.check import check, propose
from watcher.words_ja import cli as words

DATA = Path(__file__).parent / "data"
FEED = DATA / "rss_cs.AI+cs.CL_2026-06-29.xml"
REPLIES = DATA / "replies_2026-06-29.jsonl"
PASSES = DATA / "triage_verify_2026-06-29.jsonl"
CATALOG = DATA / "catalog.md"
METADATA = DATA / "catalog_metadata.jsonl"
DAY = datetime(2026, 6, 29, 5, 0, tzinfo=UTC)
"""The time at which the demo's day begins: that day's feed has just appeared, 14:00 in Japan."""

PORT = 8765
"""The port of the demo's page, unless another one is asked for."""

_ASKED = "demo-week"
_LATER = timedelta(minutes=1)
_PAUSE = 0.03  # seconds a paper, so that the eye can follow; --fast leaves it out


class DayClock:
    """Clock of the demo: it starts at the time of the recorded day and then runs as fast as the real clock."""

    def __init__(self) -> None:
        self._began, self._since = DAY, time.monotonic()

    def __call__(self) -> datetime:
        """The present time of the demo."""
        return self._began + timedelta(seconds=time.monotonic() - self._since)

    def go_on_after(self, moment: datetime) -> None:
        """Set the demo's clock to a minute after the last decision of an earlier demo, so that new decisions are later."""
        self._began, self._since = max(DAY, moment + _LATER), time.monotonic()


def show(*, port: int | None, browser: bool, fast: bool, fresh: bool) -> None:
    """Run the demo: process the day, open the web page, and serve until told to stop. Decisions of an earlier demo are
    kept unless `fresh`. Raises ConfigError if the port that is asked for is taken.
    """
    settings, free = demo_settings(), _free(port)
    with hold(settings.data):
        if fresh:
            _forget(settings.data)
        prepare_catalog(settings.catalog)
        watcher = run_day(settings, pause=0.0 if fast else _PAUSE)
        decisions = PollingThread("decisions", watcher.pipeline.apply_decisions)
        watcher.events.decided.subscribe(decisions.wake)
        site = build_site(
            watcher.curation,
            secret=None,
            status=lambda: status_of(watcher),
            proposals=watcher.proposals,
            exports=make_export_cache(settings, watcher.store, HOME).export,
            candidates=make_candidate_export(watcher.store),
            audits=watcher.audits,
        )
        server = serve_site(site, "127.0.0.1", free)

        def start(started: ExitStack) -> None:
            started.callback(watcher.close)
            started.callback(decisions.stop)
            decisions.start()
            started.callback(server.stop)
            server.start()

        with staying() as ended, running(start):
            typer.echo(words.DEMO_READY)
            typer.echo(words.DEMO_LANGUAGE)
            typer.echo(words.catalog_at(str(settings.catalog)))
            typer.echo(server.url)
            typer.echo(words.DEMO_STOP)
            if browser:
                webbrowser.open(server.url)
            ended.wait()


def _free(port: int | None) -> int:
    """The port to serve at: the one asked for; otherwise 8765 or, announced on the terminal, a free one. Raises
    ConfigError if the port that is asked for is taken.
    """
    wanted = PORT if port is None else port
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", wanted))
        except OSError as error:
            if port is not None:
                raise cannot_listen("127.0.0.1", wanted, error) from error
            typer.echo(words.port_taken(PORT))
            return 0
    return wanted


def demo_settings() -> Settings:
    """The shipped configuration with a data folder and catalog of its own for the demo; keys and database of the
    environment are ignored.
    """
    loaded = load_settings()
    data = loaded.data / "demo"
    catalog = data / "catalog" / "catalog.md"
    return replace(loaded, data=data, env=Environment(WATCHER_CATALOG=str(catalog)))


def prepare_catalog(path: Path) -> None:
    """Copy the demo's catalog to `path` in a small git repository, if it is not there, so that commits can be seen.
    Raises WatcherError if git fails.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(CATALOG, path)
    if shutil.which("git") is None:
        return  # without git the catalog still grows, only without commits
    identity = ["-c", "user.name=literature-watcher", "-c", "user.email=literature-watcher@localhost"]
    for command in (["init", "-q"], ["add", "--", path.name], ["commit", "-q", "-m", "catalog: begin"]):
        done = subprocess.run(["git", *identity, *command], cwd=path.parent, capture_output=True, check=False)
        if done.returncode:
            raise WatcherError("git could not prepare the demo's catalog", about=str(path.parent))


def run_day(settings: Settings, *, pause: float) -> Watcher:
    """Run the pipeline over the demo's recorded day, with a progress bar; `pause` is in seconds for each paper. A
    repetition costs nothing and adds nothing.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns) as bar:
        tasks = {
            stage: bar.add_task(words.demo_stage(stage), visible=False)
            for stage in ("score", "summarize", "triage", "post")
        }

        def progress(stage: str, done: int, total: int) -> None:
            bar.update(tasks[stage], completed=done, total=total, visible=True)

        clock = DayClock()
        watcher = Watcher(
            settings,
            feeds=[str(FEED)],
            model=RecordedModel(REPLIES, PASSES, pause=pause),
            desk=WebDesk(),
            enrichers=(),
            clock=clock,
            progress=progress,
        )
        for act in watcher.store.history.acts(1):
            clock.go_on_after(act.at)
        report = watcher.pipeline.run(f"demo-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}", now=DAY)
    if report.failures:
        raise WatcherError("; ".join(report.failures), about="demo")
    _ask_curators(watcher)
    return watcher


def _ask_curators(watcher: Watcher) -> None:
    """Post what a deployment asks curators once a week: an audit sample, and proposals to correct the catalog. A
    repetition asks nothing twice.
    """
    deps, week = watcher.pipeline.deps, Week.of(DAY)
    for topic in deps.options.topics:
        papers = watcher.store.audits.screened_out(topic.slug, week.begins, week.ends)
        drawn = draw(papers, topic.slug, str(week), deps.options.audits_per_week)
        watcher.store.audits.add_samples(topic.slug, drawn, _ASKED, DAY)
        translate_titles(Run(deps, _ASKED, DAY), topic, {number for number, _ in drawn})
    seen = check(deps.document.read(), RecordedMetadata(METADATA), watcher.styles[deps.options.topics[0].slug])
    propose(seen.reading, seen.findings, seen.truth, watcher.store, run=_ASKED, now=DAY)


def _forget(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.name == "watcher.lock":
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


class RecordedMetadata:
    """A replacement for arXiv's search API in the demo (implements ports.Metadata), which answers from a file with one
    paper a line.
    """

    name = "arXiv API"

    def __init__(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines()
        self._papers = {paper.id: paper for paper in (_paper(json.loads(line)) for line in lines)}

    def lookup(self, ids: Iterable[PaperId]) -> Mapping[PaperId, Paper]:
        """The recorded arXiv metadata of the papers with these ids; unknown ones are left out."""
        return {paper: self._papers[paper] for paper in ids if paper in self._papers}

    def search(self, query: Query) -> Sequence[Paper]:
        """All recorded papers, whatever the query: there are few, and the caller picks the one that fits."""
        del query
        return list(self._papers.values())


def _paper(told: Mapping[str, Any]) -> Paper:
    native, authors = told["arxiv_id"], tuple(told["authors"])
    return Paper(
        id=PaperId("arxiv", native),
        version=1,
        title_raw=told["title"],
        abstract_raw=told["abstract"] or "",
        authors_raw=", ".join(authors),
        title=told["title"],
        abstract=told["abstract"] or "",
        authors=authors,
        categories=tuple(told["categories"]),
        url=f"https://arxiv.org/abs/{native}",
        published=date.fromisoformat(told["published"]) if told["published"] else None,
        journal_ref=told["journal_ref"],
        comment=told["comment"],
    )
