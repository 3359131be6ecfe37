"""Commands for approved rows that are missing from the catalog, or removed rows that are back in it: catalog put-back,
catalog leave-out.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.base import exclusive, open_watcher, person
from watcher.cli.catalog import catalog
from watcher.cli.desk import card_number, follow_up
from watcher.domain.errors import BusyError, UsageError

if TYPE_CHECKING:
    from watcher.bootstrap import Watcher
    from watcher.domain.facts import Verdict

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

    by = person(curator)
    with open_watcher() as watcher:
        told = _looked(watcher)
        missing = {row.candidate: row for row in watcher.store.catalog_rows.missing()}
        missing |= {row.candidate: row for row in watcher.store.catalog_rows.returned()}
        chosen = list(missing) if every else [card_number(watcher, paper) for paper in papers]
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
    troubles = [words.trouble(card.trouble) for card in cards if card.trouble] if chosen else told
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
