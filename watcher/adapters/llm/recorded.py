"""Language models that answer from records: a cache of replies in the database, so that no reply is paid for twice, and
replies recorded in a file; and one that refuses every request, while none is configured.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from watcher.domain.budget import Usage
from watcher.domain.errors import ConfigError, ModelError, ModelRefused
from watcher.domain.replies import answer_spans, holds_json
from watcher.domain.screening.triage import SEPARATOR
from watcher.domain.text import fingerprint
from watcher.ports import Clock, LanguageModel, Locks, Reply, ReplyStore, Request


class CachedModel:
    """Caching wrapper around a language model: it answers from the database if it can, else it asks the `inner` model
    and stores the reply.
    """

    def __init__(self, inner: LanguageModel, replies: ReplyStore, locks: Locks, clock: Clock) -> None:
        self.name = inner.name
        self.recorded = inner.recorded
        self._inner = inner
        self._replies = replies
        self._locks = locks
        self._clock = clock

    def ask(self, request: Request) -> Reply:
        """The reply to a request, from the cache or from the inner model. A cached reply has no usage, because it was
        paid for before.

        Raises ModelError / ModelRefused like the inner model; failures are not cached.
        """
        key = key_of(self.name, request)
        with self._locks.hold(key):  # two with one question pay once
            known = self._replies.reply(key)
            if known is not None:
                return replace(known, usage=Usage(), mended=mended(known))
            reply = self._inner.ask(request)
            self._replies.add_reply(key, request, reply, self._clock())  # before anything that could fail looks at it
            return replace(reply, mended=mended(reply))


def key_of(model: str, request: Request) -> str:
    """The cache key of a request to a model: a hash of the model's name, pipeline stage, prompt, response schema and
    attempt.
    """
    schema = json.dumps(request.schema, sort_keys=True)
    return fingerprint(model, request.stage, request.system, request.user, schema, str(request.attempt))


_LONGEST = 200_000  # characters
_WHOLE = frozenset({"stop", "eos", "eos_token", "end_turn", "tool_calls", "function_call"})


def mended(reply: Reply) -> str:
    """Repair the broken JSON in a model's reply; "" if it is not broken, or was cut off, because the library would
    invent the end.
    """
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
    from json_repair import repair_json  # noqa: PLC0415 - `decide` asks no model

    try:
        return repair_json(part[: end + 1], ensure_ascii=False, skip_json_loads=True)
    except (ValueError, RecursionError):
        return ""


_LINE = re.compile(r"^(\d+) (.+)$", re.MULTILINE)
_LABEL = re.compile(r"^arXiv:(\S+)$", re.MULTILINE)
_SCORE = ("arxiv_id", "score", "criterion", "reason_ja")
_SUMMARY = ("summary_ja", "categories_ja", "evidence")
_VERDICT = ("n", "quote", "verdict", "kind", "words", "reason_ja")


class RecordedModel:
    """Language model that replays recorded replies: for each paper in a prompt (a line `arXiv:<id>`), what a model once
    answered about it.

    The file `replies` has one JSON object per line: arxiv_id, score, criterion, reason_ja and, if the paper was
    summarized, summary_ja, categories_ja, evidence. The file `passes` holds the answers to other prompts by `kind`:
    `triage` (which titles are worth scoring), `verify` (verdicts on a summary's sentences) and `title` (a title in
    Japanese). `pause` (seconds per paper) imitates a live model.
    """

    name = "recorded"
    recorded = True

    def __init__(self, replies: Path | str, passes: Path | str = "", *, pause: float = 0.0) -> None:
        self._replies = dict(_parsed(number, line) for number, line in _lines(replies))
        later = [json.loads(line) for _, line in _lines(passes)]
        self._put_aside = frozenset(
            _title(reply["line"]) for reply in later if reply["kind"] == "triage" and not reply["named"]
        )
        self._verdicts = {reply["arxiv_id"]: reply["sentences"] for reply in later if reply["kind"] == "verify"}
        self._titles = {reply["title"]: reply["line_ja"] for reply in later if reply["kind"] == "title"}
        self._pause = pause

    def ask(self, request: Request) -> Reply:
        """The reply to a request, put together from the recorded answers. A paper without one is left out of a scoring
        reply; if its summary is requested, ModelError is raised; if a summary is to be verified, the reply has no
        verdicts.
        """
        ids = _LABEL.findall(request.user)
        time.sleep(self._pause * len(ids))
        known = [self._replies[i] for i in ids if i in self._replies]
        if request.stage == "triage":
            return self._reply(request, self._triaged(request.user))
        if request.schema_name == "audit_lines":
            return self._reply(request, self._translated(request.user))
        if request.stage == "score":
            answer: dict[str, Any] = {"papers": [{field: reply[field] for field in _SCORE} for reply in known]}
        elif request.stage == "verify":
            found = self._verdicts.get(ids[0], []) if ids else []
            answer = {"sentences": [{field: verdict[field] for field in _VERDICT} for verdict in found]}
        else:
            if not (known and all(field in known[0] for field in _SUMMARY)):
                raise ModelError("no recorded summary", about=f"arXiv:{ids[0]}" if ids else self.name)
            answer = {field: known[0][field] for field in _SUMMARY}
        return self._reply(request, answer)

    def _triaged(self, user: str) -> dict[str, Any]:
        """The reply to a triage request. It repeats every line as a check, so that the requested ones are among
        them.
        """
        titles = {int(n): _title(line) for n, line in _LINE.findall(user)}
        places = {n: {"n": n, "words": " ".join(title.split()[:3])} for n, title in titles.items()}
        named = [place for n, place in places.items() if titles[n] not in self._put_aside]
        return {"checks": list(places.values()), "named": named, "odd": [], "read": len(titles)}

    def _translated(self, user: str) -> dict[str, Any]:
        found = [(int(n), title) for n, title in _LINE.findall(user) if title in self._titles]
        return {"lines": [{"n": n, "words": " ".join(t.split()[:3]), "line_ja": self._titles[t]} for n, t in found]}

    def _reply(self, request: Request, answer: dict[str, Any]) -> Reply:
        usage = Usage(calls=1, prompt_chars=len(request.system) + len(request.user))
        return Reply(json.dumps(answer, ensure_ascii=False), self.name, "stop", usage)


def _title(line: str) -> str:
    return line.partition(SEPARATOR)[0]


def _lines(of: Path | str) -> list[tuple[int, str]]:
    text = of.read_text(encoding="utf-8") if isinstance(of, Path) else of
    return [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _parsed(number: int, line: str) -> tuple[str, dict[str, Any]]:
    try:
        reply = json.loads(line)
        return reply["arxiv_id"], {
            field: reply[field] for field in (*_SCORE, *_SUMMARY) if field in reply or field in _SCORE
        }
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"line {number} is no recorded reply: {error!r}", about="recorded replies") from None


class MissingModel:
    """Language model that refuses every request, used while none is configured, so that papers wait to be scored."""

    name = "none"
    recorded = False

    def __init__(self, missing: str) -> None:
        self._missing = missing

    def ask(self, request: Request) -> Reply:
        """Refuse the request: always raises ModelRefused, saying what must be configured."""
        del request
        raise ModelRefused("no language model is configured", remedy=f"set {self._missing}")
