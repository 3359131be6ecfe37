"""Make cards: plain ones, the real ones of 2026-06-29 with recorded replies, and one for any paper."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from watcher.adapters.desks.slack.messages.modal import Editing, edit_view
from watcher.domain.budget import Usage
from watcher.domain.curation.card import Borderline, Card, Digest
from watcher.domain.facts import Candidate, Decision, Handover, HandoverCause, Relevance, Summary, Verdict
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.papers.paper import AnnounceType, Paper, PaperId
from watcher.domain.summaries.cells import cells_of

_DATA = Path(__file__).parent / "data"
_TOPIC = "llm-x-world-models"
MORNING = datetime(2026, 6, 29, 4, 5, tzinfo=UTC)
"""13:05 in Tokyo, when arXiv's day is out."""


def paper(**changes: Any) -> Paper:
    """A paper with nothing odd about it."""
    title = "Language Models as World Models"
    plain = Paper(
        id=PaperId("arxiv", "2606.27483"),
        version=1,
        title_raw=title,
        abstract_raw="We study world models.",
        authors_raw="Ada Lovelace, Alan Turing",
        title=title,
        abstract="We study world models.",
        authors=("Ada Lovelace", "Alan Turing"),
        categories=("cs.CL", "cs.AI"),
        url="https://arxiv.org/abs/2606.27483",
        published=date(2026, 6, 25),
    )
    return replace(plain, **changes)


def card(number: int = 1, of: Paper | None = None, **changes: Any) -> Card:
    """An open card of a paper, scored 4."""
    shown = of or paper()
    summary = Summary("言語モデルが環境の状態遷移を予測できるかを調べた研究である。", ("世界モデル",), (), (), "p", "m")
    plain = Card(
        candidate=Candidate(number, _TOPIC, shown, AnnounceType.NEW, MORNING),
        relevance=Relevance(
            score=4,
            criterion="a",
            reason_ja="言語モデルを世界モデルとして使うことが主題である。",
            relevant=True,
            threshold=3,
            prompt="p",
            model="m",
            label="世界モデルとして使う",
        ),
        summary=summary,
        cells=cells_of(shown, summary),
    )
    return replace(plain, **changes)


def scored(of: Card) -> Relevance:
    """The score of a card that has one."""
    assert of.relevance is not None
    return of.relevance


def summarized(of: Card) -> Summary:
    """The summary of a card that has one."""
    assert of.summary is not None
    return of.summary


def unanswered(
    number: int = 1, stage: str = "score", cause: HandoverCause = HandoverCause.REFUSED, **changes: Any
) -> Card:
    """A card about which no model answers at a stage."""
    plain = card(number)
    found = Handover(stage, cause, "HTTP 400: Content Exists Risk", MORNING)
    relevance = None if stage == "score" else plain.relevance
    cells = cells_of(plain.candidate.paper, None)
    return replace(plain, **{"relevance": relevance, "summary": None, "cells": cells, "handover": found, **changes})


def form(of: Card | None = None, ref: str = "C1/1.2") -> dict[str, Any]:
    """The edit form of a card, as Slack shows it first."""
    shown = of or card()
    return edit_view(shown, Editing(shown.candidate.number, shown.revision, ref), "| **26. Title** | 概要 |")


def decided(verdict: Verdict, of: Card | None = None, **changes: Any) -> Card:
    """A card that hana has decided."""
    return replace(of or card(), decision=Decision(verdict, "hana (U01HANA)", MORNING, "slack"), **changes)


@cache
def real_papers() -> tuple[Paper, ...]:
    """The 8,841 papers announced from 2026-06-15 to 2026-07-03."""
    with gzip.open(_DATA / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz", "rt", encoding="utf-8") as lines:
        return tuple(_real_paper(json.loads(line)) for line in lines)


def some_real_papers() -> tuple[Paper, ...]:
    """Every 20th of them, and the 50 longest."""
    longest = sorted(real_papers(), key=lambda p: -len(p.title_raw + p.abstract_raw + p.authors_raw))[:50]
    return tuple(dict.fromkeys((*real_papers()[::20], *longest)))


over_real_papers = pytest.mark.parametrize(
    "papers",
    [
        pytest.param(some_real_papers, id="some"),
        pytest.param(real_papers, id="all", marks=pytest.mark.figure),
    ],
)
"""For a test of every real paper: of some of them; benchmarks/real_papers.py takes all. `papers` gives them."""


def _real_paper(row: dict[str, Any]) -> Paper:
    return Paper(
        id=PaperId("arxiv", row["arxiv_id"]),
        version=row["version"],
        title_raw=row["title"],
        abstract_raw=row["abstract"],
        authors_raw=", ".join(row["authors"]),
        title=row["title"],
        abstract=row["abstract"],
        authors=tuple(row["authors"]),
        categories=tuple(row["categories"]),
        url=f"https://arxiv.org/abs/{row['arxiv_id']}",
        published=date.fromisoformat(row["published"][:10]),
        journal_ref=row["journal_ref"],
        comment=row["comment"],
    )


def recorded_cards() -> list[Card]:
    """The papers of 2026-06-29 with a recorded summary as cards, best score first."""
    replies = _recorded()
    papers = {p.id.native: p for p in real_papers() if p.id.native in replies}
    ordered = sorted(replies.values(), key=lambda reply: (-reply["score"], reply["arxiv_id"]))
    return [
        _recorded_card(number, papers[reply["arxiv_id"]], reply)
        for number, reply in enumerate(ordered, 1)
        if reply["arxiv_id"] in papers
    ]


def recorded_digest() -> Digest:
    """The digest of 2026-06-29."""
    cards = recorded_cards()
    near = [c for c in cards if not scored(c).relevant]
    return Digest(
        day=date(2026, 6, 29),
        topic=_TOPIC,
        topic_title="大規模言語モデル × 世界モデル",
        announced=202,
        screened=138,
        passed=138,
        scored=138,
        unscored=0,
        carried_over=0,
        relevant=len(cards) - len(near),
        cards=len(cards) - len(near),
        usage=Usage(calls=21, prompt_tokens=61_250, prompt_chars=245_000, completion_tokens=9_480, cost_usd=0.04),
        sources=(FeedReport("cs.AI+cs.CL", SourceState.FRESH, 202, 138),),
        borderline=tuple(
            Borderline(c.cells.title, c.candidate.paper.url, scored(c).score, scored(c).reason_ja) for c in near
        ),
        recorded_replies=True,
    )


def _recorded() -> dict[str, dict[str, Any]]:
    text = (_DATA / "replies" / "replies_2026-06-29.jsonl").read_text(encoding="utf-8")
    replies = [json.loads(line) for line in text.splitlines()]
    return {reply["arxiv_id"]: reply for reply in replies if "summary_ja" in reply}


def _recorded_card(number: int, of: Paper, reply: dict[str, Any]) -> Card:
    categories = tuple(reply["categories_ja"].split("、"))
    summary = Summary(reply["summary_ja"], categories, tuple(reply["evidence"]), (), "p", "m")
    relevance = replace(
        scored(card()),
        score=reply["score"],
        criterion=reply["criterion"],
        reason_ja=reply["reason_ja"],
        relevant=reply["score"] >= 3,
    )
    return card(number, of, relevance=relevance, summary=summary, cells=cells_of(of, summary))
