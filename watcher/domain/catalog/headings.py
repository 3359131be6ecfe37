"""Maps column headings and labels of a catalog, in Japanese, English or Chinese, to the fields they stand for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

# Words that people put over a column; a longer word goes before a shorter one that it contains.
_WORDS: Final[dict[str, str]] = {
    "number": "# no no. num number 番号 通番 序号 编号 id",
    "title": "title|paper title|paper|papers|paper name|論文タイトル|論文名|論文|タイトル|題名|題目|表題|标题|论文标题|论文|题目|论文名称|文献"
    "|article|work|publication",
    "summary": "summary|abstract|overview|description|tldr|tl;dr|key contribution|key contributions|contribution|contributions"
    "|key idea|main idea|概要|要約|要旨|内容|説明|アブストラクト|摘要|简介|内容简介|主要贡献|贡献|要点",
    "authors": "authors|author|first author|by|著者|著者名|筆頭著者|作者|第一作者",
    "link": "link|links|url|urls|pdf|arxiv|arxiv id|doi|リンク|论文链接|链接|地址|paper link|paper url|論文リンク",
    "year": "year|published year|発表年|年|年度|出版年|年份|发表年份|发表年",
    "date": "date|published|publication date|submitted|submission date|released|release date|time|month|日付|発表日|公開日|投稿日"
    "|発表年月|年月|日期|发布日期|时间|发表时间",
    "categories": "category|categories|topic|topics|tag|tags|type|area|field|subject|theme|研究カテゴリー|カテゴリー|カテゴリ|分類|分野"
    "|テーマ|タグ|类别|分类|标签|领域|方向|主题",
    "venue": "venue|conference|journal|publication venue|pub|pub.|publisher|published in|source|conf|conf.|カンファレンス名"
    "|カンファレンス|学会|会議|会議名|出版情報|掲載先|掲載|発表先|ジャーナル|会议|期刊|发表于|出处|来源",
    "attention": "attention|impact|popularity|arxivでの注目度|注目度|关注度",
    "code": "code|codes|code link|github|repo|repository|implementation|source code|コード|実装|代码|代码链接|开源代码|开源",
    "project": "project|project page|page|website|web|site|homepage|home page|demo|プロジェクト|プロジェクトページ|ページ|サイト|项目"
    "|项目主页|主页|项目页",
    "acronym": "acronym|abbreviation|abbr|abbr.|short name|alias|nickname|略称|通称|简称|缩写",
    "task": "task|tasks|タスク|課題|任务",
    "comment": "comment|comments|note|notes|remark|remarks|memo|一言|ひとこと|一言コメント|コメント|メモ|備考|感想|所感|备注|一句话评价|评价|备考"
    "|短评|点评",
    "keywords": "keyword|keywords|key|keys|key words|キーワード|关键词|关键字",
    "institution": "institution|institutions|affiliation|affiliations|organization|organizations|org|lab|所属|機関|研究機関|所属機関"
    "|机构|单位|发表机构",
}  # fmt: skip
_FIELDS: Final = {
    word: field for field, words in _WORDS.items() for word in (words.split("|") if "|" in words else words.split())
}
# Long words alone, since a short one ("id", "年") stands inside many that mean something else.
_LONG: Final = sorted((word for word in _FIELDS if len(word) > (3 if word.isascii() else 1)), key=len, reverse=True)
_MARKUP = re.compile(r"[*_`~]|<[^>]*>|!?\[([^\]]*)\]\([^)]*\)")
_BRACKETS = re.compile(r"[(（\[【](.*?)[)）\]】]")
_JOINTS = re.compile(r"\s*(?:[/／・&＆+,、|]|\band\b|@|と)\s*")


def folded(text: str, space: str = " ") -> str:
    """A heading normalized for comparison: without markup, emoji and capitals, with `space` between its words."""
    text = unicodedata.normalize("NFKC", _MARKUP.sub(lambda found: found[1] or "", text)).casefold()
    kept = "".join(" " if unicodedata.category(c) in {"So", "Sk", "Cf", "Mn", "Co", "Cn"} else c for c in text)
    return space.join(kept.split())


@cache
def _inside() -> re.Pattern[str]:
    """Finds the long words; Latin ones must stand alone."""
    latin = r"(?<![a-z0-9]){}(?![a-z0-9])"
    return re.compile("|".join((latin if word.isascii() else "{}").format(re.escape(word)) for word in _LONG))


@lru_cache(maxsize=4096)
def field_of(heading: str) -> str:
    """The name of the field that a column heading stands for (for several joined by "+": "年・会議" is "year+venue");
    "" if unknown.
    """
    return "+".join(dict.fromkeys(_fields(folded(heading).strip(" :：.") or heading.strip())))


def _fields(text: str) -> Iterator[str]:
    if text in _FIELDS:
        yield _FIELDS[text]
        return
    bare = _BRACKETS.sub(" ", text).strip()
    if bare in _FIELDS:
        yield _FIELDS[bare]
        return
    parts = [part for part in _JOINTS.split(bare) if part]
    known = [_FIELDS.get(part.strip(), "") for part in parts]
    if len(parts) > 1 and any(known):
        yield from filter(None, known)
        return
    for inner in _BRACKETS.findall(text):
        if inner.strip() in _FIELDS:
            yield _FIELDS[inner.strip()]
            return
    if found := sorted(_inside().findall(bare), key=len):
        yield _FIELDS[found[-1]]
