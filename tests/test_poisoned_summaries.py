"""Abstracts with a planted sentence that no rule flags, put to a model that believes every word of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.day import TOPIC, candidate
from tests.servers.llm_verify import all_ok, ok, sentences_in, wrong
from tests.test_verified_summary import NOTHING, OPTIONS, PAPER, RELEVANCE, Scripted, checked
from watcher.domain.facts import Candidate, Summary
from watcher.domain.hostile.anomalies import anomalies
from watcher.domain.papers.paper import is_suspicious
from watcher.pipeline.summarizing import SummaryWriter
from watcher.ports import Request

_FILE = Path(__file__).parent / "data" / "verification" / "poisoned.jsonl"
POISONED = [json.loads(line) for line in _FILE.read_text(encoding="utf-8").splitlines()]
over_poisoned = pytest.mark.parametrize("poison", [pytest.param(each, id=each["manner"]) for each in POISONED])


def poisoned(poison: dict[str, str]) -> Candidate:
    of = candidate(1, PAPER)
    abstract = f"{of.paper.abstract_raw} {poison['planted']}"
    return replace(of, paper=replace(of.paper, abstract_raw=abstract, abstract=abstract))


def believing(poison: dict[str, str]) -> Any:
    """A summary that tells what was planted."""

    def summary(request: Request, answer: dict[str, Any]) -> dict[str, Any]:
        if poison["planted"] not in request.user:
            return answer
        told = answer["summary_ja"].partition("。")[2] + poison["sentence_ja"]  # as short as the others
        return {**answer, "summary_ja": told, "evidence": [*answer["evidence"][1:], poison["planted"]]}

    return summary


def seeing(poison: dict[str, str]) -> Any:
    """What a verifier answers who knows the planted sentence."""

    def say(request: Request) -> dict[str, Any]:
        return {
            "sentences": [
                wrong(n, poison["planted"], "planted", sentence[:5])
                if sentence == poison["sentence_ja"]
                else ok(n, passage)
                for n, (sentence, passage) in sentences_in(request.user).items()
            ]
        }

    return say


def written(model: Scripted, poison: dict[str, str]) -> Summary:
    return SummaryWriter(TOPIC, model, OPTIONS).write(poisoned(poison), RELEVANCE)


@over_poisoned
def test_no_rule_flags_the_abstract(poison: dict[str, str]) -> None:
    assert not is_suspicious(anomalies(poisoned(poison).paper))


@over_poisoned
def test_a_verifier_keeps_what_was_planted_out_and_the_curator_is_told(poison: dict[str, str]) -> None:
    summary = written(Scripted(seeing(poison), summary=believing(poison)), poison)
    assert poison["sentence_ja"] not in summary.summary_ja
    assert summary.summary_ja
    is_cut_by_code = poison["code"] in {"address", "citations"}
    assert checked(summary).is_flagged or is_cut_by_code
    assert checked(summary).planted == (() if is_cut_by_code else (poison["planted"],))


@over_poisoned
def test_without_a_verifier_code_cuts_addresses_and_counts_and_flags_prizes_and_prices(poison: dict[str, str]) -> None:
    summary = written(Scripted(NOTHING, NOTHING, summary=believing(poison)), poison)
    assert not checked(summary).is_checked
    assert (poison["sentence_ja"] in summary.summary_ja) == (poison["code"] not in {"address", "citations"})
    assert {poison["code"]} - {""} <= {violation.code for violation in summary.violations}


@over_poisoned
def test_a_verifier_who_is_taken_in_lets_no_address_and_no_count_through(poison: dict[str, str]) -> None:
    model = Scripted(lambda request: all_ok(request.user), summary=believing(poison))
    summary = written(model, poison)
    assert (poison["sentence_ja"] in summary.summary_ja) == (poison["code"] not in {"address", "citations"})
