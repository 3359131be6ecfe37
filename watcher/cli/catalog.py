"""Commands for the catalog file and for exports: catalog export, row, learn, push and adopt; candidates (an Atom feed);
catalog put-back and leave-out, for approved rows that are missing and removed rows that are back.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.base import Json, app, clean, exclusive, open_watcher, person, print_json, settings, write
from watcher.cli.desk import PaperOrCard, follow_up, shown_card
from watcher.domain.errors import BusyError, CatalogError, Misuse, UsageError

if TYPE_CHECKING:
    from watcher.adapters.catalogs.markdown_learn import Learned
    from watcher.bootstrap import Watcher
    from watcher.domain.facts import Verdict

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
        made = [push for publisher in publishers if (push := publisher.push(by_hand=True))]
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
    from watcher.domain.summaries.cells import RowContent

    with open_watcher() as watcher:
        card = shown_card(watcher, paper)
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
    from watcher.bootstrap.new_topic import keep_shape
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


Papers = Annotated[list[str] | None, typer.Argument(metavar="[ID]…", help="Papers; none lists them.")]
Every = Annotated[bool, typer.Option("--all", help="Every such row.")]
As = Annotated[str, typer.Option("--as", metavar="NAME", help="Who decides.")]


@catalog.command("put-back")
def put_back(papers: Papers = None, every: Every = False, as_: As = "console") -> None:
    """Put approved rows that are missing back into the catalog, and keep withdrawn rows that are in it again."""
    from watcher.domain.facts import Verdict

    _answer(papers or [], Verdict.APPROVE, as_, every=every)


@catalog.command("leave-out")
def leave_out(papers: Papers = None, every: Every = False, as_: As = "console") -> None:
    """Leave missing rows out, and remove withdrawn rows that are in the catalog again: the papers count as rejected."""
    from watcher.domain.facts import Verdict

    _answer(papers or [], Verdict.REJECT, as_, every=every)


def _answer(papers: Sequence[str], verdict: Verdict, curator: str, *, every: bool) -> None:
    from watcher.domain.facts import Verdict
    from watcher.words_ja import cli as words
    from watcher.words_ja.common import LEFT_OUT
    from watcher.words_ja.failures import failure

    by = person(curator)
    with open_watcher() as watcher:
        told = _looked(watcher)
        missing = {row.candidate: row for row in watcher.store.catalog.missing()}
        missing |= {row.candidate: row for row in watcher.store.catalog.returned()}
        chosen = list(missing) if every else [shown_card(watcher, paper).candidate.number for paper in papers]
        if stands := [number for number in chosen if number not in missing]:
            raise UsageError("the row of this card is not missing", about=str(stands[0]), remedy="see `watcher status`")
        for number in chosen:
            reason = LEFT_OUT if verdict is Verdict.REJECT else ""
            watcher.curation.decide(number, verdict, by, "console", reason)
        if chosen:
            follow_up(watcher, chosen)
        cards = [watcher.curation.card(number) for number in chosen]
    left = [] if chosen else list(missing.values())
    for line in [*map(words.card, cards), *map(words.missing, left)]:
        typer.echo(line)
    troubles = [failure("catalog", card.trouble) for card in cards if card.trouble] if chosen else told
    if troubles:
        typer.echo(f"watcher: {troubles[0]}", err=True)
        raise typer.Exit(1)
    if not (cards or left):
        typer.echo(words.NOTHING_MISSING)


def _looked(watcher: Watcher) -> list[str]:
    """Check the catalog's rows now, unless another process is working, which does it itself; return the reasons why
    that failed.
    """
    from watcher.words_ja.failures import told as failure_words

    with suppress(BusyError), exclusive(watcher):
        failures = watcher.pipeline.apply_decisions(look=True)
        return [failure_words(text) for text in failures if text.startswith("catalog:")]
    return []
