"""Questions -> the lines of a parcel's file; the lines that come back -> answers by key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from watcher.adapters.llm.dialects import Answer, Dialect
from watcher.adapters.llm.failures import content_finish
from watcher.domain.errors import ModelError
from watcher.ports import Question


def written(questions: Sequence[Question], path: str, body: Mapping[str, Mapping[str, Any]]) -> bytes:
    """One JSON object a line, known by its key; `body` gives what is posted for each."""
    lines = (
        {"custom_id": question.key, "method": "POST", "url": f"/v1{path}", "body": body[question.key]}
        for question in questions
    )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def answers(texts: Iterable[bytes], wanted: Mapping[str, Question], dialect: Dialect, model: str) -> dict[str, Answer]:
    """The answers to what was wanted, the first of each, in whatever order they came.

    A line that is broken, that nobody asked for or that says an error gives none, except the error that the question
    is too long: that is its answer, for it will not become shorter.
    """
    found: dict[str, Answer] = {}
    for line in _lines(texts):
        key = line.get("custom_id")
        response = line.get("response")
        if not isinstance(key, str) or key not in wanted or key in found or not isinstance(response, dict):
            continue
        answer = _answer(response, dialect, model)
        if answer is not None:
            found[key] = answer
    return found


def _lines(texts: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    for text in texts:
        for line in text.splitlines():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                yield value


def _answer(response: Mapping[str, Any], dialect: Dialect, model: str) -> Answer | None:
    body = response.get("body")
    if response.get("status_code") == 200:
        try:
            return dialect.read(body, model)
        except ModelError:
            return None
    error = body.get("error") if isinstance(body, dict) else None
    finish = content_finish(error.get("code")) if isinstance(error, dict) else None
    return Answer("", model, finish, 0, 0, 0, "") if finish else None
