"""Shared code of the clients of JSON web services: the HTTP client they are given, and validation of responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from watcher.domain.errors import FeedError

Checked = TypeVar("Checked")


class JsonClient(Protocol):
    """Protocol of an HTTP client for JSON services that enforces all limits on hosts, time, size and rate."""

    def __call__(
        self, url: str, *, about: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes | None:
        """Send a request (a POST if there is a `body`) and return the body of the response; None for HTTP 404. Raises
        FeedError, which names the service `about`.
        """
        ...


class Answer(BaseModel, extra="ignore", frozen=True):
    """Base class (pydantic) of JSON responses of web services; unknown fields are ignored."""


def parse_answer(document: bytes, shape: TypeAdapter[Checked], about: str) -> Checked:
    """Parse and validate a JSON response of the service named `about`. Raises FeedError if it does not have this
    shape.
    """
    try:
        return shape.validate_json(document)
    except ValidationError as error:
        # Without the input: an answer may be long, and hold what should not be in a log.
        where: dict[str, Any] = dict(error.errors(include_url=False, include_input=False)[0])
        place = ".".join(map(str, where["loc"])) or "the whole"
        raise FeedError(f"an answer of another shape: {place}: {where['msg']}", about=about) from None
