"""Commands by which a person decides about papers in the terminal: log, decide, undo."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.base import Json, app, clean, exclusive, open_watcher, person, print_json
from watcher.domain.errors import BusyError, Misuse, UsageError

if TYPE_CHECKING:
    from watcher.bootstrap import Watcher
    from watcher.domain.curation.card import Card
    from watcher.domain.facts import Candidate, Verdict
    from watcher.ports import Act, HistoryEntry

PaperOrCard = Annotated[str, typer.Argument(metavar="ID", help="An arXiv id or URL, or a card's number.")]
_RECENT = 20
_LONGEST_NUMBER = 9  # digits; a longer number is beyond what a database's integer key holds
_PATIENCE_SECONDS = 15.0  # the serving process looks for decisions every five seconds


def card_number(watcher: Watcher, text: str) -> int:
    """The candidate number of a paper that was shown to curators, from its arXiv id or the number itself. Raises
    UsageError if there is none, or if several topics have it.
    """
    from watcher.domain.papers.paper import paper_id

    if text.isdecimal() and len(text) <= _LONGEST_NUMBER:
        return watcher.store.cards.get(int(text)).candidate.number
    paper = paper_id(text)
    known = watcher.store.papers.numbers_of(paper)
    if not known:
        raise UsageError("this paper never came by", about=text, remedy="see `watcher status`")
    cards: list[Candidate] = []
    for number in known:
        with suppress(UsageError):  # not every candidate comes as far as a card
            cards.append(watcher.store.cards.get(number).candidate)
    if not cards:
        raise UsageError("this paper has no card", about=text, remedy=f"see `watcher log {text}`")
    if len(cards) > 1:
        named = ", ".join(f"{card.number} ({card.topic})" for card in cards)
        raise UsageError("several topics hold this paper", about=text, remedy=f"name a card: {named}")
    return cards[0].number


def _decide(text: str, verdict: Verdict, curator: str, reason: str, *, json: bool) -> None:
    from watcher.domain.facts import Verdict
    from watcher.words_ja import cli as words

    by = person(curator)
    with open_watcher() as watcher:
        number = card_number(watcher, text)
        if verdict is Verdict.UNDO and watcher.store.cards.get(number).decision is None:
            raise UsageError("there is no decision to take back", about=text)
        watcher.curation.decide(number, verdict, by, "console", clean(reason))
        followed = follow_up(watcher, [number])
        card = watcher.curation.card(number)
    _show(card, json=json)
    if not (followed or json):
        typer.echo(words.FOLLOWED_LATER)
    if card.trouble:
        typer.echo(f"watcher: {words.trouble(card.trouble)}", err=True)
        raise typer.Exit(1)


def _retry(text: str, curator: str, *, json: bool) -> None:
    from watcher.words_ja import handover

    by = person(curator)
    with open_watcher() as watcher:
        number = card_number(watcher, text)
        asked = watcher.curation.retry(number, by, "console")
        card = watcher.curation.card(number)
    _show(card, json=json)
    if not json:
        typer.echo(handover.RETRY_ASKED if asked else handover.RETRY_WAITS)


def follow_up(watcher: Watcher, numbers: Sequence[int]) -> bool:
    """Carry out the decisions about these papers (given as candidate numbers), or wait up to 15 seconds for the serving
    process to do so; return whether it was done.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with exclusive(watcher):
                watcher.pipeline.apply_decisions()
                return True
        except BusyError:
            topics = watcher.pipeline.deps.options.topics
            waiting = {n for topic in topics for n, _ in watcher.store.catalog_rows.to_catalog(topic.slug)}
            if waiting.isdisjoint(numbers):
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)


def _show(card: Card, *, json: bool) -> None:
    from watcher.words_ja import cli as words
    from watcher.words_ja import handover
    from watcher.words_ja.common import verification

    row = card.row
    if json:
        print_json(
            {
                "card": card.candidate.number,
                "paper": str(card.candidate.paper.id),
                "state": str(card.state),
                "row": {"number": row.number, "commit": row.commit, "change": str(row.change)} if row else None,
            }
        )
        return
    typer.echo(words.card(card))
    for note in (verification(card), handover.summary_note(card)):
        if note:
            typer.echo(note)


@app.command()
def decide(
    paper: PaperOrCard,
    verdict: Annotated[str, typer.Argument(metavar="VERDICT", help="approve, reject, later, or retry.")],
    as_: Annotated[str, typer.Option("--as", metavar="NAME", help="Who decides.")] = "console",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.")] = "",
    json: Json = False,
) -> None:
    """Approve, reject or put off a card; retry has the model asked once more about a paper it gave no answer about."""
    from watcher.domain.facts import Verdict

    if verdict not in {"approve", "reject", "later", "retry"}:
        raise Misuse(f"not a verdict: {clean(verdict)}", remedy="one of approve, reject, later, retry")
    if verdict == "retry":
        _retry(paper, as_, json=json)
        return
    _decide(paper, Verdict(verdict), as_, reason, json=json)


@app.command()
def undo(
    paper: PaperOrCard,
    as_: Annotated[str, typer.Option("--as", metavar="NAME", help="Who takes it back.")] = "console",
    json: Json = False,
) -> None:
    """Take back the last decision on a card; a row it added is removed from the catalog."""
    from watcher.domain.facts import Verdict

    _decide(paper, Verdict.UNDO, as_, "", json=json)


@app.command()
def log(
    paper: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A paper; without one, the latest decisions.")
    ] = None,
    json: Json = False,
) -> None:
    """Print the history of a paper, or the latest actions of curators."""
    from watcher.domain.papers.paper import paper_id
    from watcher.words_ja import history as told
    from watcher.words_ja import web as web_log

    with open_watcher() as watcher:
        if paper is not None:
            number = paper.isdecimal() and len(paper) <= _LONGEST_NUMBER
            named = watcher.store.cards.get(int(paper)).candidate.paper.id if number else paper_id(paper)
            history = watcher.store.history.of(named)
            if not history:
                raise UsageError("this paper never came by", about=paper)
            entries: Sequence[HistoryEntry | Act] = history
            lines = list(map(told.entry, history))
        else:
            entries = acts = list(reversed(watcher.store.history.acts(_RECENT)))
            lines = list(map(told.act, acts)) or [web_log.EMPTY]
    if json:
        print_json([{"at": e.at.isoformat(), "what": e.what, "gist": e.gist} for e in entries])
        return
    for line in lines:
        typer.echo(line)
