"""Escapes untrusted text for Slack and keeps it within Slack's limits of length; builds Block Kit objects of it.

Rules from docs.slack.dev/messaging/formatting-message-text. Slack does not say how it counts characters, so lengths are
UTF-16 units (as in its clients) and 5 % below every limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import regex  # type: ignore[import-untyped]  # ships no types; \X is what it is here for

from watcher.domain.text import visible
from watcher.words_ja.slack import accessible

SECTION = 2850  # of 3,000
_HEADER = 142  # of 150
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
# A message in a workspace, as Slack's API names them (a stand-in on loopback has no certificate).
_PERMALINK = re.compile(r"https?://[A-Za-z0-9.:-]+/archives/[A-Z0-9]+/p[0-9]+(?:\?thread_ts=[0-9.]+&cid=[A-Z0-9]+)?")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def units(text: str) -> int:
    """The length of a text in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fit(text: str, limit: int) -> str:
    """Shorten plain text to `limit` UTF-16 units at a grapheme boundary, marking it with 「…」."""
    return text if units(text) <= limit else _cut(_GRAPHEME.findall(text[: limit + 1]), limit)


def fit_safe(text: str, limit: int) -> str:
    """Shorten text made by `safe` to `limit` UTF-16 units, without cutting an HTML entity apart."""
    return text if units(text) <= limit else _cut(_SAFE_PIECE.findall(text), limit)


def safe(text: str, limit: int) -> str:
    """Escape untrusted text for a mrkdwn object or a message's `text`, so that it is shown as it is; at most `limit`
    UTF-16 units.

    Mentions, links and entities are escaped. `*_~`, backticks, a leading quote mark and `:emoji:` codes cannot be
    escaped; a word joiner (U+2060) next to them removes their effect.
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
    """A mrkdwn object of text that is already escaped; `verbatim` keeps Slack from linking bare URLs and names."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str) -> dict[str, Any]:
    """A Block Kit plain_text object of a text that needs no escaping."""
    return {"type": "plain_text", "text": text, "emoji": False}


def section(text: str) -> dict[str, Any]:
    """A Block Kit section block of text that is escaped already."""
    return {"type": "section", "text": mrkdwn(text)}


def context(text: str) -> dict[str, Any]:
    """A Block Kit context block (small, gray) of text that is escaped already."""
    return {"type": "context", "elements": [mrkdwn(text)]}


def header(text: str) -> dict[str, Any]:
    """A Block Kit header block, shortened to Slack's limit."""
    return {"type": "header", "text": plain(fit(text, _HEADER))}


def option(label: str, value: str) -> dict[str, Any]:
    """An option of a Block Kit menu, radio button or checkbox."""
    return {"text": plain(label), "value": value}


def button(action: str, label: str, value: str, about: str = "", *, primary: bool = False) -> dict[str, Any]:
    """A Block Kit button; `about` (a paper's id …) makes its accessible name for screen readers."""
    found: dict[str, Any] = {"type": "button", "action_id": action, "text": plain(label), "value": value}
    found |= {"accessibility_label": accessible(label, about)} if about else {}
    return found | ({"style": "primary"} if primary else {})


def menu(action: str, placeholder: str, options: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A Block Kit menu to choose one of the options made by `option`."""
    return {"type": "static_select", "action_id": action, "placeholder": plain(placeholder), "options": options}


def link(url: str, label: str, limit: int) -> str:
    """A mrkdwn link with an untrusted label of at most `limit` UTF-16 units; only the label if the URL is no plain
    https URL.
    """
    shown = safe(label, limit)
    if not _PLAIN_HTTPS.fullmatch(url):
        return shown
    return f"<{url.translate(_ENTITIES)}|{shown}>"


def card_link(card: str, url: str, label: str, limit: int) -> str:
    """A mrkdwn link to the Slack message about a paper, whose permalink is `card`; if that is no permalink, to the
    paper itself at `url`.
    """
    if not _PERMALINK.fullmatch(card):
        return link(url, label, limit)
    return f"<{card.translate(_ENTITIES)}|{safe(label, limit)}>"


def inline(heading: str, items: Sequence[str], limit: int, more: Callable[[int], str]) -> str:
    """A heading and as many whole items as fit into `limit` UTF-16 units, on one line; `more` makes the text that says
    how many were left out.
    """
    line, room = heading, limit - units(heading) - units(more(len(items))) - 2
    for index, item in enumerate(items):
        part = f"{'：' if index == 0 else '、'}{item}"
        room -= units(part)
        if room < 0:
            return f"{line}{'：' if index == 0 else '、'}{more(len(items) - index)}"
        line += part
    return line


def listing(heading: str, items: Sequence[str], limit: int, more: Callable[[int], str]) -> str:
    """A heading and a bulleted list of as many whole items as fit into `limit` UTF-16 units; `more` makes the text that
    says how many were left out.
    """
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
