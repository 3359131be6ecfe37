"""What git or GitHub said of a push that failed, turned into an error that says what to do."""

from __future__ import annotations

import re
from typing import Final

from watcher.domain.errors import PushError, PushRefused

_SECRET: Final = re.compile(r"(?<=://)[^/\s@]+@")
_AUTHENTICATION = "the remote does not accept our credentials"
_PROTECTED = "the branch is protected"
_NO_REMOTE = "there is no such repository, or it is not ours to see"
_UNREACHABLE = "the remote cannot be reached"

_UNSIGNED = "the remote wants signed commits"
_AUTHOR = "the remote does not accept the commits' author"

# In this order: an answer may hold several.
_SIGNS: Final = (
    (
        _UNSIGNED,
        re.compile(
            r"(?:verified|valid|gpg|ssh) signatures?|must be signed|(?:un|not )signed|signed commits?|signature (?:is )?(?:required|missing)",
            re.IGNORECASE,
        ),
    ),
    (_AUTHOR, re.compile(r"GH007|(?:author|committer)\b.{0,40}\be-?mail|e-?mail .{0,40}must match", re.IGNORECASE)),
    (_PROTECTED, re.compile(r"protected branch|GH006|GH013|pre-receive hook declined|hook declined", re.IGNORECASE)),
    (
        _AUTHENTICATION,
        re.compile(
            r"authentication failed|could not read (?:Username|Password)|permission (?:to \S+ )?denied|invalid username"
            r"|terminal prompts disabled|HTTP 40[13]|error: 40[13]|bad credentials",
            re.IGNORECASE,
        ),
    ),
    (
        _NO_REMOTE,
        re.compile(
            r"not found|does not appear to be a git repository|no such remote|no remote|HTTP 404", re.IGNORECASE
        ),
    ),
)
_REMEDIES: Final = {
    _UNSIGNED: "set commit.gpgSign and user.signingKey in git's configuration of this machine, and sign what waits once: "
    "git rebase --force-rebase --gpg-sign REMOTE/BRANCH",
    _AUTHOR: "set author_name and author_email in [catalog] to what the remote accepts",
    _AUTHENTICATION: "give the watcher a key or a GITHUB_TOKEN that may write there",
    _PROTECTED: 'let the watcher push there, or set push = "pull-request" in watcher.toml',
    _NO_REMOTE: "check `git remote -v` in the catalog's repository and the token's rights",
}


def push_error(said: str, about: str) -> PushError:
    """The error for what was said: PushRefused where only a person can mend it, else PushError."""
    told = " ".join(_SECRET.sub("", said).split())[:300]
    for meaning, sign in _SIGNS:
        if sign.search(said):
            return PushRefused(f"{meaning}: {told}", about=about, remedy=_REMEDIES[meaning])
    return PushError(f"{_UNREACHABLE}: {told}", about=about, remedy="the rows are kept; it is tried again")
