"""The workflow for GitHub Actions: in GitHub's form, off the full hour, one run at a time, with no right too many."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow import read
from watcher.bootstrap.new_topic import workflow_files
from watcher.settings import Environment

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "github-actions" / "literature-watcher.yml"
GUIDE = (ROOT / "docs" / "github-actions.md").read_text(encoding="utf-8")


def test_it_runs_off_the_full_hour_by_hand_too_and_one_at_a_time() -> None:
    workflow = read(FILE)

    for slot in workflow["on"]["schedule"]:
        minute, *_ = slot["cron"].split()
        assert 10 <= int(minute) <= 50
    assert "workflow_dispatch" in workflow["on"]
    assert workflow["concurrency"] == {"group": "literature-watcher", "cancel-in-progress": False}
    assert workflow["permissions"] == {}
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "write", "actions": "write"}
    assert job["timeout-minutes"] <= 60


def test_it_sets_variables_that_there_are_and_the_guide_names_what_people_must_set() -> None:
    text = FILE.read_text(encoding="utf-8")
    (job,) = read(FILE)["jobs"].values()
    known = set(Environment.model_fields)

    (watch,) = [step for step in job["steps"] if step.get("name") == "Watch"]
    assert set(watch["env"]) - {"COMMAND"} <= known
    assert set(job["env"]) <= known
    for name in set(re.findall(r"(?:secrets|vars)\.(\w+)", text)):
        assert f"`{name}`" in GUIDE, name
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    assert not any("${{" in script for script in scripts), "values reach a shell by its environment alone"


def test_init_writes_the_file_as_it_stands_here() -> None:
    assert workflow_files() == {".github/workflows/literature-watcher.yml": FILE.read_text(encoding="utf-8")}


@pytest.mark.endurance
def test_it_has_the_form_that_the_published_schema_of_workflows_asks_for(tmp_path: Path) -> None:
    def checked(file: Path) -> int:
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(file)]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert checked(FILE) == 0
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(FILE.read_text(encoding="utf-8").replace("timeout-minutes: 60", "timeout-minuets: 60"))
    assert checked(wrong) == 1
