"""Detects common mistakes in environment variables and topic files, such as misspelled names, and suggests what was
probably meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from watcher.domain.papers.topic import CATEGORIES, OTHER_SOURCES
from watcher.settings.environment import OLD_NAMES, Environment

if TYPE_CHECKING:
    from watcher.settings import Settings

_OWN: Final = "WATCHER_"
_OF_TESTS: Final = {_OWN + name for name in ("TOOLS", "REQUIRE_TOOLS")}  # of the project's own tests
_CHANNEL: Final = re.compile(r"[CGD][A-Z0-9]+")  # docs.slack.dev/reference/objects/conversation-object
_MEMBER: Final = re.compile(r"[UW][A-Z0-9]+")  # docs.slack.dev/reference/objects/user-object
_TOKENS: Final = {"SLACK_BOT_TOKEN": "xoxb-", "SLACK_APP_TOKEN": "xapp-"}
_KINDS: Final = ("xoxb-", "xapp-", "xoxp-", "xoxa-", "xoxs-", "xoxc-")


def suggestion(word: str, known: Iterable[str]) -> str:
    """The text `; did you mean X?`, to be appended to an error message, where X is the known word most similar to a
    misspelled one; "" if none is similar.
    """
    by_case = {name.casefold(): name for name in known}
    if close := get_close_matches(word.casefold(), by_case, 1, 0.6):
        return f"; did you mean {by_case[close[0]]}?"
    return ""


def fields_at(kind: type[BaseModel], place: Sequence[str | int]) -> tuple[str, ...]:
    """The keys that a table of a configuration file may have. `kind` is the Pydantic model of the file, `place` the
    path of keys to the table; `()` if the model has no such table.
    """
    found: Any = kind
    for part in place:
        if not isinstance(part, str):
            continue
        field = found.model_fields.get(part)
        found = field and _model_in(field.annotation)
        if found is None:
            return ()
    return tuple(found.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The Pydantic model in an annotation such as `Web` or `tuple[Group, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, getattr(annotation, "__args__", ()))), None)


def unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """An error message for each environment variable that begins with WATCHER_ but is not one of this program's, with
    the name that was probably meant.
    """
    known = set(Environment.model_fields)
    unknown = {name for name in environ if name.startswith(_OWN)} - known - _OF_TESTS - OLD_NAMES.keys()
    return tuple(f"environment: {name}: no such variable{suggestion(name, known)}" for name in sorted(unknown))


def category_mistakes(settings: Settings) -> Iterator[str]:
    """An error message for each category in a topic's file that arXiv does not have."""
    for topic in settings.topics:
        for category in sorted(topic.categories - CATEGORIES):
            if category.partition(".")[0] in OTHER_SOURCES:
                continue
            meant = suggestion(category, CATEGORIES)
            yield f"topics/{topic.slug}.toml: categories: arXiv has no category {category}{meant}"


def slack_mistakes(settings: Settings) -> Iterator[str]:
    """Error messages about Slack settings: a token of the wrong kind in a variable, or a channel's or
    person's name where an id belongs. No token is shown.
    """
    for name, prefix in _TOKENS.items():
        value = getattr(settings.env, name)
        if other := next((kind for kind in _KINDS if kind != prefix and value.startswith(kind)), ""):
            yield f"environment: {name}: holds a token that begins with {other}; it must begin with {prefix}"
    for curator in sorted(settings.values.slack.curators):
        if not _MEMBER.fullmatch(curator):
            where = "watcher.toml: slack.curators"
            yield f"{where}: {curator[:80]!r} is a person's name; write the member's id, e.g. U0123456789 (in the profile)"
    channels = {f"topics/{topic.slug}.toml: channel": topic.channel for topic in settings.topics}
    if settings.env.SLACK_CHANNEL:
        channels = {"environment: SLACK_CHANNEL": settings.env.SLACK_CHANNEL}
    channels["watcher.toml: alarms.channel"] = settings.values.alarms.channel
    for where, channel in channels.items():
        if channel and not _CHANNEL.fullmatch(channel):
            yield f"{where}: {channel[:80]!r} is a channel's name; write its id, e.g. C0123456789 (in its details)"
