"""Log events as single lines without secrets, whoever writes them."""

from __future__ import annotations

import logging
import os
import re
from typing import TextIO

import structlog

_SECRETS = re.compile(
    r"(?:xox[abeprs]-|xapp-|sk-|ghp_|gho_|ghs_|github_pat_)[A-Za-z0-9_\-]{6,}"
    r"|(?<=[?&]ticket=)[^&\s]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?<=Bearer )\S+"
)


def redact(text: str) -> str:
    """The text with tokens, passwords in URLs and tickets replaced by dots."""
    return _SECRETS.sub("…", text)


class _Redacting(logging.Formatter):
    """Cuts whatever looks like a secret out of an event, also out of its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Format, then redact."""
        return redact(super().format(record))


def configure(stream: TextIO, level: str) -> None:
    """Send events to a stream from a level on (`debug` … `critical`); WATCHER_LOG goes before.

    Commands that end print their own one line, so they log only when asked; those that stay log from `info` on.
    """
    chosen = os.environ.get("WATCHER_LOG", level).upper()
    number = logging.getLevelNamesMapping().get(chosen, logging.INFO)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(number, logging.WARNING))  # libraries log URLs and bodies below that
    logging.getLogger("watcher").setLevel(number)
    structlog.configure(  # stamina logs through structlog when it finds it, to stdout unless told otherwise
        processors=[structlog.stdlib.add_log_level, structlog.processors.KeyValueRenderer(key_order=["event"])],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
