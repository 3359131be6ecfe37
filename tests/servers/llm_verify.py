"""What an honest model answers when it checks a summary that is right."""

from __future__ import annotations

import re
from typing import Any

_ABSTRACT = re.compile(r"^Abstract: (.*)$", re.MULTILINE)
_SENTENCE = re.compile(r"^(\d+) (.*)$")
_PASSAGE = re.compile(r'^  rests on: "(.*)"$')
_FIRST_WORDS = 8


def sentences_in(user: str) -> dict[int, tuple[str, str]]:
    """The numbered sentences of a question, each with the first passage it rests on, or how the abstract begins."""
    abstract = _ABSTRACT.search(user)
    begins = " ".join(abstract[1].split()[:_FIRST_WORDS]) if abstract else ""
    found: dict[int, tuple[str, str]] = {}
    number = 0
    for line in user[user.find("\n<summary ") :].splitlines():
        if sentence := _SENTENCE.match(line):
            number = int(sentence[1])
            found[number] = (sentence[2], begins)
        elif (passage := _PASSAGE.match(line)) and found[number][1] == begins:
            found[number] = (found[number][0], passage[1])
    return found


def ok(number: int, quote: str) -> dict[str, Any]:
    return {"n": number, "quote": quote, "verdict": "ok", "kind": "none", "words": "", "reason_ja": ""}


def wrong(
    number: int, quote: str, kind: str, words: str, reason_ja: str = "要旨は別のことを述べる。"
) -> dict[str, Any]:
    return {"n": number, "quote": quote, "verdict": "wrong", "kind": kind, "words": words, "reason_ja": reason_ja}


def all_ok(user: str) -> dict[str, Any]:
    """Every sentence is borne out."""
    return {"sentences": [ok(number, quote) for number, (_, quote) in sentences_in(user).items()]}
