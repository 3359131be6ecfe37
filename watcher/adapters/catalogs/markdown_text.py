"""Escapes untrusted text for a Markdown table cell, so that it is shown unchanged and has no effect as markup."""

from __future__ import annotations

import re

from watcher.domain.cells import plain

# A backslash escapes only ASCII punctuation (CommonMark 2.4); before anything else it stands for itself.
_BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~]|$)")

# Characters that may begin a column, markup, a tag, a formula or an entity; "://" and "www." become links on GitHub
# without any markup. Characters that have no effect inside a cell (# ! + - . digits) are not escaped, for legibility.
_ACTIVE = re.compile(r"[|<>\[\]*_`~$]|&(?=#?\w+;)|:(?=//)|(?<=www)\.", re.ASCII | re.IGNORECASE)

# GitHub makes links of e-mail addresses after unescaping, so an escape does not prevent it; a comment inside does.
_MAIL = re.compile(r"(?<=[A-Za-z0-9.+_-])@(?=[A-Za-z0-9_.-]*\.[A-Za-z0-9_.-]*[A-Za-z])")
EMPTY_COMMENT = "<!-- -->"
"""An empty HTML comment, which breaks an e-mail address so that GitHub makes no link of it."""


def escaped(text: str) -> str:
    """Markdown for one table cell that shows `plain(text)`."""
    return _MAIL.sub(f"{EMPTY_COMMENT}@", _ACTIVE.sub(r"\\\g<0>", _BACKSLASH.sub(r"\\\\", plain(text))))
