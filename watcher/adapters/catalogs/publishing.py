"""Pushes the catalog's commits to the git remote: directly, or as one pull request a day, opened by GitHub's API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx2

from watcher.adapters.catalogs import files
from watcher.adapters.catalogs.files import lock_of
from watcher.adapters.catalogs.git import Repository, read_from, repository_of, written_to
from watcher.adapters.catalogs.git_process import Git
from watcher.adapters.catalogs.git_remote import Remote, push_error
from watcher.domain.catalog.shape import DEFAULT, Shape
from watcher.domain.errors import CatalogError, PushError, PushRefused
from watcher.domain.facts import Push
from watcher.net import BoundedClient

_TRIES = 5  # others may push between our fetch and our push; then both are repeated
_DAY_BRANCH = "watcher/"  # and the day
_TOKYO = ZoneInfo("Asia/Tokyo")
_OUR_CHANGE = re.compile(r"catalog: (?:add|remove|edit) [A-Za-z]+:[A-Za-z0-9./_-]+")
# Git runs this in a shell of its own; the token is in the environment, so that no list of processes shows it.
_HELPER = '!f() { echo username=x-access-token; echo "password=$PASSWORD_FOR_GIT"; }; f'


@dataclass(frozen=True, slots=True)
class Upstream:
    """Settings for pushing the catalog to a git remote: directly or by pull request, and where. `branch` is the target
    branch, "" for the catalog's own; `github` is the repository's `owner/name`.
    """

    mode: Literal["direct", "pull-request"]
    remote: str = "origin"
    branch: str = ""
    github: str = ""
    api_url: str = "https://api.github.com"


class Publishing:
    """Pushes one catalog's commits to its git remote (implements ports.Remote)."""

    def __init__(
        self, path: Path, author: tuple[str, str], upstream: Upstream, token: str = "", shape: Shape = DEFAULT
    ) -> None:
        """`path` is the catalog's file, `shape` its layout, and `author` the name and e-mail address for commits;
        `token` is GitHub's, and sent to no other host.
        """
        self._shape = shape
        self.catalog = str(path)
        self._path = path
        self._author = author
        self._to = upstream
        self._token = token

    def head(self) -> str:
        """The hash of the last local commit on the catalog's branch. Raises PushRefused if the file is in no
        repository.
        """
        repository = self._repository()
        return read_from(repository, self._lock(repository), self._to.branch).head()

    def rehearse(self) -> None:
        """Check that the remote can be reached and would accept a push, changing nothing. Raises PushError,
        PushRefused.
        """
        repository = self._on_branch()
        remote = self._remote(repository)
        remote.rehearse(repository.head())
        if repository.branch not in remote.tips(repository.branch):
            remote.must_be_new(repository.branch)

    def take_in(self, at: datetime) -> None:
        """Merge the remote's commits into the local branch: those of the branch itself, and those of open pull requests
        with catalog rows. Raises PushError, PushRefused or CatalogError.
        """
        repository = self._on_branch()
        remote, base = self._remote(repository), repository.branch
        asked: list[str] = []
        if self._to.mode == "pull-request":
            asked = self._pull_requests(remote).branches(base, _DAY_BRANCH)
        tips = remote.tips(base, *asked)
        if base in tips:
            remote.must_not_be_rewritten(base, tips[base], repository.head())
        for branch, tip in tips.items():
            with remote.merging(at) as merge:
                merge.take_in(tip, f"{self._to.remote}/{branch}", at)

    def bring(self, at: datetime) -> Push:
        """Push the catalog's last commit, after merging what others have pushed, to the branch itself or as the day's
        pull request, which is opened if needed. Raises PushError, PushRefused or CatalogError.
        """
        repository = self._on_branch()
        remote, base = self._remote(repository), repository.branch
        day = f"{_DAY_BRANCH}{at.astimezone(_TOKYO):%Y-%m-%d}" if self._to.mode == "pull-request" else ""
        said, seen = "", dict[str, str]()
        for _ in range(_TRIES):
            tips = remote.tips(*filter(None, (base, day)))
            if said and tips == seen:  # nobody pushed: it is the remote itself that does not take it
                raise push_error(said, self._to.remote)
            seen = tips
            head = repository.head()
            if base in tips:
                remote.must_not_be_rewritten(base, tips[base], head)
            for branch, tip in tips.items():
                with remote.merging(at) as merge:
                    head = merge.take_in(tip, f"{self._to.remote}/{branch}", at)
            standing = tips.get(base, "")
            if not standing:
                remote.must_be_new(base)
            if standing and (head == standing or remote.same(head, standing)):
                remote.saw(base, standing, at)
                return Push(self.catalog, head, base, "", at)
            target = day or base
            said = "" if tips.get(target) == head else remote.push(head, target)
            if not said:
                remote.saw(base, standing if day else head, at)
                return Push(
                    self.catalog, head, target, self._asked_for(remote, repository, standing, head, base, day), at
                )
        raise PushError("others push all the time", about=base, remedy="the rows are kept; it is tried again")

    def _asked_for(self, remote: Remote, repository: Repository, standing: str, head: str, base: str, day: str) -> str:
        """Open or update the pull request for the day's branch; its text names ids alone."""
        if not day:
            return ""
        if not standing:
            raise PushRefused("the branch to merge into is not there", about=base, remedy="push it once by hand")
        log = repository.git.line("log", "--no-merges", "--reverse", "--format=%s", f"{standing}..{head}")
        lines = [f"- {line.removeprefix('catalog: ')}" for line in log.splitlines() if _OUR_CHANGE.fullmatch(line)]
        title = f"catalog: {day.removeprefix(_DAY_BRANCH)}"
        return self._pull_requests(remote).ensure(day, base, title, "\n".join(lines))

    def _pull_requests(self, remote: Remote) -> PullRequests:
        name = self._to.github or repository_name(remote.address())
        if not name:
            raise PushRefused("no GitHub repository is named", about=self._to.remote, remedy="set github in [catalog]")
        return PullRequests(self._to.api_url, self._token, name)

    def _lock(self, repository: Repository) -> Path:
        return lock_of(files.target(self._path), repository.folder)

    def _remote(self, repository: Repository) -> Remote:
        branch = self._to.branch
        return Remote(
            repository, files.target(self._path), self._lock(repository), self._to.remote, branch, self._shape
        )

    def _on_branch(self) -> Repository:
        """The repository on the catalog's branch. Raises PushRefused where that is not checked out."""
        repository = self._repository()
        lock = self._lock(repository)
        try:
            return written_to(repository, lock, self._to.branch, keep=False)
        except CatalogError as error:
            raise PushRefused(error.message, about=str(self._path), remedy=error.remedy) from error

    def _repository(self) -> Repository:
        found = repository_with(self._path, self._author, self._to.api_url, self._token)
        if found is None:
            raise PushRefused(
                "the catalog is in no repository", about=str(files.target(self._path)), remedy='set push = "never"'
            )
        return found


def repository_with(path: Path, author: tuple[str, str], api_url: str, token: str) -> Repository | None:
    """The git repository that contains a catalog file, set up to use the token for GitHub's host alone. None if the
    file is in no repository.
    """
    found = repository_of(files.target(path), *author)
    if found is None or not token:
        return found
    helper = f"credential.https://{_host(api_url)}.helper={_HELPER}"
    return Repository(Git(found.git.folder, author, (helper,), {"PASSWORD_FOR_GIT": token}), found.folder, found.file)


def _host(api_url: str) -> str:
    """The host of GitHub's web pages for that of its API (api.github.com -> github.com; a company's server has one for
    both).
    """
    return (urlsplit(api_url).netloc).removeprefix("api.")


_GITHUB_ADDRESS: Final = re.compile(
    r"(?:[:/])(?P<owner>[A-Za-z0-9-]{1,39})/(?P<name>[A-Za-z0-9._-]{1,100}?)(?:\.git)?/?$"
)


def repository_name(address: str) -> str:
    """The `owner/name` of a GitHub repository from a remote's URL, "" if the URL has none."""
    found = _GITHUB_ADDRESS.search(address)
    return f"{found['owner']}/{found['name']}" if found else ""


class PullRequests:
    """Client of GitHub's API for the pull requests of one repository."""

    def __init__(self, base_url: str, token: str, repository: str, timeout: float = 30.0) -> None:
        """`base_url` is the API's, `repository` is `owner/name`; the token never appears in an error. `timeout` in
        seconds.
        """
        self._url = f"{base_url.rstrip('/')}/repos/{repository}/pulls"
        self._repository = repository
        self._timeout = timeout
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "literature-watcher",
        }

    def ensure(self, branch: str, base: str, title: str, body: str) -> str:
        """Open a pull request from `branch` into `base`, or update the text of the open one, and return its URL. Raises
        PushError, or PushRefused if the token may not do this.
        """
        with BoundedClient(headers=self._headers, timeout=self._timeout) as client:
            owner = self._repository.partition("/")[0]
            found = self._ask(client, "GET", "", params={"head": f"{owner}:{branch}", "base": base, "state": "open"})
            standing = next(iter(found), None) if isinstance(found, list) else None
            if standing is None:
                made = self._ask(client, "POST", "", json={"title": title, "head": branch, "base": base, "body": body})
                return self._address(made)
            if standing.get("body") != body and isinstance(standing.get("number"), int):
                self._ask(client, "PATCH", f"/{standing['number']}", json={"body": body})
            return self._address(standing)

    def branches(self, base: str, prefix: str) -> list[str]:
        """The branches of this repository whose names begin with `prefix` and for which pull requests into `base` are
        open, the oldest request first; at most 100. Raises PushError, or PushRefused if the token may not ask.
        """
        asked = {"base": base, "state": "open", "sort": "created", "direction": "asc", "per_page": "100"}
        with BoundedClient(headers=self._headers, timeout=self._timeout) as client:
            found = self._ask(client, "GET", "", params=asked)
        heads = [pull.get("head") for pull in found if isinstance(pull, dict)] if isinstance(found, list) else []
        ours = [
            head
            for head in heads
            if isinstance(head, dict)
            and ((head.get("repo") or {}).get("full_name", "")).lower() == self._repository.lower()
        ]
        return [name for head in ours if (name := str(head.get("ref", ""))).startswith(prefix)]

    def _ask(self, client: httpx2.Client, method: str, path: str, **what: Any) -> Any:
        try:
            answer = client.request(method, f"{self._url}{path}", **what)
        except httpx2.RequestError as error:
            raise push_error(f"GitHub did not answer ({type(error).__name__})", self._repository) from None
        if not answer.is_success:
            raise push_error(f"GitHub answers HTTP {answer.status_code}: {_message(answer)}", self._repository)
        try:
            return answer.json()
        except ValueError:
            raise PushError("GitHub's answer is not JSON", about=self._repository, remedy="it is tried again") from None

    def _address(self, pull: Any) -> str:
        address = pull.get("html_url") if isinstance(pull, dict) else None
        if not isinstance(address, str) or not address.startswith(("https://", "http://")):
            raise PushError("GitHub named no pull request", about=self._repository, remedy="it is tried again")
        return address


def _message(answer: httpx2.Response) -> str:
    try:
        said = answer.json()
    except ValueError:
        return ""
    return str(said.get("message", ""))[:200] if isinstance(said, dict) else ""
