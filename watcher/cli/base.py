"""Code shared by all commands: the typer app, loading of settings, opening of a deployment, output."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watcher import __version__
from watcher.domain.errors import Misuse, UsageError

if TYPE_CHECKING:
    from watcher.bootstrap import Watcher
    from watcher.bootstrap.state import BranchState
    from watcher.settings import Settings

app = typer.Typer(
    name="watcher",
    help="Watches the literature: feed, screen, triage, score, summarize, ask curators, extend the catalog.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_YEARS = range(1991, 2200)  # arXiv began in 1991; any other year is a typing error

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Host = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Address of the web desk; others than loopback need WATCHER_WEB_SECRET."),
]
Port = Annotated[
    int | None, typer.Option(metavar="N", min=0, max=65535, help="Port of the web desk; 0 picks a free one.")
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Literature watcher."""
    del version
    start_logging("critical")


def start_logging(level: str) -> None:
    """Send log events of this level or above to stderr, one line each, with secrets redacted."""
    from watcher.logs import configure

    configure(sys.stderr, level)


def settings() -> Settings:
    """Load the settings from configuration folder and environment. Raises ConfigError listing all problems."""
    from watcher.settings import load_settings

    return load_settings()


def beginnings(loaded: Settings) -> list[str]:
    """Lines for the terminal when a command creates a new deployment: where its data folder is, and which existing ones
    are in folders nearby. Empty if the deployment exists already.
    """
    from watcher.bootstrap import first_start
    from watcher.words_ja.cli import begun, other_deployment

    others = first_start(loaded)
    return [] if others is None else [begun(loaded.data.absolute()), *map(other_deployment, others)]


def echo_lines(lines: Sequence[str], *, as_text: bool) -> None:
    """Print lines of text for people: to stdout, or to stderr if stdout is JSON."""
    for line in lines:
        typer.echo(line, err=not as_text)


@contextmanager
def open_watcher(loaded: Settings | None = None, **parts: Any) -> Iterator[Watcher]:
    """Context manager that builds a Watcher (a deployment with all its parts) from the settings, by default those of
    the environment, and closes it at the end. `parts` are passed to Watcher and replace some of its adapters.
    """
    from watcher.bootstrap import Watcher

    watcher = Watcher(loaded or settings(), **parts)
    try:
        yield watcher
    finally:
        watcher.close()


@contextmanager
def shared_state(loaded: Settings, run: str, at: datetime | None) -> Iterator[BranchState | None]:
    """Context manager that holds the lease (a lock with an expiry time) on the database that runs share on a git
    branch; yields None if the settings name no branch. `at` replaces the clock.

    If another run holds the lease or takes it over, the command ends with a message and exit code 0.
    """
    if not loaded.state_branch:
        yield None
        return
    from watcher.bootstrap import wall_clock
    from watcher.bootstrap.check import check
    from watcher.bootstrap.state import on_branch
    from watcher.domain.errors import Overtaken
    from watcher.words_ja.failures import error as in_japanese

    check(loaded)
    try:
        with on_branch(loaded, run, (lambda: at) if at else wall_clock) as state:
            yield state
    except Overtaken as overtaken:
        typer.echo(f"watcher: {in_japanese(overtaken)}", err=True)
        raise typer.Exit from None


@contextmanager
def exclusive(watcher: Watcher) -> Iterator[None]:
    """Context manager that locks the data folder and the database, so that no other watcher process uses them
    meanwhile. In a deployment of several processes it excludes only processes of other deployments.

    Raises BusyError if another process holds the lock.
    """
    from watcher.adapters.queue.folder_lock import hold

    if watcher.settings.is_distributed:
        with watcher.store.database.hold(shared=True):
            yield
        return
    # Both locks: two data folders may share a database, and two databases a data folder with its catalog.
    with hold(watcher.settings.data), watcher.store.database.hold():
        yield


def print_json(value: object) -> None:
    """Print a value as JSON, with Japanese characters unescaped."""
    plain = dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=2, default=str))


def parse_time(text: str | None) -> datetime | None:
    """Parse an ISO 8601 time from the command line; without a time zone it is UTC. Raises Misuse."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Misuse(f"not an ISO time: {text!r}", about="--now", remedy="e.g. 2026-06-29T05:00:00+00:00") from None
    if found.year not in _YEARS:
        raise Misuse(f"no year of arXiv's: {found.year}", about="--now")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def clean(text: str) -> str:
    """Make a command-line argument safe to store: unprintable characters, among them bytes that are not UTF-8, become
    U+FFFD.
    """
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def person(text: str) -> str:
    """Validate the name of the acting person, as given by `--as`, and return it cleaned. Raises Misuse if
    it is empty.
    """
    if not text.strip():
        raise Misuse("a name is needed", about="--as")
    return clean(text)


def write(path: Path, content: bytes) -> None:
    """Write bytes to a file that the user named on the command line. Raises UsageError."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", about=str(path)) from None


def new_run_id(kind: str) -> str:
    """A unique id for a run that a person started by a command."""
    from watcher.bootstrap import new_run_id as made

    return made(kind)
