"""Japanese texts about the catalog: findings of the check, labels of the exports and the HTML page, and suggested
changes of rows (proposals), about which curators decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from watcher.domain.catalog.catalog import CatalogReading, Oddity, Section
from watcher.domain.catalog.check import Evidence, Finding, FindingKind
from watcher.domain.catalog.proposals import Proposal, ProposalDecision, ProposalState, Suggestion
from watcher.domain.catalog.shape import FieldSource, Form, Numbering, Order, Sections, proposed_fields
from watcher.domain.facts import Cells
from watcher.domain.papers.paper import PaperId
from watcher.domain.summaries.cells import RowContent
from watcher.domain.text import clipped, visible
from watcher.words_ja.common import CELL, field_name, moment, person

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


STATE: Final = {
    ProposalState.OPEN: "未判断",
    ProposalState.ACCEPTED: "採用（反映待ち）",
    ProposalState.REJECTED: "却下",
    ProposalState.ANSWERED: "確認済み",
    ProposalState.WRITTEN: "反映済み",
    ProposalState.PRESENT: "すでに直っていました",
    ProposalState.STALE: "その後に欄が書き換えられたため、反映しませんでした",
    ProposalState.BY_HAND: "自動では書き換えられないため、手で直してください",
    ProposalState.OVERTAKEN: "新しい確認により不要になりました",
}

REVIEW: Final = "カタログの見直し"
ACCEPT: Final = "採用"
REJECT: Final = "却下"
SEEN_TO: Final = "確認した"
LEAVE: Final = "このままでよい"
NOW: Final = "現在"
PROPOSED: Final = "提案"
GROUNDS: Final = "根拠"
SETTLED: Final = "最近の判断"
NONE_OPEN: Final = "判断を待つ提案はありません。"
NOTHING: Final = "（なし）"
NOT_STATED: Final = "記載なし"
WHOLE: Final = "文書全体"
NEW_ROW: Final = "表の行"
ASK_PEOPLE: Final = "人の確認が必要です"


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
        return WHOLE
    paper = f"第{entry.number}行" if entry.number is not None else f"{entry.place.line}行目"
    return f"{paper}・{field_name(finding.cell)}" if finding.cell else paper


def change(finding: Finding) -> str:
    """Japanese text for the change that a finding of `catalog check` proposes, as `A → B`, or the note that only people
    can decide.
    """
    stands = finding.stands or NOTHING
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


def lead(changes: int, questions: int) -> str:
    """Japanese text that says how many suggested changes of the catalog, and how many questions about it, wait for
    curators.
    """
    if not (changes or questions):
        return "カタログの行について、いま判断を待つ提案はありません。"
    told = [f"変更の提案が {changes} 件"] if changes else []
    told += [f"人の確認が必要な点が {questions} 件"] if questions else []
    return f"{'、'.join(told)}あります。採用すると、その部分だけを書き換えてコミットします。"


def waiting(count: int) -> str:
    """Japanese text, for the digest and the front page, that says how many suggested changes of the catalog wait."""
    return f"カタログの見直しの提案が {count} 件、判断を待っています。"


def accept_all(count: int) -> str:
    """Japanese label of the button that accepts all suggested changes of a catalog row."""
    return f"この行の {count} 件をすべて採用"


def on_the_page(count: int) -> str:
    """Japanese text that says how many suggested changes are shown only on the web page."""
    return f"{count} 件は、ウェブの「カタログの見直し」のページで確かめてください。"


def done(suggestions: Sequence[Suggestion]) -> str:
    """Japanese text for the state of the suggested changes that a curator has just decided."""
    if len(suggestions) == 1:
        return f"{cell(suggestions[0].proposal)}：{STATE[suggestions[0].state]}"
    counts = Counter(STATE[one.state] for one in suggestions)
    return "、".join(f"{state} {count} 件" for state, count in counts.items())


def decided(decision: ProposalDecision) -> str:
    """Japanese text that says who decided on a suggested change and when."""
    return f"{person(decision.curator)}、{moment(decision.at)}"


def confidence(proposal: Proposal) -> str:
    """Japanese text for the confidence in a suggested change, which is a ranking by rule, not a probability."""
    return f"確からしさ：{proposal.confidence:.0%}"


def shown(text: str) -> str:
    """The text of a cell before or after a proposed change, or a placeholder if the cell is empty."""
    return visible(text) or NOTHING


def new_row(proposal: Proposal) -> list[tuple[str, str]]:
    """The cells of a catalog row that is suggested to be added, as pairs (Japanese label, text)."""
    cells = proposal.cells
    return [(CELL[name], getattr(cells, name)) for name in Cells.names() if cells and getattr(cells, name)]


def trouble(one: Suggestion) -> str:
    """Japanese text that says why an accepted change has not been written to the catalog yet."""
    return f"カタログに反映できていません（続けて試みます）：{one.trouble}"


def new_proposals(count: int) -> str:
    """Japanese text that says how many changes a check of the catalog suggested."""
    return f"新しい提案は {count} 件です。" if count else "新しい提案はありません。"


def without_figures(trouble: str) -> str:
    """Japanese note that a service for citations or venues did not answer, so that its last figures are used."""
    return f"数値を取得できませんでした（前回の値を使います）：{trouble}"


def cell(proposal: Proposal) -> str:
    """Japanese name of the cell that a suggested change is about."""
    if proposal.kind is FindingKind.UNLISTED:
        return NEW_ROW
    return CELL.get(proposal.cell, WHOLE)


def row(proposal: Proposal) -> str:
    """The title of the catalog row that a suggested change is about."""
    return visible(proposal.title) or WHOLE


def proposed_change(proposal: Proposal) -> str:
    """Japanese text for a suggested change of a cell as `A → B`, or the note that only people can decide."""
    before = clipped(visible(proposal.before), 120) or NOTHING
    return f"{before} → {visible(proposal.after)}" if proposal.after is not None else f"{before}　{ASK_PEOPLE}"


def reason(proposal: Proposal) -> str:
    """Japanese text that says what is wrong in a catalog row, as the reason for a suggested change."""
    return KIND[proposal.kind]


def evidence(known: Evidence) -> str:
    """Japanese text for the evidence behind a suggested change: the source and what it says."""
    return f"{known.source}（{known.field}）：{clipped(visible(known.value), 300) or NOT_STATED}"


def line(one: Suggestion) -> str:
    """Japanese text for a suggested change of the catalog, on one line."""
    proposal = one.proposal
    where = f"{clipped(row(proposal), 60)}・{cell(proposal)}"
    return f"{one.number} [{STATE[one.state]}] {where}：{reason(proposal)}　{proposed_change(proposal)}"
