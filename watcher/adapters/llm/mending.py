"""Repairs broken JSON in a model's answer with a library. The repaired JSON is used only after comparison with the
answer.
"""

from __future__ import annotations

from json_repair import repair_json

from watcher.domain.replies import answer_spans, holds_json
from watcher.ports import Reply

_LONGEST = 200_000  # characters
_WHOLE = frozenset({"stop", "eos", "eos_token", "end_turn", "tool_calls", "function_call"})


def mended(reply: Reply) -> str:
    """The repaired JSON of a reply; "" if it is not broken, or was cut off, because the library would invent the rest."""
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
    # What goes on behind the last bracket was cut off, and the library would invent the rest.
    if end < 0 or after[:1] in {'"', "'", ",", ":"}:
        return ""
    try:
        return repair_json(part[: end + 1], ensure_ascii=False, skip_json_loads=True)
    except (ValueError, RecursionError):
        return ""
