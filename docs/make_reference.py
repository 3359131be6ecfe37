"""Write docs/reference.md from the code: `python docs/make_reference.py`; with `--check` only say whether it is current."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from watcher.cli import app
from watcher.cli.runs import as_json
from watcher.domain.budget import Cap
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.pipeline.dependencies import COUNTS
from watcher.ports import RunReport
from watcher.settings import Environment

REFERENCE = Path(__file__).with_name("reference.md")

_HEAD = """# Reference

Made from the code by `python docs/make_reference.py`; a test compares the two. Values of `config/watcher.toml` are explained in that file.
"""
_SECRETS = """Secrets come from the environment alone; they are in no file, and logs and errors never show them.
"""
_COMMANDS = """`watcher` and `python -m watcher` are the same. Every command has `--help`. Output is text in Japanese; where a command has `--json`, it prints JSON instead.
`ID` is an arXiv id or URL, or a card's number. `…` marks what may be repeated.
"""
_RUN = """`run`, `digest`, `import`, `reconcile`, `backfill` and `audit draw` print this with `--json`.
"""
_EXITS = """| code | meaning |
|---|---|
| 0 | done |
| 1 | understood, but not or not all done; one line on standard error says why |
| 2 | wrong usage: an unknown option, a malformed id, time or week, a missing name |
| 130 | interrupted from the keyboard |
"""

RUN_FIELDS = {
    "run_id": "Id of the run, as in the log.",
    "started": "When it began, ISO 8601.",
    "finished": "When it ended.",
    "sources": "One object for each feed that was read.",
    "sources[].name": "The feed, e.g. `cs.AI+cs.CL`.",
    "sources[].state": "One of {states}; see [operations](operations.md#what-feeds-say-of-themselves).",
    "sources[].entries": "Papers in the document.",
    "sources[].new": "Of these, papers that were not known before.",
    "sources[].error": "What went wrong, or an empty string.",
    "announced": "Announcements that were not known before.",
    "screened": "Candidates that screening decided about.",
    "passed": "Candidates that passed it.",
    "triaged": "Candidates of the others about which an answer of triage was accepted.",
    "flagged_by_triage": "Of these, candidates that are scored because of it.",
    "scored": "Candidates that got a score.",
    "unscored": "Candidates that were put to the model and got none; the next run asks again.",
    "relevant": "Scores that reached the topic's threshold.",
    "summarized": "Summaries written.",
    "flagged": "Summaries to be looked at: a rule or a claim that one repair did not put right, or planted text.",
    "posted": "Cards posted.",
    "carried_over": "Candidates that wait for triage or a score because they exceed the budget of this run or day.",
    "waiting": "How many candidates wait for each stage after the run, by stage.",
    "unread_days": "Announcement days (of arXiv's feeds, US Eastern) that nobody has read, as a list of dates.",
    "cap": "The daily cap that stopped the run: {caps}. Missing if none did.",
    "llm.calls": "Requests to the model.",
    "llm.prompt_tokens": "Tokens sent, as the server counts.",
    "llm.prompt_chars": "Characters sent.",
    "llm.completion_tokens": "Tokens received.",
    "llm.cost_usd": "Their cost by `[llm.prices]`.",
}
"""Every field of `watcher run --json` with its meaning. A field without one is an error."""


def reference() -> str:
    """The whole document."""
    parts = {
        "Environment": (_SECRETS, *_variables()),
        "Commands": (_COMMANDS, *_commands(typer.main.get_command(app), "watcher")),
        "Fields of a run": (_RUN, *_run_fields()),
        "Exit codes": (_EXITS,),
    }
    return "\n".join([_HEAD, *(f"## {title}\n\n{''.join(lines)}" for title, lines in parts.items())])


def _variables() -> Iterator[str]:
    yield "\n| variable | meaning | default |\n|---|---|---|\n"
    for name, field in Environment.model_fields.items():
        secret = "" if field.repr else " (secret)"
        default = f"`{field.default}`" if field.default else "–"
        yield f"| `{name}` | {field.description}{secret} | {default} |\n"


def _commands(command: Any, name: str) -> Iterator[str]:
    """Heading, usage, help and options of every command below this one."""
    for word, inner in sorted(getattr(command, "commands", {}).items()):
        yield from _commands(inner, f"{name} {word}")
    if hasattr(command, "commands"):
        return
    shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    usage = " ".join([name, *(_usage(parameter) for parameter in shown)])
    yield f"\n### `{name}`\n\n```text\n{usage}\n```\n\n{command.help}\n"
    if helped := [parameter for parameter in shown if parameter.opts != ["--json"]]:
        yield "\n| argument | meaning |\n|---|---|\n"
    for parameter in helped:
        yield f"| `{_name(parameter)}` | {parameter.help} |\n"


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper()).strip("[]….").upper()
    switch = parameter.secondary_opts[0] if parameter.secondary_opts and parameter.default else parameter.opts[0]
    return switch if parameter.is_flag else f"{switch} {parameter.metavar}"


def _usage(parameter: Any) -> str:
    name = _name(parameter) if parameter.required else f"[{_name(parameter)}]"
    return f"{name}…" if parameter.multiple or parameter.nargs == -1 else name


def _run_fields() -> Iterator[str]:
    at = datetime(2026, 6, 29, tzinfo=UTC)
    feed = FeedReport("cs.CL", SourceState.FRESH)
    sample = RunReport("run", at, at, (feed,), dict.fromkeys(COUNTS, 0), waiting={}, cap=Cap.TOKENS)
    choices = {name: ", ".join(f"`{one}`" for one in kind) for name, kind in (("states", SourceState), ("caps", Cap))}
    yield "\n| field | meaning |\n|---|---|\n"
    for name in _paths(as_json(sample)):
        yield f"| `{name}` | {RUN_FIELDS[name].format_map(choices)} |\n"


def _paths(value: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for key, inner in value.items():
        name = f"{before}{key}"
        if isinstance(inner, list):
            yield name
            yield from _paths(inner[0], f"{name}[].") if inner else ()
        elif isinstance(inner, Mapping) and inner:
            yield from _paths(inner, f"{name}.")
        else:
            yield name


def main() -> None:
    """Write the document, or with `--check` exit with 1 if it is out of date."""
    made = reference()
    if "--check" not in sys.argv[1:]:
        REFERENCE.write_text(made, encoding="utf-8")
    elif REFERENCE.read_text(encoding="utf-8") != made:
        sys.exit("docs/reference.md is out of date: run python docs/make_reference.py")


if __name__ == "__main__":
    main()
