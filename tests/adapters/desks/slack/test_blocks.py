"""Cards and digests as Block Kit: valid within every limit for real and hostile papers, and true to the facts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.block_kit import message_faults
from tests.cards import (
    MORNING,
    card,
    decided,
    over_real_papers,
    paper,
    real_papers,
    recorded_cards,
    recorded_digest,
    scored,
    summarized,
)
from tests.fakes import NOON
from tests.hostile import HOSTILE, everywhere
from watcher.adapters.desks.slack.messages.card import bare_card_message, card_message
from watcher.adapters.desks.slack.messages.digest import bare_digest_message, digest_message
from watcher.domain.curation.card import Borderline, Card, Decided, Digest
from watcher.domain.facts import (
    CatalogRow,
    Notice,
    NoticeKind,
    RowChange,
    Verdict,
    Violation,
)
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.papers.paper import Paper, PaperId
from watcher.words_ja import common
from watcher.words_ja import slack as words


def states(of: Card) -> list[Card]:
    """The card in every state it can have."""
    row = CatalogRow(RowChange.ADDED, 26, "a1b2c3d4", NOON)
    return [
        of,
        decided(Verdict.LATER, of),
        decided(Verdict.REJECT, of),
        decided(Verdict.APPROVE, of),
        decided(Verdict.APPROVE, of, row=row),
        decided(Verdict.APPROVE, of, row=replace(row, change=RowChange.PRESENT, commit="")),
        decided(Verdict.UNDO, of, row=row),
    ]


def seen(of: Card) -> str:
    """All text of the card's blocks."""
    return json.dumps(card_message(of)[0], ensure_ascii=False)


def actions(of: Card) -> list[str]:
    """The buttons of a card."""
    blocks = card_message(of)[0]
    elements = [e for b in blocks for e in (*b.get("elements", []), b.get("accessory", {}))]
    return [e["action_id"] for e in elements if "action_id" in e]


@pytest.mark.endurance
@over_real_papers
def test_all_real_papers_make_valid_cards(papers: Callable[[], tuple[Paper, ...]]) -> None:
    faults = {
        p.id.native: found for n, p in enumerate(papers()) if (found := message_faults(*card_message(card(n, p))))
    }

    assert faults == {}


@pytest.mark.endurance
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_stays_inert_and_within_limits_in_every_state(text: str) -> None:
    for shown in states(everywhere(text)):
        assert message_faults(*card_message(shown)) == []
        assert message_faults(*bare_card_message(shown)) == []


@pytest.mark.endurance
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_stays_inert_in_the_digest(text: str) -> None:
    digest = replace(
        recorded_digest(),
        topic_title=text or "t",
        sources=tuple(FeedReport(text, state, 10, 5, text) for state in SourceState) * 10,
        borderline=(
            *(Borderline(text, "https://arxiv.org/abs/2606.27483", 2, text),) * 60,
            *(Borderline(text, "https://arxiv.org/abs/2606.27483", 0, text, 0.99),) * 60,
        ),
        failures=(text,) * 60,
        notices=(a_notice(title=text, before=text),) * 60,
        unscored=3,
        found=(Borderline(text, "https://arxiv.org/abs/2606.27483", 4, text),) * 60,
        links={"https://arxiv.org/abs/2606.27483": text},
        decided=(Decided(text, 1, 2, 3),) * 60,
    )

    assert message_faults(*digest_message(digest)) == []
    assert message_faults(*bare_digest_message(digest)) == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://arxiv.org/abs/1|x>", "http://arxiv.org", "https://a b"]
)
def test_only_a_plain_https_address_becomes_a_link(url: str) -> None:
    blocks, _ = card_message(card(of=paper(url=url)))

    assert blocks[0]["text"]["text"] == "*Language Models as World Models*"


def test_the_text_for_screen_readers_holds_title_id_score_and_summary() -> None:
    shown = recorded_cards()[0]
    _, text = card_message(shown)

    assert shown.cells.title in text
    assert "arxiv:2606.27406" in text
    assert "関連度4" in text
    assert shown.cells.summary in text


def test_a_card_shows_what_a_curator_needs_to_decide() -> None:
    shown = recorded_cards()[0]
    text = seen(shown)

    for part in (shown.cells.summary, scored(shown).reason_ja, scored(shown).label, "Egor Bogomolov", "cs.AI, cs.SE"):
        assert part in text
    assert "関連度 *4* / 4" in text
    assert shown.cells.venue in text


def test_many_authors_are_counted() -> None:
    assert "A A, B B, C C ほか2名" in seen(card(of=paper(authors=("A A", "B B", "C C", "D D", "E E"))))


def test_broken_style_rules_and_odd_texts_are_marked_as_warnings() -> None:
    plain = card()
    flagged = replace(
        plain,
        summary=replace(summarized(plain), violations=(Violation("number", "98.6%"),)),
        candidate=replace(plain.candidate, anomalies=("long_abstract",)),
    )

    assert words.CHECK not in seen(plain)
    assert words.CHECK in seen(flagged)
    assert "98.6%" in seen(flagged)
    assert "1,920字" in seen(flagged)


def test_an_open_card_offers_all_verdicts_and_a_decided_one_only_its_undoing() -> None:
    assert [actions(shown) for shown in states(card())] == [
        ["approve", "reject", "edit", "later", "more"],
        ["approve", "reject", "edit", "until", "more"],
        ["undo", "reason", "more"],
        ["undo", "more"],
        ["undo", "more"],
        ["undo", "more"],
        ["approve", "reject", "edit", "later", "more"],
    ]


def test_buttons_carry_candidate_and_revision_and_nothing_else() -> None:
    blocks, _ = card_message(card(number=12, revision=3))

    *buttons, menu = blocks[-1]["elements"]

    assert {button["value"] for button in buttons} == {"12:3"}
    assert {option["value"] for option in menu["options"]} == {
        "12:3:evidence",
        "12:3:similar",
        "12:3:authors",
        "12:3:rewrite",
    }


def test_a_card_says_while_its_row_is_on_the_way_in_or_out() -> None:
    row = CatalogRow(RowChange.ADDED, 26, "a1b2c3d4", NOON)

    assert words.WRITING in seen(decided(Verdict.APPROVE))
    assert words.REMOVING in seen(decided(Verdict.UNDO, row=row))
    assert words.REMOVING not in seen(decided(Verdict.UNDO, row=replace(row, change=RowChange.REMOVED)))


def test_a_card_says_that_the_catalog_could_not_be_written_and_that_the_decision_is_kept() -> None:
    text = seen(decided(Verdict.APPROVE, trouble="the file is locked"))

    assert words.WRITE_TROUBLE in text
    assert "the file is locked" in text


@pytest.mark.parametrize(
    ("number", "where"), [(14, "すでにカタログにあります* No. 14"), (0, "すでにカタログにあります* ·")]
)
def test_a_paper_that_stood_in_the_catalog_before_is_not_said_to_be_added(number: int, where: str) -> None:
    text = seen(decided(Verdict.APPROVE, row=CatalogRow(RowChange.PRESENT, number, "", NOON)))

    assert where in text
    assert words.CATALOGED not in text
    assert "No. 0" not in text


def test_times_are_tokyos() -> None:
    assert common.moment(MORNING) == "6月29日 13:05"


def a_notice(**changes: Any) -> Notice:
    """A paper of the catalog under quite another title."""
    paper_id = PaperId("arxiv", "2606.27483")
    told = Notice(paper_id, 2, NoticeKind.RETITLED, "Knots", "https://arxiv.org/abs/2606.27483", "World Models")
    return replace(told, **changes)


def test_what_happened_to_known_papers_stands_in_the_digest_and_makes_no_alarm() -> None:
    digest = quiet(notices=(a_notice(), a_notice(kind=NoticeKind.WITHDRAWN)), unlisted_year=2027)
    shown = str(digest_message(digest)[0])

    assert "Knots" in shown
    assert "World Models" in shown
    assert "取り下げ" in shown
    assert "2027年" in shown
    assert digest.healthy


def quiet(**changes: Any) -> Digest:
    """A day without anything relevant, on which all went well."""
    calm = replace(recorded_digest(), relevant=0, cards=0, borderline=())
    return replace(calm, **changes)


def test_nothing_today_is_said_when_everything_was_looked_at() -> None:
    assert words.NOTHING in digest_message(quiet())[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"unscored": 1},
        {"failures": ("summarize 3: timeout",)},
        {"sources": (FeedReport("cs.CL", SourceState.FAILED, error="HTTP 503"),)},
        {"sources": (FeedReport("cs.CL", SourceState.STALLED),)},
    ],
)
def test_nothing_today_is_never_said_while_something_is_open(changes: dict[str, Any]) -> None:
    blocks, text = digest_message(quiet(**changes))

    assert words.NOTHING not in text
    assert words.UNSURE in text
    assert words.FAILURES in json.dumps(blocks, ensure_ascii=False)


def test_papers_carried_over_are_said_to_wait_and_not_to_be_none() -> None:
    text = digest_message(quiet(carried_over=3))[1]

    assert "持ち越し *3件* は次回に採点します" in text
    assert words.UNSURE in text
    assert words.NOTHING not in text


def test_a_day_without_sources_says_that_nothing_has_been_read() -> None:
    text = digest_message(quiet(sources=()))[1]

    assert "まだ何も読んでいません" in text
    assert words.NOTHING not in text


@pytest.mark.parametrize("state", [SourceState.FRESH, SourceState.WAITING, SourceState.QUIET])
def test_entries_that_could_not_be_read_are_counted_and_named(state: SourceState) -> None:
    error = "entry 3 ('oai'): not an arXiv id; entry 17 ('<!channel>'): 0 elements <title>"
    blocks, text = digest_message(quiet(sources=(FeedReport("cs.CL", state, 20, 5, error),)))

    assert "*arXiv cs.CL* 2 件の項目を読めませんでした：entry 3" in text
    assert "2 件の項目を読めませんでした" in json.dumps(blocks, ensure_ascii=False)
    assert words.NOTHING not in text
    assert message_faults(blocks, text) == []


def test_a_failed_feed_is_named_with_its_error_and_what_happens_next() -> None:
    text = digest_message(quiet(sources=(FeedReport("cs.CL", SourceState.FAILED, error="HTTP 503"),)))[1]

    for part in ("cs.CL", "取得に失敗", "HTTP 503", words.FAILED_NEXT):
        assert part in text


def test_recorded_replies_are_said_to_be_recorded_and_real_ones_show_their_cost() -> None:
    recorded = json.dumps(digest_message(recorded_digest())[0], ensure_ascii=False)
    live = json.dumps(digest_message(replace(recorded_digest(), recorded_replies=False))[0], ensure_ascii=False)

    assert words.RECORDED in recorded
    assert words.RECORDED not in live
    assert "$0.04" in live
    assert "$" not in recorded


def test_near_misses_are_one_line_and_those_without_room_are_counted() -> None:
    near = Borderline("A title " * 12, "https://arxiv.org/abs/2606.27483", 2, "理由" * 40)
    (line,) = folds(replace(recorded_digest(), borderline=(near,) * 60))

    shown = line.count("<https")
    assert line.startswith(words.borderline(60))
    assert 5 < shown < 60
    assert line.endswith(words.more(60 - shown))
    assert "\n" not in line


def folds(digest: Digest) -> list[str]:
    """The lines of near misses and of disagreements."""
    lines = [e["text"] for b in digest_message(digest)[0] if b["type"] == "context" for e in b["elements"]]
    return [line for line in lines if words.borderline(0)[:6] in line or words.disagreements(0)[:6] in line]


def a_day(count: int = 7, **changes: Any) -> Digest:
    """A day whose papers have their cards in the channel or in a thread."""
    found = tuple(Borderline(p.title, p.url, 4 - n % 2, "", None, n) for n, p in enumerate(real_papers()[:count], 1))
    place = "https://lab.slack.com/archives/C01PAPERS/p1796033063000003?thread_ts=1796033063.000003&cid=C01PAPERS"
    digest = replace(recorded_digest(), found=found, cards=count, links={one.url: place for one in found})
    return replace(digest, **changes)


def test_a_digest_names_the_papers_first_each_on_a_line_with_its_score_and_a_link_to_its_card() -> None:
    digest = a_day()
    blocks, _ = digest_message(digest)

    heading, *lines = blocks[2]["text"]["text"].split("\n")

    assert heading == words.found(7)
    assert len(lines) == 7
    for paper_, line in zip(digest.found, lines, strict=True):
        assert line.startswith(f"• *{paper_.score}*　<https://lab.slack.com/archives/C01PAPERS/p1796033063000003")
    assert words.counts(digest) in str(blocks[3:5])
    assert message_faults(*digest_message(digest)) == []


def test_before_the_cards_stand_the_papers_themselves_are_linked() -> None:
    digest = a_day(links={})

    assert f"<{digest.found[0].url}|" in digest_message(digest)[0][2]["text"]["text"]


@pytest.mark.parametrize("count", [1, 15, 16, 150])
def test_however_many_papers_a_day_has_each_has_a_line_or_is_counted(count: int) -> None:
    digest = a_day(count, failures=("x" * 3000,) * 9)
    blocks, text = digest_message(digest)
    shown = json.dumps(blocks, ensure_ascii=False)

    assert message_faults(blocks, text) == []
    if count <= 15:
        assert shown.count("/archives/") == count


def test_a_paper_scored_0_is_no_near_miss_and_its_disagreement_has_a_fold_of_its_own() -> None:
    apart = Borderline("Knots", "https://arxiv.org/abs/2606.27483", 0, "関係がない。", 0.98)
    near, other = folds(replace(recorded_digest(), borderline=(*recorded_digest().borderline, apart)))

    assert "Knots" not in near
    assert other.endswith("|Knots>（事前選別 98%・採点 0）")


def test_a_paper_with_news_is_named_once_with_them() -> None:
    digest = a_day(1)
    notice = a_notice(url=digest.found[0].url, kind=NoticeKind.WITHDRAWN)
    shown = json.dumps(digest_message(replace(digest, notices=(notice,)))[0], ensure_ascii=False)

    assert shown.count("/archives/") == 1
    assert "取り下げ" in shown
    assert words.notices(1) not in shown


def test_a_card_leads_to_every_place_where_the_paper_can_be_read() -> None:
    shown = seen(card())

    for place in ("arxiv.org/abs", "arxiv.org/pdf", "arxiv.org/html", "www.alphaxiv.org/abs"):
        assert f"https://{place}/2606.27483|" in shown


@pytest.mark.parametrize(
    ("change", "told"),
    [(RowChange.LOST, "失われています"), (RowChange.TAKEN_OUT, "人の手でカタログから外されています")],
)
def test_a_card_whose_row_is_missing_asks_what_is_to_become_of_it(change: RowChange, told: str) -> None:
    missing = decided(Verdict.APPROVE, row=CatalogRow(change, 26, "abcdef0123", NOON))
    blocks, text = card_message(missing)
    assert message_faults(blocks, text) == []
    assert told in str(blocks)
    assert told in text
    buttons = {each["action_id"]: each["text"]["text"] for each in blocks[-1]["elements"] if each["type"] == "button"}
    assert buttons == {"approve": "もう一度載せる", "reject": "外したままにする", "undo": "取り消す"}


def test_a_card_whose_row_stands_again_asks_whether_it_may() -> None:
    returned = decided(Verdict.UNDO, row=CatalogRow(RowChange.RETURNED, 26, "", NOON))
    blocks, text = card_message(returned)
    assert message_faults(blocks, text) == []
    assert "カタログに戻っています" in str(blocks)
    assert "カタログに戻っています" in text
    buttons = {each["action_id"]: each["text"]["text"] for each in blocks[-1]["elements"] if each["type"] == "button"}
    assert buttons == {"approve": "このまま載せる", "reject": "もう一度外す"}


def test_a_digest_tells_how_many_rows_people_took_out_or_brought_back() -> None:
    blocks, _ = digest_message(replace(recorded_digest(), taken_out=2, returned=3))
    assert "追加した行が 2 件、カタログから外されています" in str(blocks)
    assert "追加を取り消した行が 3 件、カタログに戻っています" in str(blocks)


def test_a_row_that_waits_says_why_in_japanese_and_what_git_said() -> None:
    trouble = "papers: the branch checked out is 'draft', not 'main' (check main out)"
    blocks, _ = card_message(decided(Verdict.APPROVE, trouble=trouble))
    assert "カタログのブランチとは別のブランチが開かれています" in str(blocks)
    assert "the branch checked out is" in str(blocks)
