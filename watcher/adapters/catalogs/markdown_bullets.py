"""Finds a catalog's entries among the list items (bullets) of a Markdown file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from markdown_it.token import Token

from watcher.adapters.catalogs.markdown_lines import line_text
from watcher.adapters.catalogs.markdown_parts import is_paper, links_of, parts, url_of

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


def heads_at(headings: Sequence[tuple[int, int, str]], line: int) -> tuple[tuple[str, ...], int]:
    """Find the headings that a line of a Markdown file is under: their texts, the outermost first, and the line of the
    innermost, -1 without any.
    """
    above: list[tuple[int, int, str]] = []
    for one in headings:
        if one[0] >= line:
            break
        above = [other for other in above if other[1] < one[1]] + [one]
    return tuple(text for _, _, text in above), above[-1][0] if above else -1


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
