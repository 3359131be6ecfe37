from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.day import TOPIC, candidate, papers
from tests.servers import llm
from tests.servers.llm import RECORDED, LlmServer
from tests.shipped import STYLE
from tests.shipped import SUMMARIZE_PROMPT as PROMPT
from watcher.adapters.llm.openai import OpenAIModel
from watcher.adapters.llm.recorded import RecordedModel
from watcher.domain.errors import BadReply, ModelError, QuestionRefused
from watcher.domain.facts import Relevance, Summary
from watcher.ports import LanguageModel, Request
from watcher.stages.summarize import summarize

PAPER = "2606.27483"
RELEVANCE = Relevance(
    score=4, criterion="b", reason_ja="世界モデルを計画に使う。", relevant=True, threshold=3, prompt="p", model="m"
)


def summary_by(model: LanguageModel, arxiv_id: str = PAPER, attempt: int = 0) -> Summary:
    return summarize(candidate(1, arxiv_id), RELEVANCE, TOPIC, model, PROMPT, STYLE, attempt)


def changed(**changes: Any) -> llm.Behavior:
    return llm.Behavior(say=lambda answer: json.dumps({**answer, **changes}))


def replacing(old: str, new: str) -> llm.Behavior:
    return llm.Behavior(say=lambda answer: llm.honest({**answer, "summary_ja": answer["summary_ja"].replace(old, new)}))


SUMMARIZED = [
    reply["arxiv_id"]
    for reply in map(json.loads, RECORDED.read_text(encoding="utf-8").splitlines())
    if "summary_ja" in reply
]


@pytest.mark.parametrize("arxiv_id", SUMMARIZED)
def test_a_checked_recorded_summary_breaks_no_rule(arxiv_id: str) -> None:
    summary = summary_by(RecordedModel(RECORDED), arxiv_id)
    assert summary.violations == ()
    assert 1 <= len(summary.categories_ja) <= 3


def test_a_summary_in_order_takes_one_call_and_keeps_what_made_it(server: LlmServer, model: OpenAIModel) -> None:
    summary = summary_by(model)
    assert summary.summary_ja.startswith("標準的なLLMエージェントは")
    assert summary.categories_ja == ("LLMモデルベース計画", "強化学習")
    assert len(summary.evidence) == 3
    assert (summary.violations, summary.model, server.calls) == ((), "test-model", 1)
    assert summary.prompt


def test_the_question_holds_style_and_terms_first_and_the_paper_last(server: LlmServer, model: OpenAIModel) -> None:
    summary_by(model)
    system, user = (message["content"] for message in server.asked[0].body["messages"])
    assert STYLE.guide in system
    assert "、".join(STYLE.terms) in system
    assert TOPIC.title in system
    assert papers()[PAPER].title_raw in user
    assert PAPER not in system


def test_a_summary_that_breaks_rules_is_repaired_once_with_the_rules_named(
    server: LlmServer, model: OpenAIModel
) -> None:
    server.script(replacing("提案。", "GPT-9で98%提案しました。"))
    assert summary_by(model).violations == ()
    first, second = (asked.body["messages"] for asked in server.asked)
    assert first[0] == second[0]
    assert second[1]["content"].startswith(first[1]["content"])
    assert "do not state these numbers: 98%" in second[1]["content"]
    assert "do not hold these names in this spelling: GPT-9" in second[1]["content"]
    assert "polite forms (ました)" in second[1]["content"]


def test_what_a_repair_cannot_mend_stays_on_the_summary(server: LlmServer, model: OpenAIModel) -> None:
    server.always(replacing("三段階", "42段階"))
    summary = summary_by(model)
    assert [(violation.code, violation.detail) for violation in summary.violations] == [("number", "42")]
    assert server.calls == 2


def test_a_repair_that_makes_things_worse_is_not_kept(server: LlmServer, model: OpenAIModel) -> None:
    server.script(replacing("三段階", "42段階"), changed(summary_ja="Much better."))
    assert [violation.code for violation in summary_by(model).violations] == ["number"]


@pytest.mark.parametrize(
    "behavior",
    [llm.BROKEN, llm.TRUNCATED, changed(summary_ja=None), changed(summary_ja="長" * 2001)],
)
def test_an_unreadable_answer_is_asked_for_again(server: LlmServer, model: OpenAIModel, behavior: llm.Behavior) -> None:
    server.script(behavior)
    assert summary_by(model).violations == ()
    assert "not the one whole JSON object" in server.asked[1].body["messages"][1]["content"]


def test_a_refused_paper_is_not_asked_about_twice(server: LlmServer, model: OpenAIModel) -> None:
    server.script(llm.REFUSING)
    with pytest.raises(QuestionRefused, match="I cannot help"):
        summary_by(model)
    assert server.calls == 1


@pytest.mark.parametrize("repair", [llm.BROKEN, llm.REFUSING])
def test_an_unreadable_or_refused_repair_leaves_the_first_answer_flagged(
    server: LlmServer, model: OpenAIModel, repair: llm.Behavior
) -> None:
    server.script(replacing("三段階", "42段階"), repair)
    assert [violation.code for violation in summary_by(model).violations] == ["number"]


def test_two_unreadable_answers_raise_and_name_the_paper(server: LlmServer, model: OpenAIModel) -> None:
    server.always(llm.BROKEN)
    with pytest.raises(BadReply, match=PAPER):
        summary_by(model)
    assert server.calls == 2


def test_a_failing_server_is_not_taken_for_a_bad_answer(server: LlmServer, model: OpenAIModel) -> None:
    server.always(llm.failing(500))
    with pytest.raises(ModelError):
        summary_by(model)


def test_every_call_is_a_new_question_for_the_reply_log() -> None:
    class Listening(RecordedModel):
        def ask(self, request: Any) -> Any:
            asked.append((request.user, request.attempt))
            return replace(super().ask(request), text="{}")

    asked: list[tuple[str, int]] = []
    for attempt in (0, 1):
        with pytest.raises(BadReply):
            summary_by(Listening(RECORDED), attempt=attempt)
    assert len(set(asked)) == 4


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("心の理論、強化学習", ("心の理論", "強化学習")),
        (["心の理論、強化学習"], ("心の理論", "強化学習")),
        (["心の理論", " 心の理論 "], ("心の理論",)),
        ([" ＬＬＭ推論強化 "], ("LLM推論強化",)),
    ],
)
def test_categories_come_out_as_separate_terms(
    server: LlmServer, model: OpenAIModel, given: Any, kept: tuple[str, ...]
) -> None:
    server.script(changed(categories_ja=given))
    assert summary_by(model).categories_ja == kept


def test_full_width_letters_and_line_breaks_are_put_right_without_a_repair(
    server: LlmServer, model: OpenAIModel
) -> None:
    spread = llm.Behavior(
        say=lambda answer: llm.honest(
            {**answer, "summary_ja": answer["summary_ja"].replace("LLM", "ＬＬＭ").replace("。", "。\n")}
        )
    )
    server.script(spread)
    summary = summary_by(model)
    assert summary.summary_ja.startswith("標準的なLLMエージェントは")
    assert "\n" not in summary.summary_ja
    assert server.calls == 1


def test_a_character_no_database_can_keep_is_replaced_and_flagged(server: LlmServer, model: OpenAIModel) -> None:
    server.always(
        llm.Behavior(say=lambda answer: json.dumps({**answer, "summary_ja": answer["summary_ja"] + "\ud800"}))
    )
    summary = summary_by(model)
    assert summary.summary_ja.encode()
    assert "markup" in [violation.code for violation in summary.violations]


def test_the_reply_itself_can_always_be_kept(server: LlmServer, model: OpenAIModel) -> None:
    server.script(llm.saying('{"summary_ja": "\ud800"}'))
    assert model.ask(Request("summarize", "", "arXiv:1", "summary", {})).text.encode()


@pytest.mark.parametrize(
    ("added", "code"), [("詳しくはgithub.com/a/bを見よ。", "address"), ("既に900回引用された。", "citations")]
)
def test_a_sentence_with_an_address_or_a_citation_count_never_enters_a_summary(
    server: LlmServer, model: OpenAIModel, added: str, code: str
) -> None:
    honest = summary_by(model)
    server.always(llm.Behavior(say=lambda answer: json.dumps({**answer, "summary_ja": answer["summary_ja"] + added})))
    summary = summary_by(model, attempt=1)
    assert summary.summary_ja == honest.summary_ja
    assert code in {violation.code for violation in summary.violations}


def test_a_summary_of_nothing_but_addresses_is_none(server: LlmServer, model: OpenAIModel) -> None:
    server.always(changed(summary_ja="詳しくはgithub.com/a/bを見よ。"))
    with pytest.raises(BadReply, match="every sentence"):
        summary_by(model)
