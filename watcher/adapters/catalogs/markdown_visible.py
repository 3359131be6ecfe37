"""Converts the Markdown of a cell to the text that readers see."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from watcher.domain.text import fold

_ACTIVE = re.compile(r"[\\*_`\[\]<>&~!\r\n]")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_INLINE = MarkdownIt("commonmark").enable("strikethrough")


@functools.lru_cache(maxsize=16_384)  # a catalog is parsed often, and few of its cells change in between
def visible_lines(markdown: str) -> tuple[str, ...]:
    """The non-empty lines of a cell (separated by `<br>`), without markup and with single spaces."""
    if not _ACTIVE.search(markdown):
        return (text,) if (text := fold(markdown)) else ()
    (inline,) = _INLINE.parseInline(markdown.replace("\\|", "|"))
    lines = "".join(_pieces(inline.children or ())).split("\n")
    return tuple(text for line in lines if (text := fold(line)))


def visible_text(markdown: str) -> str:
    """The text of a cell on one line."""
    return " ".join(visible_lines(markdown))


def _pieces(tokens: Sequence[Token]) -> Iterator[str]:
    r"""The text of inline tokens, with "\n" for line breaks and without HTML comments."""
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"} or (
            token.type == "html_inline" and _BREAK.fullmatch(token.content)
        ):
            yield "\n"
        elif not (token.type == "html_inline" and token.content.startswith("<!--")):
            yield token.content
