"""Commands for measuring what screening misses: audit draw, audit list, audit answer, report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watcher.cli.base import Json, app, clean, exclusive, new_run_id, open_watcher, parse_time, person, print_json
from watcher.cli.runs import Now, end, finish
from watcher.domain.errors import Misuse

if TYPE_CHECKING:
    from watcher.domain.curation.recall import AuditCard
    from watcher.domain.curation.weekly import WeeklyReport
    from watcher.domain.screening.measure import Estimate

audit = typer.Typer(help="Look at a random few of what was screened out.", no_args_is_help=True)
app.add_typer(audit, name="audit")


@audit.command()
def draw(now: Now = None, json: Json = False) -> None:
    """Draw last week's audit sample, show it and post the week's report. Repeating it does no harm."""
    from watcher.domain.curation.weekly import Week

    with open_watcher() as watcher, exclusive(watcher):
        report = watcher.pipeline.weekly(new_run_id("weekly"), now=parse_time(now))
        cards = watcher.store.audits.cards(weeks=[str(Week.of(report.started).earlier())])
    if json:
        finish(report, as_text=False)
        return
    _tell(cards)
    end(report)


@audit.command("list")
def list_(json: Json = False) -> None:
    """List the papers drawn for the audit, newest week first, with their answers."""
    with open_watcher() as watcher:
        cards = watcher.audits.audit_cards()
    if json:
        print_json([_card_json(card) for card in cards])
        return
    _tell(cards)


@audit.command()
def answer(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The number that `watcher audit list` shows.")],
    belongs: Annotated[str, typer.Argument(metavar="ANSWER", help="yes if the paper belongs to the topic, else no.")],
    as_: Annotated[str, typer.Option("--as", metavar="NAME", help="Who answers.")] = "console",
    json: Json = False,
) -> None:
    """Record whether a paper of the audit sample belongs; one that does is scored and summarized by the next run."""
    from watcher.words_ja import report as words

    if belongs not in {"yes", "no"}:
        raise Misuse(f"not an answer: {clean(belongs)}", remedy="one of yes, no")
    by = person(as_)
    with open_watcher() as watcher:
        card = watcher.audits.answer(number, by, "console", belongs=belongs == "yes")
    if json:
        print_json(_card_json(card))
    else:
        typer.echo(words.line(card))


@app.command()
def report(
    week: Annotated[
        str | None, typer.Option(metavar="WEEK", help="An ISO week, e.g. 2026-W27; by default the last one.")
    ] = None,
    now: Now = None,
    json: Json = False,
) -> None:
    """Print the weekly report: precision, two figures of recall, curators' minutes, cost."""
    from watcher.domain.curation.weekly import Week
    from watcher.words_ja import report as words

    at = parse_time(now)
    with open_watcher() as watcher:
        named = Week.named(week) if week else Week.of(at).earlier() if at else None
        reports = watcher.audits.reports(named)
    if json:
        print_json([_report_json(one) for one in reports])
        return
    for one in reports:
        typer.echo(f"{words.TITLE}　{words.heading(one.week)}　{one.topic_title}")
        for line in words.lines(one):
            typer.echo(f"{line.label}：{line.text}{f'　{line.detail}' if line.detail else ''}")
    for note in words.NOTES if reports else ():
        typer.echo(note)


def _tell(cards: Sequence[AuditCard]) -> None:
    from watcher.words_ja import report as words

    for card in cards:
        typer.echo(words.line(card))
    if not cards:
        typer.echo(words.NONE)


def _card_json(card: AuditCard) -> dict[str, object]:
    said = card.answer
    return {
        "number": card.candidate.number,
        "topic": card.candidate.topic,
        "paper": str(card.candidate.paper.id),
        "title": card.candidate.paper.title,
        "week": card.sample.week,
        "stratum": card.sample.stratum,
        "stratum_size": card.sample.size,
        "chance": card.sample.chance,
        "weight": card.sample.weight,
        "probability": card.screening.probability,
        "belongs": said.belongs if said else None,
        "curator": said.curator if said else None,
    }


def _estimate_json(found: Estimate | None) -> dict[str, float] | None:
    return {"value": found.value, "low": found.low, "high": found.high} if found else None


def _report_json(report: WeeklyReport) -> dict[str, Any]:
    recall, usage = report.recall, report.usage
    return {
        "topic": report.topic,
        "week": str(report.week),
        "from": report.week.begins.isoformat(),
        "until": report.week.ends.isoformat(),
        "counts": dict(report.counts),
        "precision": _estimate_json(report.precision),
        "recall": {
            "at_worst": recall.at_worst,
            "estimate": _estimate_json(recall.share),
            "missed": _estimate_json(recall.missed),
            "found": recall.found,
            "drawn": recall.drawn,
            "answered": recall.answered,
            "belonging": recall.belonging,
            "answers_lacking": recall.lacking,
        },
        "summary_checks": asdict(report.checks),
        "triage": {
            "recall_on_known": _estimate_json(report.triage.share),
            "known_asked": report.triage.asked,
            "known_named": report.triage.named,
            "batches": report.triage.batches,
            "batches_without_known": report.triage.bare,
        },
        "nets": {**asdict(report.nets), "searches": [asdict(search) for search in report.searches]},
        "minutes": report.minutes,
        "curators": [
            {"curator": w.curator, "decisions": w.decisions, "answers": w.answers, "minutes": w.minutes}
            for w in report.curators
        ],
        "llm": {"calls": usage.calls, "prompt_tokens": usage.prompt_tokens, "cost_usd": round(usage.cost_usd, 6)},
        "cost_per_relevant_usd": report.cost_per_relevant,
        "sources": [
            {"name": t.name, "readings": t.readings, "failures": t.failures, "error": t.error} for t in report.troubles
        ],
        "models": {"score": report.scorers, "summarize": report.summarizers, "screen": report.rules},
    }
