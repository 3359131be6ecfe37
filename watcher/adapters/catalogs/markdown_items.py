"""Finds a catalog's entries among the list items (bullets) of a Markdown file, or among its paragraphs, where each begins
with its title in bold; and the headings above them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from markdown_it.token import Token

from watcher.adapters.catalogs.markdown_parts import is_paper, links_of, nodes, parts, url_of
from watcher.adapters.catalogs.markdown_text import heads_at, line_text

# Sections that are about something else, whatever they link to.
_OTHER_SECTIONS = re.compile(
    r"[\W\d_]*(?:(?:latest|recent|our|the|how to|table of)\s+)*(?:news|updates?|change\s?log|what.?s new|cit(?:e|ing|ations?)"
    r"\b.*|bibtex|contribut\w*.*|acknowledge?ments?.*|licen[sc]e|contacts?|star history|maintainers?.*"
    r"|related (?:repos?\w*|lists?|awesome\w*|projects?)|お知らせ|更新履歴|引用|貢献|謝辞|ライセンス|贡献|致谢|许可|联系)"
    r"(?:\W.{0,12})?",
    re.IGNORECASE,
)
_CONTENTS = re.compile(r"[\W\d_]*(?:table of )?(?:contents?|toc|目次|目录)(?:\W.{0,12})?", re.IGNORECASE)
_BOLD = re.compile(r"\*\*[^*]+\*\*[:：]?|__[^_]+__[:：]?")
_HTML_LINE = re.compile(r"</?[A-Za-z!]|\s+</(?:details|div|center|p)>")
_PSEUDO = 7  # a paragraph in bold is a heading below all others


@dataclass(slots=True)
class Item:
    """A list item of a Markdown file: its first line and the one after its end, its nested items (`children`), the
    texts of the headings above it (`heads`), and the line of the innermost heading (`head`).
    """

    start: int
    end: int
    heads: tuple[str, ...]
    head: int
    children: list[Item] = field(default_factory=list)

    def own(self, lines: Sequence[str]) -> str:
        """The text of the list item without its nested items."""
        return "\n".join(lines[self.start : self.children[0].start if self.children else self.end])


def headings_in(tokens: Sequence[Token], kept: Sequence[int]) -> Iterator[tuple[int, int, str]]:
    """Find the headings of a Markdown file, as (line, level, text); a paragraph in bold counts as one. `kept` maps the
    lines of the parsed text to those of the file.
    """
    for token, inside in pairwise(tokens):
        if not token.map or inside.type != "inline" or token.level:
            continue
        if token.type == "heading_open":
            yield kept[token.map[0]], int(token.tag[1:]), inside.content
        elif token.type == "paragraph_open" and _BOLD.fullmatch(inside.content.strip()):
            yield kept[token.map[0]], _PSEUDO, inside.content


def bullets_in(
    tokens: Sequence[Token], kept: Sequence[int], lines: Sequence[bytes], headings: Sequence[tuple[int, int, str]]
) -> list[Item]:
    """Find the list items of a Markdown file that are about a paper, in the order of the file, with their nested items.

    An item is about a paper if it links to one, or is a reference that ends with its year; one between such items
    counts if it has a link. If a bullet is only a heading, the items below it are looked at one by one.
    """
    texts = [line_text(line) for line in lines]
    found: list[Item] = []
    for items in _lists(tokens, kept, texts, headings):
        found += _entries(items, texts)
    return found


def is_elsewhere(heads: Sequence[str]) -> bool:
    """Whether the headings above a line say that its section is about something other than papers (a table of contents,
    …). `heads` begins with the outermost.

    "Contents" counts only as the innermost heading, because people put the list's own sections below it.
    """
    inside = heads[1:] or heads
    return any(_OTHER_SECTIONS.fullmatch(head.strip()) for head in inside) or any(
        _CONTENTS.fullmatch(head.strip()) for head in inside[-1:]
    )


def _lists(
    tokens: Sequence[Token], kept: Sequence[int], texts: Sequence[str], headings: Sequence[tuple[int, int, str]]
) -> Iterator[list[Item]]:
    """The items of each top-level list of the file."""
    depth, stack, items = 0, list[Item](), list[Item]()
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            depth += 1
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            depth -= 1
            if depth == 0:
                yield items
                items = []
        elif token.type == "list_item_open" and token.map and depth:
            start, end = kept[token.map[0]], _end(texts, kept[token.map[0]], kept[token.map[1]])
            item = Item(start, end, *heads_at(headings, start))
            (stack[-1].children if stack else items).append(item)
            stack.append(item)
        elif token.type == "list_item_close" and stack:
            stack.pop()


def _end(texts: Sequence[str], start: int, end: int) -> int:
    """The line at which an item ends, without trailing blank lines, HTML tags at the margin, and ends of folds."""
    while end > start + 1 and (not texts[end - 1].strip() or _HTML_LINE.match(texts[end - 1])):
        end -= 1
    return end


def _entries(items: Sequence[Item], texts: Sequence[str]) -> list[Item]:
    """The items of a list that are about papers, or those nested in them."""
    if items and is_elsewhere(items[0].heads):
        return []
    sure = [_is_entry(item, texts) for item in items]
    most = sum(sure) * 2 > len(items)
    found: list[Item] = []
    for item, is_entry in zip(items, sure, strict=True):
        if is_entry or (most and _is_like_one(item, texts)):
            found.append(item)
        elif item.children:
            for child in item.children:  # the bullet above them is their heading
                child.heads, child.head = (*item.heads, item.own(texts).strip()), item.start
            found += _entries(item.children, texts)
    return found


def _is_entry(item: Item, texts: Sequence[str]) -> bool:
    own = item.own(texts)
    if is_paper(own):
        return True
    nested = [child.own(texts) for child in item.children]
    return "title" in parts(own) and any(is_paper(text) and "title" not in parts(text) for text in nested)


def _is_like_one(item: Item, texts: Sequence[str]) -> bool:
    own = item.own(texts)
    return "title" in parts(own) and any(url_of(own, link).startswith("http") for link in links_of(own))


_LISTS = frozenset({"bullet_list_open", "ordered_list_open"})


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of a Markdown file that is in no other: the type of its token, its lines and its text."""

    type: str
    start: int
    end: int
    text: str

    @property
    def is_title(self) -> bool:
        """Whether it is a paragraph that begins with a title in bold."""
        return self.type == "paragraph_open" and _begins_with_title(self.text)

    @property
    def links_paper(self) -> bool:
        """Whether it links to a paper."""
        return is_paper(self.text)


@lru_cache(maxsize=16_384)  # a catalog is read often, and few of its entries change in between
def _begins_with_title(text: str) -> bool:
    first = next(iter(nodes(text)), None)
    title = parts(text).get("title") if first is not None and first.kind == "strong" else None
    return first is not None and title is not None and title[0] < first.end and _has_words(text, *title)


def _has_words(text: str, start: int, end: int) -> bool:
    return len(re.findall(r"\w+", text[start:end])) > 2 or len(re.findall(r"[\u3040-\u9fff]", text[start:end])) > 3


def paragraphs_in(
    tokens: Sequence[Token], kept: Sequence[int], lines: Sequence[bytes], headings: Sequence[tuple[int, int, str]]
) -> list[Item]:
    """Find the entries of a catalog that are paragraphs, in the order of the file. An entry is a paragraph that begins
    with a title in bold, and the paragraphs and lists below it up to the one that links to the paper.
    """
    blocks = list(_blocks(tokens, kept, [line_text(line) for line in lines]))
    spans = [_span(blocks, n) for n, block in enumerate(blocks) if block.is_title]
    titles = {start for start, _ in filter(None, spans)}
    above = [heading for heading in headings if heading[0] not in titles]
    found = [Item(start, end, *heads_at(above, start)) for start, end in filter(None, spans)]
    return [item for item in found if not is_elsewhere(item.heads)]


def _blocks(tokens: Sequence[Token], kept: Sequence[int], texts: Sequence[str]) -> Iterator[_Block]:
    for token in tokens:
        if token.level == 0 and token.map and token.nesting >= 0:
            start, end = kept[token.map[0]], kept[token.map[1]]
            while end > start + 1 and not texts[end - 1].strip():
                end -= 1
            yield _Block(token.type, start, end, "\n".join(texts[start:end]))


def _span(blocks: Sequence[_Block], at: int) -> tuple[int, int] | None:
    """The lines of the entry that begins with a block, None if no paper is linked in it."""
    title = blocks[at]
    if title.links_paper:
        return title.start, title.end
    for n, block in enumerate(blocks[at + 1 :], at + 1):
        if block.is_title or block.type not in {"paragraph_open", *_LISTS} or _has_titles(block):
            return None
        if block.links_paper:
            below = next(iter(blocks[n + 1 : n + 2]), block)
            whole = below.type in _LISTS and block.type not in _LISTS and not _has_titles(below)
            return title.start, (below if whole else block).end
    return None


def _has_titles(block: _Block) -> bool:
    """Whether a list holds entries of its own, below a line in bold that is their heading."""
    items = block.text.split("\n") if block.type in _LISTS else []
    return any("title" in parts(item) and any(url_of(item, link) for link in links_of(item)) for item in items)
