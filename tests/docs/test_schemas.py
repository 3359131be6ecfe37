"""The published JSON schemas: sound, complete, and true of what commands print."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.docs.markdown import ROOT
from tests.scenarios.conftest import Deployment, deployment, llm

SCHEMAS = ROOT / "docs" / "schemas"
NAMES = sorted(path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.json"))

__all__ = ["deployment", "llm"]  # pytest finds these fixtures here


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return loaded


def closed(part: Any) -> Any:
    """A schema that allows no field beside those it describes: what we print must be described, whoever reads it."""
    if isinstance(part, list):
        return [closed(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    shut = {"additionalProperties": False} if "properties" in part else {}
    return {**shut, **{name: closed(inner) for name, inner in part.items()}}


def must_fit(document: Any, name: str) -> None:
    jsonschema.validate(
        document,
        closed(schema(name)),
        cls=jsonschema.Draft202012Validator,
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_sound_and_named_by_its_version_and_in_the_table(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))

    assert schema(name)["$id"] == f"urn:literature-watcher:schema:{name}"
    assert f"]({name}.schema.json)" in (SCHEMAS / "README.md").read_text(encoding="utf-8")


def test_the_runs_fields_are_those_of_the_reference_and_the_same_in_a_status() -> None:
    documented = runpy.run_path(str(ROOT / "docs" / "make_reference.py"))["RUN_FIELDS"]
    run = schema("run-1")

    assert set(run["properties"]) == {name.partition(".")[0].removesuffix("[]") for name in documented}
    inside = schema("status-1")["$defs"]
    assert inside["source"] == run["$defs"]["source"]
    assert inside["run"]["properties"] == run["properties"]


@pytest.mark.endurance
def test_what_commands_print_is_as_their_schemas_say(deployment: Deployment, tmp_path: Path) -> None:
    empty = deployment("status", "--json")
    must_fit(empty.json, "status-1")
    must_fit(deployment.run().json, "run-1")
    deployment("decide", "2606.27483", "approve")
    deployment.git("reset", "-q", "--hard", "HEAD~1")  # a person takes the row out
    broken = tmp_path / "broken.xml"
    broken.write_text("<rss>", encoding="utf-8")
    must_fit(deployment.run(feed=broken).json, "run-1")

    status = deployment("status", "--json").json
    must_fit(status, "status-1")
    assert status["failures"]
    assert status["missing_rows"]
    for arguments in ((), ("2606.27483",)):
        log = deployment("log", *arguments, "--json").json
        must_fit(log, "log-1")
        assert log
    must_fit(deployment("catalog", "export").json, "catalog-export-1")
