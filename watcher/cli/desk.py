"""Commands by which a person decides about papers in the terminal: log, decide, undo; add nominates papers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.base import Json, app, clean, exclusive, new_run_id, open_watcher, person, print_json
from watcher.domain.errors import BusyError, Misuse, UsageError

if TYPE_CHECKING:
    from watcher.bootstrap import Watcher
    from watcher.domain.curation.card import Card
    from watcher.domain.facts import Verdict
    from watcher.ports import Act, HistoryEntry, Nominee

PaperOrCard = Annotated[str, typer.Argument(metavar="ID", help="An arXiv id or URL, or a card's number.")]
_RECENT = 20
_LONGEST_NUMBER = 9  # digits; a longer number is beyond what a database's integer key holds
_PATIENCE_SECONDS = 15.0  # the serving process looks for decisions every five seconds
_CARD_SECONDS = 60.0  # the serving process asks a model twice before the card is there


def shown_card(watcher: Watcher, text: str) -> Card:
    """The card of a paper that was shown to curators, from its arXiv id or the candidate number. Raises UsageError if
    there is none, or if several topics have it.
    """
    from watcher.domain.papers.paper import paper_id

    if text.isdecimal() and len(text) <= _LONGEST_NUMBER:
        return watcher.store.cards.get(int(text))
    known = watcher.store.papers.numbers_of(paper_id(text))
    if not known:
        raise UsageError("this paper never came by", about=text, remedy="see `watcher status`")
    cards: list[Card] = []
    for number in known:
        with suppress(UsageError):  # not every candidate comes as far as a card
            cards.append(watcher.store.cards.get(number))
    if not cards:
        raise UsageError("this paper has no card", about=text, remedy=f"see `watcher log {text}`")
    if len(cards) > 1:
        named = ", ".join(f"{card.candidate.number} ({card.candidate.topic})" for card in cards)
        raise UsageError("several topics hold this paper", about=text, remedy=f"name a card: {named}")
    return cards[0]


def _decide(text: str, verdict: Verdict, curator: str, reason: str, *, json: bool) -> None:
    from watcher.domain.facts import Verdict
    from watcher.words_ja import common
    from watcher.words_ja.failures import failure

    by = person(curator)
    with open_watcher() as watcher:
        card = shown_card(watcher, text)
        if verdict is Verdict.UNDO and card.decision is None:
            raise UsageError("there is no decision to take back", about=text)
        number = card.candidate.number
        watcher.curation.decide(number, verdict, by, "console", clean(reason))
        followed = follow_up(watcher, [number])
        card = watcher.curation.card(number)
    _show(card, json=json)
    if not (followed or json):
        typer.echo(common.FOLLOWED_LATER)
    if card.trouble:
        typer.echo(f"watcher: {failure('catalog', card.trouble)}", err=True)
        raise typer.Exit(1)


def _retry(text: str, curator: str, *, json: bool) -> None:
    from watcher.words_ja import common

    by = person(curator)
    with open_watcher() as watcher:
        number = shown_card(watcher, text).candidate.number
        asked = watcher.curation.retry(number, by, "console")
        card = watcher.curation.card(number)
    _show(card, json=json)
    if not json:
        typer.echo(common.RETRY_ASKED if asked else common.RETRY_WAITS)


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
            waiting = {n for topic in topics for n, _ in watcher.store.catalog.to_write(topic.slug)}
            if waiting.isdisjoint(numbers):
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)


def _show(card: Card, *, json: bool) -> None:
    from watcher.words_ja import cli as words
    from watcher.words_ja import common

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
    for note in (common.verification(card), common.summary_note(card)):
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
        failures = _process_nominations(watcher, numbers)
        found = [watcher.inquiries.standing(paper, slug) for paper in wanted]
    _show_nominees(found, json=json)
    if troubles := words.not_added(failures, found):
        typer.echo(f"watcher: {troubles}", err=True)
        raise typer.Exit(1)


def _only_topic(watcher: Watcher) -> str:
    slugs = [topic.slug for topic in watcher.inquiries.topics]
    if len(slugs) > 1:
        raise Misuse("there are several topics", about="--topic", remedy=f"name one of {', '.join(slugs)}")
    return slugs[0]


def _process_nominations(watcher: Watcher, numbers: Sequence[int]) -> list[str]:
    """Process the nominated papers now, or wait until the process that holds the lock has done so."""
    from watcher.words_ja import cli as words

    deadline = time.monotonic() + _CARD_SECONDS
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
    waiting = (watcher.store.papers.nominated_without_card(topic.slug, deps.desk.name) for topic in deps.options.topics)
    return any(set(numbers) & found for found in waiting)


def _show_nominees(found: Sequence[Nominee], *, json: bool) -> None:
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
