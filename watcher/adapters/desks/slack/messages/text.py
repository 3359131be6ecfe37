"""Turn untrusted text into Slack text objects: inert, escaped and within limits.

Rules from docs.slack.dev/messaging/formatting-message-text. Slack does not say how it counts characters,
so lengths are UTF-16 units (its clients' unit) and every limit keeps 5 % in reserve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import regex  # type: ignore[import-untyped]  # ships no types; \X is what it is here for

from watcher.domain.text import visible

SECTION = 2850  # of 3,000
HEADER = 142  # of 150
FALLBACK = 3800  # of 4,000, where chat.update refuses
INPUT = 2850  # of 3,000
INPUT_ERROR = 1900  # of 2,000

Blocks = list[dict[str, Any]]

_ELLIPSIS = "…"
_JOINER = "\u2060"  # word joiner: no width, no line break
_GRAPHEME = regex.compile(r"\X")
_SAFE_PIECE = regex.compile(r"&(?:amp|lt|gt);|\X")
_MARKER = regex.compile(r"[*_~`]|^>")
_EMOJI_CODE = regex.compile(r":(?=[\w+'-]+:)")
_PLAIN_HTTPS = regex.compile(r"https://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~/?#=&%+-]*)?")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fit(text: str, limit: int) -> str:
    """Cut plain text to `limit` units at the end of a grapheme, with 「…」 where something is missing."""
    return text if units(text) <= limit else _cut(_GRAPHEME.findall(text[: limit + 1]), limit)


def fit_safe(text: str, limit: int) -> str:
    """The same for text made by `safe`, whose entities are never cut apart."""
    return text if units(text) <= limit else _cut(_SAFE_PIECE.findall(text), limit)


def safe(text: str, limit: int) -> str:
    """Untrusted text for a mrkdwn object or a message's `text`, at most `limit` units: shows as itself.

    Mentions, links and entities are escaped. The marks `*_~` and the backtick, a leading quote mark and
    `:emoji:` codes cannot be escaped; a word joiner beside them takes their effect away.
    """
    inert: str = _MARKER.sub(rf"{_JOINER}\g<0>{_JOINER}", visible(text))
    inert = _EMOJI_CODE.sub(f":{_JOINER}", inert)
    escaped = inert.translate(_ENTITIES)
    if units(escaped) <= limit:
        return escaped
    return _cut([piece.translate(_ENTITIES) for piece in _GRAPHEME.findall(inert[: limit + 1])], limit)


def _cut(pieces: Sequence[str], limit: int) -> str:
    """The pieces that leave room for 「…」, of pieces that together pass the limit."""
    room = limit - 1
    for index, piece in enumerate(pieces):
        room -= units(piece)
        if room < 0:
            return "".join(pieces[:index]).rstrip() + _ELLIPSIS
    return "".join(pieces) + _ELLIPSIS


def mrkdwn(text: str) -> dict[str, Any]:
    """A mrkdwn object of text that is already safe; `verbatim` keeps Slack from linking bare URLs and names."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str) -> dict[str, Any]:
    """A plain_text object of our own words."""
    return {"type": "plain_text", "text": text, "emoji": False}


def section(text: str) -> dict[str, Any]:
    """A section block of safe mrkdwn."""
    return {"type": "section", "text": mrkdwn(text)}


def context(text: str) -> dict[str, Any]:
    """A context block (small, gray) of safe mrkdwn."""
    return {"type": "context", "elements": [mrkdwn(text)]}


def link(url: str, label: str, limit: int) -> str:
    """A mrkdwn link with an untrusted label; `label` alone where the URL is no plain https URL.

    `|` and `>` would end the URL early, and nothing but https is ever linked.
    """
    shown = safe(label, limit)
    if not _PLAIN_HTTPS.fullmatch(url):
        return shown
    return f"<{url.translate(_ENTITIES)}|{shown}>"


def listing(heading: str, items: Sequence[str], limit: int, more: Callable[[int], str]) -> str:
    """A heading and one bullet a line, whole items only; `more` words how many were left out."""
    lines = [heading]
    room = limit - units(heading) - units(more(len(items))) - 1
    for index, item in enumerate(items):
        line = f"• {item}"
        room -= units(line) + 1
        if room < 0:
            lines.append(more(len(items) - index))
            break
        lines.append(line)
    return "\n".join(lines)
