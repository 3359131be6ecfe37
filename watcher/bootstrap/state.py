"""The database of scheduled runs that have no machine of their own: a run fetches it from a git branch, holds a lease
(a lock with an expiry time) on it, pushes what it has recorded, and gives the lease back.

A run that is killed keeps its lease for a quarter of an hour. What it did since its last push is done again, or looked
for first where it can be seen: messages by their keys in the channel's history, rows by their papers in the catalog.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from watcher.adapters.catalogs.publishing import repository_with
from watcher.adapters.catalogs.state_branch import StateBranch, Tip
from watcher.adapters.desks.slack.api.oauth import TokenCipher
from watcher.adapters.queue.folder_lock import hold
from watcher.adapters.store import open_database
from watcher.adapters.store.backup import PublicForm, backup, filled_tables, restore
from watcher.adapters.store.database import Database
from watcher.bootstrap import Watcher, open_store
from watcher.bootstrap.catalogs import make_publishers
from watcher.domain.errors import ConfigError, Overtaken, UsageError, WatcherError
from watcher.logs import get_logger
from watcher.ports import Clock, RunReport
from watcher.settings import DATABASE_FILE, Settings

LEASE: Final = timedelta(minutes=15)
"""How long a run may act after its last push."""
_MARGIN: Final = timedelta(minutes=3)  # one message, however slow Slack is, is posted within it
_MARK, _DRAFT = "state.json", "state.jsonl.gz"  # in the data folder
_ENDINGS = ("", "-wal", "-shm", ".made")
_log = get_logger(__name__)


class BranchState:
    """The database that scheduled runs share as a file on a git branch, of which one run at a time holds the lease (a
    lock with an expiry time). Thread-safe.
    """

    def __init__(self, settings: Settings, branch: StateBranch, run: str, clock: Clock) -> None:
        self._settings, self._branch, self._run, self._clock = settings, branch, run, clock
        self._form = form_of(settings)
        self._database: Database | None = None
        self._tip: Tip | None = None
        self.unsure_since: datetime | None = None
        """Since when messages may have been sent that the state did not hold when this run began."""
        self._pushing, self._counting = threading.Lock(), threading.Lock()
        self._asked = self._pushed = 0
        self._overtaken = False
        self.pushes = 0

    def take(self) -> None:
        """Take the lease on the shared database and fetch it from the branch into the data folder. Raises Overtaken
        while another run holds the lease, and UsageError for a database that cannot be used; then nothing was changed
        anywhere.
        """
        tip = self._branch.look()
        if tip and tip.until and tip.until > self._clock():
            raise Overtaken(f"another run is at work until {tip.until.isoformat()}", about=self._branch.name)
        content: bytes | None = None
        with hold(self._settings.data):
            if tip is None:
                store = open_store(self._settings)
                content = self._content(store.database)
                store.database.close()
            else:
                self._fetch(tip)
        self.unsure_since = tip.unsure_since if tip else None
        self._replace(tip, content, unsure_since=self.unsure_since)

    def begin(self, watcher: Watcher) -> None:
        """Start a run: push this watcher's database from now on, and merge what people pushed to the catalogs into the
        local checkout. Raises PushError if that is not possible.
        """
        self._database = watcher.store.database
        for publisher in make_publishers(watcher.settings, watcher.store, self._clock):
            publisher.take_in()

    def checkpoint(self) -> None:
        """Push the database as it is now to the branch; calls that come during a push share the next one. Raises
        Overtaken if another run has taken the lease, and PushError if the remote does not answer.
        """
        with self._counting:
            self._asked += 1
            mine = self._asked
        with self._pushing:
            if self._pushed >= mine or self._database is None:
                return
            upto = self._asked
            self._must_hold()
            self._replace(self._tip, self._content(self._database), unsure_since=self.unsure_since)
            self._pushed = upto

    def permit(self) -> None:
        """Check, before a message is posted, that this run still holds the lease; one that ends soon is renewed. Raises
        Overtaken if another run holds it.
        """
        with self._pushing:
            self._must_hold()
            if self._tip and self._tip.until and self._tip.until - self._clock() < _MARGIN:
                # With what was pushed before, so the time since then stays the one to look from.
                self._replace(self._tip, None, unsure_since=self._tip.unsure_since)

    def finish(self, watcher: Watcher, report: RunReport) -> RunReport:
        """End a run: push the catalogs, then the database, and give the lease back; return the report with failures of
        the pushes added.

        If a catalog could not be pushed, the database is not pushed either, since the catalog's new rows are lost with
        the machine: the next run begins with the previous database and writes them again.
        """
        self.permit()
        failures = []
        for publisher in make_publishers(watcher.settings, watcher.store, self._clock):
            try:
                publisher.push(report.run_id)  # also right after a failure: another machine's pauses are not this one's
            except WatcherError as error:
                failures.append(f"push: {error}")
        with self._pushing:
            self._must_hold()
            unsent = any(failure.startswith("post") for failure in report.failures)
            unsure = self.unsure_since if unsent else None
            if failures and self._tip:
                content, unsure = None, self._tip.unsure_since
            else:
                content = self._content(watcher.store.database)
            self._replace(self._tip, content, unsure_since=unsure, release=True)
        return replace(report, failures=(*report.failures, *failures))

    def give_back(self) -> None:
        """Release the lease after an error; the branch keeps the database as it was last pushed."""
        if self._tip and self._tip.until and not self._overtaken:
            with suppress(WatcherError):
                self._replace(self._tip, None, unsure_since=self._tip.unsure_since, release=True)

    def _must_hold(self) -> None:
        if self._overtaken:
            raise Overtaken("another run has taken over the state", about=self._branch.name)

    def _replace(
        self, old: Tip | None, content: bytes | None, *, unsure_since: datetime | None, release: bool = False
    ) -> None:
        now = self._clock()
        new = Tip("", self._run, now, None if release else now + LEASE, unsure_since)
        try:
            self._tip = self._branch.replace(old, new, content)
        except Overtaken:
            self._overtaken = True
            raise
        self.pushes += 1
        self._mark(self._tip)

    def _content(self, database: Database) -> bytes:
        """The database as a file that may be published."""
        draft = self._settings.data / _DRAFT
        draft.unlink(missing_ok=True)
        try:
            backup(database, draft, self._clock(), self._form)
            return draft.read_bytes()
        finally:
            draft.unlink(missing_ok=True)

    def _fetch(self, tip: Tip) -> None:
        """Have the database hold the branch's state. One that was fetched before gives way, unless it is newer."""
        path = self._settings.data / DATABASE_FILE
        mark = self._settings.data / _MARK
        known = json.loads(mark.read_text(encoding="utf-8")) if mark.is_file() else None
        if known and known["commit"] == tip.commit and path.is_file():
            return  # a run that was killed here may have recorded more than it could push
        if known and datetime.fromisoformat(known["at"]) > tip.at:
            raise UsageError(
                f"the state on the branch is older than the one here: {tip.at.isoformat()}",
                about=self._branch.name,
                remedy=f"put the newer one back, or delete {path} and {mark} to go on with the older one",
            )
        fetched = self._settings.data / f"fetched-{DATABASE_FILE}"
        _remove(fetched)
        try:
            restored(self._branch, tip, fetched, self._form)
            if known or not _holds_rows(path):
                mark.unlink(missing_ok=True)
                _remove(path)
                fetched.rename(path)
            else:
                raise UsageError(
                    "the database holds rows already (not of this branch)",
                    about=str(path),
                    remedy="name an empty folder by WATCHER_DATA",
                )
        finally:
            _remove(fetched)
        self._mark(tip)

    def _mark(self, tip: Tip) -> None:
        """Keep which commit the database here goes with."""
        draft = self._settings.data / f"{_MARK}.part"
        draft.write_text(json.dumps({"commit": tip.commit, "at": tip.at.isoformat()}), encoding="utf-8")
        draft.replace(self._settings.data / _MARK)


def restored(branch: StateBranch, tip: Tip, path: Path, form: PublicForm) -> Mapping[str, int]:
    """Restore the database held by a commit of the branch into a new file; return the number of rows of each table.
    Raises UsageError if that is not possible.
    """
    draft = path.with_name(_DRAFT)
    draft.write_bytes(branch.content(tip))
    database = open_database(path)
    try:
        return restore(database, draft, form)
    except UsageError as error:
        raise UsageError(error.message, about=branch.name, remedy=error.remedy) from error
    finally:
        database.close()
        draft.unlink(missing_ok=True)


def _holds_rows(path: Path) -> bool:
    """Whether a database file holds anything beside the schema."""
    if not path.is_file() or not path.stat().st_size:
        return False
    database = open_database(path)
    try:
        return bool(filled_tables(database))
    finally:
        database.close()


def _remove(path: Path) -> None:
    for ending in _ENDINGS:
        path.with_name(path.name + ending).unlink(missing_ok=True)


def form_of(settings: Settings) -> PublicForm:
    """The encoding in which the database is stored on the git branch, with people's data encrypted by
    WATCHER_SECRET_KEY. Raises ConfigError if that key is not set.
    """
    if not settings.env.WATCHER_SECRET_KEY:
        raise ConfigError(
            "people could not be encrypted in the state", about="state.branch", remedy="set WATCHER_SECRET_KEY"
        )
    cipher = TokenCipher(settings.env.WATCHER_SECRET_KEY)
    return PublicForm(cipher.encrypt, cipher.decrypt)


def branch_of(settings: Settings) -> StateBranch:
    """The git branch that holds the shared database, in the catalog's repository. Raises UsageError if the catalog is
    in no repository.
    """
    names, env = settings.values.catalog, settings.env
    author = (names.author_name, names.author_email)
    found = repository_with(settings.catalog, author, env.WATCHER_GITHUB_API_URL, env.GITHUB_TOKEN)
    if found is None:
        raise UsageError(
            "there is no branch for the state: the file is in no repository",
            about=str(settings.catalog),
            remedy="name a catalog in a repository by WATCHER_CATALOG",
        )
    return StateBranch(found.git, names.remote, settings.state_branch)


@contextmanager
def on_branch(settings: Settings, run: str, clock: Callable[[], datetime]) -> Iterator[BranchState | None]:
    """Context manager of a scheduled run that takes the lease on the database shared on a git branch; yields None if
    the database stays on this machine.

    `BranchState.finish` gives the lease back, or after an exception the context manager. Raises Overtaken while another
    run holds the lease.
    """
    if not settings.state_branch:
        yield None
        return
    state = BranchState(settings, branch_of(settings), run, clock)
    state.take()
    try:
        yield state
    except Exception:
        state.give_back()
        raise
    _log.info("the state was pushed", branch=settings.state_branch, pushes=state.pushes)
