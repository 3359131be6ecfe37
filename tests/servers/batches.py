"""The Batch API of the loopback model server: files in, files out, and all that can happen to a batch meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_Json = dict[str, Any]


@dataclass(frozen=True)
class Fate:
    """What becomes of a batch: asked after `polls` times it ends as `status`.

    Lines are answered unless their place is in `expires` or `breaks`; they come in reverse order. `noise` is put into
    the output file.
    """

    status: str = "completed"
    polls: int = 1
    expires: frozenset[int] = frozenset()
    breaks: frozenset[int] = frozenset()
    error_code: str = "server_error"
    noise: bytes = b""


@dataclass
class Batches:
    """Files and batches by id. `answer` gives the body of one answered line."""

    answer: Callable[[_Json], _Json]
    fates: list[Fate] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    made: dict[str, _Json] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    offered: bool = True

    def upload(self, body: bytes, content_type: str) -> _Json:
        """Take the file out of a multipart form."""
        match = re.search("boundary=(.+)", content_type)
        assert match is not None
        parts = body.split(b"--" + match[1].strip('"').encode())
        whole = next(part for part in parts if b"filename=" in part)
        name = f"file-{len(self.files)}"
        self.files[name] = whole.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        return {
            "id": name,
            "object": "file",
            "bytes": len(self.files[name]),
            "created_at": 0,
            "filename": "x.jsonl",
            "purpose": "batch",
            "status": "processed",
        }

    def create(self, asked: Mapping[str, Any], now: float) -> _Json:
        """Begin a batch over an uploaded file."""
        name = f"batch-{len(self.made)}"
        fate = self.fates.pop(0) if self.fates else Fate()
        self.made[name] = {
            "id": name, "object": "batch", "endpoint": asked["endpoint"], "input_file_id": asked["input_file_id"],
            "completion_window": asked["completion_window"], "created_at": int(now), "status": "validating",
            "metadata": asked.get("metadata"), "fate": fate, "polled": 0,
        }  # fmt: skip
        return self.shown(name)

    def shown(self, name: str) -> _Json:
        """A batch as the server tells it."""
        return {key: value for key, value in self.made[name].items() if key not in {"fate", "polled"}}

    def poll(self, name: str) -> _Json:
        """One look at a batch; it ends at the look its fate names."""
        batch = self.made[name]
        batch["polled"] += 1
        if batch["polled"] < batch["fate"].polls:
            batch["status"] = "in_progress"
        elif "output_file_id" not in batch:
            self._end(batch)
        return self.shown(name)

    def _end(self, batch: _Json) -> None:
        fate: Fate = batch["fate"]
        batch["status"] = fate.status
        batch["output_file_id"] = None
        if fate.status == "failed":
            batch["errors"] = {"object": "list", "data": [{"code": "invalid", "message": "the file is not valid"}]}
            return
        out, errors = [fate.noise], list[bytes]()
        for place, line in enumerate(self.files[batch["input_file_id"]].splitlines()):
            asked = json.loads(line)
            if place in fate.expires:
                error = {"code": "batch_expired", "message": "This request could not be executed in time."}
                errors.append(_line({"custom_id": asked["custom_id"], "response": None, "error": error}))
            elif place in fate.breaks:
                body: _Json = {"error": {"code": fate.error_code, "message": "told to break"}}
                answer: _Json = {"status_code": 400 if "length" in fate.error_code else 500, "body": body}
                errors.append(_line({"custom_id": asked["custom_id"], "response": answer, "error": None}))
            else:
                self.answered.append(asked["custom_id"])
                answer = {"status_code": 200, "request_id": "r", "body": self.answer(asked["body"])}
                out.insert(0, _line({"custom_id": asked["custom_id"], "response": answer, "error": None}))
        for kind, lines in (("output_file_id", out), ("error_file_id", errors)):
            if any(lines):
                batch[kind] = f"file-{len(self.files)}"
                self.files[batch[kind]] = b"".join(lines)

    def listed(self) -> _Json:
        """All batches, newest first."""
        data = [self.shown(name) for name in reversed(self.made)]
        return {"object": "list", "data": data, "has_more": False}


def _line(value: _Json) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()
