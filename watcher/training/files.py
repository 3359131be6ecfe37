"""Reads files of labels and of papers (JSON Lines) for training and evaluation."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from watcher.adapters.sources.jsonl import PaperFile, fault_of, lines_of
from watcher.bootstrap.configuration import labels_file
from watcher.domain.errors import UsageError
from watcher.domain.facts import Candidate
from watcher.domain.papers.paper import AnnounceType, Paper, paper_id
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.measure import Label, LabeledPaper
from watcher.domain.text import fold
from watcher.settings import Settings

_Score = Annotated[float, Field(ge=0, le=4)]


class _Row(BaseModel):
    """A line of a label file: one rater's `score` or several raters' `scores` (0–4). Other fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    arxiv_id: str
    score: _Score | None = None
    scores: tuple[_Score, ...] = ()
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    announced: date | None = None
    title: str = ""
    abstract: str = ""
    categories: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_a_score(self) -> Self:
        if self.score is None and not self.scores:
            raise ValueError("neither score nor scores")
        return self


@dataclass(frozen=True)
class LabelFile:
    """The content of a label file: its labels, and, by key, those papers whose line holds title and abstract too."""

    labels: tuple[Label, ...]
    texts: Mapping[str, LabeledPaper]

    def labeled(self, papers: Mapping[str, Announced]) -> tuple[list[LabeledPaper], list[Label]]:
        """Join the labels with the texts of their papers, taken from the file itself or from `papers`; return the
        labeled papers, and the labels whose paper is unknown.
        """
        found, missing = list[LabeledPaper](), list[Label]()
        for label in self.labels:
            if label.paper in self.texts:
                found.append(self.texts[label.paper])
            elif label.paper in papers:
                known = papers[label.paper]
                dated = Label(label.paper, label.score, label.weight, label.day or known.day)
                found.append(LabeledPaper.of(dated, known.paper))
            else:
                missing.append(label)
        return found, missing


@dataclass(frozen=True, slots=True)
class Announced:
    """A paper with its day of announcement, None if unknown."""

    paper: Paper
    day: date | None

    def candidate(self, topic: Topic, number: int = 0, codes: Sequence[str] = ()) -> Candidate:
        """The paper as a candidate of the pipeline; `codes` are its anomalies."""
        at = datetime.combine(self.day or date(1970, 1, 1), time(), UTC)
        return Candidate(number, topic.slug, self.paper, AnnounceType.NEW, at, tuple(codes))


def read_labels(path: Path) -> LabelFile:
    """Read a file of labels: JSON Lines with the fields `arxiv_id` and `score` (or `scores`), gzipped if its name ends
    in .gz. Raises UsageError naming the first invalid line.
    """
    labels: dict[str, Label] = {}
    texts: dict[str, LabeledPaper] = {}
    for number, line in _lines(path):
        try:
            row = _Row.model_validate_json(line)
            key = str(paper_id(row.arxiv_id))
        except (ValidationError, UsageError) as error:
            fault = fault_of(error) if isinstance(error, ValidationError) else str(error)
            raise UsageError(f"line {number}: {fault}", about=path.name, remedy="one label a line") from None
        if key in labels:
            raise UsageError(f"line {number}: a second label of {row.arxiv_id}", about=path.name, remedy="keep one")
        score = sum(row.scores) / len(row.scores) if row.scores else float(row.score or 0)
        labels[key] = Label(key, score, row.weight, row.announced)
        if row.title:
            text = {"title": fold(row.title), "abstract": fold(row.abstract)}
            texts[key] = LabeledPaper(key, score, row.weight, row.announced, **text, categories=row.categories)
    if not labels:
        raise UsageError("no label in it", about=path.name, remedy='lines of {"arxiv_id": …, "score": …}')
    return LabelFile(tuple(labels.values()), texts)


def starter_labels(settings: Settings, topic: Topic) -> list[LabeledPaper]:
    """The labeled papers that are shipped with a topic for training its prefilter; empty if there are none."""
    path = labels_file(settings, topic.slug)
    return list(read_labels(path).texts.values()) if path.is_file() else []


def read_papers(path: Path) -> tuple[dict[str, Announced], list[str]]:
    """Read a file of papers; return them by key, in order, and the errors of its unreadable lines. Raises FeedError if
    the file cannot be read to its end.
    """
    found: dict[str, Announced] = {}
    broken: list[str] = []
    for reading in PaperFile(path).read():
        if reading.error is not None:
            raise reading.error
        broken += reading.broken
        found.update({str(a.paper.id): Announced(a.paper, a.announced_on) for a in reading.announcements})
    return found, broken


def merged(parts: Iterable[Sequence[LabeledPaper]]) -> list[LabeledPaper]:
    """Combine labeled papers from several sources, sorted by key; of two labels for a paper the later source's
    counts.
    """
    found = {one.paper: one for part in parts for one in part}
    return [found[key] for key in sorted(found)]


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The non-empty lines of a file with their numbers. Raises UsageError if it cannot be read."""
    try:
        yield from lines_of(path)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot be read: {reason}", about=str(path), remedy="check the file") from None
