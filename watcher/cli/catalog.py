"""Commands for the catalog file and for exports: catalog export, row, learn, push and adopt; candidates (an
Atom feed).
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.base import Json, app, clean, open_watcher, print_json, settings, write
from watcher.cli.desk import PaperOrCard, card_number
from watcher.domain.errors import CatalogError, Misuse, UsageError

if TYPE_CHECKING:
    from watcher.adapters.catalogs.markdown_learn import Learned

catalog = typer.Typer(help="Look after the catalog document.", no_args_is_help=True)
app.add_typer(catalog, name="catalog")

Output = Annotated[Path | None, typer.Option(metavar="FILE", help="Write to this file instead of standard output.")]


def _document(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogError(
            f"cannot be read: {error.strerror}", about=str(path), remedy="set WATCHER_CATALOG to the Markdown file"
        ) from None


def _put(data: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(data)
    else:
        write(output, data)


@catalog.command()
def export(
    form: Annotated[
        str,
        typer.Option("--format", metavar="FORM", help="json (the default), csv, bibtex, ris, csl-json, atom or html."),
    ] = "json",
    output: Output = None,
) -> None:
    """Export the catalog; html is one self-contained page for any static host."""
    from watcher.adapters.catalogs.exports import EXPORTS
    from watcher.bootstrap.catalogs import make_export_cache

    if form not in EXPORTS:
        raise Misuse(f"unknown form {clean(form)}", about="--format", remedy=f"one of {', '.join(EXPORTS)}")
    with open_watcher() as watcher:
        data = make_export_cache(watcher.settings, watcher.store).export(form).data
    _put(data, output)


@app.command()
def candidates(output: Output = None) -> None:
    """Print the papers that wait for a curator's decision as an Atom feed, for readers."""
    from watcher.adapters.catalogs.exports.atom import candidate_feed

    with open_watcher() as watcher:
        data = candidate_feed(watcher.store.cards.all())
    _put(data, output)


@catalog.command("push")
def push_(json: Json = False) -> None:
    """Push the catalog's commits now, as `[catalog] push` in watcher.toml says."""
    from watcher.bootstrap.catalogs import make_publishers
    from watcher.words_ja import failures as push_words

    with open_watcher() as watcher:
        publishers = make_publishers(watcher.settings, watcher.store, watcher.pipeline.deps.clock)
        if not publishers:
            raise UsageError("no push is configured", about="[catalog] push", remedy="set it in watcher.toml")
        made = [push for publisher in publishers if (push := publisher.push())]
    if json:
        print_json([dataclasses.asdict(push) for push in made])
        return
    for push in made:
        typer.echo(push_words.pushed(push))
    if not made:
        typer.echo(push_words.NOTHING_NEW)


@catalog.command()
def row(paper: PaperOrCard) -> None:
    """Print the Markdown row that a card has in the catalog, or would get."""
    from watcher.adapters.catalogs.markdown import shown_row
    from watcher.ports import RowContent

    with open_watcher() as watcher:
        card = watcher.store.cards.get(card_number(watcher, paper))
        content = RowContent.of(card.candidate.paper, card.cells)
        path = watcher.settings.catalog
        typer.echo(shown_row(_document(path), content, str(path), watcher.settings.shape_of(path)))


@catalog.command()
def learn(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Markdown file; without it, the catalogs of all topics.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write it down without asking.")] = False,
    json: Json = False,
) -> None:
    """Learn the shape of a catalog from its file, show what was understood, and write it into the topic's file.

    The catalog itself is only read. Exit code 1 for a file whose papers are in no Markdown table, list or paragraphs of their own.
    """
    from watcher.adapters.catalogs.markdown_learn import learn as read_shape
    from watcher.bootstrap.shapes import keep_shape
    from watcher.words_ja import catalog as words

    loaded = settings()
    for path in [file] if file else dict.fromkeys(map(loaded.catalog_of, loaded.topics)):
        learned = read_shape(_document(path), words.SAMPLE, str(path))
        if not json:
            for line in words.learned(str(path), learned.reading, learned.named):
                typer.echo(line)
            typer.echo(words.next_entry(learned.line))
            typer.echo(learned.entry)
        wanted = yes or (not json and typer.confirm(words.WRITE_DOWN))
        changed = keep_shape(loaded, path, learned.shape) if wanted else []
        if json:
            print_json(_understood(path, learned, changed))
        elif wanted:
            typer.echo(words.written_down([str(one) for one in changed]))


def _understood(path: Path, learned: Learned, changed: Sequence[Path]) -> dict[str, object]:
    """The learned shape of a catalog as JSON."""
    from watcher.domain.catalog.shape import proposed_fields

    reading = learned.reading
    return {
        "file": str(path),
        "shape": dataclasses.asdict(learned.shape),
        "entries": len(reading.rows),
        "ids": len({paper for entry in reading.rows for paper in entry.ids}),
        "named": learned.named,
        "unread": [{"line": one.line, "oddity": str(one.oddity), "text": one.text} for one in reading.unread],
        "fields": {field.name: str(field.source) for field in proposed_fields(learned.shape)},
        "next": {"line": learned.line, "entry": learned.entry},
        "written": [str(one) for one in changed],
    }


@catalog.command()
def adopt() -> None:
    """Write rows to this host's copy of the catalog, and to its branch that is checked out, from now on."""
    from watcher.bootstrap import open_store, wall_clock
    from watcher.bootstrap.catalogs import adopt as settle
    from watcher.words_ja import cli as words

    loaded = settings()
    store = open_store(loaded)
    for path in settle(loaded, store, wall_clock):
        typer.echo(words.ADOPTED.format(path=path))
    store.database.close()
