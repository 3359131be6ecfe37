"""Every window, digest and reminder as Block Kit: valid for all real papers, inert for hostile ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.audits import a_sheet, an_audit_card
from tests.block_kit import message_faults, view_faults
from tests.cards import card, decided, form, over_real_papers, real_papers, recorded_digest, summarized
from tests.fakes import NOON
from tests.hostile import HOSTILE, everywhere
from tests.servers.slack import HANA
from watcher.adapters.desks.slack.messages.card import card_message, question_message
from watcher.adapters.desks.slack.messages.digest import digest_message, reminder_message
from watcher.adapters.desks.slack.messages.modal import (
    Editing,
    conflict_note,
    edit_view,
    evidence_blocks,
    hint_note,
    loading_view,
    look_view,
    message_view,
    reason_view,
    related_blocks,
)
from watcher.adapters.desks.slack.messages.reviews import audit_message
from watcher.domain.curation.card import Borderline, Card, Decided, Overdue, Reminder
from watcher.domain.curation.reactions import Question
from watcher.domain.curation.recall import AT_ONCE
from watcher.domain.curation.related import Related
from watcher.domain.facts import Cells, Revision, Screening, Verdict, Violation
from watcher.domain.papers.paper import Paper
from watcher.words_ja import common
from watcher.words_ja import slack as words
from watcher.words_ja.slack import EVIDENCE, SIMILAR


@pytest.mark.endurance
@over_real_papers
@pytest.mark.parametrize("window", ["edit", "evidence", "related", "reason"])
def test_all_real_papers_make_valid_windows(window: str, papers: Callable[[], tuple[Paper, ...]]) -> None:
    make: dict[str, Callable[[Paper], dict[str, Any]]] = {
        "edit": lambda p: form(card(of=p)),
        "evidence": lambda p: look_view(EVIDENCE, evidence_blocks(quoting(p))),
        "related": lambda p: look_view(SIMILAR, related_blocks([as_related(p)], "n", "none")),
        "reason": lambda p: reason_view(decided(Verdict.REJECT, card(of=p)), "C1/1.2"),
    }
    faults = {p.id.native: found for p in papers() if (found := view_faults(make[window](p)))}

    assert faults == {}


@pytest.mark.endurance
@over_real_papers
def test_all_real_papers_make_valid_digests_and_reminders(papers: Callable[[], tuple[Paper, ...]]) -> None:
    every = papers()
    days = [every[start : start + 150] for start in range(0, len(every), 150)]
    for day in days:
        found = tuple(Borderline(p.title, p.url, 3 + n % 2, p.abstract) for n, p in enumerate(day))
        overdue = tuple(Overdue(p.title, p.url, 3, NOON, put_off=False) for p in day)
        digest = replace(
            recorded_digest(), found=found, borderline=found, decided=(Decided("hana (U01HANA)", 3, 2, 1),)
        )
        assert message_faults(*digest_message(digest)) == []
        assert message_faults(*reminder_message(Reminder(digest.day, "t", 3, overdue))) == []
    assert len(days) == (59 if papers is real_papers else 4)


@pytest.mark.endurance
@over_real_papers
def test_all_real_papers_make_valid_audits_questions_and_cards_with_a_thread(
    papers: Callable[[], tuple[Paper, ...]],
) -> None:
    every = papers()
    faults = [fault for paper in every for made in around(paper) for fault in message_faults(*made)]
    weeks = [every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE)]
    for week in weeks:
        sheet = a_sheet(*(an_audit_card(n, paper, line_ja=paper.title) for n, paper in enumerate(week)))
        faults += message_faults(*audit_message(sheet))

    assert faults == []


def around(of: Paper) -> list[tuple[list[dict[str, Any]], str]]:
    """What stands around a paper's card: the card that is discussed and that is put off, and questions to its person,
    without the mention that each begins with.
    """
    shown = card(of=of)
    put_off = decided(Verdict.LATER, shown)
    put_off = replace(put_off, decision=put_off.decision and replace(put_off.decision, until=NOON.date()))
    asked = [
        question_message(Question(1, shown.candidate, HANA, f"{of.title} ({HANA})", (of.title, "x"), outcome))
        for outcome in words.REACTION_QUESTION
    ]
    mention = f"<@{HANA}> "
    unmentioned = [
        ([{**b, "text": {**b["text"], "text": b["text"]["text"].removeprefix(mention)}} for b in blocks],
         text.removeprefix(mention))
        for blocks, text in asked
    ]  # fmt: skip
    return [card_message(replace(shown, replies=12)), card_message(put_off), *unmentioned]


def quoting(of: Paper) -> Card:
    """A card whose evidence is the paper's title and the first half of its abstract."""
    shown = card(of=of)
    evidence = (of.title, of.abstract[: len(of.abstract) // 2])
    seen = Screening(passed=True, groups=(), keywords=(of.title,), priority=0, probability=0.5, rule="r")
    return replace(shown, summary=replace(summarized(shown), evidence=evidence), screening=seen)


def as_related(of: Paper) -> Related:
    return Related(of.title, of.url, of.authors, of.year, 7, 0, Verdict.REJECT, 0.2)


@pytest.mark.endurance
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_stays_inert_in_every_window(text: str) -> None:
    shown = everywhere(text)
    change = Revision("venue", text, text, text, NOON)
    note = conflict_note([change] * 40)
    hints = hint_note([Violation("number", text)] * 40)
    editing = Editing(1, 0, "C1/1.2")
    related = [Related(text, "https://arxiv.org/abs/1", (text,) * 9, None, 1, 0, None, 0.5)] * 8

    assert view_faults(edit_view(shown, editing, text, shown.cells, [note, hints])) == []
    assert view_faults(look_view(EVIDENCE, evidence_blocks(quoting(shown.candidate.paper)))) == []
    assert view_faults(look_view(EVIDENCE, evidence_blocks(shown))) == []
    assert view_faults(look_view(SIMILAR, related_blocks(related, "n", "none"))) == []
    rejected = decided(Verdict.REJECT, shown)
    rejected = replace(rejected, decision=rejected.decision and replace(rejected.decision, reason=text))
    assert view_faults(reason_view(rejected, "C1/1.2")) == []
    assert message_faults(*reminder_message(Reminder(NOON.date(), "t", 3, (overdue(text),) * 60))) == []
    assert [message_faults(*made) for made in around(shown.candidate.paper)] == [[]] * (
        2 + len(words.REACTION_QUESTION)
    )


def overdue(title: str) -> Overdue:
    return Overdue(title, "https://arxiv.org/abs/2606.27483", 4, NOON, put_off=True)


def test_a_brief_digest_is_one_calm_line() -> None:
    blocks, text = digest_message(replace(recorded_digest(), relevant=0, cards=0, borderline=(), brief=True))

    assert len(blocks) == 1
    assert "該当なし" in text
    assert message_faults(blocks, text) == []


def test_the_digest_counts_in_one_line_and_says_who_decided() -> None:
    shown = json.dumps(
        digest_message(replace(recorded_digest(), relevant=0, decided=(Decided("hana (U01HANA)", 2, 0, 1),)))[0],
        ensure_ascii=False,
    )

    assert "202件中0件が該当（採点138件）" in shown
    assert "hana　追加 2 · あとで 1" in shown
    assert "U01HANA" not in shown


def test_a_long_day_is_grouped_by_score_and_a_short_one_is_not() -> None:
    papers = tuple(Borderline(f"P{n}", "https://arxiv.org/abs/2606.27483", 4 - n % 2, "") for n in range(20))
    digest = replace(recorded_digest(), found=papers)

    assert "*関連度 4*　10件" in json.dumps(digest_message(digest, 15)[0], ensure_ascii=False)
    assert "関連度 4" not in json.dumps(digest_message(digest, 20)[0], ensure_ascii=False)


@pytest.mark.parametrize(
    "view",
    [
        form(card()),
        form(card(cells=Cells(*["<!channel> *x*" * 400] * 7))),
        form(card(cells=Cells(*[""] * 7))),
        loading_view(common.EDIT_TITLE),
        message_view(words.EDIT_GONE),
    ],
)
def test_every_form_is_valid_block_kit(view: dict[str, Any]) -> None:
    assert view_faults(view) == []
