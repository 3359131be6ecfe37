"""Keeps the database of scheduled runs (which have no disk of their own) as one file on a git branch: a single commit,
replaced as a whole by compare and swap.

`git push --force-with-lease=BRANCH:COMMIT` moves the branch only if it still ends at that commit
(https://git-scm.com/docs/git-push), so of two runs that replace the same state one loses. The commit's message holds
the lease: until when the run that made it may act.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watcher.adapters.catalogs.git_process import Git, commit_of
from watcher.adapters.catalogs.git_remote import push_error
from watcher.domain.errors import CatalogError, Overtaken, PushError, PushRefused, UsageError

FILE: Final = "state.jsonl.gz"
_SUBJECT: Final = "State of the literature watcher"
_FIELD: Final = re.compile(r"(?m)^(Run|At|Lease-until|Unrecorded-since): (\S+)$")
_NETWORK_SECONDS: Final = 120.0
_PAUSES: Final = (1.0, 4.0, 10.0)  # seconds after a push that failed on its way
_REMEDY: Final = "check the network and the token's rights; nothing was posted since, and the next run goes on"


@dataclass(frozen=True, slots=True)
class Tip:
    """The commit of the state branch (the git branch that holds the database), and the run that made it. `until` is the
    end of the run's lease, None if the run has ended; `unrecorded_since` is the time since which a killed run may have
    sent messages that the database does not hold, None for none.
    """

    commit: str
    run: str
    at: datetime
    until: datetime | None = None
    unrecorded_since: datetime | None = None

    @property
    def unsure_since(self) -> datetime | None:
        """The time since which messages may have been sent that the database does not hold, because a run did not end
        regularly; None for none.
        """
        return self.unrecorded_since or (self.at if self.until else None)

    def message(self) -> str:
        """The text of the commit message that holds the run, its time and its lease."""
        lines = [f"Run: {self.run}", f"At: {self.at.isoformat()}"]
        lines += [f"Lease-until: {self.until.isoformat()}"] if self.until else []
        lines += [f"Unrecorded-since: {self.unrecorded_since.isoformat()}"] if self.unrecorded_since else []
        return "\n".join([_SUBJECT, "", *lines, ""])


class StateBranch:
    """The git branch `name` at the remote `remote` that holds the database of scheduled runs as a file."""

    def __init__(self, git: Git, remote: str, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._git, self._remote, self.name, self._sleep = git, remote, name, sleep
        self._ref = f"refs/heads/{name}"

    def look(self) -> Tip | None:
        """Fetch the state branch and return its commit; None if there is no such branch. Raises PushError if the remote
        does not answer, and UsageError for a branch that somebody else made.
        """
        if not self._commit():
            return None
        ours = f"refs/watcher/state/{self.name}"  # by name: another run may replace the commit meanwhile
        self._online("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", self._remote, f"+{self._ref}:{ours}")
        commit = self._git.line("rev-parse", ours)
        subject, _, rest = self._git.line("log", "-1", "--format=%B", commit).partition("\n")
        fields = dict(_FIELD.findall(rest))
        if subject != _SUBJECT or not {"Run", "At"} <= fields.keys():
            raise self._foreign()
        times = {name: datetime.fromisoformat(text) for name, text in fields.items() if name != "Run"}
        return Tip(commit, fields["Run"], times["At"], times.get("Lease-until"), times.get("Unrecorded-since"))

    def content(self, tip: Tip) -> bytes:
        """The bytes of the database file in a commit of the state branch. Raises UsageError if the commit does not
        contain it.
        """
        try:
            return self._git("cat-file", "blob", f"{tip.commit}:{FILE}")
        except CatalogError:
            raise self._foreign() from None

    def replace(self, old: Tip | None, new: Tip, content: bytes | None) -> Tip:
        """Replace the commit `old` of the state branch (None: there is no branch) by a new one, with `content` or, if
        that is None, the file as it is; return `new` with its commit. Raises Overtaken if another run has replaced the
        commit in the meantime, and PushError.
        """
        git, before = self._git, old.commit if old else ""
        if content is None:
            tree = git.line("rev-parse", f"{before}^{{tree}}")
        else:
            blob = git.line("hash-object", "-w", "--stdin", "--no-filters", stdin=content)
            tree = git.line("mktree", stdin=f"100644 blob {blob}\t{FILE}\n".encode())
        commit = commit_of(git, tree, [], new.message(), new.at)
        made = Tip(commit, new.run, new.at, new.until, new.unrecorded_since)
        for pause in _PAUSES:
            error = self._push(before, commit)
            if error is None:
                return made
            if isinstance(error, PushRefused):
                raise error
            self._sleep(pause)
        if (error := self._push(before, commit)) is not None:
            raise PushError(error.message, about=self.name, remedy=_REMEDY)
        return made

    def _push(self, before: str, commit: str) -> PushError | None:
        """Push once; gives what failed. Raises Overtaken."""
        lease = f"--force-with-lease={self._ref}:{before}"
        try:
            self._online("push", "--porcelain", "--no-verify", lease, self._remote, f"{commit}:{self._ref}")
        except PushError as error:
            # Whether it arrived is looked up: an answer may be lost, and git words a refusal in many ways.
            try:
                standing = self._commit()
            except PushError:
                return error
            if standing not in {before, commit}:
                raise Overtaken("another run has taken over the state", about=self.name) from None
            return None if standing == commit else error
        return None

    def _foreign(self) -> UsageError:
        remedy = "name another branch in [state] branch; nothing there was changed"
        return UsageError("the branch holds something else than a state", about=self.name, remedy=remedy)

    def _commit(self) -> str:
        """The commit at which the branch ends at the remote, "" if there is none."""
        return self._online("ls-remote", "--heads", self._remote, self._ref).partition("\t")[0].strip()

    def _online(self, *arguments: str) -> str:
        try:
            done = self._git.run(*arguments, seconds=_NETWORK_SECONDS)
        except CatalogError as error:  # it took too long
            raise push_error(error.message, self.name) from None
        if done.returncode:
            raise push_error(os.fsdecode(done.stderr + done.stdout), self.name)
        return os.fsdecode(done.stdout)
