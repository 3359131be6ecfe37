"""Reads papers from a JSON Lines file (.jsonl or .jsonl.gz), grouped by day of announcement."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PositiveInt, StringConstraints, ValidationError

from watcher.adapters.sources.paper import announcement, read_paper
from watcher.domain.errors import FeedError, WatcherError
from watcher.domain.papers.paper import Announcement, AnnounceType
from watcher.ports import Reading

_LONGEST_TITLE = 1000  # characters; four times the longest title of 9,818 papers


class _Line(BaseModel):
    """The fields of a line; others are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    arxiv_id: str
    version: PositiveInt
    title: Annotated[str, StringConstraints(pattern=r"\S", max_length=_LONGEST_TITLE)]
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    published: datetime | None = None
    announced: date | None = None
    comment: str | None = None
    journal_ref: str | None = None
    doi: str | None = None
    license: str | None = None


class PaperFile:
    """Source that reads announcements of papers from a JSON Lines file, without holding the whole file in memory."""

    name = "file"

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self) -> None:
        """Check that the file of papers can be opened and has a valid line, before an import begins. Raises FeedError
        if not.
        """
        broken: list[str] = []
        for found in self._lines():
            if not isinstance(found, str):
                return
            broken.append(found)
        if broken:
            raise self._unreadable(broken)

    def read(self) -> Iterable[Reading]:
        """Yield a Reading for each run of lines with the same announcement day; invalid lines are listed by number in
        `broken`.

        If the file cannot be read to its end, or no line is valid, the last Reading has an `error`.
        """
        readable = False
        announcements: list[Announcement] = []
        broken: list[str] = []
        error: FeedError | None = None
        try:
            for found in self._lines():
                if isinstance(found, str):
                    broken.append(found)
                    continue
                if announcements and found.announced_on != announcements[-1].announced_on:
                    yield self._reading(announcements, broken)
                    announcements, broken = [], []
                announcements.append(found)
                readable = True
        except FeedError as damage:
            error = damage
        if broken and not readable and error is None:
            error = self._unreadable(broken)
        elif announcements or broken or error is None:
            yield self._reading(announcements, broken)
        if error is not None:
            yield Reading(self._path.name, error=error)

    def _unreadable(self, broken: list[str]) -> FeedError:
        return FeedError(
            f"none of {len(broken)} lines can be read; {broken[0]}",
            about=self._path.name,
            remedy="write one JSON object per line, in UTF-8",
        )

    def _reading(self, announcements: list[Announcement], broken: list[str]) -> Reading:
        day = announcements[0].announced_on if announcements else None
        return Reading(self._path.name, tuple(announcements), broken=tuple(broken), announced_on=day)

    def _lines(self) -> Iterator[Announcement | str]:
        """The announcement in each line, or what is wrong with the line. Raises FeedError if the file cannot be read to
        its end.
        """
        try:
            for number, line in lines_of(self._path):
                try:
                    yield self._announcement(line)
                except (ValidationError, FeedError) as error:
                    yield f"line {number}: {fault_of(error)}"
        except (OSError, EOFError, zlib.error) as damage:
            reason = getattr(damage, "strerror", None) or str(damage)
            raise FeedError(
                f"cannot be read to its end: {reason}", about=self._path.name, remedy="check the file"
            ) from damage

    def _announcement(self, line: bytes) -> Announcement:
        row = _Line.model_validate_json(line)
        paper = read_paper(
            f"{row.arxiv_id}v{row.version}",
            authors_raw=", ".join(row.authors),
            published=row.published.date() if row.published else None,
            **row.model_dump(exclude={"arxiv_id", "version", "announced", "published"}),
        )
        return announcement(paper, AnnounceType.NEW, self._path.name, row.announced)


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not empty, with their numbers; one that ends in .gz is unpacked. Raises what reading a
    file raises.
    """
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            # Editors on Windows put a byte order mark before the first line.
            text = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            if text.strip():
                yield number, text


def fault_of(error: ValidationError | WatcherError) -> str:
    """What is wrong with a line: the first field that is not as it should be, and how."""
    if isinstance(error, WatcherError):
        return error.message
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the line'}: {first['msg']}"
