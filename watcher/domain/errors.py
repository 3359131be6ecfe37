"""The tree of all errors that the product raises on purpose; each says what it is about and what to do.

WatcherError
├── ConfigError            stop: the configuration or the environment is wrong; the operator mends it
├── UsageError             stop: a command or form asks for something impossible; the user asks again
│   ├── Misuse             … the request itself is malformed: exit code 2
│   ├── NotYours           … only the curator who gave a verdict may undo it
│   └── EditConflict       … somebody else changed the cells meanwhile
├── BusyError              stop: another process works on the same data folder
│   └── Overtaken          … another run holds the state that runs share on a git branch
├── DatabaseError          stop: the database cannot be used (full, locked, away, damaged); the operator mends it
├── Unavailable            retry later: an outside service did not answer as it should
│   ├── FeedError          a feed could not be fetched or is not what it claims to be
│   │   ├── TooManyRequests … the server asks for fewer requests (HTTP 429)
│   │   └── BudgetSpent    … no request was sent: the budget of requests is used up
│   ├── ModelError         the language model's server refused, failed or timed out
│   │   ├── ModelRefused   … every request is refused (key, credit, model name, unknown host)
│   │   └── QuestionRefused … this request is refused for its content or size; others may succeed
│   ├── DeskError          the desk's service (e.g. Slack) did not accept a message
│   │   └── DeskRefused    … every message is refused (not in channel, missing scope)
│   └── PushError          the catalog's git remote did not accept the commits
│       └── PushRefused    … every push is refused (credentials, a protected branch)
├── CapReached             wait: the day's budget has no room for one more request
├── BadReply               ask again: the model's answer does not have the required format
└── CatalogError           keep the decision, tell people: the catalog file cannot be changed safely
    └── CatalogConflict    the file changed since it was read; read it again
"""

from __future__ import annotations

import re
from typing import Final

from watcher.domain.budget import Cap

_HELP: Final = re.compile(r"\(?(?:Background on this error|For (?:more|further) information)\b[^\n]*")
_LONGEST: Final = 300


class WatcherError(Exception):
    """Base class of every error that the product raises on purpose.

    `about` names the thing concerned (a feed, a paper, a file, a setting); `remedy` says what to do.
    """

    def __init__(self, message: str, *, about: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.about = about
        self.remedy = remedy

    def __str__(self) -> str:
        """One line: what, about what, and what to do."""
        text = f"{self.about}: {self.message}" if self.about else self.message
        text = f"{text} ({self.remedy})" if self.remedy else text
        return " ".join(text.split())


class ConfigError(WatcherError):
    """Error: a file in the configuration folder or an environment variable is wrong."""


class UsageError(WatcherError):
    """Error: a command, a click or a form asks for something that does not exist or is not allowed."""


class Misuse(UsageError):
    """Error: a command or form was used wrongly, e.g. a malformed id, time or week, a missing name, an unknown choice.
    Exit code 2.
    """


class NotYours(UsageError):
    """Error: a curator tried to undo another curator's verdict, which only that curator may undo; `about` is that
    curator's name.
    """


class EditConflict(UsageError):
    """Error: somebody else changed the cells of a card since they were read for editing (optimistic locking)."""


class BusyError(WatcherError):
    """Error: another process works on the same data folder or database."""


class Overtaken(BusyError):
    """Error: another run holds the lease on the state (the database that runs share on a git branch), or has replaced
    the state. The run that gets this error stops and leaves the work to the other one.
    """


class DatabaseError(WatcherError):
    """Error: the database cannot be used. Its disk is full, another program locks it, its server does not answer, or
    the file is no database of this product.
    """


class Unavailable(WatcherError):
    """Base class of errors of outside services; trying again later may help.

    `retry_after` is the wait in seconds that the service asked for, None if it did not.
    """

    def __init__(self, message: str, *, about: str = "", remedy: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, about=about, remedy=remedy)
        self.retry_after = retry_after


class CapReached(WatcherError):
    """Error: one more model request would exceed a daily cap on tokens or dollars. Nothing failed: the remaining work
    waits for another day.
    """

    def __init__(self, cap: Cap) -> None:
        super().__init__(f"the day's cap of {cap} is reached", remedy="it goes on after midnight in Tokyo")
        self.cap = cap


class FeedError(Unavailable):
    """Error: a feed could not be fetched, or the document is incomplete or no feed."""


class TooManyRequests(FeedError):
    """Error: the server asks for fewer requests (HTTP 429)."""


class BudgetSpent(FeedError):
    """Error: no request was sent, because the budget of requests to a service has no room for one more."""


class ModelError(Unavailable):
    """Error: the language model's server failed or timed out. This may be temporary; the adapter has already retried.

    `unanswered` says that the server reported an error and charged nothing.
    """

    unanswered = False


class ModelRefused(ModelError):
    """Error: the language model's server refuses every request until somebody corrects the key, credit, model name or
    address.
    """


class QuestionRefused(ModelError):
    """Error: the language model's server refuses this request because of its content or size (content filter,
    moderation, too long, an HTTP 400 without a known cause). Other requests may succeed.
    """


class DeskError(Unavailable):
    """Error: the desk's service (e.g. Slack) did not accept a message, or it is unknown whether it did."""


class DeskRefused(DeskError):
    """Error: the desk's service (e.g. Slack) will refuse every message until somebody corrects scopes, channel
    membership or the token.
    """


class PushError(Unavailable):
    """Error: the git remote of the catalog did not accept the commits; they are kept and pushed at the next attempt."""


class PushRefused(PushError):
    """Error: the git remote of the catalog will refuse pushes until somebody corrects credentials, permissions or the
    branch's protection.
    """


class BadReply(WatcherError):
    """Error: a model's answer does not have the required format."""


class CatalogError(WatcherError):
    """Error: the catalog file cannot be read as a catalog, or cannot be changed safely."""


class CatalogConflict(CatalogError):
    """Error: the catalog file changed between reading and writing."""


def unforeseen(error: BaseException) -> str:
    """One line of text for an unexpected exception: its type and message, without the links to help pages that some
    libraries append.
    """
    words = " ".join(_HELP.sub("", str(error)).split())
    return f"unexpected {type(error).__name__}: {words[:_LONGEST]}".removesuffix(": ")
