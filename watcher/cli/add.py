"""The command `add`, by which a person nominates papers for curators to see."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.base import Json, app, exclusive, new_run_id, open_watcher, person, print_json
from watcher.domain.errors import BusyError, Misuse

if TYPE_CHECKING:
    from watcher.bootstrap import Watcher
    from watcher.ports import Nominee

_PATIENCE_SECONDS = 60.0  # the serving process asks a model twice before the card is there


@app.command()
def add(
    papers: Annotated[list[str], typer.Argument(metavar="ID…", help="arXiv ids or URLs, with or without v1.")],
    topic: Annotated[
        str | None, typer.Option(metavar="SLUG", help="The topic; needed where there are several.")
    ] = None,
    as_: Annotated[str, typer.Option("--as", metavar="NAME", help="Who puts them forward.")] = "console",
    json: Json = False,
) -> None:
    """Nominate papers: they are scored, summarized and shown at the desk whatever their score."""
    from watcher.domain.papers.paper import paper_id
    from watcher.words_ja import cli as words

    wanted = list(dict.fromkeys(map(paper_id, papers)))
    by = person(as_)
    with open_watcher() as watcher:
        slug = topic or _only_topic(watcher)
        numbers = [n.number for n in watcher.inquiries.nominate(wanted, slug, by, "console") if n.number]
        failures = _process(watcher, numbers)
        found = [watcher.inquiries.standing(paper, slug) for paper in wanted]
    _show(found, json=json)
    if troubles := words.not_added(failures, found):
        typer.echo(f"watcher: {troubles}", err=True)
        raise typer.Exit(1)


def _only_topic(watcher: Watcher) -> str:
    slugs = [topic.slug for topic in watcher.inquiries.topics]
    if len(slugs) > 1:
        raise Misuse("there are several topics", about="--topic", remedy=f"name one of {', '.join(slugs)}")
    return slugs[0]


def _process(watcher: Watcher, numbers: Sequence[int]) -> list[str]:
    """Process the nominated papers now, or wait until the process that holds the lock has done so."""
    from watcher.words_ja import cli as words

    deadline = time.monotonic() + _PATIENCE_SECONDS
    while numbers:
        try:
            with exclusive(watcher):
                return list(watcher.pipeline.process_nominations(new_run_id("by-hand")))
        except BusyError:
            if not _undone(watcher, numbers):
                return []
            if time.monotonic() > deadline:
                typer.echo(words.HASTENED_LATER, err=True)
                return []
            time.sleep(0.2)
    return []


def _undone(watcher: Watcher, numbers: Sequence[int]) -> bool:
    deps = watcher.pipeline.deps
    waiting = (watcher.store.nominations.without_card(topic.slug, deps.desk.name) for topic in deps.options.topics)
    return any(set(numbers) & found for found in waiting)


def _show(found: Sequence[Nominee], *, json: bool) -> None:
    from watcher.words_ja import cli as words

    if json:
        print_json(
            [
                {
                    "paper": str(nominee.paper),
                    "card": nominee.card.candidate.number if nominee.card else None,
                    "state": str(nominee.card.state) if nominee.card else "waiting" if nominee.number else "unknown",
                    "score": nominee.card.score if nominee.card else None,
                    "title": nominee.title,
                }
                for nominee in found
            ]
        )
        return
    for nominee in found:
        typer.echo(words.nominee(nominee))
