"""Splits the text in which a web feed names the authors of an entry into names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from watcher.adapters.sources.html_text import text_in

_INITIALS: Final = re.compile(r"(?:[^\W\d_]{1,2}\.[ -]?)+")  # "J. D.", "K.-I."
_SURNAME_FIRST: Final = re.compile(r"\S.* [A-Z]{1,3}\.?")  # "Smith JA", where all are written so
_BODIES: Final = frozenset({"AI", "ML", "NLP"})  # "Sample AI" is no person
_MAIL: Final = re.compile(r"\S+@\S+")
_AND: Final = re.compile(r"\s+(?:and|&)\s+|\s*;\s*|\s*\n\s*")
_LABEL: Final = re.compile(r"^(?:by|authors?(?:\(s\))?)\s*:?\s+", re.IGNORECASE)
_MOST, _LONGEST = 500, 200


def people_of(lines: Sequence[str]) -> tuple[str, ...]:
    """Split an entry's lines of authors into names, in order, given names first. Several lines hold one person each; a
    single line may hold all of them.
    """
    several = len(lines) > 1
    found = [name for line in lines for name in (_one(line) if several else _all(line))]
    if all(_SURNAME_FIRST.fullmatch(name) and name.split()[-1] not in _BODIES for name in found):
        found = [" ".join([name.split()[-1].rstrip("."), *name.split()[:-1]]) for name in found]
    return tuple(dict.fromkeys(name[:_LONGEST] for name in found if any(map(str.isalpha, name))))[:_MOST]


def _one(line: str) -> Iterator[str]:
    """The person in a line; those of an unusual line that holds several."""
    parts = [part for part in _clean(line).split(",") if part.strip()]
    yield from [_turned(parts)] if len(parts) <= 2 else _all(line)


def _all(line: str) -> Iterator[str]:
    for group in _AND.split(_LABEL.sub("", line.strip())):
        parts = [part.strip() for part in _clean(group).split(",") if part.strip()]
        if any(_INITIALS.fullmatch(part) for part in parts):
            yield from _with_initials(parts)
        elif len(parts) == 2 and " " not in parts[0]:
            yield _turned(parts)
        else:
            yield from parts


def _with_initials(parts: Sequence[str]) -> Iterator[str]:
    """The names in `Kukla, D., van der Waals, J. D.`: initials belong to the name before."""
    waiting = ""
    for part in parts:
        if waiting and _INITIALS.fullmatch(part):
            yield f"{part} {waiting}"
            waiting = ""
        else:
            if waiting:
                yield waiting
            waiting = part
    if waiting:
        yield waiting


def _turned(parts: Sequence[str]) -> str:
    """`Doe, Jane` with the given name first."""
    return " ".join(part.strip() for part in reversed(parts))


def _clean(line: str) -> str:
    """A line without markup and addresses; of `jane@example.org (Jane Doe)` the name remains."""
    text = text_in(line)
    if _MAIL.search(text):
        text = _MAIL.sub(" ", text).strip()
        text = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    return text
