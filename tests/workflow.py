"""Runs the steps of a GitHub Actions workflow as a runner would: each `run` by bash, with the expressions of the file
evaluated, in a checkout of the repository.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*([\w.]+)(?:\s*\|\|\s*'([^']*)')?\s*\}\}")


def read(path: Path) -> dict[str, Any]:
    """The workflow of a file. YAML 1.1 takes the key `on` for true; here it has its name."""
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in found.items()}


@dataclass
class Runner:
    """A runner with these values of `github`, `vars`, `secrets`, `inputs` and `runner`, by their names with a dot."""

    values: Mapping[str, str]
    environ: Mapping[str, str]
    done: list[subprocess.CompletedProcess[str]] = field(default_factory=list)

    def value(self, text: str) -> str:
        """A text with its expressions evaluated; what is not set is empty."""
        return _EXPRESSION.sub(lambda found: self.values.get(found[1], "") or found[2] or "", text)

    def job(self, job: Mapping[str, Any], checkout: Path, remote: Path) -> list[str]:
        """Do all steps of a job; gives the names of those that failed."""
        failed = []
        outer = {name: self.value(str(value)) for name, value in job.get("env", {}).items()}
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                ref = self.value(step["with"]["ref"])
                subprocess.run(["git", "clone", "-q", "-b", ref, str(remote), str(checkout)], check=True)
            if "run" not in step:
                continue
            env = outer | {name: self.value(str(value)) for name, value in step.get("env", {}).items()}
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            done = subprocess.run(
                command, cwd=checkout, env={**self.environ, **env}, capture_output=True, text=True, check=False
            )
            self.done.append(done)
            if done.returncode and not step.get("continue-on-error"):
                failed.append(step["name"])
                break
        return failed
