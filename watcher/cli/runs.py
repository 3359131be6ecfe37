"""Commands that run the pipeline or parts of it once: run, digest, import, reconcile, backfill; check and demo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.base import (
    Json,
    app,
    beginnings,
    clean,
    echo_lines,
    exclusive,
    new_run_id,
    open_watcher,
    parse_time,
    print_json,
    settings,
    shared_state,
)
from watcher.domain.errors import Misuse

if TYPE_CHECKING:
    from watcher.domain.papers.feeds import FeedReport
    from watcher.pipeline.dependencies import Progress
    from watcher.ports import RunReport


def _gone(given: bool) -> None:
    if given:
        raise Misuse(
            "there is no Batch API any more", about="--batch", remedy="leave it out: runs ask the model directly"
        )


Batch = Annotated[bool, typer.Option("--batch", hidden=True, callback=_gone)]
"""An option of versions before 0.1.0."""
_DAY = ["%Y-%m-%d"]
Now = Annotated[str | None, typer.Option(metavar="TIME", help="Run as if it were this ISO time (UTC without a zone).")]


def source_json(source: FeedReport) -> dict[str, object]:
    """The report on reading one feed as a JSON object, in the documented format of `run --json`."""
    return {
        "name": source.name,
        "state": str(source.state),
        "entries": source.entries,
        "new": source.new,
        "error": source.error,
    }


def as_json(report: RunReport) -> dict[str, object]:
    """The report of a run as a JSON object, in the documented format of `run --json`."""
    usage = report.usage
    return {
        "run_id": report.run_id,
        "started": report.started.isoformat(),
        "finished": report.finished.isoformat() if report.finished else None,
        "sources": [source_json(source) for source in report.sources],
        **report.counts,
        "waiting": dict(report.waiting),
        "unread_days": [day.isoformat() for day in report.unread],
        **({"cap": report.cap} if report.cap else {}),
        "llm": {
            "calls": usage.calls,
            "prompt_tokens": usage.prompt_tokens,
            "prompt_chars": usage.prompt_chars,
            "completion_tokens": usage.completion_tokens,
            "cost_usd": round(usage.cost_usd, 6),
        },
    }


def finish(report: RunReport, *, as_text: bool) -> None:
    """Print a run's result to stdout, then its failures to stderr, and exit with 1 if there are any."""
    from watcher.words_ja import cli as words

    if as_text:
        for line in words.run(report):
            typer.echo(line)
    else:
        print_json(as_json(report))
    end(report)


def end(report: RunReport) -> None:
    """Print a run's failures, if any, to stderr and exit with 1."""
    from watcher.words_ja import cli as words

    if problems := words.problems(report):
        typer.echo(f"watcher: {problems}", err=True)
        raise typer.Exit(1)


@app.command()
def run(
    feed: Annotated[
        list[str] | None,
        typer.Option(metavar="FEED", help="Read this instead of the feeds: a file, a folder of *.xml or a URL."),
    ] = None,
    batch: Batch = False,
    now: Now = None,
    json: Json = False,
) -> None:
    """Run the pipeline once, from feeds to desk, unread announcement days included. Repeating it does no harm.

    With a state branch, the database is fetched from there and pushed back, and the catalog's commits are pushed.
    """
    from watcher.domain.papers.feeds import FeedRole
    from watcher.pipeline.intake import FEEDS, FEEDS_ONLY, POLL
    from watcher.words_ja import cli as words

    del batch
    for path in feed or ():  # before anything is recorded, as for `import`
        if not (path.lower().startswith(("http://", "https://")) or Path(path).exists()):
            raise Misuse(f"no such file or folder: {clean(path)}", about="--feed", remedy="check the path")
    loaded, at, name = settings(), parse_time(now), new_run_id("run")
    first = [] if loaded.state_branch else beginnings(loaded)
    with (
        shared_state(loaded, name, at) as state,
        open_watcher(loaded, feeds=feed or (), state=state) as watcher,
        exclusive(watcher),
    ):
        if state:
            state.begin(watcher)
        configured = watcher.pipeline.deps.options.watch.role is FeedRole.WATCHED
        intake = FEEDS if not feed else FEEDS_ONLY if configured else POLL
        report = watcher.pipeline.run(name, intake, now=at)
        if state:
            report = state.finish(watcher, report)
    if not (json and words.problems(report)):  # a failure is one line on stderr
        echo_lines(first, as_text=not json)
    finish(report, as_text=not json)


@app.command()
def digest(now: Now = None, json: Json = False) -> None:
    """Post today's digest and the cards that wait, without reading feeds."""
    from watcher.pipeline.intake import NOTHING

    with open_watcher() as watcher, exclusive(watcher):
        report = watcher.pipeline.run(new_run_id("digest"), NOTHING, now=parse_time(now))
    finish(report, as_text=not json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Papers as JSON Lines, optionally gzipped.")],
    now: Now = None,
    json: Json = False,
) -> None:
    """Take in papers from a file and screen them; the next run scores them."""
    from watcher.adapters.sources.jsonl import PaperFile
    from watcher.domain.papers.feeds import FeedRole, Watch
    from watcher.pipeline.intake import POLL

    papers, at = PaperFile(file), parse_time(now)
    papers.check()  # before anything is recorded: a wrong path is no feed that status should tell of for good
    with open_watcher(sources=[papers], watch=Watch(FeedRole.OTHER)) as watcher, exclusive(watcher):
        report = watcher.pipeline.run(new_run_id("import"), POLL, until="screen", now=at)
    finish(report, as_text=not json)


@app.command()
def reconcile(
    since: Annotated[
        datetime | None,
        typer.Option(metavar="DAY", formats=_DAY, help="From this day (UTC); else since the last complete one."),
    ] = None,
    now: Now = None,
    json: Json = False,
) -> None:
    """Compare what the feeds announced with arXiv's complete list and take in what was missed."""
    from watcher.pipeline.intake import reconcile as taken

    with open_watcher() as watcher, exclusive(watcher):
        day = since.date() if since else None
        report = watcher.pipeline.run(new_run_id("reconcile"), taken(day), until="triage", now=parse_time(now))
    finish(report, as_text=not json)


@app.command()
def backfill(
    since: Annotated[datetime, typer.Option("--from", metavar="DAY", formats=_DAY, help="The first day.")],
    until: Annotated[datetime, typer.Option("--until", metavar="DAY", formats=_DAY, help="The last day.")],
    category: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="One of arXiv's categories; else all that the topics watch."),
    ] = None,
    batch: Batch = False,
    now: Now = None,
    json: Json = False,
) -> None:
    """Take in and screen the papers of a span of days; run again, it continues where it stopped."""
    from watcher.domain.papers.feeds import History
    from watcher.pipeline.intake import backfill as taken

    del batch
    loaded = settings()
    watched = frozenset[str]().union(*(topic.categories for topic in loaded.topics))
    span = History(since.date(), until.date(), frozenset(category) if category else watched)
    with _bar() as progress, open_watcher(progress=progress) as watcher, exclusive(watcher):
        report = watcher.pipeline.run(new_run_id("backfill"), taken(span), until="screen", now=parse_time(now))
    finish(report, as_text=not json)


@contextmanager
def _bar() -> Iterator[Progress]:
    """A progress bar on stderr: for each list that is read, how many of its days are done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    from watcher.words_ja import cli as words

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[reached]}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(feed: str, done: int, total: int) -> None:
            if feed not in tasks:
                tasks[feed] = bar.add_task(words.backfill(feed), reached="")
            bar.update(tasks[feed], completed=done, total=total, reached=words.days(done, total))

        yield progress


@app.command()
def check() -> None:
    """Load all configuration and list every problem; contacts nothing."""
    from watcher.bootstrap import wall_clock
    from watcher.bootstrap.check import check as check_app
    from watcher.bootstrap.check import untrained_topics, unusable_catalogs
    from watcher.bootstrap.models import SHARES, missing_for
    from watcher.domain.errors import ConfigError
    from watcher.domain.papers.feeds import feed_day, unlisted_year
    from watcher.words_ja import cli as words
    from watcher.words_ja.cli import no_model
    from watcher.words_ja.common import no_holidays
    from watcher.words_ja.refusals import problem as in_japanese

    try:
        loaded = settings()
        check_app(loaded)
        problems = list(map(words.unusable_catalog, unusable_catalogs(loaded)))
    except ConfigError as error:
        problems = list(map(in_japanese, error.message.splitlines()))
    if problems:
        for problem in problems:
            typer.echo(f"watcher: {problem}", err=True)
        raise typer.Exit(1)
    if year := unlisted_year(feed_day(wall_clock()), frozenset(loaded.values.sources.arxiv.holidays)):
        typer.echo(no_holidays(year), err=True)
    if loaded.env.SLACK_APP_TOKEN and loaded.env.SLACK_SIGNING_SECRET:
        typer.echo(words.SOCKET_WINS, err=True)
    for topic in untrained_topics(loaded):
        typer.echo(words.untrained_topic(topic), err=True)
    if lacking := dict.fromkeys(name for stage in SHARES for name in missing_for(loaded, stage)):
        typer.echo(no_model(lacking), err=True)
    if len(told := beginnings(loaded)) > 1:
        echo_lines(told, as_text=False)
    typer.echo(words.CHECKED)


@app.command()
def demo(
    port: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, max=65535, help="Port of the page; 0 picks a free one. [default: 8765]"),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser, or leave that to you.")] = True,
    fast: Annotated[bool, typer.Option("--fast", help="Leave out the pauses that make the progress visible.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the decisions of earlier demos.")] = False,
) -> None:
    """Show a real day with recorded replies: cards on a page and a working copy of the catalog. Needs no key."""
    from watcher.demo import show

    show(port=port, browser=browser, fast=fast, fresh=fresh)
