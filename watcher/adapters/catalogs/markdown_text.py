"""Escapes untrusted text for a Markdown table cell, so that it is shown unchanged and has no effect as markup."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from watcher.domain.summaries.cells import plain
from watcher.domain.text import fold

# A backslash escapes only ASCII punctuation (CommonMark 2.4); before anything else it stands for itself.
_BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~]|$)")

# Characters that may begin a column, markup, a tag, a formula or an entity; "://" and "www." become links on GitHub
# without any markup. Characters that have no effect inside a cell (# ! + - . digits) are not escaped, for legibility.
_ACTIVE = re.compile(r"[|<>\[\]*_`~$]|&(?=#?\w+;)|:(?=//)|(?<=www)\.", re.ASCII | re.IGNORECASE)

# GitHub makes links of e-mail addresses after unescaping, so an escape does not prevent it; a comment inside does.
_MAIL = re.compile(r"(?<=[A-Za-z0-9.+_-])@(?=[A-Za-z0-9_.-]*\.[A-Za-z0-9_.-]*[A-Za-z])")
EMPTY_COMMENT = "<!-- -->"
"""An empty HTML comment, which breaks an e-mail address so that GitHub makes no link of it."""


def escaped(text: str) -> str:
    """Escape an untrusted text for a Markdown table cell, so that nothing in it acts as markup: readers see the text on
    one line, as `plain` gives it.
    """
    return _MAIL.sub(f"{EMPTY_COMMENT}@", _ACTIVE.sub(r"\\\g<0>", _BACKSLASH.sub(r"\\\\", plain(text))))


_MARKED = re.compile(r"[\\*_`\[\]<>&~!\r\n]")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_INLINE = MarkdownIt("commonmark").enable("strikethrough")


@functools.lru_cache(maxsize=16_384)  # a catalog is parsed often, and few of its cells change in between
def visible_lines(markdown: str) -> tuple[str, ...]:
    """The non-empty lines of a Markdown table cell (separated by `<br>`), without markup and with single spaces."""
    if not _MARKED.search(markdown):
        return (text,) if (text := fold(markdown)) else ()
    (inline,) = _INLINE.parseInline(markdown.replace("\\|", "|"))
    lines = "".join(_pieces(inline.children or ())).split("\n")
    return tuple(text for line in lines if (text := fold(line)))


def visible_text(markdown: str) -> str:
    """The text of a table cell as readers see it, on one line."""
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
