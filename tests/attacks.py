"""The attack abstracts of tests/data/attacks as papers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.cards import paper
from watcher.domain.papers.paper import Paper, PaperId
from watcher.domain.text import encodable, fold

_FILE = Path(__file__).parent / "data" / "attacks" / "attacks.jsonl"


@dataclass(frozen=True)
class Attack:
    """A paper made to sway what reads it."""

    kind: str
    trick: str
    paper: Paper

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.trick}"


def _attack(number: int, line: str) -> Attack:
    row = json.loads(line)
    title, abstract = encodable(row["title"]), encodable(row["abstract"])
    native = f"2606.{90_000 + number}"
    return Attack(
        row["kind"],
        row["trick"],
        paper(
            id=PaperId("arxiv", native),
            url=f"https://arxiv.org/abs/{native}",
            title_raw=title,
            abstract_raw=abstract,
            title=fold(title),
            abstract=fold(abstract),
        ),
    )


ATTACKS = [_attack(number, line) for number, line in enumerate(_FILE.read_text(encoding="utf-8").splitlines())]
