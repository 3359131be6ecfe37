"""A blind trial of verification: summaries for a reader who does not know the faults, and what the answers come to.

    python benchmarks/blind_verification.py write FOLDER [--seed 1] [--summaries FILE]
    python benchmarks/blind_verification.py read FOLDER

`write` puts the shipped questions into numbered files: each summary of the file once as it is and once with its fault,
the two in different halves of the numbers, so that a reader of one half never sees both. No file of the folder says
which is which. A reader answers `01.txt` in `01.answer.txt`, and so on.

`read` takes the answers as the line takes a model's. Where one is not accepted, the second question is written
(`01a.txt`, answered in `01a.answer.txt`), where it is not there yet; answer these and read again. Printed are the shares
of faults named, of good summaries accused and of summaries left unchecked, and everything that went wrong. Ends with 0
where at least .9 are named and at most .05 accused and unchecked.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the project, from wherever this is run

from tests.shipped import VERIFY_PROMPT  # noqa: E402
from watcher.domain.budget import Usage  # noqa: E402
from watcher.domain.facts import Summary, Verification  # noqa: E402
from watcher.domain.papers.paper import Paper, paper_id  # noqa: E402
from watcher.domain.screening.measure import exact_share  # noqa: E402
from watcher.ports import Reply, Request  # noqa: E402
from watcher.stages.summarize import verify  # noqa: E402

DATA = ROOT / "tests" / "data"
SUMMARIES = DATA / "verification" / "summaries.jsonl"
_TEXTS = (
    ROOT / "config" / "prefilters" / "llm-x-world-models.labels.jsonl.gz",
    DATA / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz",
)
_NAMED, _ACCUSED, _UNCHECKED = 0.9, 0.05, 0.05


@dataclass(frozen=True)
class Case:
    """A summary under its number; `kind` and `words` say what its fault is, "" if it has none."""

    number: int
    paper: Paper
    summary: Summary
    kind: str = ""
    words: str = ""

    @property
    def name(self) -> str:
        """The name of its question."""
        return f"{self.number:02}"


class Unanswered(Exception):
    """A question whose answer is not there yet; the message is its name."""


@dataclass
class Reader:
    """A language model whose answers stand in files: the first about a summary, then the second."""

    folder: Path
    name: str
    recorded: bool = False
    asked: int = 0

    def ask(self, request: Request) -> Reply:
        """The answer; Unanswered, and the question is written, where there is none."""
        name = self.name + ("", "a")[self.asked]
        self.asked += 1
        question, answer = self.folder / f"{name}.txt", self.folder / f"{name}.answer.txt"
        text = f"{request.system}\n\n{request.user}\n"
        if not answer.is_file():
            question.write_text(text, encoding="utf-8")
            raise Unanswered(question.name)
        assert question.read_text(encoding="utf-8") == text, f"{question.name} is of another trial"
        return Reply(answer.read_text(encoding="utf-8"), self.name, "stop", Usage(calls=1))


@dataclass
class Found:
    """What the answers came to."""

    checked: list[tuple[Case, Verification]] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    again: int = 0


def drawn(seed: int, summaries: Path) -> list[Case]:
    """The trial of a seed; the same seed always gives the same one."""
    rows = [json.loads(line) for line in summaries.read_text(encoding="utf-8").splitlines() if line.strip()]
    texts = _texts({row["arxiv_id"] for row in rows if "abstract" not in row})
    chance = random.Random(seed)
    halves: tuple[list[Case], list[Case]] = ([], [])
    for row in rows:
        good = _case({"title": "", "abstract": ""} | texts.get(row["arxiv_id"], {}) | row)
        both = [good, _spoiled(good, row)] if row.get("kind") else [good]
        for half, case in zip(chance.sample(halves, 2), both, strict=False):
            half.append(case)
    ordered = [case for half in halves for case in chance.sample(half, len(half))]
    return [replace(case, number=number) for number, case in enumerate(ordered, 1)]


def _texts(wanted: Collection[str]) -> dict[str, dict[str, str]]:
    """Titles and abstracts of papers that the project has."""
    found = {}
    for path in _TEXTS:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row["arxiv_id"] in wanted:
                    found[row["arxiv_id"]] = {"title": row["title"], "abstract": row["abstract"]}
    return found


def _case(row: Mapping[str, Any]) -> Case:
    summary = Summary(row["summary_ja"], (), tuple(row["evidence"]), (), "", "")
    return Case(0, _paper(row["arxiv_id"], row["title"], row["abstract"]), summary)


def _paper(native: str, title: str, abstract: str) -> Paper:
    return Paper(paper_id(native), 1, title, abstract, "", title, abstract, (), (), f"https://arxiv.org/abs/{native}")


def _spoiled(good: Case, row: Mapping[str, Any]) -> Case:
    """The summary with its fault, and the abstract with what is planted in it."""
    text, paper = good.summary.summary_ja, good.paper
    assert text.count(row["was"]) == 1, f"{row['was']} does not stand once in the summary of {paper.id}"
    if planted := row.get("planted", ""):
        paper = _paper(paper.id.native, paper.title_raw, f"{paper.abstract_raw} {planted}")
    summary = replace(good.summary, summary_ja=text.replace(row["was"], row["now"]))
    if planted:
        summary = replace(summary, evidence=(*summary.evidence, planted))
    return Case(0, paper, summary, row["kind"], row["now"])


def check(folder: Path, cases: Sequence[Case]) -> Found:
    """Have every summary verified by the answers in a folder."""
    found = Found()
    for case in cases:
        reader = Reader(folder, case.name)
        try:
            found.checked.append((case, verify(case.paper, case.summary, reader, VERIFY_PROMPT)))
        except Unanswered as error:
            found.unanswered.append(str(error))
        found.again += reader.asked > 1
    return found


def is_named(case: Case, said: Verification) -> bool:
    """Whether the sentence that holds the fault is called wrong."""
    return any(case.words in verdict.sentence for verdict in said.wrong)


def told(found: Found) -> Iterator[str]:
    """What the answers came to, in lines."""
    for name in found.unanswered:
        yield f"unanswered: {name}"
    bad = [(case, said) for case, said in found.checked if case.kind]
    good = [(case, said) for case, said in found.checked if not case.kind]
    yield _share("faults named", [is_named(case, said) for case, said in bad])
    kinds = Counter(case.kind for case, _ in bad)
    named = Counter(case.kind for case, said in bad if is_named(case, said))
    yield "  " + ", ".join(f"{kind} {named[kind]}/{count}" for kind, count in sorted(kinds.items()))
    yield _share("good summaries accused", [bool(said.wrong) for _, said in good])
    yield _share("left unchecked", [not said.is_checked for _, said in found.checked])
    yield f"first answers not accepted: {found.again} of {len(found.checked) + len(found.unanswered)}"
    for case, said in found.checked:
        wrong = [v for v in said.wrong if not case.kind or case.words not in v.sentence]
        if not said.is_checked:
            yield f"{case.name} {case.paper.id.native} unchecked"
        elif case.kind and not is_named(case, said):
            yield f"{case.name} {case.paper.id.native} missed: {case.kind}, {case.words}"
        for verdict in wrong:
            yield f"{case.name} {case.paper.id.native} accused: {verdict.fault}, {verdict.words}: {verdict.reason_ja}"


def is_met(found: Found) -> bool:
    """Whether all is answered and as good as asked for."""
    bad = [is_named(case, said) for case, said in found.checked if case.kind]
    good = [bool(said.wrong) for case, said in found.checked if not case.kind]
    unchecked = sum(not said.is_checked for _, said in found.checked)
    return (
        not found.unanswered
        and sum(bad) >= _NAMED * len(bad)
        and sum(good) <= _ACCUSED * len(good)
        and unchecked <= _UNCHECKED * len(found.checked)
    )


def _share(what: str, is_so: Sequence[bool]) -> str:
    if not is_so:
        return f"{what}: none answered"
    share = exact_share(sum(is_so), len(is_so))
    return f"{what}: {sum(is_so)} of {len(is_so)}, {share.value:.3f} ({share.low:.3f}-{share.high:.3f})"


def main() -> int:
    """Write or read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("write")
    writing.add_argument("--seed", type=int, default=1)
    writing.add_argument("--summaries", type=Path, default=SUMMARIES)
    for command in (writing, commands.add_parser("read")):
        command.add_argument("folder", type=Path)
    given = parser.parse_args()
    trial = given.folder / "trial.json"
    if given.command == "write":
        given.folder.mkdir(parents=True, exist_ok=True)
        trial.write_text(json.dumps({"seed": given.seed, "summaries": str(given.summaries)}), encoding="utf-8")
        found = check(given.folder, drawn(given.seed, given.summaries))
        print(f"{len(found.unanswered)} questions; answer each NN.txt in NN.answer.txt, then read")
        return 0
    of = json.loads(trial.read_text(encoding="utf-8"))
    found = check(given.folder, drawn(of["seed"], Path(of["summaries"])))
    print("\n".join(told(found)))
    return 0 if is_met(found) else 1


if __name__ == "__main__":
    sys.exit(main())
