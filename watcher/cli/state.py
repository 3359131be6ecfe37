"""The commands `status`, which prints how the deployment is doing, and `doctor`, which tests its connections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watcher.cli.base import Json, app, beginnings, echo_lines, open_watcher, print_json, settings

if TYPE_CHECKING:
    from watcher.bootstrap import Watcher
    from watcher.domain.curation.card import Card
    from watcher.domain.facts import ApprovedRow, Notice
    from watcher.domain.health import Alarm, Vitals
    from watcher.ports import RunReport, Store
    from watcher.settings.values import BudgetSettings

_RECENT = 20


def _warnings(watcher: Watcher, last: RunReport | None) -> list[str]:
    from watcher.domain.papers.feeds import feed_day, unlisted_year
    from watcher.words_ja.common import cap_reached, no_holidays

    year = unlisted_year(feed_day(watcher.clock()), frozenset(watcher.settings.values.sources.arxiv.holidays))
    stopped = [cap_reached(last.cap)] if last and last.cap else []
    return [*stopped, *([no_holidays(year)] if year else [])]


def _failed_searches(watcher: Watcher, last: RunReport | None) -> list[str]:
    from watcher.domain.curation.weekly import Week
    from watcher.words_ja.report import search

    week = str(Week.of(last.started if last else watcher.clock()))
    slugs = [topic.slug for topic in watcher.settings.topics]
    return [search(one) for slug in slugs for one in watcher.store.citations.searches(slug, week) if one.error]


def _handed_over(store: Store) -> list[Card]:
    """The undecided cards without the model's answer."""
    from watcher.domain.curation.card import WAITING

    return [card for card in store.cards.handed_over() if card.handover and card.state in WAITING]


@app.command()
def status(json: Json = False) -> None:
    """Print the state of the deployment: what waits at each stage and since when, feeds, cost, failures."""
    from watcher.words_ja import cli as words
    from watcher.words_ja import common
    from watcher.words_ja.catalog import waiting as proposals_wait

    loaded = settings()
    first = beginnings(loaded)
    with open_watcher(loaded) as watcher:
        vitals, budget = watcher.vitals(), watcher.settings.values.budget
        proposals = watcher.store.proposals.count_open()
        last, spent = watcher.store.runs.last(), watcher.store.models.usage()
        failures, alarms = _failures(watcher.store, last), watcher.store.monitoring.standing_alarms()
        unfinished = watcher.store.runs.unfinished(last.started if last else datetime.min.replace(tzinfo=UTC))
        missing = [*watcher.store.catalog.missing(), *watcher.store.catalog.returned()]
        unanswered = _handed_over(watcher.store)
        notices = list(watcher.store.papers.notices(None))[-_RECENT:]
        notes = [
            *_warnings(watcher, last),
            *map(common.handover_line, unanswered[:_RECENT]),
            *map(words.notice, notices),
        ]
        others = [*map(words.missing, missing), *map(words.unfinished, unfinished), *_failed_searches(watcher, last)]
    echo_lines(first, as_text=not json)
    if json:
        from watcher.cli.runs import as_json, source_json

        print_json(
            {
                "last_run": as_json(last) if last else None,
                "sources": [source_json(source) for source in vitals.sources],
                **_queues(vitals),
                "proposals": proposals,
                "handed_over": [_unanswered(card) for card in unanswered],
                "notices": [_notice(notice) for notice in notices],
                "push": asdict(vitals.push) if vitals.push else None,
                "failures": [{"stage": stage, "card": number, "error": error} for stage, number, error in failures],
                "llm": {"calls": spent.calls, "cost_usd": round(spent.cost_usd, 6)},
                "cost": _cost(vitals, budget),
                "missing_rows": [_missing_row(row) for row in missing],
                "unread_days": [day.isoformat() for day in vitals.unread],
                "unfinished_runs": list(unfinished),
                "alarms": [{"kind": a.kind, "since": a.at.isoformat(), "detail": a.detail} for a in alarms],
            }
        )
        return
    for source in vitals.sources:
        typer.echo(words.source(source))
    if last is None:
        typer.echo(words.NO_RUN)
    _print_stages(vitals)
    if proposals:
        typer.echo(proposals_wait(proposals))
    typer.echo(words.usage(spent))
    typer.echo(words.cost(vitals, budget.daily_usd, budget.daily_tokens))
    for note in notes:
        typer.echo(note)
    _print_troubles(vitals, alarms, failures, others)


def _notice(notice: Notice) -> dict[str, Any]:
    return {"paper": str(notice.paper), "version": notice.version, "kind": notice.kind, "title": notice.title}


def _missing_row(row: ApprovedRow) -> dict[str, Any]:
    return {"card": row.candidate, "paper": str(row.paper), "number": row.number, "change": str(row.change)}


def _print_troubles(
    vitals: Vitals, alarms: Sequence[Alarm], failures: Sequence[tuple[str, int | None, str]], others: Sequence[str]
) -> None:
    from watcher.words_ja import cli as words
    from watcher.words_ja.common import unread_days
    from watcher.words_ja.failures import line as alarm_line
    from watcher.words_ja.failures import pushed

    if vitals.unsent.count:
        typer.echo(words.unsent(vitals))
    if vitals.push:
        typer.echo(pushed(vitals.push))
    shown = {("collect", None, source.trouble) for source in vitals.sources}  # above, beside the feed's state
    told = [words.failure(*failure) for failure in failures if failure not in shown]
    for line in (*map(alarm_line, alarms), *told, *others):
        typer.echo(line)
    if vitals.unread:
        typer.echo(unread_days(vitals.unread))
    if not (alarms or failures or others or vitals.unread):
        typer.echo(words.NO_FAILURE)


def _unanswered(card: Card) -> dict[str, Any]:
    """One line for curators at the console about a card without the model's answer."""
    found = card.handover
    return {
        "card": card.candidate.number,
        "paper": str(card.candidate.paper.id),
        "title": card.candidate.paper.title,
        "stage": found.stage if found else "",
        "cause": str(found.cause) if found else "",
        "error": found.error if found else "",
        "retrying": card.retrying,
    }


def _failures(store: Store, last: RunReport | None) -> list[tuple[str, int | None, str]]:
    """Present failures as (stage, card, error): unresolved ones, those of feeds when last read, and others of the last
    run.
    """
    from watcher.ports.records import UNREAD

    failures = [(f.stage, f.number, f.error) for f in store.runs.failures()]
    failures += [("collect", None, trouble) for source in store.feeds.sources() if (trouble := source.trouble)]
    known = {error for _, _, error in failures}
    told = [failure.partition(": ") for failure in (last.failures if last else ())]
    beside = [(stage, None, error) for stage, _, error in told if error not in known]
    return failures + [one for one in beside if one[0] != UNREAD]  # told as it stands now


def _queues(vitals: Vitals) -> dict[str, Any]:
    return {
        "waiting": {stage: waiting.count for stage, waiting in vitals.waiting.items()},
        "oldest_waiting_seconds": {
            stage: round(waiting.seconds(vitals.at)) for stage, waiting in vitals.waiting.items() if waiting.count
        },
        "outbox": {"unsent": vitals.unsent.count, "oldest_seconds": round(vitals.unsent.seconds(vitals.at))},
        "last_digest": vitals.digest.isoformat() if vitals.digest else None,
    }


def _cost(vitals: Vitals, budget: BudgetSettings) -> dict[str, Any]:
    today = vitals.today
    return {
        "today_usd": round(today.cost_usd, 6),
        "month_usd": round(vitals.month.cost_usd, 6),
        "today_tokens": today.prompt_tokens + today.completion_tokens,
        "daily_usd": budget.daily_usd,
        "daily_tokens": budget.daily_tokens,
    }


def _print_stages(vitals: Vitals) -> None:
    from rich.cells import cell_len

    from watcher.words_ja import cli as words

    rows = [words.HEADINGS, *words.stages(vitals)]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        room = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        numbers = [space + cell for space, cell in zip(room[1:], row[1:], strict=True)]
        typer.echo("  ".join([row[0] + room[0], *numbers]).rstrip())


@app.command()
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Check configuration, database and files alone.")] = False,
    json: Json = False,
) -> None:
    """Contact everything configured and say how to mend what is broken; asks the model to score two papers."""
    from watcher.bootstrap import wall_clock
    from watcher.bootstrap.doctor import doctor as examine
    from watcher.domain.health import Health
    from watcher.words_ja import cli as words

    found = examine(settings(), wall_clock, offline=offline)
    if json:
        print_json(
            [
                {"name": c.name, "health": c.health, "sign": c.sign, "remedy": words.remedy(c), "detail": c.detail}
                for c in found
            ]
        )
    else:
        for each in found:
            typer.echo(words.line(each))
        if all(each.health is Health.OK for each in found):
            typer.echo(words.WELL_INSIDE if offline else words.ALL_WELL)
    broken = [words.NAME[each.name] for each in found if each.health is Health.BROKEN]
    if broken:
        typer.echo(f"watcher: {words.broken(broken)}", err=True)
        raise typer.Exit(1)
