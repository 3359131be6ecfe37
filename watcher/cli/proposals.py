"""Commands for suggested changes of catalog rows: catalog check, refresh, proposals, accept and reject."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.base import Json, exclusive, new_run_id, open_watcher, person, print_json
from watcher.cli.catalog import As, catalog
from watcher.domain.errors import BusyError, Misuse, UsageError

if TYPE_CHECKING:
    from watcher.bootstrap import Watcher
    from watcher.domain.catalog.check import Finding
    from watcher.domain.catalog.proposals import ProposalVerdict, Suggestion
    from watcher.upkeep.check import Checked

Numbers = Annotated[
    list[int] | None,
    typer.Argument(metavar="[NUMBER]…", help="Numbers of proposals, as `catalog proposals` lists them."),
]
Row = Annotated[str, typer.Option("--row", metavar="ID", help="All open ones of the row with this arXiv id.")]
Every = Annotated[bool, typer.Option("--all", help="Every open one.")]


@catalog.command()
def check(
    propose: Annotated[bool, typer.Option("--propose", help="Put what is found before the curators.")] = False,
    json: Json = False,
) -> None:
    """Compare every entry with arXiv, and its venue with what the services in [enrich] say; print what is wrong, missing
    or outdated. Does not change the file.

    Without arXiv the total, the order, duplicates and unlisted papers are checked, and exit code 1 says that more is not.
    Without a service, venues are held against arXiv's record and the other services.
    """
    from watcher.upkeep.check import check as checked
    from watcher.upkeep.check import propose as proposed
    from watcher.upkeep.enrich import gather

    with open_watcher() as watcher:
        deps = watcher.pipeline.deps
        progress = _progress if sys.stderr.isatty() else None
        style = watcher.styles[watcher.settings.topics[0].slug]
        seen = checked(
            deps.document.read(),
            watcher.metadata,
            style,
            progress,
            lambda of: gather({p.id for p in of}, watcher.venue_services, watcher.store, deps.clock(), of),
            watcher.find_works,
        )
        new = None
        if propose:
            run, now = new_run_id("check"), deps.clock()
            new = proposed(seen.reading, seen.findings, seen.truth, watcher.store, run=run, now=now)
    if json:
        unread = [{"line": u.line, "oddity": str(u.oddity), "text": u.text} for u in seen.reading.unread]
        found = {"findings": [_finding(f) for f in seen.findings], "unread": unread, "proposed": new}
        unchecked = [entry.place.line for entry in seen.unchecked]
        print_json({**found, "unchecked": unchecked, "silent_services": list(seen.silent)})
    else:
        _tell_checked(seen, new)
    if seen.trouble is not None:
        raise seen.trouble


def _tell_checked(seen: Checked, new: int | None) -> None:
    from watcher.words_ja import catalog as words

    for finding in seen.findings:
        typer.echo(f"{words.where(finding)}：{words.KIND[finding.kind]}　{words.change(finding)}")
        if finding.cell == "venue":
            typer.echo(f"　　{words.GROUNDS}：{words.evidence(finding.evidence)}")
    for odd in seen.reading.unread:
        typer.echo(f"{odd.line}行目：{words.ODDITY[odd.oddity]}　{odd.text[:60]}")
    if seen.trouble is not None:
        typer.echo(words.unchecked(len(seen.unchecked), len(seen.reading.entries)))
    elif not (seen.findings or seen.reading.unread):
        typer.echo(words.NOTHING_FOUND)
    for trouble in seen.silent:
        typer.echo(words.without_service(trouble))
    if new is not None:
        typer.echo(words.new_proposals(new))


@catalog.command()
def refresh(json: Json = False) -> None:
    """Look up the catalog's papers again and propose changes: venues, titles, withdrawals, attention."""
    from watcher.words_ja import catalog as words

    with open_watcher() as watcher:
        deps = watcher.pipeline.deps
        found = deps.refresh(new_run_id("refresh"), deps.clock())
    if json:
        print_json({"papers": found.papers, "proposed": found.proposed, "troubles": list(found.troubles)})
        return
    typer.echo(words.new_proposals(found.proposed))
    for trouble in found.troubles:
        typer.echo(words.without_figures(trouble))


@catalog.command()
def proposals(
    settled: Annotated[bool, typer.Option("--all", help="Include those that are settled.")] = False, json: Json = False
) -> None:
    """List proposals: suggested changes of rows, with before, after and evidence."""
    from watcher.words_ja import catalog as words

    with open_watcher() as watcher:
        found = watcher.store.proposals.all(settled=settled)
    if json:
        print_json([_suggestion(one) for one in found])
        return
    for one in found:
        typer.echo(words.line(one))
    if not found:
        typer.echo(words.NONE_OPEN)


@catalog.command()
def accept(
    numbers: Numbers = None, row: Row = "", every: Every = False, as_: As = "console", json: Json = False
) -> None:
    """Accept proposals; a cell is changed if it still holds the text to be replaced."""
    from watcher.domain.catalog.proposals import ProposalVerdict

    _decide(ProposalVerdict.ACCEPT, numbers or [], row, as_, every=every, json=json)


@catalog.command()
def reject(
    numbers: Numbers = None, row: Row = "", every: Every = False, as_: As = "console", json: Json = False
) -> None:
    """Reject proposals; the same change of the same cell is not proposed again."""
    from watcher.domain.catalog.proposals import ProposalVerdict

    _decide(ProposalVerdict.REJECT, numbers or [], row, as_, every=every, json=json)


def _decide(
    verdict: ProposalVerdict, numbers: Sequence[int], row: str, curator: str, *, every: bool, json: bool
) -> None:
    from watcher.words_ja import catalog as words
    from watcher.words_ja import common
    from watcher.words_ja.failures import failure

    by = person(curator)
    if sum((bool(numbers), bool(row), every)) != 1:
        raise Misuse("no proposal is named", remedy="name one by its number, or use --row or --all")
    with open_watcher() as watcher:
        chosen = list(numbers) or _open(watcher, row)
        watcher.proposals.decide(chosen, verdict, by, "console")
        followed = _followed(watcher)
        found = [watcher.store.proposals.get(number) for number in chosen]
    if json:
        print_json([_suggestion(one) for one in found])
    else:
        for one in found:
            typer.echo(words.line(one))
        if not followed:
            typer.echo(common.FOLLOWED_LATER)
    troubles = {one.trouble for one in found if one.trouble}
    for trouble in sorted(troubles):
        typer.echo(f"watcher: {failure('catalog', trouble)}", err=True)
    if troubles:
        raise typer.Exit(1)


def _open(watcher: Watcher, row: str) -> list[int]:
    from watcher.domain.catalog.proposals import ProposalState
    from watcher.domain.papers.paper import paper_id

    wanted = paper_id(row) if row else None
    found = [one for one in watcher.store.proposals.all() if one.state is ProposalState.OPEN]
    if row:
        found = [one for one in found if one.proposal.paper == wanted]
        if not found:
            raise UsageError("no open proposal is about this row", about=row, remedy="see `watcher catalog proposals`")
        return [one.number for one in found]
    return [one.number for one in found if one.proposal.after is not None]  # a question is answered one by one


def _followed(watcher: Watcher) -> bool:
    try:
        with exclusive(watcher):
            watcher.pipeline.apply_decisions()
    except BusyError:
        return False  # the process that holds the line follows within seconds
    return True


def _finding(found: Finding) -> dict[str, object]:
    return {
        "kind": str(found.kind),
        "number": found.entry.number if found.entry else None,
        "line": found.entry.place.line if found.entry else None,
        "cell": found.cell,
        "stands": found.stands,
        "proposal": found.proposal,
        "evidence": dataclasses.asdict(found.evidence),
        "confidence": found.confidence,
    }


def _suggestion(one: Suggestion) -> dict[str, object]:
    proposal = one.proposal
    return {
        "number": one.number,
        "row": proposal.row,
        "title": proposal.title,
        "kind": str(proposal.kind),
        "cell": proposal.cell,
        "before": proposal.before,
        "after": proposal.after,
        "evidence": {**dataclasses.asdict(proposal.evidence), "url": proposal.url},
        "confidence": proposal.confidence,
        "state": str(one.state),
        "curator": one.decision.curator if one.decision else None,
        "commit": one.outcome.commit if one.outcome else None,
        "trouble": one.trouble,
    }


def _progress(done: int, total: int) -> None:
    from watcher.words_ja import catalog as words

    typer.echo(f"\r{words.SEARCHING} {done}/{total}", nl=done == total, err=True)
