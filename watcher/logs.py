"""Logging by structlog: each event is one line whose variable parts are fields, with the pipeline run, stage and topic
it belongs to, and with secrets redacted. Events of libraries are logged the same way.

Structlog is imported with the first event that is logged, because it imports rich, and most commands log nothing.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TextIO
from urllib.parse import unquote

if TYPE_CHECKING:
    from structlog.stdlib import BoundLogger, ProcessorFormatter
    from structlog.typing import Processor

_SECRETS = re.compile(
    r"(?<![A-Za-z0-9])(?:xox[abeprs]-|xapp-|sk-|ghp_|gho_|ghs_|github_pat_)[A-Za-z0-9_\-]{6,}"
    r"|(?<=[?&]ticket=)[^&\s]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?<=Bearer )\S+"
)
_URL_PASSWORD = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_SECRET_NAMES = re.compile(r"(?:TOKEN|SECRET|KEY|PING_URL)$")
_SHORTEST = 8  # characters; redacting a shorter value would remove ordinary words from the log

_ABOUT: Final = ContextVar[Mapping[str, object]]("about", default={})  # noqa: B039 - nothing changes it


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Context manager that adds the given fields to all log events within it, also in threads that inherit
    the context.
    """
    token = _ABOUT.set({**_ABOUT.get(), **fields})
    try:
        yield
    finally:
        _ABOUT.reset(token)


def redact(text: str) -> str:
    """Replace tokens, passwords in URLs and the values of secret environment variables in a text by "…"."""
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


class Logger:
    """Logger of a module. An event is a constant text; what varies goes into fields: `log.info("stage finished",
    stage=stage)`.
    """

    def __init__(self, name: str) -> None:
        self._plain = logging.getLogger(name)

    def debug(self, event: str, **fields: object) -> None:
        """Log an event that matters only when searching for a fault."""
        self._tell(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Log an event of normal operation."""
        self._tell(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Log a failure from which the program recovers by itself."""
        self._tell(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Log a failure that lasts until a person does something about it."""
        self._tell(logging.ERROR, event, fields)

    def exception(self, event: str, **fields: object) -> None:
        """Log a failure with the traceback of the exception that is being handled."""
        self._tell(logging.ERROR, event, {"exc_info": True, **fields})

    def _tell(self, level: int, event: str, fields: Mapping[str, object]) -> None:
        if self._plain.isEnabledFor(level):
            self._structured.log(level, event, **fields)

    @cached_property
    def _structured(self) -> BoundLogger:
        import structlog

        logger: BoundLogger = structlog.wrap_logger(self._plain, **_structure())
        return logger


def get_logger(name: str) -> Logger:
    """The logger for the module with this name."""
    return Logger(name)


_log = get_logger(__name__)


@contextmanager
def staged(stage: str, run: str, topic: str = "") -> Iterator[None]:
    """Context manager for a stage of a pipeline run: adds the stage's name, the run's id and the topic ("" for none) to
    all log events within it, and logs how long it took unless it failed.
    """
    with about(run=run, stage=stage, **({"topic": topic} if topic else {})):
        begun = time.monotonic()
        yield
        _log.debug("stage finished", seconds=round(time.monotonic() - begun, 3))


def configure(stream: TextIO, level: str) -> None:
    """Set up logging to a stream, from a level on (`debug` … `critical`): as text to a terminal, else as JSON.

    WATCHER_LOG overrides the level. Commands that end print their own result, so they log only if asked to; processes
    that keep running log from `info` on.
    """
    chosen = os.environ.get("WATCHER_LOG", level).upper()
    number = logging.getLevelNamesMapping().get(chosen, logging.INFO)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter(as_text=stream.isatty()))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(number, logging.WARNING))  # below that, libraries log URLs and bodies
    logging.getLogger("watcher").setLevel(number)


def configure_structlog() -> None:
    """Send the events of libraries that log by structlog themselves (by default to stdout) through this module's
    formatter. To be called by modules that import such a library (stamina).
    """
    import structlog

    structlog.configure(**_structure(), logger_factory=structlog.stdlib.LoggerFactory())


class _Formatter(logging.Formatter):
    """Formats events as text or JSON."""

    def __init__(self, *, as_text: bool) -> None:
        super().__init__()
        self._as_text = as_text

    def format(self, record: logging.LogRecord) -> str:
        return self._structured.format(record)

    @cached_property
    def _structured(self) -> ProcessorFormatter:
        from structlog import dev, processors
        from structlog.stdlib import ProcessorFormatter

        text = dev.ConsoleRenderer(  # repr() escapes what could command a terminal
            colors=False, repr_native_str=True, exception_formatter=dev.plain_traceback, timestamp_key="time"
        )
        return ProcessorFormatter(
            foreign_pre_chain=_fields(),
            processors=[
                ProcessorFormatter.remove_processors_meta,
                processors.format_exc_info,
                _redacted,
                text if self._as_text else processors.JSONRenderer(ensure_ascii=False),
            ],
        )


def _structure() -> dict[str, Any]:
    """What an event goes through before it is formatted."""
    from structlog import stdlib

    wrapped = stdlib.ProcessorFormatter.wrap_for_formatter
    return {"processors": [stdlib.filter_by_level, *_fields(), wrapped], "wrapper_class": stdlib.BoundLogger}


def _fields() -> list[Processor]:
    """Add what every event has beside its own fields, a library's too."""
    from structlog import processors, stdlib

    time_stamp = processors.TimeStamper(fmt="iso", utc=True, key="time")
    return [_with_context, stdlib.add_log_level, stdlib.add_logger_name, time_stamp]


def _with_context(logger: object, method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A structlog processor: adds the fields of the context; the event's own win."""
    del logger, method
    return {**_ABOUT.get(), **event}


def _redacted(logger: object, method: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """A structlog processor: numbers stay numbers, everything else becomes text without secrets."""
    del logger, method
    return {name: value if isinstance(value, int | float) else redact(str(value)) for name, value in event.items()}
