"""Logging by structlog: one line per event, whose every id, count and duration is a field, with the run, stage and topic
it belongs to, and with all secrets redacted. Events of libraries go the same way.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final, ParamSpec, TextIO, TypeVar
from urllib.parse import unquote

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter

P = ParamSpec("P")
R = TypeVar("R")

_SECRETS = re.compile(
    r"(?<![A-Za-z0-9])(?:xox[abeprs]-|xapp-|sk-|ghp_|gho_|ghs_|github_pat_)[A-Za-z0-9_\-]{6,}"
    r"|(?<=[?&]ticket=)[^&\s]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?<=Bearer )\S+"
)
_URL_PASSWORD = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_SECRET_NAMES = re.compile(r"(?:TOKEN|SECRET|KEY|PING_URL)$")
_SHORTEST = 8  # characters; redacting a shorter value would remove ordinary words from the log

about: Final = structlog.contextvars.bound_contextvars
"""A context in which all log events have these fields, also in threads that inherit the context."""

_FIELDS: Final = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
)
"""What every event has beside its own fields, a library's too."""

_STRUCTLOG: Final[Mapping[str, Any]] = {
    "processors": [structlog.stdlib.filter_by_level, *_FIELDS, ProcessorFormatter.wrap_for_formatter],
    "wrapper_class": BoundLogger,
}


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


def get_logger(name: str) -> BoundLogger:
    """The logger of a module. What varies is a field: `log.info("stage finished", stage=stage, seconds=seconds)`."""
    logger: BoundLogger = structlog.wrap_logger(logging.getLogger(name), **_STRUCTLOG)
    return logger


_log = get_logger(__name__)


def staged(stage: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator for a function of a run: adds stage, run id and topic to its log events, and logs its duration."""

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        @wraps(method)
        def told(*args: P.args, **kwargs: P.kwargs) -> R:
            run: Any = args[0]
            slugs = [each.slug for each in args[1:] if hasattr(each, "slug")]
            with about(run=run.run_id, stage=stage, **({"topic": slugs[0]} if slugs else {})):
                begun = time.monotonic()
                result = method(*args, **kwargs)
                _log.debug("stage finished", seconds=round(time.monotonic() - begun, 3))
                return result

        return told

    return decorate


def _redacted(logger: object, method: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """A structlog processor: numbers stay numbers, everything else becomes text without secrets."""
    del logger, method
    return {name: value if isinstance(value, int | float) else redact(str(value)) for name, value in event.items()}


def configure(stream: TextIO, level: str) -> None:
    """Send log events from a level on (`debug` … `critical`) to a stream: as text to a terminal, else as JSON.

    WATCHER_LOG overrides the level. Commands that end print their own result, so they log only if asked to; processes
    that keep running log from `info` on.
    """
    chosen = os.environ.get("WATCHER_LOG", level).upper()
    number = logging.getLevelNamesMapping().get(chosen, logging.INFO)
    text = structlog.dev.ConsoleRenderer(  # repr() escapes what could command a terminal
        colors=False, repr_native_str=True, exception_formatter=structlog.dev.plain_traceback, timestamp_key="time"
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=_FIELDS,
            processors=[
                ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _redacted,
                text if stream.isatty() else structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(number, logging.WARNING))  # below that, libraries log URLs and bodies
    logging.getLogger("watcher").setLevel(number)
    # For stamina, which logs through structlog, by default to stdout.
    structlog.configure(**_STRUCTLOG, logger_factory=structlog.stdlib.LoggerFactory())
