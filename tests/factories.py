"""Complete values to override one thing of."""

from __future__ import annotations

from typing import Any

from tests.cards import MORNING, paper
from watcher.domain.catalog.check import Evidence, FindingKind
from watcher.domain.catalog.proposals import Proposal
from watcher.domain.facts import Relevance, Screening, Summary
from watcher.domain.papers.paper import Announcement, AnnounceType, PaperId
from watcher.domain.papers.topic import KeywordGroup, Topic

NOW = MORNING
RUN = "run-1"


def a_topic(**changes: Any) -> Topic:
    values: dict[str, Any] = {
        "slug": "llm-x-world-models",
        "title": "大規模言語モデル × 世界モデル",
        "categories": frozenset({"cs.AI", "cs.CL"}),
        "announce": frozenset({AnnounceType.NEW, AnnounceType.CROSS}),
        "post_at": 3,
        "fold_at": 2,
        "groups": (
            KeywordGroup("world-model", 0, ("world model*",)),
            KeywordGroup("language-model", 2, ("language model*", "LLM")),
        ),
        "criteria": "A paper belongs when it ties a language model to a model of a world.",
    }
    return Topic(**{**values, **changes})


def an_announcement(
    native: str = "2606.27483", type_: AnnounceType = AnnounceType.NEW, feed: str = "cs.AI+cs.CL", **changes: Any
) -> Announcement:
    of = paper(id=PaperId("arxiv", native), url=f"https://arxiv.org/abs/{native}", **changes)
    return Announcement(of, type_, feed, NOW.date())


def a_screening(**changes: Any) -> Screening:
    values: dict[str, Any] = {
        "passed": True,
        "groups": ("world-model",),
        "keywords": ("world model",),
        "priority": 0,
        "probability": None,
        "rule": "keywords:1",
    }
    return Screening(**{**values, **changes})


def a_relevance(score: int = 4, **changes: Any) -> Relevance:
    values: dict[str, Any] = {
        "score": score,
        "criterion": "a",
        "reason_ja": "言語モデルを世界モデルとして使うことが主題である。",
        "relevant": score >= 3,
        "threshold": 3,
        "prompt": "p",
        "model": "m",
    }
    return Relevance(**{**values, **changes})


def a_summary(**changes: Any) -> Summary:
    values: dict[str, Any] = {
        "summary_ja": "言語モデルが環境の状態遷移を予測できるかを調べた研究である。",
        "categories_ja": ("世界モデル",),
        "evidence": (),
        "violations": (),
        "prompt": "p",
        "model": "m",
    }
    return Summary(**{**values, **changes})


def a_proposal(**changes: Any) -> Proposal:
    values: dict[str, Any] = {
        "kind": FindingKind.TITLE,
        "cell": "title",
        "before": "LLaVA: Large Language and Vision Assistant",
        "after": "Visual Instruction Tuning",
        "title": "LLaVA: Large Language and Vision Assistant",
        "evidence": Evidence("arXiv", "title", "Visual Instruction Tuning"),
        "confidence": 0.99,
        "paper": PaperId("arxiv", "2304.08485"),
        "true_title": "Visual Instruction Tuning",
        "url": "https://arxiv.org/abs/2304.08485",
    }
    return Proposal(**{**values, **changes})


def a_question(**changes: Any) -> Proposal:
    asked = {"kind": FindingKind.SUMMARY, "cell": "summary", "before": "GPT-4V", "after": None}
    return a_proposal(**{**asked, **changes})
