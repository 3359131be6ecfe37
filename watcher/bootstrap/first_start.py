"""Detects that a data folder is new, and finds databases in folders nearby, so that a mistyped path is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from watcher.settings import DATABASE_FILE, DEFAULT_DATA, Settings


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What was found at a deployment's first start: `place` is its new data folder, `others` are folders nearby that
    hold a database.
    """

    place: Path
    others: tuple[Path, ...]


def beginning(settings: Settings) -> FirstStart | None:
    """Detect the first start of a deployment: its data folder has no database yet. Returns None if it has one. Nothing
    is written.
    """
    place = settings.data.absolute()
    # With a database server there is no file to look for, so the folder itself must tell.
    if place.is_dir() if settings.env.DATABASE_URL else any(place.glob(f"{DATABASE_FILE}*")):
        return None
    others = sorted({folder for folder in _nearby(place) if folder != place and _has_database(folder)})
    return FirstStart(place, tuple(others))


def _nearby(place: Path) -> Iterator[Path]:
    yield DEFAULT_DATA.absolute()
    with suppress(OSError):  # it is not there either, or not ours to read
        yield from place.parent.iterdir()


def _has_database(folder: Path) -> bool:
    with suppress(OSError):  # a folder that is not ours to read, such as /root beside /data
        return (folder / DATABASE_FILE).is_file()
    return False
