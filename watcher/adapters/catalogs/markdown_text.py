"""Untrusted text turned into Markdown that shows it unchanged in a table cell and does nothing else."""

from __future__ import annotations

import re

from watcher.domain.cells import plain

# A backslash is itself only before a letter, a digit, a blank or a Japanese character (CommonMark 2.4).
_BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~]|$)")

# Signs that may begin a column, markup, a tag, a formula or an entity; "://" and "www." become links on GitHub
# without any markup. What cannot act inside a cell (# ! + - . digits) stays as people would write it.
_ACTIVE = re.compile(r"[|<>\[\]*_`~$]|&(?=#?\w+;)|:(?=//)|(?<=www)\.", re.ASCII | re.IGNORECASE)

# GitHub makes links of mail addresses after it has read the escapes; only something between their parts stops it.
_MAIL = re.compile(r"(?<=[A-Za-z0-9.+_-])@(?=[A-Za-z0-9_.-]*\.[A-Za-z0-9_.-]*[A-Za-z])")
NOTHING = "<!-- -->"


def escaped(text: str) -> str:
    """Markdown for one table cell whose visible text is `plain(text)`."""
    return _MAIL.sub(f"{NOTHING}@", _ACTIVE.sub(r"\\\g<0>", _BACKSLASH.sub(r"\\\\", plain(text))))
