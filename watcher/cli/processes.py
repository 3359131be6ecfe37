"""Commands that start processes which run until they are stopped: serve, and web, worker and clock of a deployment with a
job queue.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from watcher.cli.base import Host, Port, app, beginnings, clean, echo_lines, exclusive, settings, start_logging
from watcher.domain.errors import Misuse


def join(*roles: str, **options: Any) -> None:
    """Run a process with these roles (web, worker, clock) of a deployment with a job queue, until it is
    told to stop.
    """
    from watcher.runtime.cluster import Process, Role
    from watcher.runtime.serve import staying
    from watcher.words_ja import cli as words

    start_logging("info")
    process = Process(settings(), [Role(role) for role in roles], **options)
    with exclusive(process.watcher):
        process.prepare()
        with staying() as asked, process.running(asked):
            typer.echo(
                f"{words.SERVING} {process.url}" if process.url else words.WORKING.format(roles="、".join(roles))
            )
            process.work()


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
) -> None:
    """Run scheduler, desks and web in one process, until it is told to stop."""
    from watcher.bootstrap.check import unusable_catalogs
    from watcher.runtime.serve import EmbeddedServer, staying
    from watcher.words_ja import cli as words

    start_logging("info")
    loaded = settings()
    if loaded.is_distributed:
        join("web", "worker", "clock", host=host, port=port)
        return
    echo_lines(beginnings(loaded), as_text=True)
    echo_lines(list(map(words.unusable_catalog, unusable_catalogs(loaded))), as_text=False)
    serving = EmbeddedServer(loaded, host, port)
    with exclusive(serving.watcher), staying() as asked, serving.running():
        typer.echo(f"{words.SERVING} {serving.web.url}")
        asked.wait()


@app.command()
def web(
    host: Host = None,
    port: Port = None,
) -> None:
    """Run the desks (web, Slack) of a deployment with a job queue."""
    join("web", host=host, port=port)


@app.command()
def worker(
    concurrency: Annotated[int | None, typer.Option(metavar="N", min=1, max=32, help="Model calls at a time.")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND", help="Take this kind of work alone: runs, model-calls, decisions, nominations or push."
        ),
    ] = None,
) -> None:
    """Run a worker process of a deployment with a job queue; any number of them may run."""
    from watcher.runtime.cluster import OLD_TASKS, TASKS

    if old := next((name for name in only or () if name in OLD_TASKS), None):
        raise typer.BadParameter(f"{old} is now called {OLD_TASKS[old]}", param_hint="--only")
    if unknown := set(only or ()) - set(TASKS):
        raise Misuse(f"no such work: {clean(min(unknown))}", about="--only", remedy=f"one of {', '.join(TASKS)}")
    join("worker", concurrency=concurrency, only=only or ())


@app.command()
def clock() -> None:
    """Run the process that starts the scheduled work of a deployment with a job queue; several do no harm."""
    join("clock")
