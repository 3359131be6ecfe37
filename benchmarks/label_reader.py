"""A language model for measurements that knows the labels, and counts what it is sent."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.servers.llm_triage import honest_to
from tests.servers.llm_verify import all_ok
from watcher.domain.budget import Price, Usage
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.measure import BELONGS
from watcher.domain.screening.triage import SEPARATOR, Line
from watcher.ports import Reply, Request
from watcher.training.files import read_labels

ROOT = Path(__file__).parents[1]
STREAM = ROOT / "tests" / "data" / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz"
LABELS = ROOT / "config" / "prefilters" / "llm-x-world-models.labels.jsonl.gz"
_CHARS_A_TOKEN = 4  # of ASCII; any other character is reckoned as a token
_LABEL = re.compile(r"^arXiv:(\S+)$", re.MULTILINE)


@cache
def levels() -> Mapping[str, int]:
    """The labeled papers' scores, by key."""
    return {one.paper: one.level for one in read_labels(LABELS).labels}


def papers_by_title(topic: Topic) -> Mapping[str, str]:
    """The key of every paper of the two weeks and of the labels, by its title as triage shows it."""
    if topic.slug not in _TITLES:
        line, found = Line(topic), dict[str, str]()
        for path in (LABELS, STREAM):
            with gzip.open(path, "rt", encoding="utf-8") as rows:
                found |= {title_of(line(row["title"], "")): f"arxiv:{row['arxiv_id']}" for row in map(json.loads, rows)}
        _TITLES[topic.slug] = found  # whole, because other threads may ask meanwhile
    return _TITLES[topic.slug]


_TITLES: dict[str, Mapping[str, str]] = {}


def title_of(line: str) -> str:
    """The title in a line of triage, without the sentence."""
    return line.partition(SEPARATOR)[0]


@dataclass
class Sent:
    """What was sent for a stage: questions, characters, and those that no earlier question began with."""

    calls: int = 0
    chars: int = 0
    uncached: int = 0


@dataclass
class LabelReader:
    """`ports.LanguageModel`: scores by the labels, and 0 where there is none. In triage it leaves out the part `missed`
    of what belongs and names the part `vain` of all else, drawn from the seed for each paper, so that it says the same
    of it whenever it is asked. It writes a summary that says nothing, the first one of every reader with a violation.
    """

    topic: Topic
    seed: int = 1
    missed: float = 0.05
    vain: float = 0.03
    name: str = "reader"
    recorded: bool = False
    stages: dict[str, Sent] = field(default_factory=dict)
    tokens: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._seen = set[str]()

    @property
    def calls(self) -> int:
        """The number of questions."""
        return sum(sent.calls for sent in self.stages.values())

    def cost(self, price: Price) -> float:
        """What all questions and answers cost, in US dollars, with tokens reckoned from characters."""
        return price.of(self.tokens["sent"], self.tokens["cached"], self.tokens["written"])

    def ask(self, request: Request) -> Reply:
        """What the labels say."""
        sent = self.stages.setdefault(request.stage, Sent())
        text = json.dumps(self._answer(request, first=not sent.calls), ensure_ascii=False)
        chars, known = len(request.system) + len(request.user), request.system in self._seen
        self._seen.add(request.system)
        sent.calls += 1
        sent.chars += chars
        sent.uncached += len(request.user) if known else chars
        self.tokens["sent"] += tokens([request.system, request.user])
        self.tokens["cached"] += tokens([request.system]) if known else 0
        self.tokens["written"] += tokens([text])
        return Reply(text, self.name, "stop", Usage(calls=1, prompt_chars=chars))

    def _answer(self, request: Request, *, first: bool) -> object:
        if request.stage == "triage":
            return honest_to(request.system, request.user, self._names)
        if request.stage == "score":
            return {"papers": [self._verdict(native) for native in _LABEL.findall(request.user)]}
        return all_ok(request.user) if request.stage == "verify" else _summary(request, spoiled=first)

    def _verdict(self, native: str) -> dict[str, Any]:
        score = levels().get(f"arxiv:{native}", 0)
        criterion = "a" if score >= BELONGS else ""
        return {"arxiv_id": native, "score": score, "criterion": criterion, "reason_ja": "主題による。"}

    def _names(self, line: str) -> bool:
        key = papers_by_title(self.topic)[title_of(line)]
        drawn = random.Random(f"{self.seed} {key}").random()
        return drawn >= self.missed if levels().get(key, 0) >= BELONGS else drawn < self.vain


def tokens(texts: Iterable[str]) -> int:
    """About how many tokens texts have."""
    return sum(len(text.encode("ascii", "ignore")) // _CHARS_A_TOKEN + sum(c > "\x7f" for c in text) for text in texts)


def _summary(request: Request, *, spoiled: bool) -> object:
    text = "言語モデルを世界のモデルとして用い、行動の結果を予測してから計画する方法を扱う。" * 3
    ending = "これはとても良いと思います。" if spoiled else "その限界も論じた。"
    evidence = re.findall(r"^Title: (.+)$", request.user, re.MULTILINE)[:1] * 4  # a passage for every sentence
    return {"summary_ja": text + ending, "categories_ja": ["世界モデル"], "evidence": evidence}
