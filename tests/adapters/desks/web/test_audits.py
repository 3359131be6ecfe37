"""The page of the audit sample and the page of weekly reports, as a curator meets them."""

from __future__ import annotations

import re

import pytest

from tests.adapters.desks.web.conftest import Reader, Serving, Visit
from tests.audits import MemoryAudits, a_report, an_audit_card
from tests.cards import paper
from tests.fakes import MemoryCuration
from watcher.domain.curation.recall import Recall
from watcher.words_ja import report as words

HOSTILE = "</script><script>alert(1)</script> & <b>bold</b>"


@pytest.fixture
def audits() -> MemoryAudits:
    return MemoryAudits([an_audit_card(1, line_ja=f"世界モデルの研究{HOSTILE}"), an_audit_card(2)])


@pytest.fixture
def curator(serving: Serving, visit: Visit, audits: MemoryAudits) -> Reader:
    return visit(serving(MemoryCuration(), audits=audits))


def articles(page: str) -> list[str]:
    return re.findall(r"<article.*?</article>", page, re.DOTALL)


def test_a_paper_of_the_sample_is_shown_marked_with_abstract_link_and_probability(curator: Reader) -> None:
    first = articles(curator.get("/audit").text)[0]

    assert words.AUDIT_TITLE in first
    assert "We study world models." in first
    assert "世界モデルの研究&lt;/script&gt;" in first
    assert 'href="https://arxiv.org/abs/2606.20001"' in first
    assert "事前選別 3%" in first
    assert re.findall(r'value="(yes|no)"', first) == ["yes", "no"]


def test_an_answer_is_recorded_under_the_curator_s_name_and_can_be_changed(
    curator: Reader, audits: MemoryAudits
) -> None:
    curator.post("/name", {"name": "花子"})

    curator.post("/audit/2", {"belongs": "yes"})
    curator.post("/audit/2", {"belongs": "yes"})
    page = curator.post("/audit/2", {"belongs": "no"}).text

    assert audits.recorded == ["2 True by 花子（Web） at web", "2 False by 花子（Web） at web"]
    assert words.CHANGE_YES in articles(page)[1]
    assert "花子" in articles(page)[1]


@pytest.mark.parametrize(
    ("path", "fields", "code"),
    [("/audit/1", {"belongs": "perhaps"}, 400), ("/audit/99", {"belongs": "yes"}, 400), ("/audit/x", {}, 404)],
)
def test_an_answer_that_makes_no_sense_is_refused(
    curator: Reader, audits: MemoryAudits, path: str, fields: dict[str, str], code: int
) -> None:
    assert curator.post(path, fields).status_code == code
    assert audits.recorded == []


def test_an_answer_from_another_site_is_refused(curator: Reader, audits: MemoryAudits) -> None:
    answer = curator.post("/audit/1", {"belongs": "yes"}, **{"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert audits.recorded == []


def test_text_from_outside_stays_text(serving: Serving, visit: Visit) -> None:
    hostile = an_audit_card(of=paper(title=HOSTILE, abstract=HOSTILE, authors=(HOSTILE,), url="javascript:alert(1)"))

    page = visit(serving(MemoryCuration(), audits=MemoryAudits([hostile]))).get("/audit").text

    assert "<script>alert" not in page
    assert "javascript:" not in page


def test_the_report_tells_precision_recall_minutes_and_cost_with_their_intervals(curator: Reader) -> None:
    page = curator.get("/report").text

    for told in (
        "70%（35〜93%）",
        "56%以上",
        "約30分",
        "hana：判断8件・抜き取り確認6件",
        "$0.082",
        "12回のうち2回",
    ):
        assert told in page


def test_the_report_says_how_many_answers_are_lacking_rather_than_a_figure(serving: Serving, visit: Visit) -> None:
    undecided = {**a_report().counts, "approved": 0, "rejected": 0}
    few = MemoryAudits(report=a_report(recall=Recall(20, 12, 0, 9, 18), counts=undecided))

    page = visit(serving(MemoryCuration(), audits=few)).get("/report").text

    assert "まだ推定できません" in page
    assert "あと18件の回答が必要です" in page
    assert "まだ分かりません" in page


def test_other_weeks_are_a_click_away_but_none_of_the_future(curator: Reader) -> None:
    present = curator.get("/report?week=2026-W27").text

    assert "2026-W26" in present
    assert "2026-W28" not in present
    assert curator.get("/report?week=nonsense").status_code == 400


def test_without_an_audit_the_site_neither_has_nor_names_these_pages(reader: Reader) -> None:
    assert words.AUDIT_TITLE not in reader.get("/").text
    assert reader.get("/audit").status_code == 404
