"""A question as it came in, and an answer in the form that its dialect wants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Answer = dict[str, Any]
Usage = Mapping[str, Any] | None
_LABEL = re.compile(r"^arXiv:(\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Asked:
    """One question as it came in, in either dialect."""

    body: Mapping[str, Any]
    headers: Mapping[str, str]
    at: float

    @property
    def is_chat(self) -> bool:
        return "messages" in self.body

    @property
    def system(self) -> str:
        return str(
            self.body["messages"][0]["content"] if self.is_chat else self.body.get("instructions", self.body["input"])
        )

    @property
    def user(self) -> str:
        return str(self.body["messages"][-1]["content"] if self.is_chat else self.body["input"])

    @property
    def ids(self) -> list[str]:
        return _LABEL.findall(self.user)

    @property
    def form(self) -> str:
        holder = self.body if self.is_chat else self.body.get("text", {})
        return str(holder.get("response_format" if self.is_chat else "format", {}).get("type", "plain"))


def completion(asked: Asked, text: str, finish: str, refusal: str | None, usage: Usage) -> Answer:
    """An answer in the form of chat.completions."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": asked.body["model"],
        "service_tier": "default",
        "choices": [{"index": 0, "finish_reason": finish, "message": message, "logprobs": None}],
        "usage": usage,
    }


def response(asked: Asked, text: str, finish: str, refusal: str | None, usage: Usage) -> Answer:
    """An answer in the form of Responses: a thought, then the message."""
    said = {"type": "refusal", "refusal": refusal} if refusal else {"type": "output_text", "text": text}
    reason = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(finish)
    counted = usage and {
        "input_tokens": usage["prompt_tokens"],
        "output_tokens": usage["completion_tokens"],
        "input_tokens_details": usage.get("prompt_tokens_details"),
    }
    return {
        "id": "resp_1",
        "object": "response",
        "model": asked.body["model"],
        "service_tier": "default",
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "output": [
            {"type": "reasoning", "summary": []},
            {"type": "message", "role": "assistant", "content": [said]},
        ],
        "usage": counted,
    }
