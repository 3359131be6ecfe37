"""The Markdown of a cell or a line turned into the text its reader sees."""

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


@functools.lru_cache(maxsize=16_384)  # a catalog is read again and again, and few of its cells change
def visible_lines(markdown: str) -> tuple[str, ...]:
    """The lines that `<br>` parts, without markup, white space folded, empty ones left out."""
    if not _ACTIVE.search(markdown):
        return (text,) if (text := fold(markdown)) else ()
    (inline,) = _INLINE.parseInline(markdown.replace("\\|", "|"))
    lines = "".join(_pieces(inline.children or ())).split("\n")
    return tuple(text for line in lines if (text := fold(line)))


def visible_text(markdown: str) -> str:
    """The same on one line."""
    return " ".join(visible_lines(markdown))


def _pieces(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"} or (
            token.type == "html_inline" and _BREAK.fullmatch(token.content)
        ):
            yield "\n"
        elif not (token.type == "html_inline" and token.content.startswith("<!--")):
            yield token.content
