"""Say what is wrong with a Slack message or modal: the SDK's own checks on every nested object, and the limits it misses.

Slack refuses a whole message for one bad block, and its SDK validates only what it is asked to, level by level.
Sources: slack_sdk.models; docs.slack.dev/reference/block-kit; the total of a message was measured by others
(slackapi/bolt-js#2509).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block, BlockElement, TextObject
from slack_sdk.models.views import View

_TEXTS = {"plain_text", "mrkdwn"}
_BLOCKS = {"section", "header", "context", "actions", "divider", "input"}
_ELEMENTS = {"button", "plain_text_input", "checkboxes", "radio_buttons", "overflow", "static_select", "datepicker"}
_PLAIN = {"button": ("text",), "header": ("text",), "input": ("label",), "static_select": ("placeholder",)}
_MOST_OPTIONS = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10, "static_select": 100}
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_READINGS = r"https://arxiv\.org/(?:abs|pdf|html)/[\w./-]+|https://www\.alphaxiv\.org/abs/[\w./-]+"
_PERMALINK = r"https://[\w-]+\.slack\.com/archives/\w+/p\d+(?:\?thread_ts=[\d.]+&amp;cid=\w+)?"
_LINK = re.compile(rf"<({_READINGS}|{_PERMALINK})\|[^<>\n]+>")


def units(text: str) -> int:
    """UTF-16 units, Slack's stricter possible way to count."""
    return len(text.encode("utf-16-le")) // 2


def message_faults(blocks: list[dict[str, Any]], text: str) -> list[str]:
    """Everything for which Slack could refuse the message, or show what we did not mean."""
    faults = list(_block_faults(blocks, most=50))
    if not 0 < units(text) <= 4000:
        faults.append(f"text of {units(text)} characters")
    if sum(units(t["text"]) for t in _texts(blocks)) > 12_500:
        faults.append("more text than a message holds")
    faults += _liveliness(text)
    return faults


def view_faults(view: dict[str, Any]) -> list[str]:
    """The same for a modal."""
    faults = list(_block_faults(view["blocks"], most=100))
    faults += _sdk(View(**{k: v for k, v in view.items() if k != "blocks"}, blocks=Block.parse_all(view["blocks"])))
    for name in ("title", "submit", "close"):
        if name in view and units(view[name]["text"]) > 24:
            faults.append(f"{name} longer than 24")
    if units(view.get("private_metadata", "")) > 3000:
        faults.append("private_metadata longer than 3000")
    if any(b["type"] == "input" for b in view["blocks"]) and "submit" not in view:
        faults.append("a form without submit")
    return faults


def _block_faults(blocks: list[dict[str, Any]], most: int) -> Iterator[str]:
    if not 0 < len(blocks) <= most:
        yield f"{len(blocks)} blocks"
    ids = [b["block_id"] for b in blocks if "block_id" in b]
    if len(ids) != len(set(ids)):
        yield "a block_id twice"
    for block in blocks:
        parsed = Block.parse(block) if block["type"] in _BLOCKS else None
        yield from _sdk(parsed) if parsed else [f"an unknown block: {block['type']}"]
        yield from _place_faults(block)
    for element in _walk(blocks):
        yield from _element_faults(element)
    for text in _texts(blocks):
        yield from _text_faults(text)


def _place_faults(block: dict[str, Any]) -> Iterator[str]:
    """Limits that depend on where something stands."""
    text = block.get("text", {}).get("text", "")
    elements = block.get("elements", [])
    actions = [e.get("action_id") for e in elements]
    longest = {"section": 3000, "header": 150}.get(block["type"], 0)
    if units(text) > longest:
        yield f"{block['type']} longer than {longest}"
    if units(block.get("block_id", "")) > 255:
        yield "block_id longer than 255"
    if block["type"] == "context" and not 0 < len(elements) <= 10:
        yield "context with no or too many elements"
    if block["type"] == "context" and any(units(e.get("text", "")) > 3000 for e in elements):
        yield "context longer than 3000"
    if block["type"] == "input" and units(block.get("label", {}).get("text", "")) > 2000:
        yield "label longer than 2000"
    if block["type"] == "section" and not text:
        yield "section without text"
    if block["type"] == "actions" and (not 0 < len(actions) <= 25 or len(actions) != len(set(actions))):
        yield "actions empty, too many or with an action_id twice"


def _element_faults(element: dict[str, Any]) -> Iterator[str]:
    kind = element.get("type")
    if kind in _ELEMENTS:
        parsed = BlockElement.parse(element)
        yield from _sdk(parsed) if parsed else [f"an element the SDK does not know: {kind}"]
    for name in _PLAIN.get(str(kind), ()):
        if element.get(name, {}).get("type") != "plain_text":
            yield f"{kind}: {name} is no plain text"
    if kind == "button":
        if units(element["text"]["text"]) > 75 or units(element.get("accessibility_label", "")) > 75:
            yield "button text or label longer than 75"
        if units(element.get("value", "")) > 2000:
            yield "button value longer than 2000"
    if kind == "plain_text_input" and units(element.get("initial_value", "x")) not in range(1, 3001):
        yield "initial_value empty or longer than 3000"
    if kind == "static_select" and units(element.get("placeholder", {}).get("text", "")) > 150:
        yield "placeholder longer than 150"
    if units(element.get("action_id", "")) > 255:
        yield "action_id longer than 255"
    yield from _option_faults(element)


def _option_faults(element: dict[str, Any]) -> Iterator[str]:
    """Menus and choices: how many, how long, each its own, and a first choice that is one of them."""
    kind = str(element.get("type"))
    if kind not in _MOST_OPTIONS:
        return
    options = element.get("options", [])
    if not 0 < len(options) <= _MOST_OPTIONS[kind]:
        yield f"{kind} with {len(options)} options"
    if len({option["value"] for option in options}) != len(options):
        yield "an option's value twice"
    for option in options:
        if units(option["text"]["text"]) > 75 or not 0 < units(option["value"]) <= 150:
            yield "option text or value too long"
    first = [*element.get("initial_options", []), *([element["initial_option"]] if "initial_option" in element else [])]
    if any(option not in options for option in first):
        yield "a first choice that is no option"


def _text_faults(text: dict[str, Any]) -> Iterator[str]:
    parsed = TextObject.parse(text)
    yield from _sdk(parsed) if parsed else ["a text the SDK does not know"]
    if not text["text"].strip():
        yield "empty text"
    if text["type"] == "mrkdwn":
        if text.get("verbatim") is not True:
            yield "mrkdwn that links bare URLs and names"
        yield from _liveliness(text["text"])


def _liveliness(text: str) -> Iterator[str]:
    """Mentions and links other than ours to arXiv, and entities cut apart."""
    rest = _LINK.sub("", text)
    if "<" in rest or ">" in rest:
        yield f"live markup: {rest[:120]!r}"
    if "&" in _ENTITY.sub("", rest):
        yield f"a bare & or an entity cut apart: {rest[:120]!r}"


def _texts(value: Any) -> Iterator[dict[str, Any]]:
    return (found for found in _walk(value) if found.get("type") in _TEXTS and "text" in found)


def _walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)


def _sdk(parsed: Any) -> list[str]:
    try:
        parsed.validate_json()
    except SlackObjectFormationError as error:
        return [f"{type(parsed).__name__}: {error}"]
    return []
