"""Commands of the console desk: status, log, decide, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.base import Json, app, held, print_json, wired
from watcher.domain.errors import BusyError, UsageError
from watcher.domain.facts import Verdict
from watcher.words_ja import cli as words
from watcher.words_ja.common import CARD_STATE

if TYPE_CHECKING:
    from watcher.app import Watcher
    from watcher.domain.card import Card

PaperOrCard = Annotated[str, typer.Argument(metavar="ID", help="An arXiv id or URL, or a card's number.")]
_RECENT = 20


def card_number(watcher: Watcher, text: str) -> int:
    """The number of the card that an id means. Raises UsageError for none or several."""
    from watcher.domain.paper import arxiv_id  # noqa: PLC0415

    if text.isdecimal():
        return int(text)
    paper, _ = arxiv_id(text)
    numbers = watcher.store.find(paper)
    if not numbers:
        raise UsageError("this paper never came by", about=text, remedy="see `watcher status`")
    if len(numbers) > 1:
        named = ", ".join(f"{number}" for number in numbers)
        raise UsageError("several topics hold this paper", about=text, remedy=f"name a card: {named}")
    return numbers[0]


def _decide(text: str, verdict: Verdict, curator: str, reason: str, *, json: bool) -> None:
    with wired() as watcher:
        number = card_number(watcher, text)
        watcher.decide.decide(number, verdict, curator, "console", reason)
        try:
            with held(watcher.settings):
                failures = watcher.pipeline.follow()
        except BusyError:
            failures = []
            if not json:
                typer.echo(words.FOLLOWED_ELSEWHERE)
        _show(watcher.decide.card(number), json=json)
    if failures:
        typer.echo(f"watcher: {'; '.join(failures)}", err=True)
        raise typer.Exit(1)


def _show(card: Card, *, json: bool) -> None:
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
    where = f"（{row.number} 行目 {row.commit[:10]}）".replace(" ）", "）") if row and card.state == "cataloged" else ""
    typer.echo(f"{card.candidate.paper.id.native} {card.candidate.paper.title}：{CARD_STATE[card.state]}{where}")


@app.command()
def decide(
    paper: PaperOrCard,
    verdict: Annotated[str, typer.Argument(help="approve, reject or later.")],
    as_: Annotated[str, typer.Option("--as", help="Who decides.")] = "console",
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    json: Json = False,
) -> None:
    """Approve, reject or put off a card."""
    if verdict not in {"approve", "reject", "later"}:
        raise typer.BadParameter("must be approve, reject or later", param_hint="VERDICT")
    _decide(paper, Verdict(verdict), as_, reason, json=json)


@app.command()
def undo(
    paper: PaperOrCard,
    as_: Annotated[str, typer.Option("--as", help="Who takes it back.")] = "console",
    json: Json = False,
) -> None:
    """Take the last decision back; a row it brought into the catalog is taken out again."""
    _decide(paper, Verdict.UNDO, as_, "", json=json)


@app.command()
def status(json: Json = False) -> None:
    """What waits where, how the sources did, what it cost, what failed."""
    with wired() as watcher:
        parts = watcher.pipeline.parts
        waiting: dict[str, int] = {}
        for topic in parts.topics:
            for stage, count in watcher.store.waiting(topic.slug, parts.desk.name).items():
                waiting[stage] = waiting.get(stage, 0) + count
        last, spent = watcher.store.last_run(), watcher.store.usage()
        failures = watcher.store.failures()
    if json:
        from watcher.cli.line import as_json  # noqa: PLC0415

        print_json(
            {
                "last_run": as_json(last) if last else None,
                "waiting": waiting,
                "failures": [{"stage": f.stage, "card": f.number, "error": f.error} for f in failures],
                "llm": {"calls": spent.calls, "cost_usd": round(spent.cost_usd, 6)},
            }
        )
        return
    if last is None:
        typer.echo(words.NO_RUN)
    else:
        for source in last.sources:
            typer.echo(words.source(source))
        for failure in last.failures:
            typer.echo(f"失敗：{failure}")
    typer.echo(words.waiting(waiting))
    typer.echo(words.usage(spent))
    for unresolved in failures:
        typer.echo(f"#{unresolved.number} {unresolved.stage}: {unresolved.error}")
    if not failures:
        typer.echo(words.NO_FAILURE)


@app.command()
def log(
    paper: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="An arXiv id or URL; without one, decisions.")
    ] = None,
    json: Json = False,
) -> None:
    """The history of a paper, or who decided what lately."""
    from watcher.domain.paper import arxiv_id  # noqa: PLC0415

    with wired() as watcher:
        if paper is not None:
            entries = watcher.store.history(arxiv_id(paper)[0])
            if not entries:
                raise UsageError("this paper never came by", about=paper)
        else:
            entries = watcher.store.recent_decisions(_RECENT)
    if json:
        print_json([{"at": e.at.isoformat(), "what": e.what, "gist": e.gist} for e in entries])
        return
    for entry in entries:
        typer.echo(f"{entry.at:%Y-%m-%d %H:%M:%S} {entry.what}: {entry.gist}")
