"""One word, one meaning: docs/vocabulary.md against the code."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.docs.markdown import ROOT, Row, spans, tables
from watcher import ports
from watcher.domain import facts

WORDS = [
    "source",
    "feed",
    "entry",
    "announcement",
    "paper",
    "version",
    "category",
    "topic",
    "keyword",
    "criterion",
    "candidate",
    "screening",
    "prefilter",
    "relevance",
    "summary",
    "desk",
    "card",
    "curator",
    "verdict",
    "decision",
    "revision",
    "digest",
    "proposal",
    "catalog",
    "row",
    "run",
    "stage",
    "fact",
    "audit-sample",
    "outbox",
]

# Where a word of the "never" column is another's: a library's, a protocol's, or plain English about something else.
EXCEPTIONS = {
    ("stream", "adapters/sources/arxiv.py"): "a file's stream of bytes",
    ("stream", "adapters/sources/jsonl.py"): "a file's stream of bytes",
    ("stream", "adapters/sources/reach.py"): "httpx2's network stream",
    ("stream", "logs.py"): "logging's stream",
    ("hit", "stages/screen.py"): "keywords found in a text",
    ("task", "adapters/engine/queue.py"): "procrastinate's tasks",
    ("task", "deployed.py"): "procrastinate's tasks",
    ("task", "cli/history.py"): "rich's progress tasks",
    ("task", "demo/__init__.py"): "rich's progress tasks",
    ("user", "adapters/desks/slack/install.py"): "the SDK's interface",
    ("metric", "settings/environment.py"): "Prometheus's name for what it reads",
    ("user", "adapters/desks/slack/listeners.py"): "Slack's payload",
    ("user", "ports/world.py"): "a role of chat completions",
    ("user", "stages/summarize.py"): "a role of chat completions",
}


def vocabulary() -> list[Row]:
    """Word, meaning, lives in, never."""
    found = [row for rows in tables(ROOT / "docs" / "vocabulary.md") for row in rows[1:]]
    assert all(len(row) == 4 for row in found)
    return found


def named(place: str) -> object:
    """What a dotted name below `watcher` means: a module, something in it, or a field of a class in it."""
    parts = place.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(["watcher", *parts[:cut]]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            fields = inspect.get_annotations(found) if isinstance(found, type) else {}
            found = fields[part] if part in fields else getattr(found, part)
        return found
    raise AssertionError(place)


def identifiers() -> Iterator[tuple[str, str]]:
    """Every name that watcher/ gives to a class, function, argument or variable, with its file."""
    folder = ROOT / "watcher"
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    yield name, path.relative_to(folder).as_posix()
                case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                    yield name, path.relative_to(folder).as_posix()


def words_of(name: str) -> list[str]:
    """The words of an identifier, in the singular: `_OldHits` is old, hit."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return [word.lower().removesuffix("s") for word in words]


def used_all_the_same() -> set[tuple[str, str]]:
    """(word, file) for every identifier that holds a word of the "never" column."""
    never = {word for row in vocabulary() for word in re.split(r",\s*", row[3]) if word}
    singular = {word.removesuffix("s"): word for word in never}
    return {(singular[word], path) for name, path in set(identifiers()) for word in words_of(name) if word in singular}


def test_every_word_is_defined_exactly_once() -> None:
    defined = Counter(row[0].strip("*").replace(" ", "-") for row in vocabulary())

    assert [word for word, times in defined.items() if times > 1] == []
    assert set(WORDS) <= defined.keys()


def test_every_meaning_is_its_own_and_no_word_is_defined_by_itself_alone() -> None:
    meanings = Counter(row[1] for row in vocabulary())

    assert max(meanings.values()) == 1
    assert all(len(meaning.split()) > 3 for meaning in meanings)


@pytest.mark.parametrize("place", sorted({place for row in vocabulary() for place in spans(row[2])}))
def test_a_word_lives_where_the_vocabulary_says(place: str) -> None:
    assert named(place) is not None


def test_every_word_lives_somewhere_or_is_reserved() -> None:
    assert [row[0] for row in vocabulary() if not spans(row[2]) and row[2] != "reserved"] == []


def test_every_fact_and_every_port_has_its_word() -> None:
    of_facts = {
        f"domain.facts.{n}" for n, c in vars(facts).items() if inspect.isclass(c) and c.__module__ == facts.__name__
    }
    of_ports = {f"ports.{name}" for name in ports.__all__ if getattr(getattr(ports, name), "_is_protocol", False)}
    places = {place for row in vocabulary() for place in spans(row[2])}
    found = {place for place in of_facts | of_ports if not any(p == place or p.startswith(f"{place}.") for p in places)}

    assert found == set()


def test_no_word_is_also_a_word_that_is_never_used() -> None:
    never = {word for row in vocabulary() for word in re.split(r",\s*", row[3]) if word}

    assert never & {row[0].strip("*") for row in vocabulary()} == set()


def test_words_that_are_never_used_name_nothing_in_the_code() -> None:
    assert sorted(used_all_the_same() - EXCEPTIONS.keys()) == []


def test_every_exception_is_still_needed() -> None:
    assert sorted(EXCEPTIONS.keys() - used_all_the_same()) == []


def test_the_words_of_an_identifier_are_told_apart() -> None:
    assert words_of("_OldHits") == ["old", "hit"]
    assert words_of("read_OAIPage2") == ["read", "oai", "page"]
