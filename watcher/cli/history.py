"""Commands that read past announcements from arXiv's complete list: reconcile, backfill."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.base import Json, app, exclusive, new_run_id, open_watcher, parse_time, settings
from watcher.cli.line import Batch, Now, finish

if TYPE_CHECKING:
    from watcher.pipeline.dependencies import Progress

_DAY = ["%Y-%m-%d"]


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
