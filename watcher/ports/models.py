"""What asking models needs of memory: their replies, what a server was found able to do, what a day has taken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manner:
    """How a question is put to a model server; the values here are how it is put to an unknown one.

    `format` is the response format, `limit` the field that bounds an answer (empty: the dialect's own), `most` the
    longest answer in tokens that the server was found to allow, `system` whether it takes a system message, `without`
    the fields it does not know.
    """

    format: str = "json_schema"
    limit: str = ""
    most: int | None = None
    system: bool = True
    without: tuple[str, ...] = ()
