"""Commands that evaluate screening: evaluate, simulate."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.base import Json, app, print_json, settings, write
from watcher.domain.errors import Misuse

if TYPE_CHECKING:
    from watcher.adapters.store import SqlStore
    from watcher.domain.papers.topic import Topic
    from watcher.domain.screening.measure import Label
    from watcher.ports import TrainedPrefilter
    from watcher.settings import Settings
    from watcher.training.evaluate import Evaluation, Simulation
    from watcher.training.files import Announced
    from watcher.training.trial import Trial

Labels = Annotated[
    Path, typer.Argument(metavar="LABELS", help="Labels as JSON Lines: arxiv_id, score or scores, weight, announced.")
]
PaperFile = Annotated[
    Path | None,
    typer.Option("--stream", metavar="FILE", help="The papers announced, as JSON Lines; else those in the database."),
]
Slug = Annotated[str | None, typer.Option("--topic", metavar="SLUG", help="The topic; needed where there are several.")]
AskModel = Annotated[
    bool, typer.Option("--ask-model", help="Put the papers to the configured model as well; it costs, but once.")
]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Write the curve to this SVG file.")]


@app.command()
def evaluate(
    labels: Labels,
    papers: PaperFile = None,
    topic: Slug = None,
    split_day: Annotated[
        datetime | None,
        typer.Option(metavar="DAY", formats=["%Y-%m-%d"], help="Train on labels before this day, measure from it on."),
    ] = None,
    ask_model: AskModel = False,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Measure screening and triage on labeled papers: recall, precision and work saved, with intervals, stage by stage.

    With --ask-model the configured model triages and scores the labeled papers, and verifies summaries of some.
    """
    from watcher.adapters.prefilters.trained import Trained
    from watcher.bootstrap.configuration import read_prefilter
    from watcher.training.evaluate import evaluate as measure
    from watcher.training.evaluate import split
    from watcher.training.files import merged, read_labels, starter_labels
    from watcher.words_ja import judgement as words

    loaded = settings()
    with _opened(loaded, topic) as (store, of):
        given = read_labels(labels)
        known, verdicts, broken = _at_hand(store, of, papers)
        if split_day is None:
            trained, held = read_prefilter(loaded, of.slug), known
        else:
            labeled = merged([starter_labels(loaded, of), given.labeled(known)[0]])
            trained, held = split(of, labeled, known, split_day.date())
        outcomes = store.triage.outcomes(of.slug)
    meant = [one for one in given.labels if one.paper in held] if split_day is not None else given.labels
    trial = None
    if ask_model:
        trial, outcomes = _asked(loaded, of, trained, meant, held)
        verdicts = trial.relevant
    found = measure(
        of,
        trained,
        meant,
        held,
        share=loaded.values.screen.share,
        learned_from=Trained.load(trained.content, trained.name).learned_from if trained else frozenset(),
        outcomes=outcomes,
        verdicts=verdicts,
    )
    if plot is not None:
        write(plot, _recall_plot(found).encode())
    if json:
        told = {} if trial is None else {"model": _counts(trial)}
        print_json({**dataclasses.asdict(found), **told, "unreadable": broken})
        return
    _tell(found, broken)
    if trial is not None:
        typer.echo(words.trial(trial.lines, trial.unread, trial.unscored))
        typer.echo(words.verified(**dataclasses.asdict(trial.verified)))
    if plot is not None:
        typer.echo(words.written(str(plot)))


@app.command()
def simulate(
    labels: Labels,
    papers: PaperFile = None,
    topic: Slug = None,
    only_labeled: Annotated[bool, typer.Option("--only-labeled", help="Read the labeled papers alone.")] = False,
    triaged: Annotated[
        bool, typer.Option("--triaged", help="Read only what screening and triage did not put aside.")
    ] = False,
    ask_model: AskModel = False,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Simulate a curator who knows the catalog alone: how many papers to read until most that belong are found.

    With --triaged the curator reads only what screening and triage did not put aside, by the facts in the database or,
    with --ask-model, by what the configured model names now.
    """
    from watcher.bootstrap.configuration import read_prefilter
    from watcher.training.evaluate import simulate as look_through
    from watcher.training.files import read_labels, starter_labels
    from watcher.words_ja import judgement as words

    loaded = settings()
    with _opened(loaded, topic) as (store, of):
        given = read_labels(labels)
        known, _, broken = _at_hand(store, of, papers)
        pile = {one.paper: known[one.paper] for one in given.labels if one.paper in known} if only_labeled else known
        outcomes = store.triage.outcomes(of.slug) if triaged else {}
    if ask_model:
        outcomes = _asked(loaded, of, read_prefilter(loaded, of.slug), given.labels, pile, whole=True)[1]
    seeds = [one for one in starter_labels(loaded, of) if one.day is None]
    belonging = {one.paper for one in given.labels if one.belongs and one.paper in pile}
    aside = {key for key in pile if key in outcomes and not outcomes[key][1]}
    found = look_through(of, seeds, given.labels, {key: one for key, one in pile.items() if key not in aside})
    if plot is not None:
        write(plot, _looks_plot(found).encode())
    counts = {recall: looks for recall in (0.5, 0.8, 0.9, 0.95) if (looks := found.looks(recall)) is not None}
    if json:
        put_aside = {"put_aside": len(aside), "put_aside_belonging": len(aside & belonging)}
        looks_at = {f"{key:.3g}": looks for key, looks in counts.items()}
        print_json({**dataclasses.asdict(found), **put_aside, "looks": looks_at})
        return
    if aside:
        typer.echo(words.left_out(len(aside), len(aside & belonging), len(belonging)))
    typer.echo(words.simulated(found.papers, found.belonging, found.known, words.RULE))
    for recall, looks in counts.items():
        typer.echo(words.looks(recall, looks, found.papers))
    if broken:
        typer.echo(words.unreadable(len(broken)), err=True)
    if plot is not None:
        typer.echo(words.written(str(plot)))


@contextmanager
def _opened(loaded: Settings, slug: str | None) -> Iterator[tuple[SqlStore, Topic]]:
    """The store and the topic that the options name. Raises Misuse if the topic is unknown, or not named although there
    are several.
    """
    from watcher.bootstrap import open_store

    meant = [topic for topic in loaded.topics if slug in {None, topic.slug}]
    if len(meant) != 1:
        names = ", ".join(topic.slug for topic in loaded.topics)
        raise Misuse("which topic is not clear", about=slug or "--topic", remedy=f"one of {names}")
    store = open_store(loaded)
    try:
        yield store, meant[0]
    finally:
        store.database.close()


def _at_hand(
    store: SqlStore, topic: Topic, file: Path | None
) -> tuple[dict[str, Announced], dict[str, bool], list[str]]:
    """The papers of the file or of the database, the model's verdicts on any, and what could not be read."""
    from watcher.training.files import Announced, read_papers

    taken = store.papers.taken_in(topic.slug)
    verdicts = {str(paper.id): relevant for paper, _, relevant in taken if relevant is not None}
    if file is None:
        return {str(paper.id): Announced(paper, day) for paper, day, _ in taken}, verdicts, []
    papers, broken = read_papers(file)
    return papers, verdicts, broken


def _asked(
    loaded: Settings,
    of: Topic,
    trained: TrainedPrefilter | None,
    labels: Sequence[Label],
    papers: Mapping[str, Announced],
    *,
    whole: bool = False,
) -> tuple[Trial, dict[str, tuple[bool, bool]]]:
    """Put labeled papers to the configured model, or the `whole` pile to its triage alone. Returns its answers, and for
    each paper whether screening passes it and whether it is scored.
    """
    from watcher.bootstrap import Watcher
    from watcher.training.evaluate import put_forward
    from watcher.training.trial import Trial, put_to_triage, score_and_verify

    passed = put_forward(of, trained, papers, loaded.values.screen.share)
    meant = papers if whole else {one.paper: papers[one.paper] for one in labels if one.paper in papers}
    watcher, trial = Watcher(loaded), Trial()
    try:
        deps = watcher.pipeline.deps
        watched = {key: one for key, one in meant.items() if of.categories.intersection(one.paper.categories)}
        put_to_triage(trial, of, deps, {key: one for key, one in watched.items() if key not in passed})
        outcomes = {key: (key in passed, key in passed or key in trial.forward) for key in meant}
        if not whole:
            belonging = frozenset(one.paper for one in labels if one.belongs)
            score_and_verify(trial, of, deps, {key: meant[key] for key in meant if outcomes[key][1]}, belonging)
    finally:
        watcher.close()
    return trial, outcomes


def _counts(trial: Trial) -> dict[str, object]:
    """The counts of a trial's results, without the single papers."""
    counts = {"lines": trial.lines, "unread": trial.unread, "unscored": trial.unscored}
    return {**counts, "verification": dataclasses.asdict(trial.verified)}


def _tell(found: Evaluation, broken: list[str]) -> None:
    from watcher.words_ja import judgement as words

    typer.echo(words.measured(found.papers, found.labels, found.belonging, found.prefilter))
    for name, passing in found.stages.items():
        for line in words.passing(name, passing):
            typer.echo(line)
    if found.needed:
        typer.echo(words.needed(found.needed))
    if found.work_saved is not None:
        typer.echo(words.work_saved(found.work_saved))
    notes = ((found.seen, words.seen), (len(found.missing), words.missing), (len(broken), words.unreadable))
    for count, note in notes:
        if count:
            typer.echo(note(count), err=True)


def _recall_plot(found: Evaluation) -> str:
    from watcher.training.plot import Axis, Line, plot
    from watcher.words_ja import judgement as words

    end = 0.3
    axis = Axis(words.SHARE_AXIS, end, [(part / 100, f"{part}%") for part in range(0, 31, 5)])
    lines = [Line(found.prefilter, found.curve), Line(words.AT_RANDOM, [(end, end)], dashed=True)]
    return plot(words.RECALL_TITLE, axis, words.RECALL_AXIS, lines)


def _looks_plot(found: Simulation) -> str:
    from watcher.training.plot import Axis, Line, plot
    from watcher.words_ja import judgement as words

    end = found.found_at[-1]
    axis = Axis(words.LOOKS_AXIS, end, [(end * part / 4, f"{end * part // 4:,}") for part in range(5)])
    reached = [(float(look), number / found.belonging) for number, look in enumerate(found.found_at, start=1)]
    lines = [Line("watcher", reached), Line(words.AT_RANDOM, [(end, end / found.papers)], dashed=True)]
    return plot(words.simulated(found.papers, found.belonging, found.known), axis, words.FOUND_AXIS, lines)
