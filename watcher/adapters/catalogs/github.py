"""Client of GitHub's API that opens one pull request for a branch and keeps its text up to date."""

from __future__ import annotations

import re
from typing import Any, Final

import httpx2

from watcher.adapters.catalogs.git_remote import push_error
from watcher.domain.errors import PushError
from watcher.net.client import BoundedClient

_ADDRESS: Final = re.compile(r"(?:[:/])(?P<owner>[A-Za-z0-9-]{1,39})/(?P<name>[A-Za-z0-9._-]{1,100}?)(?:\.git)?/?$")


def repository_name(address: str) -> str:
    """The `owner/name` of a GitHub repository from a remote's URL, "" if the URL has none."""
    found = _ADDRESS.search(address)
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
