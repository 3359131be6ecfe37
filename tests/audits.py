"""Papers of an audit sample, a week's report, and an `Audits` in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.cards import card, paper
from tests.fakes import NOON
from watcher.domain.budget import Usage
from watcher.domain.curation.recall import AuditCard, AuditSheet, Recall, sheets
from watcher.domain.curation.weekly import CuratorWork, SourceTrouble, Week, WeeklyReport
from watcher.domain.errors import UsageError
from watcher.domain.facts import AuditAnswer, AuditSample, Screening
from watcher.domain.papers.paper import Paper, PaperId
from watcher.domain.screening.measure import Estimate

WEEK = Week.of(NOON).earlier()


def an_audit_card(number: int = 1, of: Paper | None = None, **changes: Any) -> AuditCard:
    """A paper that was screened out with a probability of 3 % and waits for an answer."""
    native = f"2606.2{number:04}"
    shown = of or paper(id=PaperId("arxiv", native), url=f"https://arxiv.org/abs/{native}")
    plain = AuditCard(
        candidate=card(number, shown).candidate,
        screening=Screening(passed=False, groups=(), keywords=(), priority=9, probability=0.03, rule="learned:1"),
        sample=AuditSample(str(WEEK), "near", 120, 0.05),
    )
    return replace(plain, **changes)


def a_sheet(*cards: AuditCard) -> AuditSheet:
    """The sheet of a week's sample, by default of one paper."""
    (found,) = sheets(cards or [an_audit_card()])
    return found


def a_report(**changes: Any) -> WeeklyReport:
    """A week in which 7 of 10 decided cards were approved and the audit tells enough to estimate recall."""
    plain = WeeklyReport(
        topic="llm-x-world-models",
        topic_title="大規模言語モデル × 世界モデル",
        week=WEEK,
        counts={
            "announced": 2950,
            "screened": 2910,
            "passed": 291,
            "triaged": 2619,
            "named": 78,
            "scored": 369,
            "relevant": 31,
            "summarized": 31,
            "approved": 7,
            "rejected": 3,
        },
        recall=Recall(60, 48, 2, 52, 0, Estimate(11.0, 2.0, 40.0), Estimate(0.825, 0.565, 0.963)),
        usage=Usage(46, 98_000, 390_000, 21_000, 0.0821),
        relevant_everywhere=31,
        curators=(CuratorWork("hana", 8, 6, 21.5), CuratorWork("ken", 2, 4, 9.0)),
        troubles=(SourceTrouble("cs.AI+cs.CL", 12, 2, "the server answers HTTP 503"),),
        scorers=("gpt-6-luna",),
        summarizers=("gpt-6-luna",),
        rules=("learned:1",),
    )
    return replace(plain, **changes)


class MemoryAudits:
    """`ports.Audits` over a dictionary; `recorded` lists every answer."""

    def __init__(self, cards: Sequence[AuditCard] = (), report: WeeklyReport | None = None) -> None:
        self._cards = {one.candidate.number: one for one in cards}
        self._report = report or a_report()
        self.recorded: list[str] = []

    def audit_cards(self) -> Sequence[AuditCard]:
        return list(self._cards.values())

    def audit_card(self, number: int) -> AuditCard:
        if number not in self._cards:
            raise UsageError("this is no paper of the audit sample", about=str(number))
        return self._cards[number]

    def sheet(self, number: int) -> AuditSheet:
        self.audit_card(number)
        return a_sheet(*self._cards.values())

    def answer(self, number: int, curator: str, desk: str, *, belongs: bool) -> AuditCard:
        asked = self.audit_card(number)
        if asked.answer is None or asked.answer.belongs is not belongs:
            self.recorded.append(f"{number} {belongs} by {curator} at {desk}")
            said = AuditAnswer(belongs, curator, NOON, desk)
            self._cards[number] = replace(asked, answer=said, answers=asked.answers + 1)
        return self._cards[number]

    def this_week(self) -> Week:
        return self._report.week.earlier(-1)

    def reports(self, week: Week | None = None) -> Sequence[WeeklyReport]:
        return [replace(self._report, week=week or self._report.week)]
