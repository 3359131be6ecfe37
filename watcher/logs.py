"""Log events as lines without secrets."""

from __future__ import annotations

import logging
import re
from typing import TextIO

_SECRETS = re.compile(
    r"(?:xox[abeprs]-|xapp-|sk-|ghp_|gho_|ghs_|github_pat_)[A-Za-z0-9_\-]{6,}"
    r"|(?<=[?&]ticket=)[^&\s]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?<=Bearer )\S+"
)


def redact(text: str) -> str:
    """The text with tokens, passwords in URLs and tickets replaced by dots."""
    return _SECRETS.sub("…", text)


class _Redacting(logging.Formatter):
    """One line an event; whatever looks like a secret is cut out, also from tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        """Format, then redact."""
        return redact(super().format(record))


def configure(stream: TextIO, level: int = logging.INFO) -> None:
    """Send all events of this package, and warnings of others, to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("watcher").setLevel(level)
