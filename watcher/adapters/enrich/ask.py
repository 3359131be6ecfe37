"""A JSON service's answer turned into checked values: the one way out that this folder's services use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from watcher.domain.errors import FeedError

Checked = TypeVar("Checked")


class Ask(Protocol):
    """Asks a service, with all limits on where, how long and how much; None where it knows nothing of the address."""

    def __call__(
        self, url: str, *, about: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes | None:
        """The answer's bytes. Raises FeedError."""
        ...


class Answer(BaseModel, extra="ignore", frozen=True):
    """Part of an answer; what is not asked for is left out."""


def read(document: bytes, shape: TypeAdapter[Checked], about: str) -> Checked:
    """The answer in the shape that was agreed. Raises FeedError for any other."""
    try:
        return shape.validate_json(document)
    except ValidationError as error:
        where: dict[str, Any] = dict(error.errors(include_url=False, include_input=False)[0])
        place = ".".join(map(str, where["loc"]))
        raise FeedError(f"an answer of another shape: {place}: {where['msg']}", about=about) from None
