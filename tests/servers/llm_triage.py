"""What an honest model answers to questions that hold a line of each paper."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
LABELS = _ROOT / "config" / "prefilters" / "llm-x-world-models.labels.jsonl.gz"
RECORDED = _ROOT / "watcher" / "demo" / "data" / "triage_verify_2026-06-29.jsonl"
_CHECKS = re.compile(r"each of the lines ([\d, ]+), in this order")
_LINE = re.compile(r"^(\d+) (.*)$", re.MULTILINE)
_SEPARATOR = " :: "
_BEGINNING = 60
_BELONGS = 2.5  # a 2 and a 3 count as belonging


@cache
def belonging_titles() -> frozenset[str]:
    """How the titles begin of the papers that belong by the labels that ship, or that a model named on the demo's day."""
    with gzip.open(LABELS, "rt", encoding="utf-8") as lines:
        rows = map(json.loads, lines)
        found = {row["title"] for row in rows if sum(row["scores"]) / len(row["scores"]) >= _BELONGS}
    recorded = map(json.loads, RECORDED.read_text(encoding="utf-8").splitlines())
    found |= {row["line"].partition(_SEPARATOR)[0] for row in recorded if row["kind"] == "triage" and row["named"]}
    return frozenset(title[:_BEGINNING] for title in found)


def belongs(line: str) -> bool:
    """Whether the paper of a line is one of those."""
    return line.partition(_SEPARATOR)[0][:_BEGINNING] in belonging_titles()


def words_of(line: str) -> str:
    """What an honest model repeats of a line."""
    return " ".join(line.partition(_SEPARATOR)[0].split()[:3])


def honest_to(system: str, user: str, named: Callable[[str], bool] = belongs) -> dict[str, Any]:
    """The whole answer to a question as it was sent, which names the lines of which `named` is true."""
    lines = {int(n): line for n, line in _LINE.findall(user)}
    found = _CHECKS.search(system)
    assert found is not None
    return answer_of(lines, [int(n) for n in found[1].split(",")], [n for n, line in lines.items() if named(line)])


def answer_of(lines: Mapping[int, str], checks: Collection[int], named: Collection[int]) -> dict[str, Any]:
    def place(n: int) -> dict[str, Any]:
        return {"n": n, "words": words_of(lines[n])}

    return {"checks": list(map(place, checks)), "named": list(map(place, named)), "odd": [], "read": len(lines)}


def translated(user: str) -> dict[str, Any]:
    """The answer to a question about titles of the audit sample."""
    lines = [(int(n), line) for n, line in _LINE.findall(user)]
    return {"lines": [{"n": n, "words": words_of(line), "line_ja": "題名にある主題の研究"} for n, line in lines]}
