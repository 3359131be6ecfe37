"""The rows of a day share one pull request, whatever becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.adapters.catalogs.conftest import Git
from tests.adapters.catalogs.remote import DAY, Publish, edits, remote_file
from tests.adapters.catalogs.rows import SEED, content
from tests.fakes import NOON
from tests.servers.github import TOKEN, GitHub
from watcher.adapters.catalogs.markdown import MarkdownCatalog
from watcher.adapters.catalogs.publishing import Publishing, PullRequests, Upstream, repository_name
from watcher.domain.errors import PushError, PushRefused


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as server:
        yield server


def asking(publish: Publish, github: GitHub) -> Publishing:
    return publish(TOKEN, mode="pull-request", github="group/papers", api_url=github.url)


@pytest.mark.endurance
def test_the_rows_of_a_day_share_one_pull_request_that_names_ids_alone(
    catalog: MarkdownCatalog, publish: Publish, github: GitHub, bare: Path
) -> None:
    catalog.add(content(title="Fixes #1 @team"), NOON)
    first = asking(publish, github).bring(NOON)
    assert (first.branch, first.url) == (DAY, "https://github.example/group/papers/pull/1")
    catalog.add(content("2606.00001"), NOON)
    second = asking(publish, github).bring(NOON + timedelta(hours=1))
    assert second.url == first.url
    (pull,) = github.pulls
    assert (pull["title"], pull["head"], pull["base"]) == ("catalog: 2026-06-29", DAY, "main")
    assert pull["body"] == "- add arXiv:2606.27483\n- add arXiv:2606.00001"
    assert "2606.00001" in remote_file(bare, DAY)
    assert remote_file(bare) == SEED.read_text()
    third = asking(publish, github).bring(NOON + timedelta(hours=2))
    assert third.commit == second.commit
    assert len(github.pulls) == 1


@pytest.mark.endurance
def test_a_pull_request_merged_as_one_commit_leaves_nothing_to_ask_for(
    catalog: MarkdownCatalog, publish: Publish, github: GitHub, hana: Git, bare: Path
) -> None:
    catalog.add(content(), NOON)
    asking(publish, github).bring(NOON)
    hana("fetch", "--quiet")
    hana("merge", "--quiet", "--squash", f"origin/{DAY}")
    hana("commit", "--quiet", "--message=Squashed (#1)")
    hana("push", "--quiet", "origin", "main")
    github.pulls[0]["state"] = "closed"
    later = NOON + timedelta(days=1)
    assert asking(publish, github).bring(later).branch == "main"
    assert len(github.pulls) == 1
    catalog.add(content("2606.00001"), later)
    push = asking(publish, github).bring(later)
    assert push.branch == "watcher/2026-06-30"
    text = remote_file(bare, push.branch)
    assert [text.count(f"{native}](") for native in ("2606.27483", "2606.00001")] == [1, 1]


@pytest.mark.endurance
def test_what_a_reviewer_pushed_to_the_pull_request_is_kept(
    catalog: MarkdownCatalog, publish: Publish, github: GitHub, hana: Git, bare: Path
) -> None:
    catalog.add(content(), NOON)
    asking(publish, github).bring(NOON)
    edits(hana, lambda text: text.replace("Learning World Models from Text", "Learning World Models"), DAY)
    catalog.add(content("2606.00001"), NOON)
    asking(publish, github).bring(NOON)
    text = remote_file(bare, DAY)
    assert "**26. Learning World Models**" in text
    assert "2606.00001" in text


@pytest.mark.parametrize(
    ("code", "message", "kind", "meaning"),
    [
        (401, "Bad credentials", PushRefused, "does not accept our credentials"),
        (403, "Resource not accessible by personal access token", PushRefused, "does not accept our credentials"),
        (404, "Not Found", PushRefused, "no such repository"),
        (502, "", PushError, "cannot be reached"),
    ],
)
def test_a_pull_request_that_github_refuses_is_asked_for_again(
    catalog: MarkdownCatalog,
    publish: Publish,
    github: GitHub,
    code: int,
    message: str,
    kind: type[PushError],
    meaning: str,
) -> None:
    catalog.add(content(), NOON)
    github.faults.append((code, message))
    with pytest.raises(kind, match=meaning) as caught:
        asking(publish, github).bring(NOON)
    assert TOKEN not in str(caught.value)
    assert asking(publish, github).bring(NOON).url == github.pulls[0]["html_url"]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("git@github.com:group/papers.git", "group/papers"),
        ("https://github.com/group/papers", "group/papers"),
        ("ssh://git@github.com/group/papers.git", "group/papers"),
        ("https://user:secret@github.example/group/pa.pers.git/", "group/pa.pers"),
        ("papers", ""),
    ],
)
def test_a_repository_is_known_by_the_address_of_its_remote(address: str, name: str) -> None:
    assert repository_name(address) == name


def test_a_fresh_checkout_takes_in_the_rows_that_wait_in_an_open_request(
    catalog: MarkdownCatalog, publish: Publish, github: GitHub, hana: Git, path: Path
) -> None:
    catalog.add(content(), NOON)
    asking(publish, github).bring(NOON)
    fresh = path.parents[1] / "hana" / "catalog.md"
    assert "2606.27483" not in fresh.read_text(encoding="utf-8")
    assert hana("status", "--porcelain") == ""
    asked = Upstream("pull-request", github="group/papers", api_url=github.url)
    there = Publishing(fresh, ("Watcher", "watcher@example.org"), asked, TOKEN)

    there.take_in(NOON + timedelta(days=1))

    text = fresh.read_text(encoding="utf-8")
    assert text.count("abs/2606.27483") == 1
    github.pulls[0]["state"] = "closed"
    assert PullRequests(github.url, TOKEN, "group/papers").branches("main", "watcher/") == []


def test_only_branches_of_this_repository_are_taken_in(github: GitHub) -> None:
    github.pulls.append({"head": DAY, "base": "main", "state": "open", "number": 1})
    github.pulls.append({"head": "feature", "base": "main", "state": "open", "number": 2})
    github.pulls.append(
        {"head": "watcher/evil", "base": "main", "state": "open", "number": 3, "from": "stranger/papers"}
    )

    assert PullRequests(github.url, TOKEN, "group/papers").branches("main", "watcher/") == [DAY]
