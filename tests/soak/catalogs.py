"""The groups' catalogs as people see them, read without the product's own reader, and what people write into them."""

from __future__ import annotations

import random
import re
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.weather import Broken

_ROW = re.compile(r"^\| \*\*(\d+)\. (.*)$", re.MULTILINE)
_LINK = re.compile(r"\(https://arxiv\.org/abs/(\d{4}\.\d{5})\)")
_TOTAL = re.compile(r"^\*\*合計：(\d+)本\*\*$", re.MULTILINE)
_HEAD = "| 論文タイトル |"


@dataclass
class Document:
    """One group's file. `notes` are lines that people wrote below the table, `hearts` what they put into cells."""

    path: Path
    notes: list[str] = field(default_factory=list)
    hearts: dict[str, str] = field(default_factory=dict)
    damaged: bool = False

    @classmethod
    def begin(cls, path: Path, template: str, *, in_git: bool) -> Document:
        """Write an empty catalog, in a repository of its own where asked."""
        path.parent.mkdir(parents=True)
        path.write_text(template, encoding="utf-8")
        if in_git:
            git(path.parent, "init", "-q")
            git(path.parent, "add", "--", path.name)
            git(path.parent, "commit", "-q", "-m", "begin")
        return cls(path)

    def write(self, chance: random.Random, day: int) -> None:
        """A person writes: a note below, or a mark in the cell of a row that stands."""
        text = self.path.read_text(encoding="utf-8")
        rows = _ROW.findall(text)
        if rows and chance.random() < 0.5:
            number, rest = chance.choice(rows)
            link = _LINK.search(rest)
            mark = f"必読{day}"
            if link and link[1] not in self.hearts:
                self.hearts[link[1]] = mark
                line = f"| **{number}. {rest}"
                text = text.replace(line, f"{line.rstrip()[:-1].rstrip()} {mark} |")
        else:
            self.notes.append(f"- 覚え書き{day}：輪読の候補を{chance.randint(1, 9)}本選ぶ")
            text = f"{text.rstrip()}\n{self.notes[-1]}\n"
        self.path.write_text(text, encoding="utf-8")

    def damage(self) -> None:
        """A person's editor cuts the table's head off."""
        text = self.path.read_text(encoding="utf-8")
        self.path.write_text(text.replace(_HEAD, _HEAD[2:-1], 1), encoding="utf-8")
        self.damaged = True

    def mend(self) -> None:
        """The person notices and puts it back."""
        text = self.path.read_text(encoding="utf-8")
        self.path.write_text(text.replace(_HEAD[2:-1], _HEAD, 1), encoding="utf-8")
        self.damaged = False

    def holds(self, wanted: Mapping[str, str], moved: frozenset[str]) -> None:
        """That the rows are those of these papers with these words in them, numbered in order, counted right, and what
        people wrote untouched.

        A row that `moved` was taken out since the last look, and what stood in it with it.
        """
        text = self.path.read_text(encoding="utf-8")
        rows = _ROW.findall(text)
        if [int(number) for number, _ in rows] != list(range(1, len(rows) + 1)):
            raise Broken(f"{self.path}: rows are numbered {[number for number, _ in rows]}")
        total = _TOTAL.search(text)
        if total is None or int(total[1]) != len(rows):
            raise Broken(f"{self.path}: the total says {total and total[1]} of {len(rows)} rows")
        found = Counter(link for _, rest in rows for link in _LINK.findall(rest))
        if set(found) != set(wanted) or found.total() != len(rows):
            lacking, more = set(wanted) - set(found), found - Counter(wanted.keys())
            raise Broken(f"{self.path}: rows lack {lacking}, are too many of {more}")
        for paper in [paper for paper in self.hearts if paper in moved]:
            del self.hearts[paper]
        lost = [note for note in self.notes if note not in text]
        texts = {link: rest for _, rest in rows for link in _LINK.findall(rest)}
        lost += [word for paper, word in (*self.hearts.items(), *wanted.items()) if word not in texts[paper]]
        if lost:
            raise Broken(f"{self.path}: what people wrote is gone: {lost}")


def git(folder: Path, *arguments: str) -> str:
    """What git says."""
    identity = ["-c", "user.name=hana", "-c", "user.email=hana@localhost"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout
