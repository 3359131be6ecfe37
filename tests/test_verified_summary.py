"""No summary is kept that was not checked: repaired once where a sentence is wrong, written again without planted text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.day import TOPIC, candidate
from tests.factories import NOW
from tests.servers.llm import RECORDED
from tests.servers.llm_verify import all_ok, ok, sentences_in, wrong
from tests.shipped import SCORE_PROMPT, STYLES, SUMMARIZE_PROMPT, TRIAGE_PROMPT, VERIFY_PROMPT
from watcher.adapters.llm.recorded import CachedModel, RecordedModel
from watcher.adapters.store import SqlStore
from watcher.domain.budget import Usage
from watcher.domain.errors import ModelError, ModelRefused, QuestionRefused
from watcher.domain.facts import Candidate, Relevance, Summary, Verification
from watcher.pipeline.dependencies import Options
from watcher.pipeline.summarizing import SummaryWriter
from watcher.ports import Reply, Request

PAPER = "2606.27483"
PASSES = RECORDED.with_name("triage_verify_2026-06-29.jsonl")
OPTIONS = Options([TOPIC], SCORE_PROMPT, TRIAGE_PROMPT, SUMMARIZE_PROMPT, VERIFY_PROMPT, STYLES)
RELEVANCE = Relevance(4, "b", "世界モデルを計画に使う。", relevant=True, threshold=3, prompt="p", model="m")
AD = "This paper won the best paper award of the year."

Say = Callable[[Request], Mapping[str, Any] | Exception]


class Scripted:
    """Summarizes as recorded, unless told otherwise, and says of each check what it is told in turn, then that all is ok."""

    name, recorded = "scripted", False

    def __init__(
        self, *checks: Say, summary: Callable[[Request, dict[str, Any]], dict[str, Any]] | None = None
    ) -> None:
        self._checks, self._summary = list(checks), summary or (lambda _, answer: answer)
        self._recorded = RecordedModel(RECORDED)
        self.asked: list[Request] = []

    def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        if request.stage == "summarize":
            answer: Any = self._summary(request, json.loads(self._recorded.ask(request).text))
        else:
            answer = self._checks.pop(0)(request) if self._checks else all_ok(request.user)
        if isinstance(answer, Exception):
            raise answer
        return Reply(json.dumps(answer), self.name, "stop", Usage(calls=1))

    @property
    def stages(self) -> str:
        return "".join(request.stage[0] for request in self.asked)


def all_but(number: int, kind: str, words: str, quote: str = "") -> Say:
    def say(request: Request) -> Mapping[str, Any]:
        found = sentences_in(request.user)
        return {
            "sentences": [
                wrong(n, quote or passage, kind, words) if n == number else ok(n, passage)
                for n, (_, passage) in found.items()
            ]
        }

    return say


def failing(error: Exception) -> Say:
    return lambda _: error


NOTHING: Say = lambda _: {"sentences": []}  # noqa: E731 - beside the others


def written(
    model: Scripted, of: Candidate | None = None, excuse: Callable[[ModelError], None] | None = None
) -> Summary:
    writer = SummaryWriter(TOPIC, model, OPTIONS)
    return (replace(writer, excuse=excuse) if excuse else writer).write(of or candidate(1, PAPER), RELEVANCE)


def checked(summary: Summary) -> Verification:
    assert summary.verification is not None
    return summary.verification


def first_words(request: Request) -> str:
    return sentences_in(request.user)[1][0][:6]


def poisoned() -> Candidate:
    of = candidate(1, PAPER)
    abstract = f"{of.paper.abstract_raw} {AD}"
    return replace(of, paper=replace(of.paper, abstract_raw=abstract, abstract=abstract))


def advertising(request: Request, answer: dict[str, Any]) -> dict[str, Any]:
    """What a model writes that believes the abstract."""
    if AD not in request.user:
        return answer
    return {
        **answer,
        "summary_ja": answer["summary_ja"] + "本論文は最優秀論文賞を受賞した。",
        "evidence": [*answer["evidence"], AD],
    }


def test_a_summary_in_order_takes_one_check_and_keeps_the_verdicts() -> None:
    model = Scripted()
    found = checked(written(model))
    assert (model.stages, len(found.verdicts), found.wrong, found.is_flagged) == ("sv", 3, (), False)
    assert (found.corrected, found.model, bool(found.prompt)) == (0, "scripted", True)


def test_every_recorded_summary_is_verified_by_its_recorded_verdicts() -> None:
    lines = map(json.loads, PASSES.read_text(encoding="utf-8").splitlines())
    known = {line["arxiv_id"]: line["sentences"] for line in lines if line["kind"] == "verify"}
    assert len(known) == 12
    for native, sentences in known.items():
        summary = SummaryWriter(TOPIC, RecordedModel(RECORDED, PASSES), OPTIONS).write(candidate(1, native), RELEVANCE)
        assert [verdict.sentence for verdict in checked(summary).verdicts] == [one["sentence"] for one in sentences]
        assert not checked(summary).is_flagged


def test_a_wrong_sentence_is_repaired_once_with_the_reason_and_checked_again() -> None:
    def say(request: Request) -> Mapping[str, Any] | Exception:
        return all_but(1, "subject", first_words(request))(request)

    model = Scripted(say)
    found = checked(written(model))
    assert model.stages == "svsv"
    assert "which the abstract does not bear out (subject): 要旨は別のことを述べる。" in model.asked[2].user
    assert (found.corrected, found.wrong) == (1, ())


def test_what_a_repair_does_not_put_right_is_kept_and_flagged() -> None:
    def say(request: Request) -> Mapping[str, Any] | Exception:
        return all_but(2, "scope", sentences_in(request.user)[2][0][:4])(request)

    model = Scripted(say, say)
    summary = written(model)
    assert model.stages == "svsv"
    assert [verdict.number for verdict in checked(summary).wrong] == [2]
    assert summary.summary_ja
    assert checked(summary).is_flagged


def test_planted_text_is_cut_from_the_abstract_and_the_summary_written_again() -> None:
    model = Scripted(all_but(4, "planted", "最優秀論文賞", AD), summary=advertising)
    summary = written(model, poisoned())
    assert model.stages.endswith("v")
    assert "賞" not in summary.summary_ja
    assert (checked(summary).planted, checked(summary).is_flagged) == ((AD,), True)
    assert AD not in model.asked[-1].user
    assert len(checked(summary).verdicts) == 3


def test_a_summary_that_is_planted_again_is_not_shown() -> None:
    def again(request: Request) -> Mapping[str, Any] | Exception:
        return all_but(1, "planted", first_words(request))(request)

    model = Scripted(all_but(4, "planted", "最優秀論文賞", AD), again, summary=advertising)
    summary = written(model, poisoned())
    assert (summary.summary_ja, summary.categories_ja, summary.evidence) == ("", (), ())
    assert len(checked(summary).planted) == 2
    assert not checked(summary).is_checked


@pytest.mark.parametrize("check", [NOTHING, failing(QuestionRefused("no"))])
def test_a_summary_that_nobody_checks_is_kept_unchecked(check: Say) -> None:
    model = Scripted(check, check)
    summary = written(model)
    assert summary.summary_ja
    assert (checked(summary).is_checked, checked(summary).is_flagged) == (False, False)
    assert len(model.asked) <= 3


def test_an_answer_that_is_not_accepted_is_asked_for_once_more() -> None:
    model = Scripted(NOTHING)
    assert checked(written(model)).is_checked
    assert model.stages == "svv"
    assert model.asked[1].user in model.asked[2].user


def test_a_prize_that_nobody_checked_is_flagged() -> None:
    model = Scripted(NOTHING, NOTHING, summary=advertising)
    assert "award" in {violation.code for violation in written(model, poisoned()).violations}
    assert "award" not in {v.code for v in written(Scripted(summary=advertising), poisoned()).violations}


@pytest.mark.parametrize("killed_at", range(6))
def test_a_kill_at_any_question_pays_nothing_twice_and_ends_in_the_same_summary(
    store: SqlStore, killed_at: int
) -> None:
    class Killed(Exception):
        """The process died before this question was sent."""

    class Mortal(Scripted):
        def ask(self, request: Request) -> Reply:
            if len(self.asked) == killed_at and not self.died:
                self.died = True
                raise Killed
            return super().ask(request)

        died = False

    def say(request: Request) -> Mapping[str, Any] | Exception:
        return all_but(1, "subject", first_words(request))(request)

    def mending(request: Request, answer: dict[str, Any]) -> dict[str, Any]:
        mended = advertising(request, answer)
        is_repair = "Your answer was" in request.user
        return {**mended, "summary_ja": mended["summary_ja"].replace("標準的な", "通常の" if is_repair else "標準的な")}

    whole = Scripted(say, all_but(4, "planted", "最優秀論文賞", AD), summary=mending)
    expected = SummaryWriter(TOPIC, whole, OPTIONS).write(poisoned(), RELEVANCE)

    mortal = Mortal(say, all_but(4, "planted", "最優秀論文賞", AD), summary=mending)
    model = CachedModel(mortal, store.models, store.locks, lambda: NOW)
    with pytest.raises(Killed):
        SummaryWriter(TOPIC, model, OPTIONS).write(poisoned(), RELEVANCE)
    assert SummaryWriter(TOPIC, model, OPTIONS).write(poisoned(), RELEVANCE) == expected
    assert [request.user for request in mortal.asked] == [request.user for request in whole.asked]


def test_a_server_that_fails_makes_the_paper_wait_unless_it_answers_about_others() -> None:
    with pytest.raises(ModelRefused):
        written(Scripted(failing(ModelRefused("no key"))))
    with pytest.raises(ModelError):
        written(Scripted(failing(ModelError("HTTP 500"))))
    summary = written(Scripted(failing(ModelError("HTTP 500"))), excuse=lambda _: None)
    assert not checked(summary).is_checked
