"""Fields that a catalog has beside the seven cells: filled from their sources, checked as sentences are, edited, written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.block_kit import view_faults
from tests.cards import card as a_card
from tests.day import TOPIC, candidate, papers
from tests.factories import NOW, RUN, a_relevance, a_screening, a_summary, a_topic, an_announcement
from tests.servers.llm_verify import ok, sentences_in, wrong
from tests.shipped import STYLE
from tests.test_verified_summary import OPTIONS, RELEVANCE, Say, Scripted
from watcher.adapters.catalogs.exports import EXPORTS
from watcher.adapters.catalogs.exports.source import ExportSource
from watcher.adapters.catalogs.markdown import added_to, removed_from
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.catalogs.markdown_learn import learn_shape
from watcher.adapters.desks.slack.messages.card import card_message
from watcher.adapters.desks.slack.messages.modal import PREVIEWED, Editing, edit_view, typed_cells
from watcher.adapters.desks.web import pages
from watcher.adapters.store import SqlStore
from watcher.domain.catalog.shape import FieldSource, OwnField, proposed_fields
from watcher.domain.facts import Decision, Fault, Revision, SentenceVerdict, Summary, Verdict, Verification, Violation
from watcher.domain.summaries.cells import RowContent, check_cells
from watcher.domain.summaries.style import JAPANESE
from watcher.pipeline.summarizing import SummaryWriter
from watcher.ports import Request
from watcher.settings.topics import TopicFile
from watcher.settings.values import read_model
from watcher.stages.summarize import SCHEMA
from watcher.words_ja.common import verification, violation
from watcher.words_ja.web import decided

PAPER = "2606.27483"
COMMENT = OwnField("comment", FieldSource.MODEL, "what is new, in one sentence")
TASK = OwnField("task", FieldSource.MODEL, "the task, in a few words")
FIELDS = (
    OwnField("date", FieldSource.METADATA),
    OwnField("code", FieldSource.METADATA),
    TASK,
    COMMENT,
    OwnField("keywords", FieldSource.FIGURE),
    OwnField("institution", FieldSource.NOTHING),
)
WORDS = replace(JAPANESE, fields=FIELDS)
WITH_FIELDS = replace(OPTIONS, styles={TOPIC.slug: replace(STYLE, cells=WORDS)})
WROTE = {"task": "計画", "comment": "エージェントの計画を助ける手法である。"}
LIST = """# 論文

| 論文 | 日付 | 課題 | 一言 | コード |
| --- | --- | --- | --- | --- |
| [An Older Paper](https://arxiv.org/abs/2501.00001) | 2025-01-02 | 計画 | 速い。 | [Code](https://github.com/a/b) |
| [A Newer Paper](https://arxiv.org/abs/2502.00002) | 2025-02-03 | 推論 | 小さい。 |  |
"""


def filling(*texts: Mapping[str, Any] | None) -> Scripted:
    """A model that fills the fields with each of these in turn, the last one for good."""
    left = list(texts)

    def summary(_: Request, answer: dict[str, Any]) -> dict[str, Any]:
        told = left.pop(0) if len(left) > 1 else left[0]
        return answer if told is None else {**answer, "fields": told}

    return Scripted(summary=summary)


def written(model: Scripted) -> Summary:
    return SummaryWriter(TOPIC, model, WITH_FIELDS).write(candidate(1, PAPER), RELEVANCE)


def against(field: str, words: str, kind: str = "invented") -> Say:
    """A check that finds a field wrong, and all else right."""

    def say(request: Request) -> Mapping[str, Any]:
        found = sentences_in(request.user)
        return {
            "sentences": [
                wrong(n, passage, kind, words) if text.startswith(f"[{field}]") else ok(n, passage)
                for n, (text, passage) in found.items()
            ]
        }

    return say


def test_fields_are_asked_for_with_their_prompts_and_verified_as_sentences_are() -> None:
    model = filling(WROTE)
    summary = written(model)

    question, check = model.asked
    assert '"comment": what is new, in one sentence' in question.system
    assert question.schema["properties"]["fields"]["required"] == ["task", "comment"]
    assert "[comment] エージェントの計画を助ける手法である。" in check.user
    assert "square brackets" in check.system
    assert (summary.fields, summary.violations) == (WROTE, ())
    assert summary.verification is not None
    assert [one.field for one in summary.verification.verdicts] == ["", "", "", "task", "comment"]


def test_a_topic_without_such_fields_asks_what_it_asked() -> None:
    model = Scripted()
    SummaryWriter(TOPIC, model, OPTIONS).write(candidate(1, PAPER), RELEVANCE)

    question, check = model.asked
    assert question.schema == SCHEMA
    assert "fields" not in question.system
    assert check.system == OPTIONS.verify_prompt.fill(language="Japanese")


def test_a_field_that_is_not_borne_out_is_repaired_once() -> None:
    model = filling(WROTE, {**WROTE, "comment": "計画を助ける手法である。"})
    model._checks.append(against("comment", "エージェント"))
    summary = written(model)

    assert model.stages == "svsv"
    assert "comment in fields says 「エージェント」" in model.asked[2].user
    assert summary.fields["comment"] == "計画を助ける手法である。"
    assert summary.verification is not None
    assert (summary.verification.corrected, summary.verification.wrong) == (1, ())


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("精度は99.9%である。", "99.9%"),
        ("GPT-17を用いる。", "GPT-17"),
        ("a|b", "|"),
        ("長" * 201, "201/200"),
        ("https://evil.example/x を参照。", "https://evil.example/x"),
    ],
)
def test_what_the_paper_does_not_hold_is_mended_or_flagged(text: str, odd: str) -> None:
    model = filling({**WROTE, "comment": text}, WROTE)
    assert written(model).violations == ()
    assert model.stages == "ssv"

    (found,) = written(filling({**WROTE, "comment": text})).violations
    assert found.code == "field"
    assert odd in found.detail
    assert violation(found).startswith("カタログ独自の欄に")


def test_an_address_never_stays_in_a_field() -> None:
    summary = written(filling({**WROTE, "comment": "https://evil.example/x を参照。"}))
    assert summary.fields == {"task": "計画"}


@pytest.mark.parametrize("told", [None, "nothing", [], {"comment": None}, {"comment": {"a": 1}}, {"other": "x"}])
def test_an_answer_without_the_fields_is_a_summary_all_the_same(told: Any) -> None:
    summary = written(filling(told if told is None or isinstance(told, dict) else {"comment": told}))
    assert set(summary.fields) <= {"comment"}
    assert summary.summary_ja


def kept(store: SqlStore, **changes: Any) -> int:
    topic = a_topic()
    announced = an_announcement(comment="Code: https://github.com/a/Worlds")
    store.papers.announce([announced], [topic], RUN, NOW)
    (found,) = store.papers.to_screen(topic.slug, 10)
    store.papers.add_screenings([(found.number, a_screening())], RUN, NOW)
    store.scoring.add_relevances([(found.number, a_relevance())], [], RUN, NOW)
    store.summaries.add(found.number, a_summary(**{"fields": WROTE, **changes}), RUN, NOW)
    return found.number


@pytest.fixture
def filled(store: SqlStore) -> SqlStore:
    """The store of a topic whose catalog has these fields."""
    return SqlStore(store.database, {a_topic().slug: WORDS})


def test_a_card_shows_each_field_from_its_source(filled: SqlStore) -> None:
    card = filled.cards.get(kept(filled))
    assert card.cells.own == {
        "date": "2026-06-25",
        "code": "https://github.com/a/Worlds",
        "task": "計画",
        "comment": "エージェントの計画を助ける手法である。",
        "keywords": card.cells.attention,
        "institution": "",
    }
    assert ("一言", "エージェントの計画を助ける手法である。") in pages.facts(card)
    assert "一言 エージェントの計画を助ける手法である。" in str(card_message(card)[0])


def test_without_a_model_s_text_a_field_is_told_by_rule(filled: SqlStore) -> None:
    card = filled.cards.get(kept(filled, fields={}))
    assert card.cells.own["comment"] == card.cells.summary
    assert card.cells.own["task"] == ""


def test_a_curator_s_text_of_a_field_stays_and_may_be_empty(filled: SqlStore) -> None:
    number = kept(filled)
    before = filled.cards.get(number).cells
    filled.cards.revise(
        number, [Revision("task", "計画", "予測", "hana", NOW), Revision("code", before["code"], "", "hana", NOW)], 0
    )
    card = filled.cards.get(number)
    assert (card.cells["task"], card.cells["code"], card.revision) == ("予測", "", 2)
    row = RowContent.of(card.candidate.paper, card.cells)
    assert (row.fields["task"], row.fields["code"]) == ("予測", "")


def test_a_verdict_on_a_field_goes_with_its_text(filled: SqlStore) -> None:
    summary = a_summary()
    verdicts = (
        SentenceVerdict(1, summary.summary_ja),
        SentenceVerdict(2, WROTE["comment"], Fault.INVENTED, words="エージェント", field="comment"),
    )
    number = kept(filled, verification=Verification(verdicts))
    assert "一言「エージェント」は要旨と不一致" in verification(filled.cards.get(number))
    assert filled.cards.get(number).marked_summary == ((summary.summary_ja, False),)

    filled.cards.revise(number, [Revision("comment", WROTE["comment"], "直した。", "hana", NOW)], 0)
    assert verification(filled.cards.get(number)) == "✓ 要旨と照合済み"


def test_the_form_holds_the_fields_and_reads_them_back() -> None:
    card = a_card()
    card = replace(
        card, cells=replace(card.cells, own={"task": "計画", "comment": "", "code": "https://github.com/a/b"})
    )
    view = edit_view(card, Editing(1, 0, "C1/1.2"))
    assert view_faults(view) == []
    inputs = {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}
    assert inputs["comment.0"]["optional"]
    assert "optional" not in inputs["title.0"]

    values = {name: {PREVIEWED: {"value": text}} for name, text in {"comment.0": "よい。", "code.0": None}.items()}
    cells, touched = typed_cells(card, {**view, "state": {"values": values}})
    assert cells.own == {"task": "計画", "comment": "よい。", "code": ""}
    assert touched == {"comment", "code"}


def test_a_field_that_would_be_left_out_of_the_row_is_told_before() -> None:
    cells = replace(a_card().cells, own={"code": "javascript:alert(1)", "date": "soon", "comment": "x" * 401})
    found = {one.code: violation(one) for one in check_cells(cells)}
    assert set(found) == {"code_form", "date_form", "comment_long"}
    assert found["comment_long"] == "一言が長すぎます：401/400"
    assert Violation("code_form", "javascript:alert(1)") in check_cells(cells)


def test_a_row_has_its_fields_and_exports_tell_them() -> None:
    data = LIST.encode()
    shape = learn_shape(data, "list")
    told = {field.name: field.source for field in proposed_fields(shape)}
    assert told == {"date": "metadata", "code": "metadata", "task": "model", "comment": "model"}

    of = papers()[PAPER]
    own = {"date": "2026-06-25", "code": "https://github.com/a/Worlds", **WROTE}
    row = RowContent.of(of, replace(a_card(of=of).cells, authors="Sato et al.", year="2026", own=own))
    after, _ = added_to(data, row, "list", shape=shape)
    (line,) = set(after.decode().splitlines()) - set(LIST.splitlines())
    assert line.endswith(
        "| 2026-06-25 | 計画 | エージェントの計画を助ける手法である。 | [Code](https://github.com/a/Worlds) |"
    )
    assert removed_from(after, row, "list", shape=shape)[0] == data

    entry = next(one for one in read_entries(after, "list", shape).entries if one.title == of.title)
    assert entry.fields == own
    for form in ("json", "csv", "bibtex", "ris", "csl-json", "html"):
        text = form_of(form, ExportSource.of(read_entries(after, "list", shape), {}))
        assert WROTE["comment"] in text, form
        assert "github.com/a/Worlds" in text, form


def form_of(form: str, source: ExportSource) -> str:
    made = EXPORTS[form](source)
    return made if isinstance(made, str) else made.decode()


def test_a_topic_names_a_source_for_each_field() -> None:
    assert problems("comment = {source = 'model', prompt = 'what is new'}\ncode = {source = 'metadata'}") == []
    for wrong_, said in {
        "code = {source = 'model', prompt = 'the address'}": "never from a model",
        "comment = {source = 'model'}": "needs a prompt",
        "task = {source = 'nothing', prompt = 'x'}": "no other source has one",
        "colour = {source = 'nothing'}": "'colour' is none of",
        "task = {source = 'oracle'}": "Input should be",
    }.items():
        (problem,) = problems(wrong_)
        assert said in problem


def problems(fields: str, **changes: str) -> list[str]:
    found: list[str] = []
    values = {"title": "T", "categories": ["cs.CL"], "announce": ["new"], "post_at": 3, "fold_at": 2, **changes}
    groups = [{"name": "g", "priority": 0, "keywords": ["model"]}]
    read_model(TopicFile, {**values, "groups": groups, "catalog": {"fields": tomllib.loads(fields)}}, "t", found)
    return found


def test_times_are_told_in_the_time_zone_of_the_topic_s_people(store: SqlStore) -> None:
    number = kept(store)
    store.cards.decide(number, Decision(Verdict.LATER, "hana", NOW, "web"))
    for zone, told in {"Asia/Tokyo": "6月29日 13:05", "Europe/Berlin": "6月29日 06:05"}.items():
        card = SqlStore(store.database, zones={a_topic().slug: zone}).cards.get(number)
        assert told in str(card_message(card)[0])
        assert told in decided(card)
    (problem,) = problems("", timezone="Mars/Base")
    assert "no time zone is called 'Mars/Base'" in problem
