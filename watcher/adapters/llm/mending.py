"""An answer whose JSON is broken -> the JSON it was meant to be, by a library; a reader checks it against the answer."""

from __future__ import annotations

from json_repair import repair_json

from watcher.domain.replies import answer_spans, holds_json
from watcher.ports import Reply

_LONGEST = 200_000  # characters
_WHOLE = frozenset({"stop", "eos", "eos_token", "end_turn", "tool_calls", "function_call"})


def mended(reply: Reply) -> str:
    """The mended JSON of a reply; "" where nothing is broken, or where the answer was cut off and would be made up."""
    text = reply.text
    if reply.finish.lower() not in _WHOLE or not holds_json(text) or len(text) > _LONGEST:
        return ""
    spans = answer_spans(text)
    broken = next((span for span in spans if span.error.startswith("the answer is not JSON")), None)
    if broken is None:
        return ""
    part = text[broken.start : broken.end]
    end = max(part.rfind("}"), part.rfind("]"))
    after = part[end + 1 :].strip()
    if end < 0 or after[:1] in {'"', "'", ",", ":"}:
        return ""
    try:
        return repair_json(part[: end + 1], ensure_ascii=False, skip_json_loads=True)
    except (ValueError, RecursionError):
        return ""
