"""Labeled papers put to a model: what is measured of its triage, its scores and its verification."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.judgement.world import LATER, STARTER, deployed, write
from tests.servers.llm_triage import honest_to
from tests.servers.llm_verify import ok, sentences_in, wrong
from watcher.bootstrap import Watcher
from watcher.domain.budget import Usage
from watcher.domain.errors import QuestionRefused
from watcher.pipeline.dependencies import Dependencies
from watcher.ports import Reply, Request
from watcher.training.files import Announced, read_papers
from watcher.training.trial import Trial, put_to_triage, score_and_verify

BELONGING = frozenset(one.paper for one in LATER if one.belongs)
MISSED, VAIN = min(BELONGING), min({one.paper for one in LATER} - BELONGING)
TITLES = {one.title: one.paper for one in LATER}


class Knowing:
    """`ports.LanguageModel`: knows what belongs, misses one paper in triage and names one in vain; a sentence about another
    paper is named by its verification. `refuses` tells which questions of triage it refuses.
    """

    name, recorded = "knowing", False

    def __init__(self, refuses: int = 1000) -> None:
        self._refuses = refuses
        self.asked: list[Request] = []

    def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        lines = request.user.count("\n") - 1
        if request.stage == "triage" and lines >= self._refuses:
            raise QuestionRefused("too long")
        return Reply(json.dumps(self._answer(request), ensure_ascii=False), self.name, "stop", Usage(calls=1))

    def _answer(self, request: Request) -> dict[str, Any]:
        ids = re.findall(r"^arXiv:(\S+)$", request.user, re.MULTILINE)
        if request.stage == "triage":
            return honest_to(request.system, request.user, self._names)
        if request.stage == "score":
            scores = {native: 4 * (f"arxiv:{native}" in BELONGING) for native in ids}
            return {
                "papers": [
                    {"arxiv_id": native, "score": score, "criterion": "a", "reason_ja": "主題による。"}
                    for native, score in scores.items()
                ]
            }
        title = re.findall(r"^Title: (.+)$", request.user, re.MULTILINE)[0]
        if request.stage == "verify":
            said = sentences_in(request.user)
            return {"sentences": [self._verdict(n, sentence, quote, title) for n, (sentence, quote) in said.items()]}
        summary = f"言語モデルが他者の信念をどう扱うかを調べた研究である。本研究は{title}を主題とする。"
        return {"summary_ja": summary, "categories_ja": ["認知"], "evidence": [title, title]}

    @staticmethod
    def _verdict(number: int, sentence: str, quote: str, title: str) -> dict[str, Any]:
        foreign = "を主題とする" in sentence and title not in sentence
        return wrong(number, quote, "invented", sentence) if foreign else ok(number, quote)

    @staticmethod
    def _names(line: str) -> bool:
        key = TITLES[line.partition(" :: ")[0]]
        return key == VAIN or (key in BELONGING and key != MISSED)


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, Announced]:
    return read_papers(write(tmp_path / "papers.jsonl", LATER))[0]


@pytest.fixture
def model() -> Knowing:
    return Knowing()


@pytest.fixture
def deps(tmp_path: Path, model: Knowing) -> Iterator[Dependencies]:
    watcher = Watcher(deployed(tmp_path, STARTER), model=model, enrichers=())
    yield watcher.pipeline.deps
    watcher.close()


def test_triage_is_measured_on_what_it_names(deps: Dependencies, papers: dict[str, Announced], model: Knowing) -> None:
    trial = Trial()
    put_to_triage(trial, deps.options.topics[0], deps, papers)

    assert (trial.lines, trial.unread, len(model.asked)) == (40, 0, 1)
    assert trial.forward == BELONGING - {MISSED} | {VAIN}


def test_a_question_that_is_refused_is_put_in_halves_and_what_stays_unread_goes_on(
    deps: Dependencies, papers: dict[str, Announced], model: Knowing
) -> None:
    trial = Trial()
    model._refuses = 21
    put_to_triage(trial, deps.options.topics[0], deps, papers)
    assert (trial.unread, len(model.asked)) == (0, 3)

    model._refuses, refused = 2, Trial()
    put_to_triage(refused, deps.options.topics[0], deps, dict(list(papers.items())[:30]))
    assert (refused.unread, len(refused.forward)) == (30, 30)


def test_too_few_for_a_question_go_on(deps: Dependencies, papers: dict[str, Announced], model: Knowing) -> None:
    trial = Trial()
    put_to_triage(trial, deps.options.topics[0], deps, dict(list(papers.items())[:19]))

    assert (trial.lines, len(trial.forward), model.asked) == (0, 19, [])


def test_scores_and_verification_are_measured_and_the_same_trial_is_paid_once(
    deps: Dependencies, papers: dict[str, Announced], model: Knowing
) -> None:
    trial, topic = Trial(), deps.options.topics[0]
    score_and_verify(trial, topic, deps, papers, BELONGING)

    assert {key for key, relevant in trial.relevant.items() if relevant} == BELONGING
    assert (trial.unscored, len(trial.relevant)) == (0, 40)
    assert (trial.verified.sound, trial.verified.faulty, trial.verified.unchecked) == (len(BELONGING), 0, 0)
    assert trial.verified.planted == trial.verified.named == len(BELONGING)
    asked = len(model.asked)
    score_and_verify(Trial(), topic, deps, papers, BELONGING)
    assert len(model.asked) == asked
