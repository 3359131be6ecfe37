"""Japanese texts about the catalog: findings of the check, and labels of the exports and the HTML page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from watcher.domain.catalog.catalog import CatalogReading, Oddity, Section
from watcher.domain.catalog.check import Finding, FindingKind
from watcher.domain.catalog.shape import FieldSource, Form, Numbering, Order, Sections, proposed_fields
from watcher.domain.facts import Cells
from watcher.domain.papers.paper import PaperId
from watcher.ports import RowContent
from watcher.words_ja.common import CELL, field_name

KIND: Final = {
    FindingKind.TITLE: "題名が論文と違います",
    FindingKind.AUTHORS: "著者の書き方が論文と違います",
    FindingKind.LINK: "arXiv番号がありません",
    FindingKind.WRONG_LINK: "arXiv番号がこの論文のものではありません",
    FindingKind.YEAR: "発表年がarXivの初出と違います",
    FindingKind.VENUE: "出版情報が古いか、違っています",
    FindingKind.UNCONFIRMED: "裏づけが見つかりません",
    FindingKind.ATTENTION: "注目度が変わっています",
    FindingKind.WITHDRAWN: "取り下げられた論文です",
    FindingKind.SUMMARY: "要旨にない数値や名称が概要にあります",
    FindingKind.SPELLING: "名称の大文字・小文字が論文と違います",
    FindingKind.DUPLICATE: "同じ論文が二度あります",
    FindingKind.UNLISTED: "表に入っていません",
    FindingKind.ORDER: "発表年の順になっていません",
    FindingKind.NUMBER: "番号が続いていません",
    FindingKind.TOTAL: "合計が論文の数と合いません",
}

ODDITY: Final = {
    Oddity.CELLS: "列の数が合わない行です",
    Oddity.UNNUMBERED: "番号のない行です",
    Oddity.UNTITLED: "題名の見つからない行です",
    Oddity.STRAY: "追加欄のどの論文のものか分からない行です",
    Oddity.NAMED: "表と追加欄の外で論文に触れています",
}

SAMPLE: Final = RowContent(
    PaperId("arxiv", "2606.00001"),
    Cells(
        title="Sample: How a New Paper Would Stand Here",
        summary="（概要の文がここに入ります。）",
        authors="Sato et al.",
        year="2026",
        categories="（分類）",
        venue="arXiv (2026年6月)",
        attention="低 (新着、注目度は未調査)",
    ),
    "https://arxiv.org/abs/2606.00001",
    {
        "date": "2026-06-01",
        "acronym": "Sample",
        "task": "（課題）",
        "comment": "（一言）",
        "keywords": "（キーワード）",
        "institution": "（所属）",
    },
)
"""A made-up paper that shows how a new entry would be written."""

WRITE_DOWN: Final = "この読み方をテーマの設定（[catalog]）に書き込みますか"
_FORM: Final = {Form.TABLE: "表", Form.BULLETS: "箇条書き", Form.PARAGRAPHS: "段落"}
_ORDER: Final = {Order.OLDEST_FIRST: "古い順", Order.NEWEST_FIRST: "新しい順"}
_NUMBERING: Final = {Numbering.NONE: "なし", Numbering.RISING: "上から順", Numbering.FALLING: "下から順"}
_SECTIONS: Final = {Sections.NONE: "なし", Sections.YEAR: "年ごと", Sections.TOPIC: "主題ごと"}
_SOURCE: Final = {
    FieldSource.METADATA: "論文の情報から",
    FieldSource.MODEL: "言語モデルが書く",
    FieldSource.FIGURE: "注目度の数値から",
    FieldSource.NOTHING: "人が書く",
}
_MOST_UNREAD: Final = 10
SECTION: Final = {Section.TABLE: "表", Section.ADDITIONS: "追加"}

_NUMBER: Final = "番号"
CSV_HEADINGS: Final = (_NUMBER, *CELL.values(), "arXiv番号", "URL", "掲載箇所")


def annotation(field: str, text: str) -> str:
    """Japanese text for the note field of an exported reference (BibTeX, RIS): a catalog field, by name and text, that
    the format has no place for.
    """
    return f"{field_name(field)}：{text}"


ONLY_PEOPLE: Final = "要確認（提案なし）"
SEARCHING: Final = "arXivで題名を探しています"
NOTHING_FOUND: Final = "直すところは見つかりませんでした。"

FEED_TITLE: Final = "新しく加わった論文"
CANDIDATES_TITLE: Final = "カタログの候補"
UNDECIDED: Final = "【未決定の候補】"

PAGE: Final = {
    "untitled": "論文カタログ",
    "papers": "収録論文",
    "years": "発表年",
    "linked": "arXivリンク",
    "search": "検索",
    "hint": "題名・概要・著者・会議名",
    "year": "発表年",
    "category": "研究カテゴリー",
    "attention": "注目度",
    "all": "すべて",
    "clear": "条件を消す",
    "count": "本",
    "by_year": "発表年ごとの本数",
    "by_category": "研究カテゴリーの語ごとの本数",
    "categories_note": "その語を含むカテゴリーが付いた論文の数。押すと絞り込みます。",
    "none": "条件に合う論文はありません。",
    "anchor": "この論文へのリンク",
    "addition": "追加",
    "list": "論文一覧",
    "skip": "論文一覧へ",
    "sort": "並び順",
    "sort_number": "カタログの順",
    "sort_new": "新しい順",
    "forms": "ほかの形式",
    "unknown_level": "不明",
    "home": "← 一覧へ戻る",
}


def where(finding: Finding) -> str:
    """Japanese text for the place in the catalog that a finding of `catalog check` is about: row number or line, and
    the cell; or the whole document.
    """
    entry = finding.entry
    if entry is None:
        return "文書全体"
    paper = f"第{entry.number}行" if entry.number is not None else f"{entry.place.line}行目"
    return f"{paper}・{field_name(finding.cell)}" if finding.cell else paper


def change(finding: Finding) -> str:
    """Japanese text for the change that a finding of `catalog check` proposes, as `A → B`, or the note that only people
    can decide.
    """
    stands = finding.stands or "（なし）"
    return f"{stands} → {finding.proposal}" if finding.proposal is not None else f"{stands}　{ONLY_PEOPLE}"


def unchecked(count: int, of: int) -> str:
    """Japanese text of `catalog check` for when arXiv does not answer: for how many entries (`count` of `of`) which
    fields were not checked, and what was checked all the same.
    """
    return (
        f"arXiv に問い合わせられなかったため、{of}本のうち{count}本は、題名・著者・発表年・出版情報・概要を確かめていません。"
        "合計、順序、番号、重複、表に入っていない論文は調べました。"
    )


def without_service(trouble: str) -> str:
    """Japanese text of `catalog check` for when a service does not answer: venues were checked only by the other
    services and by earlier answers.
    """
    return f"出版情報は、応答のあったところと前回までの回答だけで確かめました：{trouble}"


def beside_table(rows: int, beside: int) -> str:
    """Japanese note on papers listed in the catalog file outside the table, which the total stated in the file does not
    count.
    """
    return f"表に{rows}本、表の外に{beside}本。カタログの「合計」は表の{rows}本を数えます。"


def without_year(count: int) -> str:
    """Japanese note below a chart of papers by year: how many papers it leaves out because they have no year."""
    return f"発表年の記載がない{count}本を除く。"


def learned(file: str, reading: CatalogReading, named: int) -> Iterator[str]:
    """Japanese lines of `catalog learn` that say what layout of a catalog file was recognized; `named` is how many
    papers the whole file names.
    """
    shape, ids = reading.shape, {paper for entry in reading.rows for paper in entry.ids}
    yield f"{file}：{_FORM[shape.form]}、{len(reading.rows)} 件（arXiv などの番号 {len(ids)} 個、ファイル全体では {named} 個）"
    yield (
        f"並び：{_ORDER[shape.order]}　番号：{_NUMBERING[shape.numbering]}　見出し：{_SECTIONS[shape.sections]}"
        f"　合計の行：{shape.total.replace('{n}', '…') or 'なし'}"
    )
    if shape.into:
        yield f"新しい論文を入れる見出し：{shape.into}（違うときは [catalog] into を直してください）"
    for column in shape.columns:
        fields = "・".join(field_name(name) for name in column.fields) or "そのまま"
        yield f"列「{column.heading}」：{fields}　{column.write}"
    if shape.entry:
        yield "".join(shape.entry)
    for field in proposed_fields(shape):
        yield f"独自の欄「{field_name(field.name)}」：{_SOURCE[field.source]}{f'（{field.prompt}）' if field.prompt else ''}"
    odd = [one for one in reading.unread if one.oddity is not Oddity.NAMED]
    if odd:
        yield f"読み取れなかった行：{len(odd)}"
    for one in odd[:_MOST_UNREAD]:
        yield f"  {one.line}行目：{ODDITY[one.oddity]}　{one.text[:60]}"


def next_entry(line: int) -> str:
    """Japanese heading of a sample of how a new catalog entry would be written at this line."""
    return f"新しい論文はこう書きます（見本、{line}行目）："


def written_down(files: Sequence[str]) -> str:
    """Japanese text of `catalog learn` that says into which topic files the layout of the catalog was written."""
    return f"書き込みました：{'、'.join(files)}" if files else "設定はすでにこのとおりです。"
