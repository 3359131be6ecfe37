"""A blind trial of triage: questions for a reader who does not know the labels, and what the answers come to.

    python benchmarks/blind_triage.py write FOLDER [--seed 1] [--others 400] [--batch 100]
    python benchmarks/blind_triage.py read FOLDER

`write` puts the shipped questions into numbered files: all papers that belong by the shipped labels and hold no core
keyword, among others drawn from two weeks of announcements, each paper once, in an order drawn from their ids. No file
of the folder says which is which. A reader answers `01.txt` in `01.answer.txt`, and so on.

`read` takes the answers as the line takes a model's: what is not accepted is refused, and its halves are written as
further questions (`01a.txt`, `01b.txt`) where they are not there yet; answer these and read again. Printed are the
shares named, named in vain and refused, the papers missed, and why answers were refused.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the project, from wherever this is run

from watcher.bootstrap.configuration import read_prompts  # noqa: E402
from watcher.domain.errors import BadReply  # noqa: E402
from watcher.domain.papers.paper import paper_id  # noqa: E402
from watcher.domain.papers.topic import Topic, compile_group, searchable  # noqa: E402
from watcher.domain.prompts import Prompt  # noqa: E402
from watcher.domain.screening.measure import BELONGS, exact_share, level  # noqa: E402
from watcher.domain.screening.triage import (  # noqa: E402
    Answer,
    Entry,
    Line,
    Lines,
    can_be_listed,
    halves,
    in_batches,
    read_answer,
)
from watcher.settings import load_settings  # noqa: E402
from watcher.stages.triage import question  # noqa: E402

STREAM = ROOT / "tests" / "data" / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz"
_CORE = 0
_HEAD, _ANSWER = ".txt", ".answer.txt"


@dataclass(frozen=True)
class Trial:
    """The papers of a trial in their batches, and the keys of those that belong."""

    topic: Topic
    prompt: Prompt
    batches: Sequence[Sequence[Entry]]
    belonging: frozenset[str]

    def text(self, batch: Sequence[Entry]) -> str:
        """A question as a reader gets it: what is told the model, and then the lines."""
        request = question(Lines(tuple(batch)), self.topic, self.prompt)
        return f"{request.system}\n\n{request.user}\n"


@dataclass
class Found:
    """What the answers came to."""

    named: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    asked: int = 0
    refused: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)


def drawn(seed: int, others: int, size: int) -> Trial:
    """The trial of a seed; the same seed always gives the same one."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings({"WATCHER_CONFIG": str(ROOT / "config"), "WATCHER_DATA": folder})
    topic = settings.topics[0]
    core = compile_group([word for group in topic.groups if group.priority == _CORE for word in group.keywords])
    labels = [
        row for row in _rows(settings.config / "prefilters" / f"{topic.slug}.labels.jsonl.gz") if "announced" in row
    ]
    plain = [row for row in labels if not core.search(searchable(row["title"], row["abstract"]))]
    wanted = [row for row in plain if min(row["scores"]) >= BELONGS]
    known = {row["arxiv_id"] for row in labels if level(max(row["scores"])) >= BELONGS}
    rest = [
        row
        for row in _rows(STREAM)
        if row["arxiv_id"] not in known
        and topic.categories.intersection(row["categories"])
        and not core.search(searchable(row["title"], row["abstract"]))
        and can_be_listed(row["title"])
    ]
    line = Line(topic)
    chosen = [*wanted, *random.Random(seed).sample(rest, others)]
    entries = [Entry(str(paper_id(r["arxiv_id"])), line(r["title"], r["abstract"]), r["title"]) for r in chosen]
    even = ceil(len(entries) / ceil(len(entries) / size))  # no remainder that is too small to be asked about
    batches, few = in_batches(entries, even, lambda entry: entry.key)
    return Trial(
        topic,
        read_prompts(settings.config)[1],
        [*batches, few] if few else batches,
        frozenset(str(paper_id(row["arxiv_id"])) for row in wanted),
    )


def write(folder: Path, seed: int, others: int, size: int) -> None:
    """Write the questions of a trial, and with what they can be drawn again."""
    trial = drawn(seed, others, size)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trial.json").write_text(json.dumps({"seed": seed, "others": others, "size": size}), encoding="utf-8")
    for number, batch in enumerate(trial.batches, 1):
        (folder / f"{number:02}{_HEAD}").write_text(trial.text(batch), encoding="utf-8")
    papers = sum(map(len, trial.batches))
    print(f"{papers} papers in {len(trial.batches)} questions; answer each NN{_HEAD} in NN{_ANSWER}, then read")


def read(folder: Path) -> bool:
    """Print what the answers come to; whether all is answered and as good as asked for."""
    trial = drawn(**json.loads((folder / "trial.json").read_text(encoding="utf-8")))
    found = Found()
    for number, batch in enumerate(trial.batches, 1):
        _take(folder, f"{number:02}", batch, trial, found)
    for told in found.unanswered:
        print(f"unanswered: {told}")
    wanted, vain = trial.belonging & found.read, found.read - trial.belonging
    _print("named of those that belong", found.named & wanted, wanted)
    _print("named in vain", found.named & vain, vain)
    print(f"refused: {len(found.refused)} of {found.asked} answers")
    for told in found.refused:
        print(f"  {told}")
    titles = {entry.key: entry.line for batch in trial.batches for entry in batch}
    for key in sorted(wanted - found.named):
        print(f"missed: {key} {titles[key]}")
    unread = sum(map(len, trial.batches)) - len(found.read)
    print(f"{unread} papers without an accepted answer")
    good = len(found.named & wanted) >= 0.95 * len(wanted) and len(found.named & vain) <= 0.05 * len(vain)
    return good and not unread


def _take(folder: Path, name: str, batch: Sequence[Entry], trial: Trial, found: Found, *, again: bool = True) -> None:
    """Read the answer about a batch, or where it is refused those about its halves."""
    file = folder / f"{name}{_ANSWER}"
    if not file.is_file():
        found.unanswered.append(f"{name}{_HEAD}")
        return
    found.asked += 1
    try:
        answer: Answer = read_answer(file.read_text(encoding="utf-8"), "stop", Lines(tuple(batch)))
    except BadReply as error:
        found.refused.append(f"{name}: {error.message}")
    else:
        found.named |= answer.named | answer.odd | answer.unsure
        found.read |= {entry.key for entry in batch}
        return
    for letter, half in zip("ab", halves(batch) if again else (), strict=False):
        text = folder / f"{name}{letter}{_HEAD}"
        if not text.is_file():
            text.write_text(trial.text(half), encoding="utf-8")
        _take(folder, f"{name}{letter}", half, trial, found, again=False)


def _print(what: str, some: Iterable[str], of: Iterable[str]) -> None:
    count, whole = len(set(some)), len(set(of))
    if whole:
        share = exact_share(count, whole)
        print(f"{what}: {count} of {whole}, {share.value:.3f} ({share.low:.3f}-{share.high:.3f})")


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main() -> int:
    """Write or read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("write")
    writing.add_argument("--seed", type=int, default=1)
    writing.add_argument("--others", type=int, default=400)
    writing.add_argument("--batch", type=int, default=100)
    for command in (writing, commands.add_parser("read")):
        command.add_argument("folder", type=Path)
    given = parser.parse_args()
    if given.command == "write":
        write(given.folder, given.seed, given.others, given.batch)
        return 0
    return 0 if read(given.folder) else 1


if __name__ == "__main__":
    sys.exit(main())
