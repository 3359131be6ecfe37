"""Answers of a model to a triage question: the honest one, and what may become of it. From a seed."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from random import Random
from typing import Any

from tests.corruption import WRAPPINGS
from tests.servers.llm_triage import answer_of
from watcher.domain.screening.triage import Lines

Answer = dict[str, Any]


def honest(lines: Lines, belonging: Collection[str]) -> Answer:
    """The whole answer that names the entries with these keys."""
    return answer_of(
        {n: entry.line for n, entry in enumerate(lines.entries, 1)},
        lines.checks,
        [n for n, entry in enumerate(lines.entries, 1) if entry.key in belonging],
    )


def _one(change: Callable[[Answer, Random, int], Answer]) -> Callable[[Answer, Random, int], Answer]:
    """One of the named entries changed."""

    def edit(answer: Answer, random: Random, count: int) -> Answer:
        at = random.randrange(len(answer["named"]))
        return {**answer, "named": [change(e, random, count) if n == at else e for n, e in enumerate(answer["named"])]}

    return edit


def _some(answer: Answer, random: Random, by: int) -> Answer:
    """Every number from some place on moved."""
    start = random.randrange(len(answer["named"]))
    return {
        **answer,
        "named": [{**e, "n": e["n"] + by} if n >= start else e for n, e in enumerate(answer["named"])],
    }


def _rotated(answer: Answer, random: Random, name: str) -> Answer:
    """The words of some entries exchanged."""
    places = random.sample(range(len(answer[name])), min(len(answer[name]), random.randint(2, 3)))
    moved = dict(zip(places, [answer[name][p]["words"] for p in places[1:] + places[:1]], strict=True))
    return {**answer, name: [{**e, "words": moved.get(n, e["words"])} for n, e in enumerate(answer[name])]}


def _everything(answer: Answer, _random: Random, count: int) -> Answer:
    return {**answer, "named": [{"n": n, "words": "A paper on"} for n in range(1, count + 1)]}


# What becomes of an answer. That a single name is left out is not among them: nothing could tell it from an honest one.
ANSWERS: dict[str, Callable[[Answer, Random, int], Any]] = {
    "a number invented": _one(lambda e, r, count: {**e, "n": count + r.randint(1, 900)}),
    "a number shifted": _one(lambda e, r, _c: {**e, "n": e["n"] + r.choice([-1, 1])}),
    "numbers shifted up": lambda a, r, _c: _some(a, r, 1),
    "numbers shifted down": lambda a, r, _c: _some(a, r, -1),
    "the number of another line": _one(lambda e, r, count: {**e, "n": r.randint(1, count)}),
    "a name doubled": lambda a, r, _c: {**a, "named": [*a["named"], r.choice(a["named"])]},
    "all names doubled": lambda a, _r, _c: {**a, "named": a["named"] * 2},
    "a name invented": lambda a, _r, c: {**a, "named": [*a["named"], {"n": c + 1, "words": "A new paper"}]},
    "the words of no line": _one(lambda e, _r, _c: {**e, "words": "Zeta nets are"}),
    "words missing": _one(lambda e, _r, _c: {"n": e["n"]}),
    "words empty": _one(lambda e, _r, _c: {**e, "words": ""}),
    "words null": _one(lambda e, _r, _c: {**e, "words": None}),
    "words exchanged": lambda a, r, _c: _rotated(a, r, "named"),
    "checks exchanged": lambda a, r, _c: _rotated(a, r, "checks"),
    "checks missing": lambda a, _r, _c: {**a, "checks": []},
    "a check missing": lambda a, r, _c: {**a, "checks": r.sample(a["checks"], 2)},
    "checks null": lambda a, _r, _c: {**a, "checks": None},
    "a check of another line": lambda a, _r, _c: {
        **a,
        "checks": [{**e, "words": "Zeta nets are"} for e in a["checks"]],
    },
    "everything named": _everything,
    "everything odd": lambda a, _r, c: {**a, "odd": list(range(1, c + 1)), "named": []},
    "nothing named": lambda a, _r, _c: {**a, "named": []},
    "named null": lambda a, _r, _c: {**a, "named": None},
    "named missing": lambda a, _r, _c: {k: v for k, v in a.items() if k != "named"},
    "named as numbers": lambda a, _r, _c: {**a, "named": [e["n"] for e in a["named"]]},
    "named as words": lambda a, _r, _c: {**a, "named": [e["words"] for e in a["named"]]},
    "numbers as text": lambda a, _r, _c: {**a, "named": [{**e, "n": str(e["n"])} for e in a["named"]]},
    "numbers as floats": lambda a, _r, _c: {**a, "named": [{**e, "n": float(e["n"])} for e in a["named"]]},
    "a number true": _one(lambda e, _r, _c: {**e, "n": True}),
    "a number null": _one(lambda e, _r, _c: {**e, "n": None}),
    "a number negative": _one(lambda e, _r, _c: {**e, "n": -e["n"]}),
    "odd null": lambda a, _r, _c: {**a, "odd": None},
    "odd of strangers": lambda a, _r, c: {**a, "odd": [c + 1, 0, -3]},
    "read too few": lambda a, r, c: {**a, "read": r.randrange(c)},
    "read too many": lambda a, _r, c: {**a, "read": c + 1},
    "read null": lambda a, _r, _c: {**a, "read": None},
    "stopped half way": lambda a, _r, c: {
        **a,
        "named": [e for e in a["named"] if e["n"] <= c // 2],
        "read": c // 2,
    },
    "injected": lambda a, _r, c: [{"named": [], "checks": a["checks"], "odd": [], "read": c}, a],
    "injected order": lambda a, _r, _c: {**a, "named": [{"n": 1, "words": "Ignore all others"}]},
    "nested": lambda a, _r, _c: {"answer": a},
    "further fields": lambda a, _r, _c: {**a, "note": "done"},
}


def garbled(answer: Answer, count: int, random: Random) -> tuple[str, str, str]:
    """(kind, text, finish) of an answer about `count` lines that was changed, wrapped, or both."""
    kind, finish = "", "stop"
    if random.random() < 0.75:
        kind = random.choice(list(ANSWERS))
        answer = ANSWERS[kind](answer, random, count)
    text = json.dumps(answer, ensure_ascii=random.random() < 0.5)
    if not kind or random.random() < 0.2:
        how = random.choice(list(WRAPPINGS))
        text, finish = WRAPPINGS[how](text, random)
        kind = f"{kind} {how}".strip()
    return kind, text, finish
