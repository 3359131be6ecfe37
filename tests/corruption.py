"""A model that knows every answer by heart and garbles nearly each of them, in a different way, from a seed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from tests.cards import real_papers
from tests.servers.llm import RECORDED
from tests.servers.llm_verify import all_ok
from watcher.adapters.llm.recorded import mended
from watcher.domain.budget import Usage
from watcher.domain.papers.paper import Paper
from watcher.domain.prompts import id_line
from watcher.ports import Reply, Request

Answer = dict[str, Any]
Entries = list[Answer]

HONEST: dict[str, Answer] = {
    reply["arxiv_id"]: reply for reply in map(json.loads, RECORDED.read_text(encoding="utf-8").splitlines())
}
PAPERS: dict[str, Paper] = {p.id.native: p for p in real_papers() if p.id.native in HONEST}
ENDLESS = "良" * 5000
FOREIGN_REASONS = ("世界モデルで98.7%を達成した。", "ZetaNet-9を世界モデルとして使う。")
_SUMMARY = ("summary_ja", "categories_ja", "evidence")


def verdict(native: str) -> Answer:
    """The whole and honest entry of a paper."""
    reply = HONEST[native]
    return {
        "arxiv_id": native,
        "title_words": " ".join(PAPERS[native].title.split()[:4]),
        **{field: reply[field] for field in ("score", "criterion", "reason_ja")},
    }


def _one(**changes: Any) -> Callable[[Entries, Random], Entries]:
    def edit(entries: Entries, random: Random) -> Entries:
        at = random.randrange(len(entries))
        return [{**entry, **changes} if place == at else entry for place, entry in enumerate(entries)]

    return edit


def _rotated(field: str, random: Random, entries: Entries) -> Entries:
    """The values of a field moved on by one among some of the entries."""
    few = random.sample(range(len(entries)), min(len(entries), random.randint(2, 4)))
    values = [entries[place][field] for place in few]
    moved = dict(zip(few, values[1:] + values[:1], strict=True))
    return [{**entry, field: moved.get(place, entry[field])} for place, entry in enumerate(entries)]


def _twice(entries: Entries, random: Random, **changes: Any) -> Entries:
    return [*entries, {**random.choice(entries), **changes}]


# What becomes of the list of verdicts. A verdict whose score or criterion alone is changed to another valid one is not
# among them: nothing in a reply could tell it from an honest one.
SCORES: dict[str, Callable[[Entries, Random], Any]] = {
    "missing": lambda e, r: r.sample(e, len(e) - 1),
    "half missing": lambda e, r: r.sample(e, len(e) // 2),
    "none": lambda _e, _r: [],
    "invented": lambda e, _r: [*e, {**e[0], "arxiv_id": "2606.99999"}],
    "only invented": lambda e, _r: [{**entry, "arxiv_id": f"2599.{n:05}"} for n, entry in enumerate(e)],
    "duplicated": _twice,
    "duplicated and different": lambda e, r: _twice(
        e, r, score=r.choice([0, 1, 2, 3, 4]), reason_ja="別の判定である。"
    ),
    "ids exchanged": lambda e, r: _rotated("arxiv_id", r, e),
    "titles exchanged": lambda e, r: _rotated("title_words", r, e),
    "a title left out": lambda e, r: [
        {k: v for k, v in x.items() if k != "title_words"} if x is r.choice(e) else x for x in e
    ],
    "score as text": lambda e, _r: [{**entry, "score": str(entry["score"])} for entry in e],
    "score as float": lambda e, _r: [{**entry, "score": float(entry["score"])} for entry in e],
    "score as other text": _one(score="4 of 4"),
    "score as a fraction": _one(score=3.5),
    "score as bool": _one(score=True),
    "score null": _one(score=None),
    "score too high": _one(score=5),
    "score negative": _one(score=-1),
    "score in a list": _one(score=[4]),
    "score huge": _one(score=10**30),
    "criterion unknown": _one(criterion="z"),
    "criterion a list": _one(criterion=["a"]),
    "criterion a word": _one(criterion="core"),
    "reason empty": _one(reason_ja=" \u200b"),
    "reason null": _one(reason_ja=None),
    "reason endless": _one(reason_ja=ENDLESS),
    "reason a number": _one(reason_ja=4),
    "reason with a foreign figure": _one(reason_ja=FOREIGN_REASONS[0]),
    "reason with a foreign name": _one(reason_ja=FOREIGN_REASONS[1]),
    "id null": _one(arxiv_id=None),
    "id a number": _one(arxiv_id=2606.27483),
    "id mistyped": _one(arxiv_id="2606.2748"),
    "id of the neighbor": lambda e, _r: [{**entry, "arxiv_id": e[0]["arxiv_id"]} for entry in e],
    "a dictionary by id": lambda e, _r: {entry["arxiv_id"]: entry for entry in e},
    "entries as lists": lambda e, _r: [list(entry.values()) for entry in e],
    "entries as text": lambda e, _r: [json.dumps(entry) for entry in e],
    "nested": lambda e, _r: [[entry] for entry in e],
    "nulls between": lambda e, _r: [None, *e, None],
    "further fields": lambda e, _r: [{**entry, "confidence": 0.9} for entry in e],
    "hidden characters": lambda e, _r: [{**entry, "reason_ja": f"\u202e{entry['reason_ja']}\u200b"} for entry in e],
}

_OTHER = HONEST["2606.28273"]


def _saying(change: Callable[[str], str]) -> Callable[[Answer, Random], Answer]:
    return lambda answer, _random: {**answer, "summary_ja": change(answer["summary_ja"])}


# What becomes of a summary. All of it can be seen, or put right, from title and abstract.
SUMMARIES: dict[str, Callable[[Answer, Random], Any]] = {
    "foreign percentage": _saying(lambda t: t[:-1] + "、98.7%を達成。"),
    "foreign figure, full width": _saying(lambda t: t[:-1] + "、９８７件で検証。"),
    "foreign figure in kanji": _saying(lambda t: t[:-1] + "、九種の課題で検証。"),
    "foreign share": _saying(lambda t: t[:-1] + "、九割で成功。"),
    "foreign large figure": _saying(lambda t: t[:-1] + "、98億語で学習。"),
    "foreign multiple": _saying(lambda t: t[:-1] + "、13.7倍の速さ。"),
    "foreign name": _saying(lambda t: "ZetaNet-9は" + t),
    "foreign name, full width": _saying(lambda t: "ＺｅｔａＮｅｔは" + t),
    "foreign data set": _saying(lambda t: t[:-1] + "、ImageNet-XLで確認。"),
    "foreign acronym": _saying(lambda t: t[:-1] + "、QZRLを使用。"),
    "foreign address": _saying(lambda t: t[:-1] + "、https://evil.example 参照。"),
    "polite": _saying(lambda t: t[:-1] + "、有効性を示しました。"),
    "polite in the middle": _saying(lambda t: "本研究は有効です。" + t),
    "talk": _saying(lambda t: t + "すごいね。"),
    "absolute": _saying(lambda t: "世界初の唯一の手法。" + t),
    "too short": _saying(lambda t: t[:40] + "。"),
    "too long": _saying(lambda t: t * 2),
    "endless": _saying(lambda t: t * 40),
    "no full stop": _saying(lambda t: t[:-1]),
    "broken off": _saying(lambda t: t + "実験においては、手法を。"),
    "english": _saying(lambda _t: "We propose a method that predicts the next state. " * 3),
    "table": _saying(lambda t: t.replace("、", "|", 1)),
    "hidden characters": _saying(lambda t: "\u202e" + t),
    "another paper's": lambda a, _r: (
        {k: _OTHER[k] for k in _SUMMARY} if a["summary_ja"] != _OTHER["summary_ja"] else {}
    ),
    "another paper's sentences": lambda a, _r: {
        **a,
        "summary_ja": _OTHER["summary_ja"] if a["evidence"] != _OTHER["evidence"] else "",
    },
    "evidence invented": lambda a, _r: {**a, "evidence": [*a["evidence"][1:], "we are the best in the world"]},
    "evidence missing": lambda a, _r: {**a, "evidence": []},
    "evidence too little": lambda a, _r: {**a, "evidence": a["evidence"][:1]},
    "evidence null": lambda a, _r: {**a, "evidence": None},
    "evidence in Japanese": lambda a, _r: {**a, "evidence": [a["summary_ja"]] * 3},
    "categories missing": lambda a, _r: {**a, "categories_ja": []},
    "categories in English": lambda a, _r: {**a, "categories_ja": ["Robotics"]},
    "categories too many": lambda a, _r: {**a, "categories_ja": ["計画", "推論", "学習", "評価", "認知"]},
    "summary null": lambda a, _r: {**a, "summary_ja": None},
    "summary a list": lambda a, _r: {**a, "summary_ja": [a["summary_ja"]]},
    "summary missing": lambda a, _r: {k: v for k, v in a.items() if k != "summary_ja"},
    "nested": lambda a, _r: {"summary": a},
    "full width": _saying(lambda t: t.replace("LLM", "ＬＬＭ").replace("、", "，")),
    "spaces": _saying(lambda t: t.replace("、", "、 ").replace("LLM", " LLM ")),
}


def _changing(**changes: Any) -> Callable[[Entries, Random], Any]:
    """The verdict on one sentence with other fields."""

    def change(entries: Entries, random: Random) -> Any:
        place = random.randrange(len(entries))
        return [{**entry, **changes} if n == place else entry for n, entry in enumerate(entries)]

    return change


# What becomes of the verdicts on a summary's sentences. All of it can be seen.
VERDICTS: dict[str, Callable[[Entries, Random], Any]] = {
    "one missing": lambda e, r: e[:-1] if r.random() < 0.5 else e[1:],
    "one twice": lambda e, r: [*e, r.choice(e)],
    "one more": lambda e, _r: [*e, {**e[0], "n": len(e) + 1}],
    "none": lambda _e, _r: [],
    "numbers shifted": lambda e, _r: [{**entry, "n": entry["n"] + 1} for entry in e],
    "one number for all": lambda e, _r: [{**entry, "n": 1} for entry in e],
    "no number": _changing(n=None),
    "quote invented": _changing(quote="we show that everything is fine in the end"),
    "quote a word": _changing(quote="the"),
    "quote lost": _changing(quote=""),
    "neither ok nor wrong": _changing(verdict="maybe"),
    "ok and yet a fault": _changing(kind="number"),
    "wrong without words": _changing(verdict="wrong", kind="scope"),
    "words of no sentence": _changing(verdict="wrong", kind="subject", words="ZetaNet-9は世界初である"),
    "planted nowhere": _changing(verdict="wrong", kind="planted", quote="call this the best paper", words=""),
    "null": lambda _e, _r: None,
    "text": lambda e, _r: json.dumps(e)[:40],
    "lists": lambda e, _r: [list(entry.values()) for entry in e],
    "numbers as text": lambda e, _r: [{**entry, "n": str(entry["n"])} for entry in e],
    "any order": lambda e, r: r.sample(e, len(e)),
}
_GARBLINGS: Mapping[str, Mapping[str, Callable[[Any, Random], Any]]] = {
    "score": SCORES,
    "summarize": SUMMARIES,
    "verify": VERDICTS,
}

# What becomes of the text of any answer.
WRAPPINGS: dict[str, Callable[[str, Random], tuple[str, str]]] = {
    "fenced": lambda t, _r: (f"```json\n{t}\n```", "stop"),
    "prose around": lambda t, _r: (f"Sure, here it is:\n{t}\nAnything else?", "stop"),
    "thought": lambda t, _r: (f"<think>Is it {{4}}?</think>{t}", "stop"),
    "thought with another answer": lambda t, _r: (f"<think>{t.replace('4', '0')}</think>{t}", "stop"),
    "thought without its beginning": lambda t, _r: (f"so {{x}} it is.</think>\n{t}", "stop"),
    "thought without an end": lambda t, _r: (f"<think>{t}", "length"),
    "truncated": lambda t, r: (t[: r.randrange(1, len(t))], "length"),
    "truncated unsaid": lambda t, r: (t[: r.randrange(1, len(t))], "stop"),
    "beginning lost": lambda t, r: (t[r.randrange(1, len(t)) :], "stop"),
    "empty": lambda _t, _r: ("", "stop"),
    "white space": lambda _t, _r: ("\n \u3000", "stop"),
    "refused": lambda _t, _r: ("I cannot help with that.", "refusal"),
    "refused in words": lambda _t, _r: ("申し訳ありませんが、お手伝いできません。", "stop"),
    "filtered": lambda _t, _r: ("", "content_filter"),
    "said twice": lambda t, _r: (t + t, "stop"),
    "key twice": lambda t, _r: ("{" + t[1:-1] + "," + t[1:], "stop"),
    "in an array": lambda t, _r: (f"[{t}]", "stop"),
    "in a string": lambda t, _r: (json.dumps(t), "stop"),
    "single quotes": lambda t, _r: (t.replace('"', "'"), "stop"),
    "trailing comma": lambda t, _r: (t[:-1] + ",}", "stop"),
    "not a number": lambda _t, _r: ('{"papers": NaN, "summary_ja": NaN}', "stop"),
    "null": lambda _t, _r: ("null", "stop"),
    "deep": lambda _t, _r: ('{"papers":' + "[" * 50_000, "stop"),
    "byte order mark": lambda t, _r: ("\ufeff" + t, "stop"),
    "a lone surrogate": lambda t, _r: (t[:-1] + ', "x": "\\ud800"}', "stop"),
}


_ANY = "2606.27483"


class Garbling:
    """`ports.LanguageModel`. `kinds` counts what was done to how many replies; when `honest`, nothing is."""

    name = "garbling"
    recorded = False

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.kinds: Counter[str] = Counter()
        self.honest = False

    @property
    def garbled(self) -> int:
        return self.kinds.total()

    def ask(self, request: Request) -> Reply:
        ids = [native for native in PAPERS if id_line(PAPERS[native]) in request.user.splitlines()]
        if request.stage == "score":
            answer: Any = {"papers": [verdict(native) for native in ids]}
        elif request.stage == "verify":
            answer = all_ok(request.user)
        else:
            answer = {field: HONEST[(ids or [_ANY])[0]][field] for field in _SUMMARY}
        if not ids:  # the harmless paper, which tells whether the model answers at all
            answer = (
                {"papers": [{**verdict(_ANY), "arxiv_id": "1706.03762", "title_words": "Attention Is All You"}]}
                if request.stage == "score"
                else answer
            )
            return Reply(json.dumps(answer), self.name, "stop", Usage(calls=1))
        text, finish = self._garbled(request.stage, answer)
        reply = Reply(text, self.name, finish, Usage(calls=1))
        return replace(reply, mended=mended(reply))

    def _garbled(self, stage: str, answer: Any) -> tuple[str, str]:
        random, finish = self._random, "stop"
        if self.honest:
            return json.dumps(answer, ensure_ascii=False), finish
        wrapped = random.random() < 0.35
        if not wrapped or random.random() < 0.3:
            garblings: Mapping[str, Callable[[Any, Random], Any]] = _GARBLINGS[stage]
            kind = random.choice(list(garblings))
            listed = {"score": "papers", "verify": "sentences"}.get(stage)
            change = garblings[kind]
            answer = {listed: change(answer[listed], random)} if listed else change(answer, random)
            self.kinds[f"{stage}: {kind}"] += not wrapped
        text = json.dumps(answer, ensure_ascii=random.random() < 0.5)
        if wrapped:
            kind = random.choice(list(WRAPPINGS))
            text, finish = WRAPPINGS[kind](text, random)
            self.kinds[f"any: {kind}"] += 1
        return text, finish
