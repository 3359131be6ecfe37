"""Configures logging: one line per event, with the run, stage and topic it belongs to, and with all
secrets redacted.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TextIO, TypeVar
from urllib.parse import unquote

import structlog

P = ParamSpec("P")
R = TypeVar("R")

_SECRETS = re.compile(
    r"(?<![A-Za-z0-9])(?:xox[abeprs]-|xapp-|sk-|ghp_|gho_|ghs_|github_pat_)[A-Za-z0-9_\-]{6,}"
    r"|(?<=[?&]ticket=)[^&\s]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?<=Bearer )\S+"
)
_URL_PASSWORD = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_SECRET_NAMES = re.compile(r"(?:TOKEN|SECRET|KEY|PING_URL)$")
_SHORTEST = 8  # characters; redacting a shorter value would remove ordinary words from the log
_NOTHING: Mapping[str, str] = {}
_about: ContextVar[Mapping[str, str]] = ContextVar("about", default=_NOTHING)


def redact(text: str) -> str:
    """The text with "…" for tokens, passwords in URLs, and the values of secret environment variables."""
    # The longest first: a secret may contain another one.
    for value in sorted(_secrets_of(os.environ), key=len, reverse=True):
        text = text.replace(value, "…")
    return _SECRETS.sub("…", text)


def _secrets_of(environ: Mapping[str, str]) -> set[str]:
    """The values of secret environment variables, the parts of those that are lists, and passwords in URLs."""
    named = [value for name, value in environ.items() if _SECRET_NAMES.search(name)]
    parts = {part.strip() for value in named for part in (value, *value.split(","))}
    for password in _URL_PASSWORD.findall("\n".join(environ.values())):
        parts |= {password, unquote(password)}
    return {part for part in parts if len(part) >= _SHORTEST}


@contextmanager
def about(**fields: str) -> Iterator[None]:
    """A context in which all log events have these fields, also in threads that inherit the context."""
    token = _about.set({**_about.get(), **fields})
    try:
        yield
    finally:
        _about.reset(token)


def staged(stage: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator for a method of a run: adds stage, run id and topic to its log events."""

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        @wraps(method)
        def told(*args: P.args, **kwargs: P.kwargs) -> R:
            run: Any = args[0]
            slugs = [each.slug for each in args[1:] if hasattr(each, "slug")]
            with about(run=run.run_id, stage=stage, **({"topic": slugs[0]} if slugs else {})):
                return method(*args, **kwargs)

        return told

    return decorate


class _Redacting(logging.Formatter):
    """Formats events as text, with their fields and without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """The event as one line of text."""
        text = super().format(record)
        fields = " ".join(f"{name}={value}" for name, value in _about.get().items())
        return redact(f"{text} [{fields}]" if fields else text)


class _AsJson(logging.Formatter):
    """Formats events as JSON, one object per line, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """The event as JSON: time, level, logger, event, fields, and a traceback if there is one."""
        event: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_about.get(),
        }
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return json.dumps({name: redact(str(value)) for name, value in event.items()}, ensure_ascii=False)


def configure(stream: TextIO, level: str) -> None:
    """Send log events from a level on (`debug` … `critical`) to a stream: as text to a terminal, else as JSON.

    WATCHER_LOG overrides the level. Commands that end print their own result, so they log only if asked to; processes
    that keep running log from `info` on.
    """
    chosen = os.environ.get("WATCHER_LOG", level).upper()
    number = logging.getLevelNamesMapping().get(chosen, logging.INFO)
    handler = logging.StreamHandler(stream)
    plain = _Redacting("%(asctime)s %(levelname)s %(name)s %(message)s")
    handler.setFormatter(plain if stream.isatty() else _AsJson())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(number, logging.WARNING))  # below that, libraries log URLs and bodies
    logging.getLogger("watcher").setLevel(number)
    structlog.configure(  # stamina logs through structlog if it is installed, by default to stdout
        processors=[structlog.stdlib.add_log_level, structlog.processors.KeyValueRenderer(key_order=["event"])],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
