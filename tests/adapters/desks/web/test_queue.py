from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.adapters.desks.web.conftest import Reader, Serving, Visit
from tests.cards import card, decided, paper, recorded_digest, scored, summarized
from tests.fakes import MemoryCuration
from watcher.adapters.desks.web.pages import DECIDED_SHOWN, OPEN_SHOWN, Queue, StatusView, safe_link
from watcher.domain.curation.card import Card, CardState
from watcher.domain.facts import CatalogRow, Nomination, Notice, NoticeKind, RowChange, Verdict, Violation
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.papers.paper import PaperId
from watcher.ports import RunReport

AT = datetime(2026, 6, 29, 16, 5, tzinfo=UTC)


def page(visit: Visit, serving: Serving, curation: MemoryCuration, **settings: object) -> str:
    return visit(serving(curation, **settings)).get("/").text


def many(count: int, of: Card) -> list[Card]:
    return [replace(of, candidate=replace(of.candidate, number=n)) for n in range(1, count + 1)]


def test_every_relevant_paper_of_the_day_is_a_card_with_its_facts(reader: Reader, cards: list[Card]) -> None:
    text = reader.get("/").text
    assert text.count('data-state="open"') == len(cards) == 7
    for shown in cards:
        assert f'data-paper="{shown.candidate.paper.id.native}"' in text
        assert f'href="{shown.candidate.paper.url}"' in text
        assert shown.cells.summary in text
        assert scored(shown).reason_ja in text
        assert shown.cells.authors.replace("&", "&amp;") in text


def test_a_card_that_was_put_off_says_until_when(visit: Visit, serving: Serving) -> None:
    later = decided(Verdict.LATER)
    assert later.decision
    later = replace(later, decision=replace(later.decision, until=date(2026, 7, 2)))
    assert "7月2日まで・hana（Slack）・" in page(visit, serving, MemoryCuration([later]))


def test_a_row_that_is_about_to_go_is_not_named_as_if_it_stood(visit: Visit, serving: Serving) -> None:
    leaving = decided(Verdict.REJECT, row=CatalogRow(RowChange.ADDED, 26, "3f9c1e7a52d0b8c4", AT))
    number = leaving.candidate.number

    text = visit(serving(MemoryCuration([leaving]))).get(f"/?done={number}").text

    assert "却下しました。カタログの第26行は、まもなく外れます。" in text
    assert "・第26行" not in text


def test_a_card_says_who_put_the_paper_forward(visit: Visit, serving: Serving) -> None:
    shown = card(1)
    given = Nomination("ken (U02KEN)", AT, "slack")
    text = page(
        visit,
        serving,
        MemoryCuration([replace(shown, candidate=replace(shown.candidate, nomination=given))]),
    )
    assert "<dt>手動</dt><dd>ken（Slack）</dd>" in text


def test_the_best_score_of_the_newest_day_comes_first() -> None:
    old = card(1)
    old = replace(old, candidate=replace(old.candidate, announced_at=AT - timedelta(days=2)))
    good, fair = card(2), card(3)
    fair = replace(fair, relevance=replace(scored(fair), score=3))
    assert [c.candidate.number for c in Queue.of([old, fair, good]).open] == [2, 3, 1]


def test_a_long_queue_shows_its_head_and_says_how_much_follows(visit: Visit, serving: Serving) -> None:
    text = page(visit, serving, MemoryCuration(many(OPEN_SHOWN + 3, card())))
    assert text.count('data-state="open"') == OPEN_SHOWN
    assert "ほかに3本" in text


def test_many_decided_cards_are_shortened_until_all_are_asked_for(visit: Visit, serving: Serving) -> None:
    desk = serving(MemoryCuration(many(DECIDED_SHOWN + 2, decided(Verdict.REJECT))))
    reader = visit(desk)
    assert reader.get("/").text.count('data-state="rejected"') == DECIDED_SHOWN
    assert reader.get("/?decided=all").text.count('data-state="rejected"') == DECIDED_SHOWN + 2


def test_recorded_replies_are_named_on_every_page_and_live_ones_are_not(
    visit: Visit, serving: Serving, reader: Reader
) -> None:
    badge = "記録済みの応答によるデモ"
    assert all(badge in reader.get(path).text for path in ("/", "/card/1", "/card/1/edit"))
    assert badge not in page(
        visit, serving, MemoryCuration([card()], replace(recorded_digest(), recorded_replies=False))
    )


def test_nothing_today_is_said_only_when_it_is_true(visit: Visit, serving: Serving) -> None:
    quiet = replace(recorded_digest(), relevant=0, cards=0, borderline=())
    assert "<b>該当なし</b>" in page(visit, serving, MemoryCuration([], quiet))
    failed = FeedReport("cs.CL", SourceState.FAILED, error="HTTP 503")
    for unsure in (
        replace(quiet, sources=(failed,)),
        replace(quiet, unscored=2),
        replace(quiet, failures=("the model server timed out",)),
    ):
        text = page(visit, serving, MemoryCuration([], unsure))
        assert "<b>該当なし</b>" not in text
        assert "「該当なし」とは言えません" in text


def test_what_happened_to_known_papers_is_told_beside_the_day(visit: Visit, serving: Serving) -> None:
    told = Notice(
        PaperId("arxiv", "2606.27483"),
        2,
        NoticeKind.RETITLED,
        "<b>Knots</b>",
        "https://arxiv.org/abs/2606.27483",
        "World Models",
    )
    text = page(visit, serving, MemoryCuration([], replace(recorded_digest(), notices=(told,), unlisted_year=2027)))
    assert "&lt;b&gt;Knots&lt;/b&gt;" in text
    assert "旧題：World Models" in text
    assert "2027年" in text


def test_papers_carried_over_are_said_to_wait_and_not_to_be_none(visit: Visit, serving: Serving) -> None:
    over = replace(recorded_digest(), relevant=0, cards=0, borderline=(), carried_over=3)
    text = page(visit, serving, MemoryCuration([], over))
    assert "持ち越し3件は次回に採点します" in text
    assert "<b>該当なし</b>" not in text
    assert "下の失敗" not in text
    failed = replace(over, failures=("the model server timed out",))
    assert "下の失敗のため" in page(visit, serving, MemoryCuration([], failed))


def test_a_day_without_sources_says_that_nothing_has_been_read(visit: Visit, serving: Serving) -> None:
    empty = replace(recorded_digest(), relevant=0, cards=0, borderline=(), sources=())
    text = page(visit, serving, MemoryCuration([], empty))
    assert "まだ何も読んでいません" in text
    assert "<b>該当なし</b>" not in text


@pytest.mark.parametrize("state", [SourceState.FRESH, SourceState.WAITING, SourceState.QUIET])
def test_entries_that_could_not_be_read_are_counted_and_named(
    visit: Visit, serving: Serving, state: SourceState
) -> None:
    error = "entry 3 ('oai; entry'): not an arXiv id; entry 17 ('x'): 0 elements <title>"
    torn = replace(recorded_digest(), sources=(FeedReport("cs.CL", state, 20, 5, error),))
    assert "2 件の項目を読めませんでした：entry 3" in page(visit, serving, MemoryCuration([], torn))


def test_failures_are_said_plainly(visit: Visit, serving: Serving) -> None:
    bad = replace(
        recorded_digest(),
        sources=(FeedReport("cs.CL", SourceState.FAILED, error="HTTP 503"),),
        unscored=4,
        failures=("the model server timed out",),
    )
    text = page(visit, serving, MemoryCuration([], bad))
    assert "取得に失敗" in text
    assert "HTTP 503" in text
    assert "4本がまだ採点できていません" in text
    assert "the model server timed out" in text


def test_before_the_first_run_the_page_says_so(visit: Visit, serving: Serving) -> None:
    text = page(visit, serving, MemoryCuration())
    assert "まだ収集の記録がありません" in text
    assert "判断待ちの論文はありません" in text


def test_a_card_names_everything_to_be_checked(visit: Visit, serving: Serving) -> None:
    odd = card(trouble="the file changed")
    odd = replace(
        odd,
        summary=replace(summarized(odd), violations=(Violation("number", "97%"),)),
        candidate=replace(odd.candidate, anomalies=("long_abstract",)),
    )
    text = page(visit, serving, MemoryCuration([odd]))
    assert "自動でもう一度試します。（the file changed" in text
    assert "要旨にない数値があります：97%" in text
    assert "要旨が arXiv の上限（1,920字）を超えています" in text


def test_a_cataloged_card_tells_who_when_in_tokyo_row_and_commit(visit: Visit, serving: Serving) -> None:
    done = decided(Verdict.APPROVE, row=CatalogRow(RowChange.ADDED, 26, "3f9c1e7a52d0b8c4", AT))
    assert done.decision
    done = replace(done, decision=replace(done.decision, at=AT, reason="要精読"))
    text = page(visit, serving, MemoryCuration([done]))
    assert 'data-state="cataloged"' in text
    assert "hana（Slack）・6月30日 01:05・第26行" in text  # 16:05 UTC is past midnight in Tokyo
    assert "3f9c1e7a52" in text
    assert "要精読" in text
    assert "取り消す" in text


@pytest.mark.parametrize(("number", "where"), [(14, "第14行"), (0, "")])
def test_a_paper_that_stood_in_the_catalog_before_is_not_said_to_be_added(
    visit: Visit, serving: Serving, number: int, where: str
) -> None:
    present = decided(Verdict.APPROVE, row=CatalogRow(RowChange.PRESENT, number, "", AT))
    text = visit(serving(MemoryCuration([present]))).get("/?done=1").text
    assert '<span class="state state-cataloged">すでにカタログにあります</span>' in text
    assert f"すでにカタログにあります{f'（{where}）' if where else ''}。" in text
    assert where in text
    assert "第0行" not in text
    assert "追加済み" not in text
    assert "追加しました" not in text


@pytest.mark.parametrize("state", [CardState.APPROVED, CardState.REJECTED])
def test_a_decided_card_offers_only_to_take_the_decision_back(visit: Visit, serving: Serving, state: CardState) -> None:
    verdict = Verdict.APPROVE if state is CardState.APPROVED else Verdict.REJECT
    text = visit(serving(MemoryCuration([decided(verdict)]))).get("/card/1").text
    assert f'data-state="{state}"' in text
    assert 'value="undo"' in text
    assert not any(f'value="{other}"' in text for other in ("approve", "reject", "later"))
    assert "/card/1/edit" not in text


def test_a_card_for_later_still_asks_for_a_verdict(visit: Visit, serving: Serving) -> None:
    text = page(visit, serving, MemoryCuration([decided(Verdict.LATER)]))
    assert 'data-state="later"' in text
    assert "あとで（1）" in text
    assert 'value="approve"' in text


def test_the_foot_tells_how_the_line_stands(visit: Visit, serving: Serving) -> None:
    status = StatusView(RunReport("r1", AT, AT + timedelta(minutes=2)), {"score": 3, "post": 0}, "catalog.md")
    text = page(visit, serving, MemoryCuration(), status=lambda: status)
    assert "6月30日 01:07" in text
    assert "採点 3件" in text
    assert "掲示" not in text
    assert "catalog.md" in text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://arxiv.org/abs/2606.27483",
        "https://evil.example@arxiv.org/",
        'https://arxiv.org/"onmouseover="alert(1)',
        "https://arxiv.org/abs/1\nx",
        "https:///abs",
        "https://[::1",
        "//arxiv.org/abs/1",
        "",
    ],
)
def test_only_plain_https_addresses_become_links(url: str) -> None:
    assert safe_link(url) is None


def test_an_old_style_identifier_is_shown_and_linked(visit: Visit, serving: Serving) -> None:
    old = paper(id=PaperId("arxiv", "math/0309136"), url="https://arxiv.org/abs/math/0309136")
    text = page(visit, serving, MemoryCuration([card(1, old)]))
    assert 'data-paper="math/0309136"' in text
    assert 'href="https://arxiv.org/abs/math/0309136"' in text


@pytest.mark.parametrize("change", [RowChange.LOST, RowChange.TAKEN_OUT])
def test_a_paper_whose_row_is_missing_comes_first_and_asks_what_is_to_become_of_it(
    visit: Visit, serving: Serving, change: RowChange
) -> None:
    missing = decided(Verdict.APPROVE, card(2), row=CatalogRow(change, 26, "", AT))
    text = page(visit, serving, MemoryCuration([card(1), missing]))
    assert text.index('data-state="missing"') < text.index('data-state="open"')
    assert "もう一度載せる" in text
    assert "外したままにする" in text
    assert "第26行" not in text


def test_a_paper_whose_row_stands_again_comes_first_and_asks_whether_it_may(visit: Visit, serving: Serving) -> None:
    returned = decided(Verdict.REJECT, card(2), row=CatalogRow(RowChange.RETURNED, 26, "", AT))
    text = page(visit, serving, MemoryCuration([card(1), returned]))
    assert text.index('data-state="returned"') < text.index('data-state="open"')
    assert "このまま載せる" in text
    assert "もう一度外す" in text


def test_the_front_page_tells_how_many_rows_people_took_out_or_brought_back(visit: Visit, serving: Serving) -> None:
    digest = replace(recorded_digest(), taken_out=2, returned=3)
    text = page(visit, serving, MemoryCuration([card()], digest))
    assert "追加した行が 2 件、カタログから外されています" in text
    assert "追加を取り消した行が 3 件、カタログに戻っています" in text
