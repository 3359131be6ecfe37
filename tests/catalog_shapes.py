"""Made-up catalogs of many shapes, damaged by hand, and what must hold whatever the bot is then asked to do to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from tests.adapters.catalogs.rows import content
from watcher.adapters.catalogs.markdown import added_to, removed_from
from watcher.adapters.catalogs.markdown_document import read_document
from watcher.adapters.catalogs.markdown_entries import read_entries
from watcher.adapters.catalogs.markdown_learn import learn_shape
from watcher.adapters.catalogs.markdown_text import read_lines
from watcher.adapters.catalogs.merge import merge_catalogs
from watcher.domain.catalog.shape import Sections, Shape
from watcher.domain.errors import CatalogConflict, CatalogError
from watcher.domain.facts import RowChange
from watcher.domain.papers.paper import PaperId
from watcher.domain.summaries.cells import RowContent

_NAMES = {
    "title": ["論文タイトル", "Title", "📄 Paper", "标题", "論文", "Paper Title"],
    "summary": ["概要", "Summary", "要約", "TL;DR", "摘要"],
    "authors": ["著者", "Authors", "著者/URL", "作者"],
    "year": ["発表年", "Year", "年份"],
    "date": ["Date", "日付"],
    "venue": ["会議", "Venue", "カンファレンス名/出版情報", "🏛 会议/期刊"],
    "categories": ["研究カテゴリー", "Category", "分類"],
    "link": ["リンク", "Link", "🔗 链接"],
    "code": ["Code", "コード"],
    "comment": ["一言", "备注"],
    "": ["読んだ人", "Status", "Rating"],
}
_TITLES = [
    "World Models for {} Agents", "{}: Learning to Plan with Language", "What Do {} Networks Know? A Study",
    "{}-GPT, Revisited", "Does {} Imagine? Yes", "On the *{}* of Worlds",
]  # fmt: skip
_WORDS = ["Neural", "Causal", "Dream", "Visual", "Spatial", "Latent", "Social", "Agentic", "Robot", "Video"]
_PEOPLE = ["Sato et al.", "Ada Lovelace, Alan Turing", "Kim & Schuster", "Ito et al."]
_VENUES = ["arXiv", "NeurIPS 2024", "ICLR 2025", "CVPR 2023", "ACL 2024 Findings"]
_REPOSITORY = "https://github.com/some/thing"


def made(dice: Random) -> bytes:
    """A catalog of some shape: a table, bullets or paragraphs, in one section or several, numbered or not, with a total or not."""
    papers = sorted((dice.randint(2021, 2025), dice.randint(1, 12), n) for n in range(dice.randint(1, 9)))
    newest, total = dice.random() < 0.5, dice.random() < 0.4
    if newest:
        papers.reverse()
    write = dice.choice([_table, _table, _bullets, _paragraphs])(dice, numbered=dice.random() < 0.4)
    years = list(dict.fromkeys(year for year, _, _ in papers))
    sections = dice.choice(["", "year", "topic"])
    lines = ["# Papers", "", "Text of people.", ""] if dice.random() < 0.8 else []
    if sections == "year":
        for year in years:
            lines += [f"## {year}", "", *write([paper for paper in papers if paper[0] == year]), ""]
    elif sections == "topic":
        cut = dice.randint(0, len(papers))
        for head, some in (("Planning", papers[:cut]), ("Vision", papers[cut:])):
            lines += [f"## {head}", "", *(write(some) if some else ["None yet."]), ""]
    else:
        lines += write(papers)
    if total:
        lines += [
            "",
            dice.choice([f"合計：{len(papers)}本", f"Total: {len(papers)} papers", f"**共 {len(papers)} 篇**"]),
        ]
    lines += ["", "## License", "", "Free."] if dice.random() < 0.3 else []
    text = "\n".join(lines) + dice.choice(["\n", ""])
    return text.replace("\n", dice.choice(["\n", "\n", "\n", "\r\n"])).encode()


_Paper = tuple[int, int, int]
_Write = Callable[[Sequence[_Paper]], list[str]]


def _native(paper: _Paper) -> str:
    year, month, n = paper
    return f"{year % 100:02}{month:02}.{n + 10001:05}"


def _title(dice: Random, paper: _Paper) -> str:
    return dice.choice(_TITLES).format(f"{dice.choice(_WORDS)}{paper[2]}")


def _table(dice: Random, *, numbered: bool) -> _Write:
    others = [name for name in _NAMES if name != "title"]
    fields = dice.sample(others, dice.randint(1, 6))
    fields.insert(dice.randint(0, len(fields)), "title")
    heads = [dice.choice(_NAMES[field]) for field in fields]
    own = numbered and dice.random() < 0.5
    linked = "" if "link" in fields else dice.choice(["title", "title", "authors" if "authors" in fields else "title"])
    bold, count = dice.random() < 0.5, [0]

    def row(paper: _Paper) -> str:
        count[0] += 1
        url, title = f"https://arxiv.org/abs/{_native(paper)}", _title(dice, paper)
        shown = f"{count[0]}. {title}" if numbered and not own else title
        shown = f"**{shown}**" if bold else shown
        people = dice.choice(_PEOPLE)
        cells = {
            "title": f"[{shown}]({url})" if linked == "title" else shown,
            "summary": "世界を予測する手法を提案。", "year": str(paper[0]), "date": f"{paper[0]}-{paper[1]:02}",
            "authors": f"{people}<br>[arXiv:{_native(paper)}]({url})" if linked == "authors" else people,
            "venue": dice.choice(_VENUES), "categories": "計画", "link": f"[Paper]({url})",
            "code": dice.choice(["", f"[Code]({_REPOSITORY})"]), "comment": "よい", "": "-",
        }  # fmt: skip
        told = ([str(count[0])] if own else []) + [cells[field] for field in fields]
        return f"| {' | '.join(told)} |"

    def write(papers: Sequence[_Paper]) -> list[str]:
        names = (["#"] if own else []) + heads
        return [f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}", *map(row, papers)]

    return write


def _bullets(dice: Random, *, numbered: bool) -> _Write:
    mark, gap = dice.choice(["-", "*", "+", "*  "]), dice.random() < 0.3
    style, nested, count = dice.randrange(7), dice.random() < 0.4, [0]

    def item(paper: _Paper) -> list[str]:
        count[0] += 1
        url, title, people = f"https://arxiv.org/abs/{_native(paper)}", _title(dice, paper), dice.choice(_PEOPLE[:1])
        lead = f"{count[0]}." if numbered else mark
        code = dice.choice(["", f" [[Code]({_REPOSITORY})]"])
        head = [
            f"[{title}]({url}) ({paper[0]}-{paper[1]:02}){code}",
            f"**{title}.** {people} *{dice.choice(_VENUES)}.* [[Paper]({url})]{code}",
            f"[{paper[0]}/{paper[1]:02}] **{title}.** *{people} {dice.choice(_VENUES)}.* [[paper]({url})]{code}",
            f"{title}. **`{dice.choice(_VENUES)}`** [[Paper]({url})]{code} ![](https://img.shields.io/badge/x-blue)",
            f"[{title}]({url})",
            f'**REM**: "{title}", **`arXiv {paper[0]}.{paper[1]:02}`**. [[Paper]({url})][[Code]({_REPOSITORY})]',
            f"{people} {paper[0]}. [{title}]({url}). In *{dice.choice(_VENUES)}*.",
        ][style]
        below = [f"{' ' * (len(lead) + 1)}- 世界を予測する手法を提案した。"] if nested else []
        return [f"{lead} {head}", *below, *([""] if gap else [])]

    def write(papers: Sequence[_Paper]) -> list[str]:
        found = [line for paper in papers for line in item(paper)]
        return found[:-1] if gap else found

    return write


def _paragraphs(dice: Random, *, numbered: bool) -> _Write:
    style = dice.randrange(3) if not numbered else 0

    def entry(paper: _Paper) -> list[str]:
        url, title, people = f"https://arxiv.org/abs/{_native(paper)}", _title(dice, paper), dice.choice(_PEOPLE)
        code = dice.choice(["", _REPOSITORY])
        return [
            [f"**{title}**  ", f"{people}  ", f"*{dice.choice(_VENUES)}.*  ", f"[[arxiv]({url})]", ""],
            [f"**{title}**", "", f"- Paper: {url}", *([f"- Code: {code}"] if code else []), ""],
            [f"**{title}**", people, f"[arXiv:{_native(paper)}]({url}){f' • [code]({code})' if code else ''}", ""],
        ][style]

    return lambda papers: [line for paper in papers for line in entry(paper)][:-1]


def account(data: bytes, dice: Random) -> str:
    """Learn a catalog, add papers, edit by hand, take them out; gives how far it came. AssertionError when a byte changed
    that is none of ours.
    """
    try:
        shape = learn_shape(data, "made")
        reading = read_entries(data, "made", shape)
    except CatalogError:
        return "refused"
    for entry in reading.entries:
        for span in entry.spans.values():
            data[span.start : span.end].decode()
    year = dice.choice([2020, 2023, 2026])
    new = f"{year % 100:02}06.31415"
    row = content(
        new, year=str(year), title=_title(dice, (0, 0, 77)), venue=dice.choice([f"arXiv ({year}年6月)", "ACL 2026"])
    )
    row = replace(row, fields={"code": dice.choice(["", _REPOSITORY])})
    try:
        after, (change, number) = added_to(data, row, "made", shape=shape)
    except CatalogError as error:
        return f"not added: {error.message[:40]}"
    if change is RowChange.PRESENT:
        assert after == data
        return "present"
    _others_stay(data, after, row.id, shape)
    assert added_to(after, row, "made", shape=shape) == (after, (RowChange.ADDED, number)), "a second row"
    left, _ = removed_from(after, row, "made", shape=shape)
    # A section that held nothing but the entry goes with it, if adding the entry makes it again.
    assert left == data or _is_empty_section(data, left, after, row, shape), (
        "taking it out did not give the first bytes back"
    )
    return f"{shape.form}: {_with_another(data, after, row.id, shape, dice)}"


def _is_empty_section(data: bytes, left: bytes, after: bytes, row: RowContent, shape: Shape) -> bool:
    """Whether all that went beside the entry is a section without entries, which adding the entry makes again."""
    before, kept = Counter(data.splitlines()), Counter(left.splitlines())
    gone = [line for line in (before - kept) if line.strip()]
    frame = all(line.startswith((b"#", b"|")) for line in gone) and not kept - before
    return shape.sections is Sections.YEAR and frame and added_to(left, row, "made", shape=shape)[0] == after


def _others_stay(before: bytes, after: bytes, paper: PaperId, shape: Shape) -> None:
    """The new entry is one entry, and all others are what they were."""
    old, new = (read_document(read_lines(data, "made"), "made", shape) for data in (before, after))
    (line,) = new.rows_of(paper)
    assert [new.key(n) for n in new.ends if n != line] == [old.key(n) for n in old.ends], "another entry changed"


def _with_another(base: bytes, ours: bytes, new: PaperId, shape: Shape, dice: Random) -> str:
    """Others add a paper and edit a line meanwhile; merging has both papers, once each."""
    year = dice.choice([2021, 2026])
    other = content(f"{year % 100}05.27182", year=str(year), title="Another Paper of Others")
    try:
        theirs, _ = added_to(base, other, "made", shape=shape)
    except CatalogError:
        return "added"
    theirs = theirs.replace(b"Text of people.", b"Other text.")
    try:
        merged = merge_catalogs(base, ours, theirs, lambda *_: None, "made", shape)
    except CatalogConflict:
        return "conflict"
    document = read_document(read_lines(merged, "made"), "made", shape)
    for paper in (new, other.id):
        assert len(document.rows_of(paper)) == 1, "a paper is lost or doubled"
    assert (b"Other text." in theirs) == (b"Other text." in merged)
    return "added, merged"


def damaged(data: bytes, dice: Random) -> bytes:
    """The catalog after an accident of people's."""
    text = data.decode(errors="replace")
    lines = text.splitlines(keepends=True) or [""]
    at = dice.randrange(len(lines))
    act = dice.randrange(7)
    if act == 0:
        lines.insert(
            at, dice.choice(["\n", "ただの文。\n", "## 2024\n", "- [x](https://arxiv.org/abs/2201.00001)\n", "| a |\n"])
        )
    elif act == 1:
        del lines[at]
    elif act == 2:
        lines[at] = lines[at].replace("|", "", 1)
    elif act == 3:
        lines[at] = " " * dice.randint(1, 5) + lines[at]
    elif act == 4:
        other = dice.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    elif act == 5:
        place = dice.randrange(len(text) + 1)
        return (
            text[:place] + dice.choice(["**", "`", "[", "](", "<b>", "|", "\\", "1. ", "2024", "<!--"]) + text[place:]
        ).encode()
    else:
        return data[: dice.randrange(len(data) + 1)]
    return "".join(lines).encode()
