"""What all commands share: the typer app, settings, output."""

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
    from watcher.settings import Settings

app = typer.Typer(
    name="watcher",
    help="Watches the literature: feed, screen, score, summarize, ask curators, extend the catalog.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_YEARS = range(1991, 2200)

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
    """Events to stderr as one line each; secrets are cut out of them."""
    from watcher.logs import configure

    configure(sys.stderr, level)


def settings() -> Settings:
    """The checked settings. Raises ConfigError listing all problems."""
    from watcher.settings import load_settings

    return load_settings()


def beginnings(loaded: Settings) -> list[str]:
    """The lines that say that a deployment begins, and which ones stand nearby; none where it stands already."""
    from watcher.bootstrap.first_start import beginning
    from watcher.words_ja.cli import begun, nearby

    found = beginning(loaded)
    return [begun(found.place), *map(nearby, found.others)] if found else []


def tell(lines: Sequence[str], *, as_text: bool) -> None:
    """Print lines for people: on stderr where stdout is for machines."""
    for line in lines:
        typer.echo(line, err=not as_text)


@contextmanager
def wired(**parts: Any) -> Iterator[Watcher]:
    """A wired deployment that is closed afterwards."""
    from watcher.bootstrap import build

    watcher = build(settings(), **parts)
    try:
        yield watcher
    finally:
        watcher.close()


@contextmanager
def held(watcher: Watcher) -> Iterator[None]:
    """Keep every other watcher off this one's folder and database, or, where several share the work, those that do
    not share it. Raises BusyError when one is there.
    """
    from watcher.adapters.queue.thread_pool import hold

    if watcher.settings.is_distributed:
        with watcher.store.database.hold(shared=True):
            yield
        return
    with hold(watcher.settings.data), watcher.store.database.hold():
        yield


def print_json(value: object) -> None:
    """JSON on stdout, Japanese left readable."""
    plain = dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=2, default=str))


def moment(text: str | None) -> datetime | None:
    """An ISO moment from the command line; without a zone it is UTC. Raises Misuse."""
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
    """An argument as it may be stored: bytes that were no UTF-8 and control characters become marks."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def person(text: str) -> str:
    """Who acts, as given by `--as`. Raises Misuse for nobody."""
    if not text.strip():
        raise Misuse("a name is needed", about="--as")
    return clean(text)


def write(path: Path, content: bytes) -> None:
    """Write what was asked for to a file. Raises UsageError."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", about=str(path)) from None


def new_run_id(kind: str) -> str:
    """The id of a run somebody asked for by hand; unlike a slot's it never repeats."""
    from watcher.bootstrap import new_run_id as made

    return made(kind)
