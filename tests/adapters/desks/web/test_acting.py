import re
from dataclasses import replace

import pytest

from tests.adapters.desks.web.conftest import Reader, Serving, Visit
from tests.cards import summarized
from tests.fakes import MemoryCuration
from watcher.domain.curation.card import Card, CardState, Digest
from watcher.domain.errors import Unavailable, UsageError
from watcher.domain.facts import Cells, SentenceVerdict, Verdict, Verification, Violation
from watcher.words_ja import common


def edit(card: Card, **fields: str) -> dict[str, str]:
    texts = {name: card.cells[name] for name in card.cells.all_names}
    return {**texts, "based_on": str(card.revision), "then": "save", **fields}


@pytest.mark.parametrize(
    ("verdict", "state"),
    [("approve", CardState.APPROVED), ("reject", CardState.REJECTED), ("later", CardState.LATER)],
)
def test_a_click_records_one_decision_and_leads_back_to_the_queue(
    reader: Reader, curation: MemoryCuration, verdict: str, state: CardState
) -> None:
    answer = reader.decide(3, verdict)
    assert answer.history[0].status_code == 303
    assert answer.url.path == "/"
    assert 'role="status"' in answer.text
    assert curation.card(3).state is state
    assert curation.recorded == [f"{verdict} 3 by Web at web"]


def test_a_decision_taken_back_opens_the_card_again(reader: Reader, curation: MemoryCuration) -> None:
    reader.decide(3, "approve")
    answer = reader.decide(3, "undo")
    assert "判断を取り消しました" in answer.text
    assert curation.card(3).state is CardState.OPEN


def test_a_form_sent_twice_is_one_decision(reader: Reader, curation: MemoryCuration) -> None:
    fields = {"csrf": reader.token(), "verdict": "approve"}
    answers = [reader.http.post("/card/3/decide", data=fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(curation.recorded) == 1


def test_a_decision_keeps_its_reason_and_returns_to_the_page_it_came_from(
    reader: Reader, curation: MemoryCuration
) -> None:
    answer = reader.decide(3, "reject", reason=" 範囲外 ", back="card")
    assert answer.url.path == "/card/3"
    decision = curation.card(3).decision
    assert decision is not None
    assert decision.reason == "範囲外"


def test_decisions_carry_the_name_the_reader_gave(reader: Reader, curation: MemoryCuration) -> None:
    assert 'name="next" value="/card/3"' in reader.get("/card/3").text
    assert reader.post("/name", {"name": "  花 ", "next": "/card/3"}).url.path == "/card/3"
    reader.decide(3, "approve")
    assert curation.recorded == ["approve 3 by 花（Web） at web"]


@pytest.mark.parametrize("name", ["あ" * 41, "a\u202eb", "a\x00b"])
def test_a_name_that_is_long_or_not_plain_text_is_refused(reader: Reader, name: str) -> None:
    assert reader.post("/name", {"name": name}).status_code == 400
    assert "お名前を入力" in reader.get("/").text


@pytest.mark.parametrize("verdict", ["", "delete", "APPROVE"])
def test_an_unknown_verdict_is_refused(reader: Reader, curation: MemoryCuration, verdict: str) -> None:
    assert reader.decide(3, verdict).status_code == 400
    assert curation.recorded == []


@pytest.mark.parametrize("number", ["99", "0", "-1", "x", "9" * 10, "9" * 5000, "１"])
def test_a_card_that_does_not_exist_is_a_calm_page(reader: Reader, number: str) -> None:
    answers = [reader.get(f"/card/{number}"), reader.get(f"/card/{number}/edit"), reader.get(f"/?done={number}")]
    answers.append(reader.http.post(f"/card/{number}/decide", data={"csrf": reader.token(), "verdict": "approve"}))
    assert {answer.status_code for answer in answers} == {404}
    assert all("ページが見つかりません" in answer.text for answer in answers)


def test_the_edit_form_holds_the_seven_cells_under_their_labels(reader: Reader, cards: list[Card]) -> None:
    text = reader.get("/card/3/edit").text
    for name in Cells.names():
        assert f'<label for="cell-{name}">' in text
        assert f'id="cell-{name}" name="{name}"' in text
    assert cards[2].cells.summary in text


def test_saving_keeps_the_cells_without_a_decision(reader: Reader, curation: MemoryCuration) -> None:
    answer = reader.post("/card/3/edit", edit(curation.card(3), categories="心の理論", venue="  ACL\r\n 2026 "))
    assert answer.url.path == "/card/3"
    assert "編集を保存しました。カタログにはまだ追加していません。" in answer.text
    assert curation.card(3).cells.venue == "ACL 2026"
    assert curation.recorded == ["revise 3 (categories, venue) by Web at web"]


def test_saving_and_approving_does_both_in_order(reader: Reader, curation: MemoryCuration) -> None:
    answer = reader.post("/card/3/edit", edit(curation.card(3), year="2025", then="approve"))
    assert answer.url.path == "/"
    assert curation.recorded == ["revise 3 (year) by Web at web", "approve 3 by Web at web"]


def test_saving_nothing_new_is_no_revision(reader: Reader, curation: MemoryCuration) -> None:
    reader.post("/card/3/edit", edit(curation.card(3)))
    assert curation.recorded == []


def test_cells_that_cannot_stand_come_back_with_the_reason_beside_them(
    reader: Reader, curation: MemoryCuration
) -> None:
    answer = reader.post("/card/3/edit", edit(curation.card(3), year="令和8年", summary="", venue="わたしの会議"))
    assert answer.status_code == 422
    assert '<p class="fault" id="fault-year">西暦4桁で入力してください</p>' in answer.text
    assert '<p class="fault" id="fault-summary">入力してください</p>' in answer.text
    assert 'value="わたしの会議"' in answer.text
    assert 'role="alert" tabindex="-1" autofocus' in answer.text
    assert curation.recorded == []


def test_fields_of_the_catalog_s_own_stand_in_the_form_and_are_saved(reader: Reader, curation: MemoryCuration) -> None:
    card = curation.card(3)
    curation.put(replace(card, cells=replace(card.cells, own={"comment": "速い。", "code": ""})))
    text = reader.get("/card/3/edit").text
    assert '<label for="cell-comment">一言</label>' in text
    assert "速い。" in reader.get("/card/3").text

    answer = reader.post("/card/3/edit", edit(curation.card(3), comment="小さい。", code="not an address"))
    assert answer.status_code == 422
    assert "コード" in answer.text
    assert curation.card(3).cells.own == {"comment": "速い。", "code": ""}

    reader.post("/card/3/edit", edit(curation.card(3), comment="小さい。", code="https://github.com/a/b"))
    assert curation.card(3).cells.own == {"comment": "小さい。", "code": "https://github.com/a/b"}
    assert "revise 3 (comment, code) by Web at web" in curation.recorded


def test_an_edit_that_someone_else_overtook_is_shown_beside_theirs(reader: Reader, curation: MemoryCuration) -> None:
    mine = edit(curation.card(3), venue="わたしの会議")
    theirs = replace(curation.card(3).cells, venue="ほかの人の会議")
    curation.revise(3, theirs, "hana", "slack", 0)
    answer = reader.post("/card/3/edit", mine)
    assert answer.status_code == 409
    assert "ほかの人がこのカードを変更しました" in answer.text
    assert 'value="わたしの会議"' in answer.text
    assert "ほかの人の会議" in answer.text
    assert curation.card(3).cells == theirs
    again = reader.post("/card/3/edit", {**mine, "based_on": str(curation.card(3).revision)})
    assert again.url.path == "/card/3"
    assert curation.card(3).cells.venue == "わたしの会議"


def test_a_decided_card_cannot_be_edited(reader: Reader, curation: MemoryCuration) -> None:
    reader.decide(3, "approve")
    assert reader.get("/card/3/edit").status_code == 409
    assert reader.post("/card/3/edit", edit(curation.card(3), year="2025")).status_code == 409
    assert curation.card(3).cells.year == "2026"


@pytest.mark.parametrize("based_on", ["", "x", "-1"])
def test_an_edit_based_on_nothing_is_refused(reader: Reader, curation: MemoryCuration, based_on: str) -> None:
    answer = reader.post("/card/3/edit", edit(curation.card(3), year="2025", based_on=based_on))
    assert answer.status_code == 400
    assert curation.recorded == []


class Failing(MemoryCuration):
    """A line that cannot record a decision."""

    error: Exception

    def decide(self, number: int, verdict: Verdict, curator: str, desk: str, reason: str = "") -> Card:
        del number, verdict, curator, desk, reason
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (UsageError("withdrawn <b>paper</b>"), 400, "withdrawn &lt;b&gt;paper&lt;/b&gt;"),
        (Unavailable("the disk is full"), 503, "the disk is full"),
        (RuntimeError("sekret"), 500, "思わぬ不具合"),
    ],
)
def test_what_goes_wrong_is_a_calm_page_and_never_a_traceback(
    visit: Visit, serving: Serving, cards: list[Card], error: Exception, status: int, told: str
) -> None:
    failing = Failing(cards)
    failing.error = error
    answer = visit(serving(failing)).decide(3, "approve")
    assert answer.status_code == status
    assert told in answer.text
    assert "Traceback" not in answer.text
    assert "sekret" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")


def test_a_reason_is_kept_without_what_nobody_can_see(reader: Reader, curation: MemoryCuration) -> None:
    assert reader.decide(3, "reject", reason="範囲\x00外\u202e\r\nである").status_code == 200
    decision = curation.card(3).decision
    assert decision is not None
    assert decision.reason == "範囲外 である"


def test_a_reason_that_is_no_text_is_taken_as_far_as_it_is(reader: Reader, curation: MemoryCuration) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    content = f"csrf={reader.token()}&verdict=reject&reason=%ED%A0%80%FFabc"
    assert reader.http.post("/card/3/decide", content=content, headers=form).status_code == 200
    decision = curation.card(3).decision
    assert decision is not None
    assert decision.reason.encode().endswith(b"abc")


@pytest.mark.parametrize("name", Cells.names())
def test_a_cell_with_a_control_character_comes_back_with_the_reason(
    reader: Reader, curation: MemoryCuration, name: str
) -> None:
    answer = reader.post("/card/3/edit", edit(curation.card(3), **{name: "2026\x00"}))
    assert answer.status_code == 422
    assert "見えない文字を含みます（U+0000）" in answer.text
    assert curation.recorded == []


@pytest.mark.parametrize("changes", [{"title": "長" * 401}, {"summary": ""}])
def test_cells_that_cannot_stand_in_a_row_are_not_approved_but_opened_for_editing(
    reader: Reader, curation: MemoryCuration, changes: dict[str, str]
) -> None:
    odd = curation.card(3)
    curation.put(replace(odd, cells=odd.cells.with_texts(changes)))
    answer = reader.decide(3, "approve")
    assert answer.url.path == "/card/3/edit"
    assert "この内容のままではカタログに載せられません" in answer.text
    assert f'<p class="fault" id="fault-{next(iter(changes))}">' in answer.text
    assert curation.recorded == []
    assert reader.decide(3, "reject").status_code == 200
    assert len(curation.recorded) == 1


def test_a_reason_is_chosen_or_written_and_the_written_one_goes_before(
    reader: Reader, curation: MemoryCuration
) -> None:
    assert "テーマから外れる" in reader.get("/card/3").text
    reader.decide(3, "reject", choice="テーマから外れる")
    reader.decide(2, "reject", choice="テーマから外れる", reason="実験がない")

    reasons = [decision.reason for n in (3, 2) if (decision := curation.card(n).decision)]
    assert reasons == ["テーマから外れる", "実験がない"]


def test_an_edit_that_was_overtaken_says_who_changed_what(reader: Reader, curation: MemoryCuration) -> None:
    card = curation.card(3)
    curation.revise(3, replace(card.cells, venue="ACL 2027"), "ken (U02KEN)", "slack")

    answer = reader.post("/card/3/edit", edit(card, year="2027"))

    assert answer.status_code == 409
    assert "「ACL 2027」" in answer.text
    assert "ken さん" in answer.text


def test_an_approval_that_lacks_another_stays_in_the_queue_and_can_be_completed(
    reader: Reader, visit: Visit, serving: Serving, day: tuple[list[Card], Digest]
) -> None:
    curation = MemoryCuration(*day, approvals=2)
    server = serving(curation)
    reader = visit(server)
    reader.post("/name", {"name": "花", "next": "/"})
    answer = reader.decide(3, "approve")
    assert curation.card(3).state is CardState.ENDORSED
    assert "賛成を記録しました" in answer.text
    assert 'data-state="endorsed"' in answer.text

    other = visit(server)
    other.post("/name", {"name": "健", "next": "/"})
    assert other.decide(3, "undo").status_code == 400
    other.decide(3, "approve")
    assert curation.card(3).state is CardState.APPROVED


def test_the_log_tells_who_did_what_and_shows_hostile_text_as_text(reader: Reader, curation: MemoryCuration) -> None:
    reader.decide(3, "reject", reason="<script>alert(1)</script>")
    reader.post("/card/2/edit", edit(curation.card(2), venue="ACL 2027"))

    page = reader.get("/log").text

    assert "却下" in page
    assert "編集" in page
    assert "ACL 2027" in page
    assert "<script>alert" not in page
    assert "/log" in reader.get("/").text
    assert "まだ記録がありません" in reader.get("/log?skip=500").text


def test_hints_of_the_style_sheet_are_shown_before_anything_is_saved_and_bar_nothing(
    reader: Reader, curation: MemoryCuration
) -> None:
    curation.hinted = [Violation("ending", "です。")]
    mine = edit(curation.card(3), summary="とても短いです。")

    first = reader.post("/card/3/edit", mine)

    assert first.status_code == 422
    assert "まだ保存していません" in first.text
    assert "文末は「〜を示した。」のように「。」で終えてください：です。" in first.text
    assert curation.recorded == []
    (hinted,) = re.findall(r'name="hinted" value="([^"]+)"', first.text)
    other = reader.post("/card/3/edit", {**mine, "summary": "別の文です。", "hinted": hinted})
    assert other.status_code == 422, "hints are about the text they were shown for"
    again = reader.post("/card/3/edit", {**mine, "hinted": hinted})
    assert again.url.path == "/card/3"
    assert curation.card(3).cells.summary == "とても短いです。"


def test_a_text_that_was_changed_is_not_said_to_be_checked(reader: Reader, curation: MemoryCuration) -> None:
    card = curation.card(3)
    checked = Verification((SentenceVerdict(1, card.cells.summary, quote="q"),), model="m")
    curation.put(replace(card, summary=replace(summarized(card), verification=checked)))
    told = common.verification(curation.card(3))

    left = reader.post("/card/3/edit", edit(curation.card(3), year=""))
    changed = reader.post("/card/3/edit", edit(curation.card(3), year="", summary="短い。"))

    assert (told != "", told in left.text, told in changed.text) == (True, True, False)


def test_texts_that_were_left_alone_are_not_hinted_at(reader: Reader, curation: MemoryCuration) -> None:
    curation.hinted = [Violation("ending")]

    assert reader.post("/card/3/edit", edit(curation.card(3), venue="ACL 2026")).url.path == "/card/3"
