"""A model in this process: knows what each profile wants, answers valid JSON, and at times does not."""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from tests.servers.llm_verify import all_ok
from tests.soak.weather import Broken, Weather
from watcher.adapters.llm.openai import SpendingGuard
from watcher.adapters.llm.recorded import key_of
from watcher.domain.budget import Price, Spending, Usage, day_start
from watcher.domain.errors import ModelError, ModelRefused
from watcher.ports import Clock, Reply, Request

ANSWER_TOKENS = 4000
PROFILE = re.compile(r"Profile (\w+)\b")
_PAPER = re.compile(r"^arXiv:(\S+)\nTitle: (.*)$", re.MULTILINE)
_FREE = Price(0, 0, 0)
_SUMMARY = (
    "ひもの結び方をめぐる問いに対し、与えられた結び目をひとつずつほどいては結び直しながら観察する手順を提案し、"
    "その過程で見つかる関係がそれぞれの例で成り立つことを、やさしい図と例を重ねて丁寧に確かめた研究であり、"
    "同じ手順をほかの形へ広げるための手がかりも示している。"
)


def score_of(profile: str, native: str) -> int:
    """What a profile makes of a paper: one in eight belongs."""
    drawn = zlib.crc32(f"{profile} {native}".encode()) % 40
    return {0: 4, 1: 4, 2: 3, 3: 3, 4: 3, 5: 2, 6: 2, 7: 2}.get(drawn, drawn % 2)


class ScriptedModel:
    """Implements ports.LanguageModel. `billed` counts tokens by the day in Tokyo."""

    name = "scripted"
    recorded = False

    def __init__(self, weather: Weather, clock: Clock, is_recorded: Callable[[str], bool]) -> None:
        """`is_recorded` looks into the reply log by a way of its own."""
        self._weather, self._clock, self._is_recorded = weather, clock, is_recorded
        self.spending: SpendingGuard | None = None
        self.billed: Counter[datetime] = Counter()
        self.failed_last: datetime | None = None
        self.calls = self.lost = self.lost_tokens = 0
        self._answered: set[int] = set()
        self._last, self._last_tokens = "", 0

    def ask(self, request: Request) -> Reply:
        """Answer, or fail as the day's weather has it."""
        fault = self._weather.strikes("model")
        if fault:
            self.failed_last = self._clock()
        if fault in {"down", "timeout"}:
            raise ModelError("the model's server answers HTTP 503", about=self.name)
        if fault == "refused":
            raise ModelRefused("no quota left", about=self.name, remedy="pay the bill")
        key = key_of(self.name, request)
        if hash(key) in self._answered:
            raise Broken(f"a question was asked again that was answered and recorded: {request.user[:200]}")
        reservation = self.spending.reserve(request.system + request.user, _FREE) if self.spending else 0
        reply = _reply(request, fault)
        tokens = reply.usage.prompt_tokens + reply.usage.completion_tokens
        self.billed[day_start(self._clock())] += tokens
        self.calls += 1
        self._answered.add(hash(key))
        self._last, self._last_tokens = key, tokens
        if self.spending:
            self.spending.done(reservation, Spending(tokens, 0.0))
        self._weather.mortality.moment()
        return reply

    def died(self) -> None:
        """The process died: the answer given last may be lost, and only then may it be asked for again."""
        if self._last and not self._is_recorded(self._last):
            self._answered.discard(hash(self._last))
            self.lost += 1
            self.lost_tokens += self._last_tokens
        self._last = ""


def _reply(request: Request, fault: str) -> Reply:
    papers = _PAPER.findall(request.user)
    if fault == "partial":
        papers = papers[: len(papers) // 2]
    content: object = _summary()
    if request.stage == "score":
        content = _scores(request, papers, swapped=fault == "swapped")
    elif request.stage == "verify":
        content = all_ok(request.user)
    text = json.dumps(content, ensure_ascii=False)
    finish = {"cut": "length", "declined": "refusal"}.get(fault, "stop")
    text = {"garbled": "I am sorry, but", "cut": text[: len(text) // 2], "declined": ""}.get(fault, text)
    sent = len(request.system) + len(request.user)
    return Reply(text, "scripted-1", finish, Usage(1, sent // 4, sent, len(text) // 2, 0.0))


def _scores(request: Request, papers: Sequence[tuple[str, str]], *, swapped: bool) -> dict[str, object]:
    found = PROFILE.search(request.system)
    profile = found[1] if found else ""
    titles = [title for _, title in papers]
    said = titles[1:] + titles[:1] if swapped else titles
    return {
        "papers": [
            {
                "arxiv_id": native,
                "title_words": " ".join(title.split()[:4]),
                "score": score_of(profile, native),
                "criterion": "a",
                "reason_ja": "結び目をどう結ぶかが主題であり、基準に照らして判断した。",
            }
            for (native, _), title in zip(papers, said, strict=True)
        ]
    }


def _summary() -> dict[str, object]:
    return {
        "summary_ja": _SUMMARY,
        "categories_ja": ["計画(Planning)"],
        "evidence": ["find that x < y & z in all of them"],
    }
