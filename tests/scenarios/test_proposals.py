"""The real catalog's known errors put before curators as proposals, accepted, rejected, overtaken by other hands."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.enrich.conftest import DATA, seeds
from tests.scenarios.conftest import Deployment
from tests.scenarios.test_catalog_check import ALSO_RIGHT, EXPECTED, REPORTED, SEQUEL
from tests.servers.arxiv_api import ArxivApi
from tests.servers.slack import eventually

pytestmark = pytest.mark.endurance

MENDED = DATA / "catalog" / "catalog_mended.md"


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, ArxivApi]]:
    """A deployment with the real catalog, whose errors are proposed already; to be copied."""
    folder = tmp_path_factory.mktemp("checked") / "deployment"
    with ArxivApi([*seeds(), SEQUEL]) as api:
        made = Deployment(folder, {"WATCHER_ARXIV_API_URL": api.url})
        made.prepare()
        done = made("catalog", "check", "--propose")
        assert done.code == 0, done.err
        yield folder, api


@pytest.fixture
def living(checked: tuple[Path, ArxivApi], tmp_path: Path) -> Deployment:
    """A copy of it."""
    folder, api = checked
    shutil.copytree(folder, tmp_path / "deployment")
    return Deployment(tmp_path / "deployment", {"WATCHER_ARXIV_API_URL": api.url})


def listed(living: Deployment, *options: str) -> list[dict[str, Any]]:
    done = living("catalog", "proposals", "--json", *options)
    assert done.code == 0, done.err
    found: list[dict[str, Any]] = done.json
    return found


def of_row(found: list[dict[str, Any]], native: str, kind: str) -> dict[str, Any]:
    (one,) = [p for p in found if p["row"] == f"arxiv:{native}" and p["kind"] == kind]
    return one


def test_the_known_errors_are_proposed_with_evidence_and_nothing_wrong_is(living: Deployment) -> None:
    found = listed(living)
    changes = [p for p in found if p["after"] is not None]
    right = {(str(kind), after) for _, kind, _, after in EXPECTED if after != REPORTED}
    right |= {(str(kind), after) for _, kind, _, after in ALSO_RIGHT}
    # The 26th paper, which stands below the table and makes the total of 25 wrong, becomes a row.
    right |= {("unlisted", seeds()[25]["title"])}
    assert {(p["kind"], p["after"]) for p in changes} == right
    assert len(changes) == 39

    known = [(str(kind), after) for _, kind, _, after in EXPECTED if after != REPORTED]
    assert len(known) + 1 >= 35
    assert all(p["evidence"]["source"] and 0 <= p["confidence"] <= 1 for p in found)
    assert all(p["evidence"]["value"] and p["confidence"] > 0.5 for p in changes)
    assert all(p["evidence"]["url"].startswith("https://arxiv.org/abs/") for p in changes)
    questions = {(p["kind"], p["row"]) for p in found if p["after"] is None}
    assert {
        ("summary", "arxiv:2501.09891"),
        ("summary", "arxiv:2502.07552"),
        ("unconfirmed", "arxiv:2305.17144"),
        ("year", "arxiv:2306.03917"),
        ("total", "document"),
    } <= questions


def test_accepting_everything_gives_the_mended_catalog_and_a_commit_each(living: Deployment) -> None:
    changes = [p for p in listed(living) if p["after"] is not None]

    done = living("catalog", "accept", "--all", "--as", "Hana", "--json")

    assert done.code == 0, done.err
    assert {p["state"] for p in done.json} == {"written"}
    assert all(p["commit"] and p["curator"] == "Hana" for p in done.json)
    assert living.catalog.read_bytes() == MENDED.read_bytes()
    subjects = living.git("log", "--format=%s").splitlines()
    assert len(subjects) == len(changes) + 1
    assert {subject.partition(":")[2][:6] for subject in subjects[:-1]} == {" edit "}
    assert living.git("status", "--porcelain") == ""
    again = living("catalog", "check", "--propose", "--json")
    kinds = {f["kind"] for f in again.json["findings"] if f["proposal"] is not None}
    assert (kinds, again.json["proposed"]) == (set(), 0)


def test_what_is_rejected_is_not_proposed_again_and_changes_nothing(living: Deployment) -> None:
    before = living.catalog.read_bytes()
    one, other = listed(living)[:2]

    living("catalog", "reject", str(one["number"]), "--as", "Hana")
    again = living("catalog", "check", "--propose", "--json")

    assert again.json["proposed"] == 0
    numbers = [p["number"] for p in listed(living)]
    assert one["number"] not in numbers
    assert other["number"] in numbers
    assert living.catalog.read_bytes() == before


def test_a_cell_edited_by_hand_meanwhile_is_left_as_it_is(living: Deployment) -> None:
    text = living.catalog.read_text(encoding="utf-8")
    edited = text.replace("3. LLaVA: Large Language and Vision Assistant", "3. LLaVA (by hand)")
    living.catalog.write_text(edited, encoding="utf-8")
    found = listed(living)
    title, venue = of_row(found, "2304.08485", "title"), of_row(found, "2304.08485", "venue")

    done = living("catalog", "accept", str(title["number"]), str(venue["number"]), "--json")

    assert done.code == 0, done.err
    assert {p["kind"]: p["state"] for p in done.json} == {"title": "stale", "venue": "written"}
    after = living.catalog.read_text(encoding="utf-8")
    assert after == edited.replace("arXiv (プレプリント)、実装公開", "NeurIPS 2023 (Oral)")
    anew = living("catalog", "check", "--propose", "--json")
    assert anew.json["proposed"] == 1
    assert of_row(listed(living), "2304.08485", "title")["before"] == "LLaVA (by hand)"


def test_what_somebody_mended_by_hand_is_no_work_of_ours(living: Deployment) -> None:
    text = living.catalog.read_text(encoding="utf-8")
    living.catalog.write_text(text.replace("Liu et al.**<br>[arXiv:2306", "Wong et al.**<br>[arXiv:2306"), "utf-8")
    authors = of_row(listed(living), "2306.12672", "authors")

    done = living("catalog", "accept", str(authors["number"]), "--json")

    assert [p["state"] for p in done.json] == ["present"]
    assert living.git("log", "--format=%s").splitlines() == ["begin"]


def test_a_kill_in_the_middle_loses_no_change_and_doubles_none(living: Deployment) -> None:
    process = living.start("catalog", "accept", "--all")
    eventually(lambda: outcomes(living) >= 3)
    process.kill()
    process.wait(20)
    assert outcomes(living) < 39
    (living.catalog.parent / ".git" / "index.lock").unlink(missing_ok=True)  # what a killed git may leave behind

    question = next(p["number"] for p in listed(living) if p["after"] is None)
    done = living("catalog", "reject", str(question))  # whatever is decided next, what was accepted is followed

    assert done.code == 0, done.err
    assert living.catalog.read_bytes() == MENDED.read_bytes()
    states = [p["state"] for p in listed(living, "--all") if p["after"] is not None]
    assert states == ["written"] * 39
    assert len(living.git("log", "--format=%s").splitlines()) == 40
    assert living.git("status", "--porcelain") == ""


def outcomes(living: Deployment) -> int:
    """How many proposals the catalog has followed."""
    with closing(sqlite3.connect(living.folder / "var" / "watcher.db")) as database:
        return int(database.execute("select count(*) from proposal_outcomes").fetchone()[0])
