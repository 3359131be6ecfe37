"""kill -9 at random moments while the summaries of a real day are written, verified, repaired, and written again."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.blind_verification import SUMMARIES, Case, drawn
from tests import run_kills
from tests.garbled_verification import verdicts
from tests.run_kills import SLOW, Found
from tests.scenarios.conftest import FEED, RELEVANT
from tests.servers.llm import Behavior, LlmServer
from tests.servers.llm_dialects import Answer, Asked

_UNUSABLE = Behavior(say=lambda _: '{"sentences": []}', delay=SLOW)


class Server(LlmServer):
    """Writes each summary of the trial with its fault; a repair puts two of three right, and the verifier knows them."""

    def __init__(self) -> None:
        super().__init__()
        cases = [case for case in drawn(1, SUMMARIES) if case.paper.id.native in RELEVANT]
        self.bad = {case.paper.id.native: case for case in cases if case.kind}
        self._good = {case.paper.id.native: case for case in cases if not case.kind}

    def answer(self, asked: Asked) -> Answer:
        bad = self.bad.get(asked.ids[0]) if asked.ids else None
        if bad and '"sentences"' in asked.system:
            return {"sentences": verdicts(asked.user, bad)}
        if bad and '"summary_ja"' in asked.system:
            said = bad if self._is_faulty(asked.user, bad) else self._good[bad.paper.id.native]
            return {"summary_ja": said.summary.summary_ja, "categories_ja": ["計画"], "evidence": said.summary.evidence}
        return super().answer(asked)

    @staticmethod
    def _is_faulty(user: str, bad: Case) -> bool:
        if bad.kind == "planted":
            return bad.summary.evidence[-1] in user
        return "Your answer was" not in user or _drawn(bad.paper.id.native) == 0


def _drawn(text: str) -> int:
    return zlib.crc32(text.encode()) % 3


class Round(run_kills.Round):
    """A day whose seven relevant papers get summaries with faults, one of three first checks cannot be used."""

    llm: Server

    def server(self) -> LlmServer:
        return Server()

    def prepare(self) -> None:
        made = self.made
        made.configure(made.folder / "no-triage", 'triage = "all"', 'triage = "none"')
        self.feed = made.folder / "feed.xml"
        self.feed.write_text(self._planted(FEED.read_text(encoding="utf-8")), encoding="utf-8")
        self.llm.when(
            lambda asked: '"sentences"' in asked.system and "An earlier" not in asked.user and not _drawn(asked.user),
            _UNUSABLE,
        )

    def _planted(self, feed: str) -> str:
        """The feed with the planted sentences in its abstracts."""
        for native, case in self.llm.bad.items():
            if case.kind == "planted":
                before, link, after = feed.partition(f"abs/{native}</link>")
                feed = before + link + after.replace("</description>", f" {case.summary.evidence[-1]}</description>", 1)
        return feed

    def is_under_fire(self, asked: Asked) -> bool:
        return '"sentences"' in asked.system or '"summary_ja"' in asked.system

    def check(self, report: Any) -> None:
        """Every relevant paper has a card and a verified summary, and no fault is kept without being told."""
        assert (report["waiting"]["score"], report["waiting"]["summarize"], report["waiting"]["post"]) == (0, 0, 0)
        cards = self.rows("select paper from candidates join cards on number = candidate")
        assert sorted(row[0] for row in cards) == sorted(f"arxiv:{native}" for native in RELEVANT), "a card is lost"
        query = "select paper, summary_ja, verification from candidates join summaries on number = candidate"
        for paper, summary, said in self.rows(query):
            check, bad = json.loads(said) if isinstance(said, str) else said, self.llm.bad[paper.split(":")[1]]
            told = [each["sentence"] for each in check["verdicts"] if each["fault"]]
            assert bool(told) == (bad.words in summary), f"{paper}: {told} of {summary}"
            outcome = "planted text cut" if check["planted"] else "flagged" if told else "verified"
            self.found.outcomes[outcome if check["verdicts"] else "unchecked"] += 1


def torment(folder: Path, kills: int, seed: int, database: Callable[[], str]) -> Found:
    """Kill so many lives; AssertionError says what is broken. `database` gives an empty one."""
    return run_kills.torment(Round, folder, kills, seed, database)
