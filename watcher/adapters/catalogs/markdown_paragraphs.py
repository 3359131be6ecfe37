"""Finds a catalog's entries among the paragraphs of a Markdown file, where each begins with its title in bold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markdown_it.token import Token

from watcher.adapters.catalogs.markdown_bullets import Item, heads_at, is_elsewhere
from watcher.adapters.catalogs.markdown_lines import line_text
from watcher.adapters.catalogs.markdown_parts import is_paper, links_of, nodes, parts, url_of

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
